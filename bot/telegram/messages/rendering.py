"""Rendering of answers and articles as formatted text.

A source is one block: number and title (a link), source and date, and each cited passage in an
expandable quote with the answering words in bold. The passage is the article's text unchanged;
direction marks are only added outside of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.models import Answer, Citation, Suggestion
from bot.telegram.messages.answer_text import (
    DATED_MODES,
    TITLE_LENGTH,
    TITLED_MODES,
    answer_language,
    answer_text,
    linked_title,
)
from bot.telegram.messages.formatted_text import (
    FormatKind,
    FormatSpan,
    FormattedText,
    direction_mark,
    formatted,
    isolate,
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
MAX_COPIES = 5
"""Copies of a cited article that are linked; further ones are counted."""

ArticleLike = Citation | Suggestion | Article | ArticleInfo
"""Anything with a title, a source and a date."""


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A citation with its passage, which begins at ``offset`` of the article."""

    citation: Citation
    passage: str
    offset: int
    link: str | None = None


def answer_messages(answer: Answer, sources: Sequence[CitedPassage]) -> list[FormattedText]:
    """The messages of an answer: its text, then an unsplit block or a line for each source.

    The answering words are bold in the text and in the passages. Suggested articles follow as a
    list.
    """
    language = answer_language(answer)
    by_marker: dict[int, list[CitedPassage]] = {}
    for source in sources:
        by_marker.setdefault(source.citation.marker, []).append(source)
    parts = [answer_text(answer, {n: cited[0].link for n, cited in by_marker.items()})]
    if answer.mode in DATED_MODES:
        several = len(by_marker) > 1
        lines = [
            source_line(cited[0], language, mark=f"[{n}] " if several else "")
            for n, cited in by_marker.items()
        ]
        parts += [join(lines, "\n")] if lines else []
    elif answer.mode not in TITLED_MODES:
        parts += [source_block(cited, language) for cited in by_marker.values()]
    if answer.suggestions:
        if not answer.text.endswith(":"):
            parts.append(plain_text(translate("answer.suggestions", language)))
        parts += [
            heading(suggestion, language, link=suggestion.url, mark=f"{n}. ")
            for n, suggestion in enumerate(answer.suggestions, 1)
        ]
    return pack(parts)


def source_line(source: CitedPassage, language: Language, *, mark: str = "") -> FormattedText:
    """``mark``, title (a link) and source of an article."""
    citation = source.citation
    line = plain_text(f"{direction_mark(language)}{mark}") + linked_title(
        citation.title, source.link, language
    )
    name = " ".join((citation.source or "").split())[:TITLE_LENGTH]
    return line + plain_text(f" · {isolate(name, language)}") if name else line


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
        names.append(linked_title(name, copy.url, language))
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
    date = format_date(item.published_at, language)
    source = " ".join((item.source or "").split())[:TITLE_LENGTH]
    direction = plain_text(f"{direction_mark(language)}{mark}")
    first = direction + linked_title(item.title, link, language)
    second = f"{isolate(source, language)} · {date}" if source else date
    return join((first, plain_text(second)), "\n")


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


def _marked(citation: Citation) -> tuple[tuple[int, int], ...]:
    """Offsets in the article of the answering words, or of the whole quote if none are marked."""
    return citation.marked or ((citation.start, citation.end),)
