"""Whether an answer passes its turn's checks: right, partly right, wrong or wrongly refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.models import Answer, Suggestion
from evaluation.metrics.checks import OUTCOMES, CheckedAnswer, check_answer
from evaluation.testsets.checks import AnswerChecks
from tests.unit.evaluation.golds import cite, gold, refuse, reply

TOLL = "ارتفعت الحصيلة إلى 21 قتيلًا."
EARLY = "قتل تسعة أشخاص."
OIL = "بلغت صادرات الزيت 21,300 طن."
FIRST_OF_MAY = datetime(2018, 5, 1, 22, 30, tzinfo=UTC)
THIRD_OF_MAY = datetime(2018, 5, 3, 6, 0)
NO_LABELS: dict[str, Any] = {"answers": [], "relevant_ids": [], "answerable": None}


def checked(answer: Answer, labels: dict[str, Any] | None = None, **checks: Any) -> CheckedAnswer:
    """The result over the labels of ``gold()``, or over ``labels`` alone."""
    facts = {} if labels is None else NO_LABELS | labels
    return check_answer(gold(**facts, checks=AnswerChecks(**checks)), answer)


def outcome(found: CheckedAnswer) -> str | None:
    values = {name: found.measures[name] for name in OUTCOMES}
    if set(values.values()) == {None}:
        return None
    [name] = [name for name, value in values.items() if value == 1.0]
    assert sum(value or 0.0 for value in values.values()) == 1.0
    return name


def failed(found: CheckedAnswer) -> list[str]:
    return [check.check for check in found.failed]


# -- nuggets -----------------------------------------------------------------------------------


def test_nuggets_are_found_by_any_of_their_wordings_in_whole_words() -> None:
    answer = reply(cite("flood", TOLL))
    nuggets = [["واحد وعشرون", "عشرون"], ["21 قتيلا"], ["2", "قتيلان"]]

    found = checked(answer, nuggets=nuggets, min_nuggets=2)

    assert found.measures["nugget_recall"] == pytest.approx(2 / 3)
    assert outcome(found) == "right"


def test_missing_nuggets_are_named() -> None:
    found = checked(reply(cite("flood", TOLL)), nuggets=[["21"], ["412 منزلا", "412"]])

    assert outcome(found) == "partly"
    assert found.failed_json() == [
        {"check": "nuggets", "expected": [["412 منزلا", "412"]], "found": 1}
    ]


def test_a_marker_is_no_nugget_and_a_quote_out_of_the_text_neither() -> None:
    answer = reply(cite("flood", TOLL), text="ارتفعت الحصيلة [7]")

    assert checked(answer, nuggets=[["7"], ["21"]]).measures["nugget_recall"] == 0.0


def test_a_refusal_holds_no_nugget_and_without_nuggets_there_is_no_recall() -> None:
    offered = refuse(suggestions=(Suggestion(article_id="flood", title="21 قتيلا"),))

    assert checked(offered, nuggets=[["لم أجد"]]).measures["nugget_recall"] == 0.0
    assert checked(reply(cite("flood", TOLL))).measures["nugget_recall"] is None


# -- the four outcomes -------------------------------------------------------------------------


def test_the_labels_of_0_2_0_decide_by_themselves() -> None:
    assert outcome(checked(reply(cite("flood", TOLL)))) == "right"
    assert outcome(checked(reply(cite("flood", "تضرر 412 منزلًا.")))) == "wrong"
    assert outcome(checked(reply(cite("flood", TOLL), cite("early", EARLY)))) == "partly"
    assert outcome(checked(reply(cite("early", EARLY), text="21 قتيلا [1]"))) == "wrong"
    assert outcome(checked(refuse())) == "wrongly_refused"


def test_without_labels_nothing_is_measured() -> None:
    assert outcome(checked(reply(cite("flood", TOLL)), {})) is None
    assert outcome(checked(refuse(), {"answerable": True})) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refuse(), "right"),
        (refuse(suggestions=(Suggestion(article_id="flood", title="سيول"),)), "right"),
        (reply(cite("flood", TOLL)), "wrong"),
    ],
)
def test_what_is_not_answerable_is_to_be_refused(answer: Answer, expected: str) -> None:
    assert outcome(checked(answer, {"answerable": False})) == expected


def test_a_refusal_may_be_allowed_among_other_modes() -> None:
    labels = {"relevant_ids": ["flood"], "answerable": None}
    modes = ["opinion", "refusal"]

    assert outcome(checked(refuse(), labels, modes=modes)) == "right"
    opinion = reply(cite("flood", TOLL), mode="opinion")
    assert outcome(checked(opinion, labels, modes=modes)) == "right"
    assert failed(checked(reply(cite("flood", TOLL)), labels, modes=modes)) == ["modes"]


# -- sources -----------------------------------------------------------------------------------


def test_an_acceptable_article_is_right_and_a_copy_stands_for_it() -> None:
    labels = {"relevant_ids": ["flood"], "acceptable_ids": ["early"]}
    copy = cite("oil", OIL, also_in=(Suggestion(article_id="flood", title="سيول"),))

    assert outcome(checked(reply(cite("early", EARLY)), labels)) == "right"
    assert outcome(checked(reply(copy), labels)) == "right"
    assert outcome(checked(reply(cite("oil", OIL)), labels)) == "wrong"


def test_a_forbidden_article_is_wrong_and_beside_a_right_one_partly() -> None:
    labels = {"forbidden_ids": ["early"]}

    assert outcome(checked(reply(cite("flood", TOLL)), labels)) == "right"
    assert outcome(checked(reply(cite("early", EARLY)), labels)) == "wrong"
    both = reply(cite("early", EARLY), cite("flood", TOLL))
    assert outcome(checked(both, labels)) == "partly"


def test_others_may_be_cited_beside_one_of_several() -> None:
    both = reply(cite("flood", TOLL), cite("oil", OIL))

    assert outcome(checked(both, {}, cites_any=["early", "flood"])) == "right"
    assert outcome(checked(both, {}, cites_any=["early"])) == "wrong"
    assert failed(checked(both, {}, cites_any=["flood"], min_articles=3)) == ["min_articles"]
    assert outcome(checked(both, {}, cites_any=["flood"], min_articles=3)) == "partly"


def test_an_article_cited_twice_counts_once() -> None:
    twice = reply(cite("flood", TOLL), cite("flood", "تضرر 412 منزلًا."))

    assert checked(twice, {}, min_articles=2).failed_json() == [
        {"check": "min_articles", "expected": 2, "found": 1}
    ]


def test_days_of_publication_are_inclusive_and_may_be_open() -> None:
    answer = reply(
        cite("flood", TOLL, published_at=FIRST_OF_MAY),
        cite("early", EARLY, published_at=THIRD_OF_MAY),
    )

    for days in (["2018-05-01", "2018-05-03"], [None, "2018-05-03"], ["2018-05-01", None]):
        assert outcome(checked(answer, {}, published=days)) == "right"
    late = checked(answer, {}, published=["2018-05-02", None])
    assert late.failed_json() == [
        {"check": "published", "expected": ["2018-05-02", None], "found": ["flood"]}
    ]
    assert outcome(late) == "partly"
    assert outcome(checked(answer, {}, published=["2018-06-01", None])) == "wrong"
    undated = reply(cite("oil", OIL))
    assert outcome(checked(undated, {}, published=[None, "2018-05-03"])) == "wrong"


def test_dates_are_in_order_by_day() -> None:
    later = cite("flood", TOLL, published_at=THIRD_OF_MAY)
    same_day = cite("flood", TOLL, published_at=THIRD_OF_MAY.replace(hour=1))
    earlier = cite("early", EARLY, published_at=FIRST_OF_MAY)

    assert outcome(checked(reply(earlier, later, same_day), {}, dates="ascending")) == "right"
    assert outcome(checked(reply(later, same_day, earlier), {}, dates="descending")) == "right"
    wrong = checked(reply(later, earlier), {}, dates="ascending")
    assert wrong.failed_json() == [
        {"check": "dates", "expected": "ascending", "found": ["2018-05-03", "2018-05-01"]}
    ]


@pytest.mark.parametrize("name", ["sport", "Sport", "رياضة"])
def test_sections_and_sources_are_compared_in_any_form(name: str) -> None:
    labels = gold(**NO_LABELS, checks=AnswerChecks(section=name, source="bbc"))
    answer = reply(cite("flood", TOLL, source="BBC"), cite("oil", OIL, source="BBC"))

    right = check_answer(labels, answer, {"flood": "sport", "oil": "sport"})
    assert outcome(right) == "right"
    mixed = check_answer(labels, answer, {"flood": "sport", "oil": "economy"})
    assert [(check.check, check.found) for check in mixed.failed] == [("section", ["oil"])]
    assert outcome(mixed) == "partly"
    assert outcome(check_answer(labels, answer, {})) == "wrong"


def test_without_a_citation_no_check_of_sources_holds() -> None:
    answer = reply(text="لا أخبار", mode="headlines")
    checks: dict[str, Any] = {
        "cites_any": ["flood"],
        "dates": "ascending",
        "published": ["2018-05-01", None],
        "section": "sport",
        "source": "BBC",
    }

    assert failed(checked(answer, {}, **checks)) == list(checks)


# -- form --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "says", "expected"),
    [
        ("yes", "yes", "right"),
        ("no", "yes", "wrong"),
        ("yes", "unknown", "wrong"),
        ("unknown", "yes", "partly"),
        (None, "no", "partly"),
    ],
)
def test_a_contradiction_is_wrong_and_a_missing_verdict_partly_right(
    verdict: str | None, says: str, expected: str
) -> None:
    assert outcome(checked(reply(cite("flood", TOLL), verdict=verdict), says=says)) == expected


def test_a_refusal_says_that_the_answer_is_unknown() -> None:
    assert outcome(checked(refuse(), {}, says="unknown")) == "right"
    assert outcome(checked(refuse(), {}, says="no")) == "wrongly_refused"


def test_a_composed_answer_counts_as_quoted() -> None:
    composed = reply(cite("flood", TOLL), mode="composed")

    assert outcome(checked(composed, modes=["quoted"])) == "right"
    assert failed(checked(composed, modes=["summary"])) == ["modes"]


def test_a_long_answer_is_partly_right() -> None:
    found = checked(reply(cite("flood", TOLL)), max_characters=10)

    assert (failed(found), outcome(found)) == (["max_characters"], "partly")


def test_an_answer_to_something_else_is_wrong_where_only_its_form_is_known() -> None:
    quoted = reply(cite("flood", TOLL))

    assert outcome(checked(quoted, {}, modes=["smalltalk"])) == "wrong"
    assert outcome(checked(quoted, {}, command="more")) == "wrong"
    assert outcome(checked(reply(cite("flood", TOLL), command="more"), {}, command="more")) == (
        "right"
    )
    assert outcome(checked(quoted, {}, command="more", modes=["quoted"])) == "partly"
