"""Rendering of answers: text, links, quotes, dates and direction marks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Answer, Citation, Suggestion
from bot.telegram.messages import rendering, splitting
from bot.telegram.messages.formatted_text import FSI, LRM, PDI, RLM, FormattedText, utf16_length
from bot.telegram.messages.rendering import (
    CitedPassage,
    answer_messages,
    article_preview,
    context_messages,
    sentence_window,
    source_block,
)
from ingest.text.sentences import split_sentences
from vectorstore.core.types import Article

ARTICLE = (
    "وصل الوفد إلى العاصمة صباحًا. وقال الوزير 😀 إن الجسر سيفتح في مايو. "
    "ولم يذكر الكلفة. وغادر الوفد مساء."
)
QUOTE = "وقال الوزير 😀 إن الجسر سيفتح في مايو."


def citation(**changes: Any) -> Citation:
    start = ARTICLE.index(QUOTE)
    fields: dict[str, Any] = {
        "marker": 1,
        "article_id": "bridge.txt",
        "title": "افتتاح الجسر",
        "url": "https://example.org/bridge",
        "source": "صحيفة الساحل",
        "published_at": datetime(2021, 6, 4, 16, 57),
        "quote": QUOTE,
        "start": start,
        "end": start + len(QUOTE),
    }
    return Citation(**{**fields, **changes})


def source(passage: str = ARTICLE, offset: int = 0, **changes: Any) -> CitedPassage:
    cited = citation(**changes)
    return CitedPassage(cited, passage, offset, cited.url)


def answer(*citations: Citation, text: str = f"«{QUOTE}» [1]", language: str = "ar") -> Answer:
    return Answer(
        text=text,
        refused=False,
        language=language,
        mode="quoted",
        question="متى يفتح الجسر؟",
        standalone_question="متى يفتح الجسر؟",
        citations=citations,
    )


def bold_words(styled: FormattedText) -> list[str]:
    return [styled.text[s.start : s.end] for s in styled.spans if s.kind == "bold"]


def test_answering_words_are_bold_in_the_quote_and_in_its_passage() -> None:
    at = ARTICLE.index("مايو")
    marked: dict[str, Any] = {"highlight_start": at, "highlight_end": at + len("مايو")}
    (shown,) = answer_messages(answer(citation(**marked)), [source(**marked)])
    assert bold_words(shown) == ["مايو", "مايو"]


def test_quotes_of_one_article_are_one_source_with_all_their_words_in_bold() -> None:
    other = "وغادر الوفد مساء."
    at, later = ARTICLE.index("مايو"), ARTICLE.index(other)
    first = source(highlights=((at, at + 4),))
    second = source(quote=other, start=later, end=later + len(other))
    reply = answer(first.citation, second.citation, text=f"«{QUOTE}» [1]\n«{other}» [1]")
    (message,) = answer_messages(reply, [first, second])
    assert message.text.count("افتتاح الجسر") == 1
    assert bold_words(message) == ["مايو", "مايو", other]


def test_nothing_is_bold_in_the_text_of_an_answer_without_marked_words() -> None:
    (shown,) = answer_messages(answer(citation()), [])
    assert bold_words(shown) == []


def shown(message: FormattedText, kind: str) -> list[str]:
    return [message.text[s.start : s.end] for s in message.spans if s.kind == kind]


def test_an_answer_is_followed_by_title_source_date_and_passage() -> None:
    (message,) = answer_messages(answer(citation()), [source()])
    assert message.text == (
        f"«{QUOTE}» [1]\n\n{RLM}[1] افتتاح الجسر\nصحيفة الساحل · 4 يونيو 2021، 16:57\n{ARTICLE}"
    )
    assert shown(message, "expandable_blockquote") == [ARTICLE]
    assert shown(message, "bold") == [QUOTE]
    (link,) = [s for s in message.spans if s.kind == "text_link"]
    assert (message.text[link.start : link.end], link.url) == (
        "افتتاح الجسر",
        "https://example.org/bridge",
    )


def test_answering_words_are_bold_where_they_are_known() -> None:
    at = ARTICLE.index("في مايو")
    block = source_block([source(highlight_start=at, highlight_end=at + 7)], "ar")
    assert shown(block, "bold") == ["في مايو"]


def test_a_passage_that_begins_later_in_the_article_has_the_right_words_in_bold() -> None:
    offset = ARTICLE.index("وقال")
    block = source_block([source(ARTICLE[offset:], offset)], "ar")
    assert shown(block, "bold") == [QUOTE]


def test_dates_are_written_in_the_language_of_the_reply() -> None:
    assert "June 2021" in source_block([source()], "en").text
    assert "بلا تاريخ" in source_block([source(published_at=None)], "ar").text


def test_a_title_without_an_address_is_bold_and_no_link() -> None:
    block = source_block([source(url=None)], "ar")
    assert shown(block, "text_link") == []
    assert "افتتاح الجسر" in shown(block, "bold")


def test_latin_in_an_arabic_reply_is_isolated_and_its_line_runs_from_the_right() -> None:
    block = source_block([source(title="Bridge opens", source="The Observer")], "ar")
    lines = block.text.split("\n")
    assert lines[0] == f"{RLM}[1] {FSI}Bridge opens{PDI}"
    assert lines[1] == f"{FSI}The Observer{PDI} · 4 يونيو 2021، 16:57"


def test_arabic_in_an_english_reply_is_isolated_and_its_line_runs_from_the_left() -> None:
    lines = source_block([source()], "en").text.split("\n")
    assert lines[0] == f"{LRM}[1] {FSI}افتتاح الجسر{PDI}"
    assert lines[1].startswith(f"{FSI}صحيفة الساحل{PDI} · 4 June 2021")


def test_a_title_s_own_marks_of_direction_do_not_reach_beyond_it() -> None:
    title = "\u2067قمة \u2069\u2069COP \u2066"
    block = source_block([source(title=title)], "ar")
    assert block.text.split("\n")[0] == f"{RLM}[1] {FSI}قمة COP {PDI}"


def test_the_passage_is_verbatim() -> None:
    mixed = "قال John Smith إن شركة OpenAI ستفتح مكتبًا."
    block = source_block([source(mixed, start=0, end=len(mixed), quote=mixed)], "ar")
    assert shown(block, "expandable_blockquote") == [mixed]


def test_a_title_with_line_breaks_stands_on_one_line() -> None:
    block = source_block([source(title="افتتاح\n الجسر")], "ar")
    assert block.text.split("\n")[0] == f"{RLM}[1] افتتاح الجسر"


def test_a_long_answer_becomes_several_messages_with_whole_citations() -> None:
    long = " ".join(f"وقال المتحدث رقم {n} إن العمل مستمر في الموقع." for n in range(200))
    at = long.index("رقم 100")
    sources = [
        source(long, start=at, end=at + 7, quote="رقم 100", marker=n, title=f"خبر {n}")
        for n in range(1, 8)
    ]
    messages = answer_messages(answer(*(s.citation for s in sources)), sources)
    assert len(messages) > 1
    assert all(m.units <= 4096 and len(m.spans) <= 100 for m in messages)
    quotes = [q for m in messages for q in shown(m, "expandable_blockquote")]
    assert len(quotes) == 7, "a citation was torn apart"
    assert all("رقم 100" in q and q in long for q in quotes)
    assert [w for m in messages for w in shown(m, "bold")] == ["رقم 100"] * 7


def test_a_long_composed_answer_is_split_after_the_markers_of_a_sentence() -> None:
    sentences = [
        f"وقال المتحدث رقم {n} " + "إن العمل مستمر في الموقع 🏗 كما كان " * 8 + f"أمس. [{n}][1]"
        for n in range(1, 31)
    ]
    text = " ".join(sentences)
    assert utf16_length(text) > 2 * 4096
    messages = answer_messages(answer(source().citation, text=text), [source()])
    assert len(messages) == 3
    assert all(m.units <= 4096 for m in messages)
    received = " ".join(m.text for m in messages).partition(f"\n\n{RLM}[1]")[0]
    assert received == text, "something was lost, or cut inside a sentence"
    assert all(m.text.endswith("][1]") for m in messages[:-1])


def test_sources_are_distributed_by_the_limit_of_entities() -> None:
    sources = [source(marker=n, title=f"خبر {n}") for n in range(1, 41)]
    messages = answer_messages(answer(*(s.citation for s in sources)), sources)
    assert sum(len(m.spans) for m in messages) == 120
    assert all(len(m.spans) <= 100 for m in messages)
    for message in messages:
        blocks = len(shown(message, "text_link"))
        assert len(shown(message, "expandable_blockquote")) == blocks, "a source was torn apart"
        assert len(shown(message, "bold")) == blocks


def test_a_quote_longer_than_a_message_still_arrives_whole() -> None:
    long = "كلمة أخرى. " * 700
    messages = answer_messages(answer(), [source(long, start=0, end=len(long), quote=long)])
    assert all(m.units <= 4096 for m in messages)
    found = " ".join(" ".join(q for m in messages for q in shown(m, "bold")).split())
    assert found == long.strip()


def test_context_is_the_article_before_and_after_the_quote() -> None:
    (message,) = context_messages(citation(), ARTICLE, "ar", link="https://example.org/bridge")
    assert shown(message, "blockquote") == [ARTICLE]
    assert shown(message, "bold") == [QUOTE]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Number of characters in each call of ``split_sentences``."""
    lengths: list[int] = []

    def counted(text: str) -> list[tuple[int, int]]:
        lengths.append(len(text))
        return split_sentences(text)

    monkeypatch.setattr(rendering, "split_sentences", counted)
    monkeypatch.setattr(splitting, "split_sentences", counted)
    return lengths


