"""Answers as lines for a terminal.

A terminal applies bidirectional ordering line by line, so quotes, titles, dates and URLs have lines
of their own, and Arabic and Latin text share one as rarely as possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.answering.answer_spans import highlighted_spans
from bot.answering.lead_and_dates import format_day
from bot.core.models import Answer, Citation, Suggestion
from prompts import Language, text

_TITLED_MODES = frozenset({"headlines", "collection", "article", "sources"})
"""Modes whose text has the titles, sources and dates of the articles."""
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def format_date(moment: datetime | None, language: Language) -> str:
    """``4 يونيو 2021، 16:57``; without the time if it is midnight, which mostly means unknown."""
    if moment is None:
        return text("bot.terminal.undated", language)
    day = format_day(moment, language)
    if (moment.hour, moment.minute) == (0, 0):
        return day
    comma = "،" if language == "ar" else ","
    return f"{day}{comma} {moment:%H:%M}"


def answer_lines(answer: Answer, *, bold: bool = False) -> Iterator[str]:
    """The lines of an answer with its sources, suggested articles and questions to continue with.

    ``bold`` marks the verdict and the highlights of quotes.
    """
    language: Language = "ar" if answer.language == "ar" else "en"
    for number, line in enumerate(answer.text.split("\n")):
        if bold and number == 0 and answer.verdict is not None:
            yield f"{_BOLD}{line}{_PLAIN}"
        else:
            yield highlighted(line, answer.citations) if bold else line
    if answer.citations and answer.mode in _TITLED_MODES:
        yield ""
        for citation in by_source(answer.citations):
            yield f"[{citation.marker}] {citation.url or citation.article_id}"
    elif answer.citations:
        yield ""
        yield text("bot.terminal.sources", language)
        for citation in by_source(answer.citations):
            yield from _entry(f"[{citation.marker}]", citation, language)
            if citation.also_in:
                yield f"    {text('bot.answer.also_in', language)}"
            for copy in citation.also_in:
                yield f"    - {copy.title or copy.article_id}"
                yield from (f"      {part}" for part in (copy.source, copy.url) if part)
    if answer.suggestions:
        yield ""
        yield text("bot.terminal.suggestions", language)
        for number, suggestion in enumerate(answer.suggestions, 1):
            yield from _entry(f"{number}.", suggestion, language)
    if answer.followups:
        yield ""
        yield text("bot.terminal.followups", language)
        yield from (f"- {question.text}" for question in answer.followups)


def by_source(citations: Sequence[Citation]) -> list[Citation]:
    """The first citation of each number, since quotes of one article share its number."""
    first: dict[int, Citation] = {}
    for citation in citations:
        first.setdefault(citation.marker, citation)
    return list(first.values())


def highlighted(line: str, citations: Sequence[Citation]) -> str:
    """``line`` with the highlighted words of the quotes in it in bold, by ANSI escapes."""
    for start, end in reversed(highlighted_spans(line, citations)):
        line = f"{line[:start]}{_BOLD}{line[start:end]}{_PLAIN}{line[end:]}"
    return line


def _entry(mark: str, item: Citation | Suggestion, language: Language) -> Iterator[str]:
    yield f"{mark} {item.title or item.article_id}"
    date = format_date(item.published_at, language)
    yield f"    {item.source} · {date}" if item.source else f"    {date}"
    yield f"    {item.url or item.article_id}"
