"""Sources, refusals, and the row of all measures."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.models import Answer, Suggestion
from evaluation.metrics.citations import citation_measures
from evaluation.metrics.compute_metrics import compute_measures
from evaluation.metrics.registry import MEASURES, SET_LEVEL
from tests.unit.evaluation.golds import TEXTS, cite, found, gold, refuse, reply

TOLL = "ارتفعت الحصيلة إلى 21 قتيلًا."
EARLY = "قتل تسعة أشخاص."
RIGHT = cite("flood", TOLL)
STALE = cite("early", EARLY)


def _citing(answer: Answer, **changes: object) -> dict[str, float | None]:
    return citation_measures(gold(**changes), answer, TEXTS)


def _crag(answer: Answer, **changes: object) -> float | None:
    return compute_measures(gold(**changes), answer, TEXTS)["crag_score"]


def test_precision_and_recall_by_hand() -> None:
    measures = _citing(reply(RIGHT, STALE, RIGHT), relevant_ids=["flood", "oil"])

    assert measures["citation_precision"] == pytest.approx(2 / 3)
    assert measures["citation_recall"] == 0.5


def test_an_acceptable_article_is_right_but_not_asked_for() -> None:
    measures = _citing(reply(STALE), acceptable_ids=["early"])

    assert measures["citation_precision"] == 1.0
    assert measures["citation_recall"] == 0.0
    assert measures["wrong_source"] == 0.0


def test_a_copy_stands_for_the_copy_that_the_test_set_names() -> None:
    agency = cite("early", EARLY, also_in=(Suggestion(article_id="flood", title="الحصيلة"),))
    measures = _citing(reply(agency), relevant_ids=["flood"])

    assert measures["citation_precision"] == measures["citation_recall"] == 1.0
    assert measures["wrong_source"] == 0.0


def test_a_copy_that_must_not_be_cited_stands_for_nothing() -> None:
    agency = cite("early", EARLY, also_in=(Suggestion(article_id="flood", title="الحصيلة"),))
    measures = _citing(reply(agency), relevant_ids=["flood"], forbidden_ids=["early"])

    assert measures["wrong_source"] == 1.0
    assert measures["citation_recall"] == 0.0


@pytest.mark.parametrize(
    ("answer", "changes", "wrong"),
    [
        (reply(RIGHT), {}, 0.0),
        (reply(RIGHT, STALE), {}, 1.0),
        (reply(RIGHT), {"answerable": False, "relevant_ids": []}, 1.0),
        (reply(text="أهلًا", mode="smalltalk"), {"answerable": False, "relevant_ids": []}, 0.0),
        (reply(STALE), {"relevant_ids": [], "forbidden_ids": ["early"]}, 1.0),
        (reply(RIGHT), {"relevant_ids": [], "forbidden_ids": ["early"]}, 0.0),
        (reply(RIGHT), {"relevant_ids": []}, None),
        (refuse(), {}, None),
    ],
)
def test_a_wrong_source_is_called_that(
    answer: Answer, changes: dict[str, object], wrong: float | None
) -> None:
    assert _citing(answer, **changes)["wrong_source"] == wrong


@pytest.mark.parametrize(
    ("changes", "verbatim"),
    [
        ({}, 1.0),
        ({"quote": TOLL.replace("21", "22")}, 0.0),
        ({"start": 0, "end": len(TOLL)}, 0.0),
        ({"article_id": "gone"}, 0.0),
        ({"quote": "", "start": 5, "end": 5}, 0.0),
    ],
)
def test_a_quote_must_stand_in_its_article_to_the_letter(
    changes: dict[str, Any], verbatim: float
) -> None:
    assert _citing(reply(cite("flood", TOLL, **changes)))["verbatim"] == verbatim


def test_one_invented_quote_among_good_ones_is_not_verbatim() -> None:
    invented = cite("flood", TOLL, quote="كل شيء بخير")

    assert _citing(reply(RIGHT, invented))["verbatim"] == 0.0


def test_a_refusal_cites_nothing_and_should_have_where_it_could() -> None:
    assert _citing(refuse()) == {
        "citation_precision": None,
        "citation_recall": 0.0,
        "wrong_source": None,
        "verbatim": None,
    }
    assert set(_citing(refuse(), answerable=False).values()) == {None}


@pytest.mark.parametrize(
    ("answer", "changes", "score"),
    [
        (reply(RIGHT), {}, 1.0),
        (reply(RIGHT), {"answers": []}, 1.0),
        (reply(STALE), {"answers": []}, -1.0),
        (reply(RIGHT), {"answers": ["30"]}, -1.0),
        (reply(RIGHT), {"relevant_ids": ["oil"]}, -1.0),
        (reply(RIGHT), {"relevant_ids": ["oil"], "acceptable_ids": ["flood"]}, 1.0),
        (refuse(), {}, 0.0),
        (refuse(), {"answerable": False}, 1.0),
        (reply(RIGHT), {"answerable": False}, -1.0),
        (reply(RIGHT), {"answerable": None}, 1.0),
        (reply(RIGHT), {"answerable": None, "answers": [], "relevant_ids": []}, None),
    ],
)
def test_crag_score(answer: Answer, changes: dict[str, object], score: float | None) -> None:
    assert _crag(answer, **changes) == score


@pytest.mark.parametrize(
    ("answer", "answerable", "correct"),
    [
        (reply(RIGHT), True, 1.0),
        (reply(RIGHT), False, 0.0),
        (refuse(), True, 0.0),
        (refuse(), False, 1.0),
        (refuse(), None, None),
    ],
)
def test_refusing_is_right_when_nothing_answers(
    answer: Answer, answerable: bool | None, correct: float | None
) -> None:
    assert (
        compute_measures(gold(answerable=answerable), answer, TEXTS)["refusal_correct"] == correct
    )


def test_a_row_has_every_measure_of_a_question_in_the_tables_order() -> None:
    row = compute_measures(gold(), reply(RIGHT, retrieved=found(("flood", TOLL))), TEXTS)

    assert list(row) == [name for name in MEASURES if name not in SET_LEVEL]
    assert row["passage_mrr@10"] == 1.0
    assert row["latency_total_ms"] == 30.0
    assert row["answer_characters"] == len(f"«{TOLL}» [1]")
    assert compute_measures(gold(), refuse(), TEXTS)["answer_characters"] is None