def book(sentences: int) -> str:
    return " ".join(f"وقال المتحدث رقم {n} إن العمل مستمر في الموقع." for n in range(sentences))


def test_a_preview_of_a_book_reads_only_its_beginning(read: list[int]) -> None:
    article = Article(id="book", title="كتاب", text=book(20_000))
    message = article_preview(article, "ar")
    (beginning,) = shown(message, "blockquote")
    assert article.text.startswith(beginning)
    assert beginning.endswith("الموقع.")
    assert 1_300 < utf16_length(beginning) <= 1_500
    assert sum(read) < 10_000


def test_context_in_a_book_reads_only_the_surroundings_of_the_quote(read: list[int]) -> None:
    text = book(20_000)
    quote = "وقال المتحدث رقم 9999 إن العمل مستمر في الموقع."
    at = text.index(quote)
    cited = citation(quote=quote, start=at, end=at + len(quote))
    (message,) = context_messages(cited, text, "ar")
    (around,) = shown(message, "blockquote")
    assert around in text
    assert around.startswith("وقال المتحدث رقم 99")
    assert around.endswith("الموقع.")
    assert 3_300 < utf16_length(around) <= 3_400
    before, after = (part.count("المتحدث") for part in around.split(quote))
    assert abs(before - after) <= 1, "more is shown on one side than on the other"
    assert sum(read) < 20_000


