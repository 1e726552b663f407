"""Rendering of answers and articles as formatted text.

A source is one block: number and title (a link), source and date, and each cited passage in an
expandable quote with the answering words in bold. The passage is the article's text unchanged;
direction marks are only added outside of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.answer_spans import highlighted_spans
from bot.core.models import Answer, Citation, Suggestion
from bot.telegram.messages.formatted_text import (
    FSI,
    LRM,
    PDI,
    RLM,
    FormatKind,
    FormatSpan,
    FormattedText,
    formatted,
    join,
    plain_text,
    sendable,
    utf16_length,
)
from bot.telegram.messages.splitting import TEXT_LIMIT, first_part, pack
from bot.telegram.messages.texts import translate
from bot.terminal.rendering import format_date
from ingest.text.sentences import split_sentences
from prompts import Language, text
from vectorstore.core.types import Article, ArticleInfo

PASSAGE_UNITS = 1_600
"""UTF-16 code units of a passage under an answer; of a longer one, sentences around the quote."""
CONTEXT_UNITS = 3_400
"""UTF-16 code units of the article around a quote, when a reader asks for more."""
LOOKAHEAD = 400
"""Characters read on both sides of a window, so that sentences at its edges are recognised."""
PREVIEW_UNITS = 1_500
"""UTF-16 code units of an article shown without a quote."""
TITLE_LENGTH = 200
MAX_COPIES = 5
"""Copies of a cited article that are linked; further ones are counted."""

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_ISOLATES = re.compile("[\u2066-\u2069]")
_LEFT_TO_RIGHT = re.compile("[A-Za-zÀ-ʯͰ-ԯ]")


ArticleLike = Citation | Suggestion | Article | ArticleInfo
"""Anything with a title, a source and a date."""


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A citation with its passage, which begins at ``offset`` of the article."""

    citation: Citation
    passage: str
    offset: int
    link: str | None = None


def answer_language(answer: Answer) -> Language:
    """The language of an answer's own words."""
    return "ar" if answer.language == "ar" else "en"


def answer_messages(answer: Answer, sources: Sequence[CitedPassage]) -> list[FormattedText]:
    """The messages of an answer: its text, then one unsplit block per source.

    The answering words are bold in the text and in the passages. A refusal with suggested articles
    ends with a line that introduces their buttons.
    """
    language = answer_language(answer)
    body = plain_text(answer.text)
    marks = (FormatSpan("bold", *span) for span in highlighted_spans(body.text, answer.citations))
    by_marker: dict[int, list[CitedPassage]] = {}
    for source in sources:
        by_marker.setdefault(source.citation.marker, []).append(source)
    blocks = (source_block(cited, language) for cited in by_marker.values())
    messages = pack([FormattedText(body.text, (*body.spans, *marks)), *blocks])
    if answer.suggestions:
        introduction = plain_text(translate("answer.suggestions", language))
        messages[-1] = join((messages[-1], introduction), "\n\n")
    return messages


def source_block(cited: Sequence[CitedPassage], language: Language) -> FormattedText:
    """Heading of an article, and its cited passages with the answering words in bold."""
    citation = cited[0].citation
    head = heading(citation, language, link=cited[0].link, mark=f"[{citation.marker}] ")
    if citation.also_in:
        head = join((head, _copy_links(citation, language)), "\n")
    passages: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for source in cited:
        passages.setdefault((source.passage, source.offset), []).extend(_marked(source.citation))
    room = min(PASSAGE_UNITS, TEXT_LIMIT - head.units - 1) // len(passages) - 1
    quotes = []
    for (passage, offset), spans in passages.items():
        marked = [(max(s - offset, 0), min(e - offset, len(passage))) for s, e in spans]
        quotes.append(
            quote_with_context(passage, marked, max_units=room, kind="expandable_blockquote")
        )
    return join((head, *quotes), "\n")


def _copy_links(citation: Citation, language: Language) -> FormattedText:
    """A line of links to copies of the article, named by source, or by title without a source."""
    names = []
    for copy in citation.also_in[:MAX_COPIES]:
        name = " ".join((copy.source or copy.title or "—").split())[:TITLE_LENGTH]
        names.append(_link(isolate(name, language), copy.url))
    if len(citation.also_in) > MAX_COPIES:
        names.append(plain_text(f"+{len(citation.also_in) - MAX_COPIES}"))
    comma = "، " if language == "ar" else ", "
    return plain_text(f"{text('bot.answer.also_in', language)} ") + join(names, comma)


