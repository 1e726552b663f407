"""Formatted text and its entities in UTF-16 code units."""

from __future__ import annotations

from hypothesis import given

from bot.telegram.messages.formatted_text import (
    FormatSpan,
    FormattedText,
    entities,
    formatted,
    plain_text,
    utf16_length,
)
from tests.unit.bot.telegram.messages.formatted_texts import formatted_texts


def test_utf16_counts_emoji_and_astral_letters_twice() -> None:
    assert utf16_length("راوي") == 4
    assert utf16_length("راوي 😀") == 7
    assert utf16_length("𞸀") == 2  # an Arabic mathematical letter beyond U+FFFF
    assert utf16_length("👩\u200d🌾") == 5


def test_entities_are_counted_in_utf16_units() -> None:
    value = (
        plain_text("😀 قال ")
        + formatted("𞸀نعم", "bold")
        + plain_text(" ")
        + formatted("😀", "italic")
    )
    assert entities(value) == [("bold", 7, 5, None), ("italic", 13, 2, None)]


def test_an_outer_entity_comes_before_the_one_in_it() -> None:
    value = FormattedText(
        "اقتباس طويل", (FormatSpan("bold", 0, 6), FormatSpan("blockquote", 0, 11))
    )
    assert [kind for kind, *_ in entities(value)] == ["blockquote", "bold"]


def test_spans_of_white_space_are_left_out() -> None:
    assert entities(FormattedText("أ  ب", (FormatSpan("bold", 1, 3),))) == []


@given(value=formatted_texts())
def test_entities_in_utf16_mark_the_same_words_as_spans_in_characters(
    value: FormattedText,
) -> None:
    encoded = value.text.encode("utf-16-le")
    marked = sorted(
        encoded[2 * offset : 2 * (offset + length)].decode("utf-16-le")
        for _, offset, length, _ in entities(value)
    )
    assert marked == sorted(
        value.text[s.start : s.end] for s in value.spans if value.text[s.start : s.end].strip()
    )