@given(
    sentences=st.lists(st.sampled_from(["قال نعم.", "وذهب 😀 بعيدًا؟", "No more!"]), min_size=1),
    data=st.data(),
    room=st.integers(10, 80),
)
def test_a_sentence_window_contains_the_quote_within_the_limit(
    sentences: list[str], data: st.DataObject, room: int
) -> None:
    text = " ".join(sentences)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = sentence_window(text, start, end, room)
    assert first <= start
    assert end <= last
    assert utf16_length(text[first:last]) <= max(room, utf16_length(text[start:end]))


@pytest.mark.parametrize("dirt", ["\u202e", "\x00", "\u2028"])
def test_characters_that_telegram_removes_do_not_shift_the_formatting(dirt: str) -> None:
    text = f"أول{dirt} جملة. {QUOTE}"
    at = text.index(QUOTE)
    block = source_block([source(text, start=at, end=at + len(QUOTE))], "ar")
    assert shown(block, "bold") == [QUOTE]
    assert dirt not in block.text


def test_copies_of_a_cited_article_are_linked_under_its_heading() -> None:
    copies = (
        Suggestion(article_id="b", title="الجسر", source="النهار", url="https://b.example"),
        Suggestion(article_id="c", title="Bridge opens"),
    )
    block = source_block([source(also_in=copies)], "ar")
    lines = block.text.split("\n")
    assert lines[2] == f"وورد الخبر أيضًا في: النهار، {FSI}Bridge opens{PDI}"
    links = {block.text[s.start : s.end]: s.url for s in block.spans if s.kind == "text_link"}
    assert links["النهار"] == "https://b.example"
    assert lines[3] == ARTICLE


def test_further_copies_are_counted() -> None:
    copies = tuple(Suggestion(article_id=f"c{n}", title="", source=f"صحيفة {n}") for n in range(8))
    line = source_block([source(also_in=copies)], "ar").text.split("\n")[2]
    assert line.endswith("صحيفة 4، +3")
