"""An ``Answer`` as Telegram messages: pure functions from data to styled text.

A citation is one block: number and title (a link), source and date, and the passage in an
expandable quote with the answering words in bold. The passage is the article's text to the letter;
marks for the direction of writing are only ever put outside of it.
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
    FormatSpan,
    FormattedText,
    Kind,
    joined,
    plain_text,
    sendable,
    styled,
    utf16_length,
)
from bot.telegram.messages.splitting import TEXT_LIMIT, beginning, pack
from bot.terminal.rendering import format_date
from ingest.text.sentences import split_sentences
from prompts import Language, text
from vectorstore.core.types import Article, ArticleInfo

PASSAGE_UNITS = 1_600
"""Of a passage under an answer; a longer one is cut down to the sentences around the quote."""
CONTEXT_UNITS = 3_400
"""Of an article around a quote, when a reader asks for more."""
BEYOND = 400
"""Characters read on either side of what may be shown, so that sentences are seen whole."""
OPENING_UNITS = 1_500
"""Of an article that is shown without a quote."""
TITLE_LENGTH = 200
COPIES = 5
"""Copies of a cited article that are named; of more only their number is."""

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_ISOLATES = re.compile("[\u2066-\u2069]")
_LEFT_TO_RIGHT = re.compile("[A-Za-zÀ-ʯͰ-ԯ]")


Head = Citation | Suggestion | Article | ArticleInfo
"""What has a title, a source and a date."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A citation with the passage it stands in: ``passage`` begins at ``offset`` of the article."""

    citation: Citation
    passage: str
    offset: int
    link: str | None = None


def answer_language(answer: Answer) -> Language:
    """The language of an answer's own words."""
    return "ar" if answer.language == "ar" else "en"


def answer_messages(answer: Answer, sources: Sequence[SourceLine]) -> list[FormattedText]:
    """The messages of a reply: its text, then a block for each source; none is torn apart.

    The words that answer are bold in both.
    """
    language = answer_language(answer)
    said = plain_text(answer.text)
    marks = (FormatSpan("bold", *found) for found in highlighted_spans(said.text, answer.citations))
    return pack(
        [
            FormattedText(said.text, (*said.spans, *marks)),
            *(citation_block(source, language) for source in sources),
        ]
    )


def citation_block(source: SourceLine, language: Language) -> FormattedText:
    """One source: heading, then its passage with the answering words in bold."""
    citation = source.citation
    head = heading(citation, language, link=source.link, mark=f"[{citation.marker}] ")
    if citation.also_in:
        head = joined((head, copies(citation, language)), "\n")
    room = min(PASSAGE_UNITS, TEXT_LIMIT - head.units - 1)
    quote = quoted(
        source.passage,
        *_within(citation, source),
        room=room,
        kind="expandable_blockquote",
    )
    return joined((head, quote), "\n")


def copies(citation: Citation, language: Language) -> FormattedText:
    """Where else the same story stands: a line of links; papers' names, or titles without them."""
    names = []
    for copy in citation.also_in[:COPIES]:
        name = " ".join((copy.source or copy.title or "—").split())[:TITLE_LENGTH]
        names.append(styled(isolated(name, language), *_link_kinds(copy.url), url=copy.url))
    if len(citation.also_in) > COPIES:
        names.append(plain_text(f"+{len(citation.also_in) - COPIES}"))
    comma = "، " if language == "ar" else ", "
    return plain_text(f"{text('bot.answer.also_in', language)} ") + joined(names, comma)


def context(
    citation: Citation, text: str, language: Language, *, link: str | None = None
) -> list[FormattedText]:
    """The article around a quote: what stands before and after it."""
    head = heading(citation, language, link=link)
    start, end = _answering(citation)
    quote = quoted(text, start, end, room=CONTEXT_UNITS, kind="blockquote")
    return pack([joined((head, quote), "\n")])


def opening(article: Article, language: Language) -> FormattedText:
    """An article's heading and how it begins."""
    text = article.text[: OPENING_UNITS + BEYOND]
    begins = beginning(styled(text, "blockquote"), limit=OPENING_UNITS)
    return joined((heading(article, language, link=article.url), begins), "\n")


def heading(
    item: Head, language: Language, *, link: str | None = None, mark: str = ""
) -> FormattedText:
    """Title (a link where there is one) over source and date."""
    title = " ".join(item.title.split())[:TITLE_LENGTH] or "—"
    first = styled(isolated(title, language), *_link_kinds(link), url=link)
    date = format_date(item.published_at, language)
    source = " ".join((item.source or "").split())[:TITLE_LENGTH]
    second = f"{isolated(source, language)} · {date}" if source else date
    return joined((_directed(mark, language) + first, plain_text(second)), "\n")


def quoted(text: str, start: int, end: int, *, room: int, kind: Kind) -> FormattedText:
    """``text[start:end]`` in bold with the sentences around it, ``room`` units at most, quoted."""
    first, last = window(text, start, end, room)
    quote = FormattedText(sendable(text[first:last]), (FormatSpan(kind, 0, last - first),))
    bold = FormatSpan("bold", max(start, first) - first, min(end, last) - first)
    if bold.start < bold.end:
        quote = FormattedText(quote.text, (*quote.spans, bold))
    return quote.cut(0, len(quote.text))


def window(text: str, start: int, end: int, room: int) -> tuple[int, int]:
    """The widest stretch of whole sentences around ``text[start:end]`` within ``room`` units.

    Sentences are taken from both sides by turns. ``text[start:end]`` itself is never cut here.
    """
    if len(text) <= room and utf16_length(text) <= room:
        return 0, len(text)
    # No more than may be shown is read: an article can be a book.
    near = max(0, start - room - BEYOND)
    found = split_sentences(text[near : end + room + BEYOND])
    # Where the stretch read begins, no sentence need begin.
    before = [near + s for s, _ in (found[1:] if near else found) if near + s < start]
    after = [near + e for _, e in found if near + e > end]
    first, last = start, end
    grown = True
    while grown:
        grown = False
        if before and utf16_length(text[before[-1] : last]) <= room:
            first, grown = before.pop(), True
        if after and utf16_length(text[first : after[0]]) <= room:
            last, grown = after.pop(0), True
    return first, last


def isolated(text: str, language: Language) -> str:
    """``text``, set apart where it runs against ``language``, so that it keeps its own order."""
    text = _ISOLATES.sub("", text)  # one that is not closed would reach beyond
    foreign = _LEFT_TO_RIGHT if language == "ar" else _RIGHT_TO_LEFT
    return f"{FSI}{text}{PDI}" if foreign.search(text) else text


def _directed(mark: str, language: Language) -> FormattedText:
    """``mark`` with a sign that its line runs as ``language`` does, whatever follows."""
    return plain_text(f"{RLM if language == 'ar' else LRM}{mark}")


def _link_kinds(link: str | None) -> tuple[Kind, ...]:
    return ("text_link",) if link else ("bold",)


def _answering(citation: Citation) -> tuple[int, int]:
    """The words that answer, in the article: those marked, else the whole quote."""
    if citation.highlight_start is None or citation.highlight_end is None:
        return citation.start, citation.end
    return citation.highlight_start, citation.highlight_end


def _within(citation: Citation, source: SourceLine) -> tuple[int, int]:
    start, end = _answering(citation)
    return max(start - source.offset, 0), min(end - source.offset, len(source.passage))
