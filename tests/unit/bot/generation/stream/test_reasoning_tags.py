from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.stream.reasoning_tags import ReasoningFilter


def remove_reasoning(text: str) -> str:
    stream = ReasoningFilter()
    return stream.feed(text) + stream.finish()


ANSWER = "افتتح الوزير الجسر [1]."


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_reasoning_at_the_beginning_is_removed(text: str, expected: str) -> None:
    assert remove_reasoning(text).lstrip() == expected
    stream = ReasoningFilter()
    assert ("".join(map(stream.feed, text)) + stream.finish()).lstrip() == expected


@given(
    text=st.lists(
        st.sampled_from(["<think>", "</think>", "<thin", "[THINK]", "[/THINK]", " ", "جسر", "[1]"])
    ).map("".join),
    data=st.data(),
)
def test_chunk_boundaries_do_not_matter(text: str, data: st.DataObject) -> None:
    stream, at, output = ReasoningFilter(), 0, ""
    while at < len(text):
        size = data.draw(st.integers(1, 9))
        output += stream.feed(text[at : at + size])
        at += size
    assert output + stream.finish() == remove_reasoning(text)
