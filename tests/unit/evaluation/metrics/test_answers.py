"""Whether a reply says what the gold answers say."""

from __future__ import annotations

import pytest

from evaluation.metrics.answers import answer_measures, contains, exact_match, token_f1
from tests.unit.evaluation.golds import cite, gold, refuse, reply

TOLL = "ارتفعت الحصيلة إلى 21 قتيلًا."


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ارتفعت الحصيلة إلى ٢١ قتيلًا", "21"),
        ("قتل واحد وعشرون شخصًا", "21"),
        ("بين 10 و21 أيار", "10 و21 أيار"),
        ("اجتمع بأوستن وبلينكن", "بلينكن"),
        ("مخزون للقبة الحديدية", "القبّة الحديديّة"),
        ("A ticket costs 0.75 dinars.", "0.75"),
    ],
)
def test_a_gold_answer_is_found_in_any_spelling(text: str, wanted: str) -> None:
    assert contains(text, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("بلغت الصادرات 21,300 طن", "21"),
        ("في عام 2021", "21"),
        ("21 ألف دينار", "21"),
        ("وليد جاء", "ليد سعد"),
        ("الحديدية القبة", "القبة الحديدية"),
        ("كلفته 4.75", "75"),
        ("نص", "؟!"),
    ],
)
def test_words_and_numbers_are_found_whole_or_not_at_all(text: str, wanted: str) -> None:
    assert not contains(text, wanted)


# The figures that torchmetrics 1.9.0 (functional.text.squad) gives for these pairs.
@pytest.mark.parametrize(
    ("prediction", "golds", "f1", "exact"),
    [
        ("1976", ["1976"], 1.0, 1.0),
        ("The Denver Broncos!", ["Denver Broncos"], 1.0, 1.0),
        ("in the city of Santa Clara", ["Santa Clara", "Santa Clara, California"], 0.5714, 0.0),
        ("308", ["three hundred"], 0.0, 0.0),
        ("a cat sat on a mat", ["the cat sat", "cat"], 0.6667, 0.0),
        (
            "Levi's Stadium in the bay area at Santa Clara",
            ["Levi's Stadium", "the San Francisco Bay Area"],
            0.4,
            0.0,
        ),
        ("gold gold gold", ["gold"], 0.5, 0.0),
        ("", ["gold"], 0.0, 0.0),
    ],
)
def test_f1_and_exact_match_agree_with_a_public_implementation(
    prediction: str, golds: list[str], f1: float, exact: float
) -> None:
    assert max(token_f1(prediction, g) for g in golds) == pytest.approx(f1, abs=1e-4)
    assert max(exact_match(prediction, g) for g in golds) == exact


def test_f1_by_hand_in_arabic() -> None:
    # ارتفعت، حصيلة، الي، 21، قتيلا: five words, one of them gold: 2·1 / (5 + 1).
    measures = answer_measures(gold(), reply(cite("flood", TOLL)))

    assert measures["contains_gold"] == 1.0
    assert measures["token_f1"] == pytest.approx(1 / 3)
    assert measures["exact_match"] == 0.0


def test_the_shortest_that_is_offered_counts_for_f1() -> None:
    composed = reply(cite("flood", TOLL), text="٢١ [1]", mode="composed")

    assert answer_measures(gold(), composed)["token_f1"] == 1.0
    assert answer_measures(gold(), composed)["exact_match"] == 1.0


def test_a_marker_is_no_answer() -> None:
    measures = answer_measures(
        gold(answers=["1", "2"]), reply(text="لا رقم [1] هنا 【2】 ولا [1، 2]")
    )

    assert measures["contains_gold"] == 0.0


def test_any_of_several_gold_answers_will_do_and_empty_ones_count_for_nothing() -> None:
    answer = reply(cite("flood", TOLL))

    assert answer_measures(gold(answers=["؟", "9", "21 قتيلًا"]), answer)["contains_gold"] == 1.0
    assert answer_measures(gold(answers=["؟"]), answer)["contains_gold"] is None


def test_the_highlight_is_measured_where_there_is_one() -> None:
    exact = reply(cite("flood", TOLL, highlight="21"))
    wide = reply(cite("flood", TOLL, highlight="21 قتيلًا"))

    assert answer_measures(gold(), exact)["highlight_f1"] == 1.0
    assert answer_measures(gold(), wide)["highlight_f1"] == pytest.approx(2 / 3)
    assert answer_measures(gold(), reply(cite("flood", TOLL)))["highlight_f1"] is None


def test_a_refusal_of_an_answerable_question_scores_nothing() -> None:
    measures = answer_measures(gold(), refuse())

    assert (measures["contains_gold"], measures["token_f1"], measures["exact_match"]) == (0, 0, 0)


@pytest.mark.parametrize("changes", [{"answers": []}, {"answerable": False, "answers": ["21"]}])
def test_without_a_gold_answer_there_is_nothing_to_measure(changes: dict[str, object]) -> None:
    measures = answer_measures(gold(**changes), reply(cite("flood", TOLL)))

    assert set(measures.values()) == {None}
