"""What a model thinks aloud is taken out, however the stream is cut; nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.stream.reasoning_tags import ReasoningFilter


def without_thoughts(text: str) -> str:
    stream = ReasoningFilter()
    return stream.feed(text) + stream.finish()


ANSWER = "افتتح الوزير الجسر [1]."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"<think>السؤال عن الجسر. [2]</think>{ANSWER}", ANSWER),
        (f"\n <THINK>\nwho?\n</THINK>\n\n{ANSWER}", ANSWER),
        (f"<thinking>…</thinking> {ANSWER}", ANSWER),
        (f"[THINK]وماذا لو </think>؟[/THINK]{ANSWER}", ANSWER),
        ("<think>لا نهاية لهذا", ""),
        ("<think></think>", ""),
        (ANSWER, ANSWER),
        ("[1] افتتح", "[1] افتتح"),
        ("<thi", "<thi"),
        ("<b>جسر</b>", "<b>جسر</b>"),
        (f"{ANSWER} <think>بعد الجواب</think>", f"{ANSWER} <think>بعد الجواب</think>"),
    ],
)
def test_thoughts_at_the_beginning_are_no_answer(text: str, told: str) -> None:
    assert without_thoughts(text).lstrip() == told
    stream = ReasoningFilter()
    assert ("".join(map(stream.feed, text)) + stream.finish()).lstrip() == told


@given(
    text=st.lists(
        st.sampled_from(["<think>", "</think>", "<thin", "[THINK]", "[/THINK]", " ", "جسر", "[1]"])
    ).map("".join),
    data=st.data(),
)
def test_how_a_stream_is_cut_changes_nothing(text: str, data: st.DataObject) -> None:
    stream, at, told = ReasoningFilter(), 0, ""
    while at < len(text):
        size = data.draw(st.integers(1, 9))
        told += stream.feed(text[at : at + size])
        at += size
    assert told + stream.finish() == without_thoughts(text)