def context_messages(
    citation: Citation, article_text: str, language: Language, *, link: str | None = None
) -> list[FormattedText]:
    """The article before and after a quote."""
    head = heading(citation, language, link=link)
    marked = _marked(citation)
    quote = quote_with_context(article_text, marked, max_units=CONTEXT_UNITS, kind="blockquote")
    return pack([join((head, quote), "\n")])


def article_preview(article: Article, language: Language) -> FormattedText:
    """Heading and beginning of an article."""
    start = formatted(article.text[: PREVIEW_UNITS + LOOKAHEAD], "blockquote")
    preview = first_part(start, limit=PREVIEW_UNITS)
    return join((heading(article, language, link=article.url), preview), "\n")


def heading(
    item: ArticleLike, language: Language, *, link: str | None = None, mark: str = ""
) -> FormattedText:
    """``mark`` and title (a link where there is one), and below them source and date."""
    title = " ".join(item.title.split())[:TITLE_LENGTH] or "—"
    date = format_date(item.published_at, language)
    source = " ".join((item.source or "").split())[:TITLE_LENGTH]
    # The direction mark makes the line run as the language does, whatever the title begins with.
    direction = plain_text(f"{RLM if language == 'ar' else LRM}{mark}")
    first = direction + _link(isolate(title, language), link)
    second = f"{isolate(source, language)} · {date}" if source else date
    return join((first, plain_text(second)), "\n")


def _link(label: str, url: str | None) -> FormattedText:
    """A link, or bold text without a URL."""
    return formatted(label, "text_link" if url else "bold", url=url)


def quote_with_context(
    text: str, marked: Sequence[tuple[int, int]], *, max_units: int, kind: FormatKind
) -> FormattedText:
    """The ``marked`` spans of ``text`` in bold within whole sentences, as a quote.

    It has at most ``max_units``, unless the spans take more.
    """
    outer = min(start for start, _ in marked), max(end for _, end in marked)
    first, last = sentence_window(text, *outer, max_units)
    spans = [FormatSpan(kind, 0, last - first)]
    for start, end in sorted(set(marked)):
        bold = FormatSpan("bold", max(start, first) - first, min(end, last) - first)
        if bold.start < bold.end:
            spans.append(bold)
    quote = FormattedText(sendable(text[first:last]), tuple(spans))
    return quote.slice(0, len(quote.text))


def sentence_window(text: str, start: int, end: int, max_units: int) -> tuple[int, int]:
    """Offsets of the most whole sentences around ``text[start:end]`` within ``max_units``.

    Sentences are added before and after in turn. ``text[start:end]`` itself is never shortened.
    """
    if len(text) <= max_units and utf16_length(text) <= max_units:
        return 0, len(text)
    # Only what may be shown is split into sentences: an article can be a book.
    read_from = max(0, start - max_units - LOOKAHEAD)
    sentences = split_sentences(text[read_from : end + max_units + LOOKAHEAD])
    # The first one may begin in the middle of a sentence.
    starts = [read_from + s for s, _ in (sentences[1:] if read_from else sentences)]
    before = [s for s in starts if s < start]
    after = [read_from + e for _, e in sentences if read_from + e > end]
    first, last = start, end
    extended = True
    while extended:
        extended = False
        if before and utf16_length(text[before[-1] : last]) <= max_units:
            first, extended = before.pop(), True
        if after and utf16_length(text[first : after[0]]) <= max_units:
            last, extended = after.pop(0), True
    return first, last


def isolate(text: str, language: Language) -> str:
    """``text`` in a bidirectional isolate if it has letters of the other direction.

    See Unicode Standard Annex #9.
    """
    text = _ISOLATES.sub("", text)  # an unclosed one would extend beyond the text
    foreign = _LEFT_TO_RIGHT if language == "ar" else _RIGHT_TO_LEFT
    return f"{FSI}{text}{PDI}" if foreign.search(text) else text


def _marked(citation: Citation) -> tuple[tuple[int, int], ...]:
    """Offsets in the article of the answering words, or of the whole quote if none are marked."""
    return citation.marked or ((citation.start, citation.end),)
