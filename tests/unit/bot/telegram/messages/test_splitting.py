"""Splitting of long texts into messages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.messages import splitting
from bot.telegram.messages.formatted_text import (
    FormattedText,
    formatted,
    plain_text,
    utf16_offsets,
)
from bot.telegram.messages.splitting import pack, split
from tests.unit.bot.telegram.messages.formatted_texts import formatted_texts


@settings(max_examples=200)
@given(value=formatted_texts(), limit=st.integers(8, 120), most=st.integers(1, 5))
def test_parts_keep_the_limits_every_letter_and_the_formatting(
    value: FormattedText, limit: int, most: int
) -> None:
    parts = split(value, limit=limit, entity_limit=most)
    squeezed = re.sub(r"\s", "", value.text)
    assert re.sub(r"\s", "", "".join(part.text for part in parts)) == squeezed
    for part in parts:
        assert 0 < part.units <= limit
        assert part.text == part.text.strip()
        assert all(0 <= s.start < s.end <= len(part.text) for s in part.spans)
    for kind in ("bold", "italic"):
        assert _marked([value], kind) == _marked(parts, kind)


def _marked(parts: list[FormattedText], kind: str) -> list[bool]:
    """For each visible character of all parts, whether it is formatted as ``kind``."""
    return [
        any(s.kind == kind and s.start <= at < s.end for s in part.spans)
        for part in parts
        for at, character in enumerate(part.text)
        if not character.isspace()
    ]


def test_a_text_is_split_after_a_sentence() -> None:
    text = "قال الوزير إن الحكومة تدرس الأمر. وأضاف أن القرار قريب؟ ثم غادر القاعة مسرعًا"
    first, second = split(plain_text(text), limit=60)
    assert first.text.endswith("قريب؟")
    assert second.text == "ثم غادر القاعة مسرعًا"


def test_without_sentences_a_text_is_split_between_words() -> None:
    parts = split(plain_text("كلمة " * 30), limit=50)
    assert all(word == "كلمة" for part in parts for word in part.text.split())


def test_a_long_word_is_split_but_not_within_an_emoji() -> None:
    parts = split(plain_text("👩\u200d🌾" * 40), limit=33)
    assert "".join(part.text for part in parts) == "👩\u200d🌾" * 40
    assert all(part.text.startswith("👩") and part.text.endswith("🌾") for part in parts)


def test_entities_beyond_the_limit_go_into_a_second_message() -> None:
    value = FormattedText("")
    for _ in range(150):
        value = value + formatted("قال", "bold") + plain_text(" ")
    first, second = split(value)
    assert len(first.spans) == 100
    assert len(second.spans) == 50


def test_blocks_share_a_message_and_are_not_split() -> None:
    blocks = [plain_text("أ" * 30), plain_text("ب" * 30), plain_text("ت" * 30)]
    messages = pack(blocks, limit=70)
    assert [m.text for m in messages] == ["أ" * 30 + "\n\n" + "ب" * 30, "ت" * 30]


@pytest.mark.parametrize("limit", range(30, 70))
def test_citation_markers_stay_with_their_sentence(limit: int) -> None:
    text = "انعقد المؤتمر في دمشق. [1] وحضره سفيران. [2] [3] ثم انفضّ الجمع مساء اليوم. [1]"
    parts = split(plain_text(text), limit=limit)
    assert not [part.text for part in parts if part.text.startswith("[")]
    assert " ".join(part.text for part in parts) == text


def test_a_composed_answer_is_split_after_the_markers_of_a_sentence() -> None:
    text = "انعقد المؤتمر في دمشق. [1] وحضره سفيران من بلدين جارين. [2]"
    assert [p.text for p in split(plain_text(text), limit=40)] == [
        "انعقد المؤتمر في دمشق. [1]",
        "وحضره سفيران من بلدين جارين. [2]",
    ]


@pytest.mark.parametrize("limit", range(30, 70))
def test_the_limit_is_not_taken_for_the_end_of_a_sentence(limit: int) -> None:
    text = "انعقد المؤتمر في دمشق. وحضره سفيران من بلدين جارين ثم انفضّ الجمع"
    assert split(plain_text(text), limit=limit)[0].text in ("انعقد المؤتمر في دمشق.", text)


def test_splitting_a_book_reads_it_less_than_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def measured(text: str) -> list[int]:
        nonlocal read
        read += len(text)
        return utf16_offsets(text)

    monkeypatch.setattr(splitting, "utf16_offsets", measured)
    book = "وقال المتحدث إن العمل مستمر في الموقع. " * 3_000
    parts = split(plain_text(book))
    assert " ".join(part.text for part in parts) == book.strip()
    assert read < 2 * len(book)
