"""Stored turns: round trips, and the forms of earlier versions."""

from __future__ import annotations

from bot.conversation.suggested_choices import SuggestedChoices
from bot.conversation.turns import QuotedSpan, Turn, split_history

TURN = Turn(
    question="ومتى؟",
    standalone="متى افتتح الجسر؟ (الجسر الجديد)",
    quotes=(QuotedSpan("bridge", 3, 40),),
    topic="الجسر الجديد",
    earlier_words="افتتح",
    articles=("bridge", "tram"),
    choices=SuggestedChoices(question="متى؟", articles=("tram",), titles=("الترام",)),
    answer="«افتتح الجسر أمس.» [1]",
    turn_id="17",
)


def test_a_turn_is_read_as_it_was_stored() -> None:
    assert Turn.from_json(TURN.to_json()) == TURN
    assert Turn.from_json(Turn("س", "س").to_json()) == Turn("س", "س")


def test_a_turn_of_version_1_is_read() -> None:
    stored = {key: value for key, value in TURN.to_json().items() if key != "version"}
    assert Turn.from_json(stored) == TURN


def test_the_earliest_form_has_only_the_question_and_the_quotes() -> None:
    turn = Turn.from_json(
        {"question": "من؟", "standalone": "من؟", "quoted": [["a", 0, 5], ["b", 1, 2], ["a", 7, 9]]}
    )
    assert turn.quotes == (("a", 0, 5), ("b", 1, 2), ("a", 7, 9))
    assert turn.articles == ("a", "b"), "those that were quoted"
    assert (turn.topic, turn.answer, turn.choices, turn.turn_id) == ("", "", None, None)


def test_the_own_text_of_a_turn_lacks_its_topic() -> None:
    assert TURN.own_text == "متى افتتح الجسر؟"


def test_a_question_of_a_known_name_is_answered_in_its_own_place() -> None:
    turns = [Turn("1", "1", turn_id="1"), Turn("2", "2", turn_id="2"), Turn("3", "3", turn_id="3")]
    history = split_history(turns, "2", edited=True)
    assert (history.before, history.after, history.forgotten) == (turns[:1], turns[2:], False)


def test_a_new_question_has_all_turns_before_it() -> None:
    turns = [Turn("1", "1", turn_id="1")]
    assert split_history(turns, "2", edited=False).before == turns
    assert split_history(turns, None, edited=False).before == turns


def test_an_edited_question_whose_turn_is_gone_has_none_before_it() -> None:
    turns = [Turn("2", "2", turn_id="2")]
    history = split_history(turns, "1", edited=True)
    assert (history.before, history.after, history.forgotten) == ([], turns, True)
