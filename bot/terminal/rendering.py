"""Answers on a terminal: plain lines that read well from right to left and from left to right.

A terminal orders each line by itself, so Arabic and Latin never share a line where that can be
helped: a quote, a title, a date and an address stand on lines of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.answering.answer_spans import highlighted_spans
from bot.core.models import Answer, Citation, Suggestion
from prompts import Language, text

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def format_date(moment: datetime | None, language: Language) -> str:
    """``4 يونيو 2021، 16:57``; without the time at midnight, which mostly means unknown."""
    if moment is None:
        return text("bot.terminal.undated", language)
    month = text(f"bot.dates.month_{moment.month}", language)
    day = text("bot.dates.day", language, day=moment.day, month=month, year=moment.year)
    if (moment.hour, moment.minute) == (0, 0):
        return day
    comma = "،" if language == "ar" else ","
    return f"{day}{comma} {moment:%H:%M}"


def answer_lines(answer: Answer, *, bold: bool = False) -> Iterator[str]:
    """The lines of a reply with its sources or suggestions; ``bold`` marks what answers."""
    language: Language = "ar" if answer.language == "ar" else "en"
    for line in answer.text.split("\n"):
        yield highlighted(line, answer.citations) if bold else line
    if answer.citations:
        yield ""
        yield text("bot.terminal.sources", language)
        for citation in answer.citations:
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


def highlighted(line: str, citations: Sequence[Citation]) -> str:
    """``line`` with the answering words of the quotes in it in bold, as terminals write it."""
    for start, end in reversed(highlighted_spans(line, citations)):
        line = f"{line[:start]}{_BOLD}{line[start:end]}{_PLAIN}{line[end:]}"
    return line


def _entry(mark: str, item: Citation | Suggestion, language: Language) -> Iterator[str]:
    yield f"{mark} {item.title or item.article_id}"
    date = format_date(item.published_at, language)
    yield f"    {item.source} · {date}" if item.source else f"    {date}"
    yield f"    {item.url or item.article_id}"
