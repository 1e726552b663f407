"""Long replies are cut into messages that Telegram takes, at places where a reader would pause."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.messages import splitting
from bot.telegram.messages.formatted_text import (
    FormatSpan,
    FormattedText,
    entities,
    plain_text,
    styled,
    utf16_length,
    utf16_offsets,
)
from bot.telegram.messages.splitting import pack, split

LETTERS = st.text(alphabet="اب تث.؟!؛\n a😀𞸀é\u0301👩\u200d🌾«»", max_size=300)


@st.composite
def styled_texts(draw: st.DrawFn) -> FormattedText:
    text = draw(LETTERS)
    spans = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, len(text)))
        spans.append(FormatSpan(draw(st.sampled_from(["bold", "italic"])), start, end))
    return FormattedText(text, tuple(spans))


def test_utf16_counts_emoji_and_astral_letters_twice() -> None:
    assert utf16_length("راوي") == 4
    assert utf16_length("راوي 😀") == 7
    assert utf16_length("𞸀") == 2  # an Arabic mathematical letter beyond U+FFFF
    assert utf16_length("👩\u200d🌾") == 5


def test_entities_are_counted_in_utf16_units() -> None:
    value = (
        plain_text("😀 قال ") + styled("𞸀نعم", "bold") + plain_text(" ") + styled("😀", "italic")
    )
    assert entities(value) == [("bold", 7, 5, None), ("italic", 13, 2, None)]


def test_an_outer_entity_comes_before_the_one_in_it() -> None:
    value = FormattedText(
        "اقتباس طويل", (FormatSpan("bold", 0, 6), FormatSpan("blockquote", 0, 11))
    )
    assert [kind for kind, *_ in entities(value)] == ["blockquote", "bold"]


def test_formatting_of_nothing_visible_is_left_out() -> None:
    assert entities(FormattedText("أ  ب", (FormatSpan("bold", 1, 3),))) == []


@given(value=styled_texts())
def test_every_entity_marks_the_same_words_in_utf16_as_its_span_in_characters(
    value: FormattedText,
) -> None:
    encoded = value.text.encode("utf-16-le")
    shown = sorted(
        encoded[2 * offset : 2 * (offset + length)].decode("utf-16-le")
        for _, offset, length, _ in entities(value)
    )
    assert shown == sorted(
        value.text[s.start : s.end] for s in value.spans if value.text[s.start : s.end].strip()
    )


@settings(max_examples=200)
@given(value=styled_texts(), limit=st.integers(8, 120), most=st.integers(1, 5))
def test_pieces_keep_the_limits_every_letter_and_the_formatting(
    value: FormattedText, limit: int, most: int
) -> None:
    pieces = split(value, limit=limit, entity_limit=most)
    squeezed = re.sub(r"\s", "", value.text)
    assert re.sub(r"\s", "", "".join(piece.text for piece in pieces)) == squeezed
    for piece in pieces:
        assert 0 < piece.units <= limit
        assert piece.text == piece.text.strip()
        assert all(0 <= s.start < s.end <= len(piece.text) for s in piece.spans)
    for kind in ("bold", "italic"):
        assert _marked([value], kind) == _marked(pieces, kind)


def _marked(pieces: list[FormattedText], kind: str) -> list[bool]:
    """For each visible character of all pieces, whether it is formatted as ``kind``."""
    return [
        any(s.kind == kind and s.start <= at < s.end for s in piece.spans)
        for piece in pieces
        for at, character in enumerate(piece.text)
        if not character.isspace()
    ]


def test_a_cut_falls_after_a_sentence() -> None:
    text = "قال الوزير إن الحكومة تدرس الأمر. وأضاف أن القرار قريب؟ ثم غادر القاعة مسرعًا"
    first, second = split(plain_text(text), limit=60)
    assert first.text.endswith("قريب؟")
    assert second.text == "ثم غادر القاعة مسرعًا"


def test_without_sentences_a_cut_falls_between_words() -> None:
    pieces = split(plain_text("كلمة " * 30), limit=50)
    assert all(word == "كلمة" for piece in pieces for word in piece.text.split())


def test_one_endless_word_is_cut_but_no_emoji_is_torn() -> None:
    pieces = split(plain_text("👩\u200d🌾" * 40), limit=33)
    assert "".join(piece.text for piece in pieces) == "👩\u200d🌾" * 40
    assert all(piece.text.startswith("👩") and piece.text.endswith("🌾") for piece in pieces)


def test_more_entities_than_a_message_takes_go_into_a_second_one() -> None:
    value = FormattedText("")
    for _ in range(150):
        value = value + styled("قال", "bold") + plain_text(" ")
    first, second = split(value)
    assert len(first.spans) == 100
    assert len(second.spans) == 50


def test_blocks_share_a_message_while_there_is_room_and_are_not_torn() -> None:
    blocks = [plain_text("أ" * 30), plain_text("ب" * 30), plain_text("ت" * 30)]
    messages = pack(blocks, limit=70)
    assert [m.text for m in messages] == ["أ" * 30 + "\n\n" + "ب" * 30, "ت" * 30]


@pytest.mark.parametrize("limit", range(30, 70))
def test_the_numbers_of_its_sources_stay_with_a_sentence(limit: int) -> None:
    text = "انعقد المؤتمر في دمشق. [1] وحضره سفيران. [2] [3] ثم انفضّ الجمع مساء اليوم. [1]"
    pieces = split(plain_text(text), limit=limit)
    assert not [piece.text for piece in pieces if piece.text.startswith("[")]
    assert " ".join(piece.text for piece in pieces) == text


def test_a_composed_answer_is_cut_after_the_sources_of_a_sentence() -> None:
    text = "انعقد المؤتمر في دمشق. [1] وحضره سفيران من بلدين جارين. [2]"
    assert [p.text for p in split(plain_text(text), limit=40)] == [
        "انعقد المؤتمر في دمشق. [1]",
        "وحضره سفيران من بلدين جارين. [2]",
    ]


@pytest.mark.parametrize("limit", range(30, 70))
def test_an_edge_between_two_words_is_no_end_of_a_sentence(limit: int) -> None:
    text = "انعقد المؤتمر في دمشق. وحضره سفيران من بلدين جارين ثم انفضّ الجمع"
    assert split(plain_text(text), limit=limit)[0].text in ("انعقد المؤتمر في دمشق.", text)


def test_a_book_is_cut_by_reading_it_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def measured(text: str) -> list[int]:
        nonlocal read
        read += len(text)
        return utf16_offsets(text)

    monkeypatch.setattr(splitting, "utf16_offsets", measured)
    book = "وقال المتحدث إن العمل مستمر في الموقع. " * 3_000
    pieces = split(plain_text(book))
    assert " ".join(piece.text for piece in pieces) == book.strip()
    assert read < 2 * len(book)
