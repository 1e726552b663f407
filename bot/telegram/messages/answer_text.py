"""Formatting of an answer's text by its mode: titles as links, dates and verdicts in bold, quotes.

``Answer.text`` is plain text with ``[n]`` markers, a line for each quote or article.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.answering.answer_spans import highlighted_spans
from bot.answering.lead_and_dates import format_day
from bot.core.models import Answer, Citation
from bot.telegram.messages.formatted_text import (
    FormatKind,
    FormatSpan,
    FormattedText,
    direction_mark,
    formatted,
    isolate,
    join,
    plain_text,
)
from prompts import Language

TITLE_LENGTH = 200
TITLED_MODES = frozenset({"headlines", "collection", "article", "sources"})
"""Modes whose text has the titles of the articles, so that no list of sources follows."""
DATED_MODES = frozenset({"summary", "overview", "timeline"})
"""Modes whose quotes stand in the text; a line for each source follows."""

_MARKER = re.compile(r" ?\[(\d+)\]$")
_QUOTE = re.compile("^[«“]")
_SEPARATOR = re.compile(r"^\W*(?:—|·)\s*")


def answer_language(answer: Answer) -> Language:
    """The language of an answer's own words."""
    return "ar" if answer.language == "ar" else "en"


def linked_title(title: str, url: str | None, language: Language) -> FormattedText:
    """A title as a link, or in bold without a URL."""
    label = isolate(" ".join(title.split())[:TITLE_LENGTH] or "—", language)
    return formatted(label, "text_link" if url else "bold", url=url)


def answer_text(answer: Answer, links: Mapping[int, str | None]) -> FormattedText:
    """The text of an answer, formatted; ``links`` are the URLs of its citations by marker."""
    language = answer_language(answer)
    plain = plain_text(answer.text)
    marks = (FormatSpan("bold", *span) for span in highlighted_spans(plain.text, answer.citations))
    whole = FormattedText(plain.text, tuple(marks))
    citations: dict[int, Citation] = {}
    for citation in answer.citations:
        citations.setdefault(citation.marker, citation)
    lines: list[FormattedText] = []
    for line in _lines(whole):
        found = _MARKER.search(line.text)
        cited = citations.get(int(found[1])) if found else None
        if cited is not None and answer.mode in TITLED_MODES:
            line = _titled(line, cited, links.get(cited.marker), language)
        elif cited is not None and answer.mode in DATED_MODES:
            line = _dated(line, cited, language)
        elif answer.intent == "comparison" and line.text.endswith(":"):
            line = _all(line, "bold")
        lines.append(line)
    if answer.mode == "summary":  # of one article
        lines = [line.slice(0, len(_MARKER.sub("", line.text))) for line in lines]
    if lines and answer.verdict is not None and not _MARKER.search(lines[0].text):
        lines[0] = _all(lines[0], "bold")
    if answer.mode in ("headlines", "timeline"):
        return _spaced(lines)
    if answer.mode in ("summary", "overview"):
        return _with_blockquotes(lines)
    return join(lines, "\n")


def _lines(whole: FormattedText) -> list[FormattedText]:
    lines, start = [], 0
    for line in whole.text.split("\n"):
        lines.append(whole.slice(start, start + len(line)))
        start += len(line) + 1
    return lines


def _titled(
    line: FormattedText, cited: Citation, link: str | None, language: Language
) -> FormattedText:
    """The line of an article with its title as a link, and what follows it on the next line."""
    text = _MARKER.sub("", line.text)
    at = text.find(cited.title) if cited.title else -1
    if at < 0:
        return line
    before, after = text[:at], text[at + len(cited.title) :]
    if cited.url:
        after = after.replace(f" — {cited.url}", "")
    title = linked_title(cited.title, link, language)
    details = _SEPARATOR.sub("", after)
    if cited.source:
        details = details.replace(cited.source, isolate(cited.source, language), 1)
    first = plain_text(direction_mark(language) + before) + title
    if after[:1] != " ":
        return first + plain_text(after)
    return join((first, plain_text(direction_mark(language) + details)), "\n")


def _dated(line: FormattedText, cited: Citation, language: Language) -> FormattedText:
    """The line with the day on which the article was published in bold."""
    if cited.published_at is None:
        return line
    day = format_day(cited.published_at, language)
    at = line.text.find(day)
    if not 0 <= at <= len("• "):
        return line
    return replace(line, spans=(FormatSpan("bold", at, at + len(day)), *line.spans))


def _all(line: FormattedText, kind: FormatKind) -> FormattedText:
    """``line``, all of it formatted as ``kind``."""
    others = (span for span in line.spans if span.kind != kind)
    return FormattedText(line.text, (FormatSpan(kind, 0, len(line.text)), *others))


def _spaced(lines: list[FormattedText]) -> FormattedText:
    """Items as paragraphs, so that each is seen as one on a phone."""
    return join(lines, "\n\n")


def _with_blockquotes(lines: list[FormattedText]) -> FormattedText:
    """Lines that quote as blocks, consecutive ones as one block."""
    parts: list[FormattedText] = []
    quoted: list[FormattedText] = []
    for line in lines:
        if _QUOTE.match(line.text):
            quoted.append(line)
            continue
        if quoted:
            parts.append(_all(join(quoted, "\n"), "blockquote"))
            quoted = []
        parts.append(line)
    if quoted:
        parts.append(_all(join(quoted, "\n"), "blockquote"))
    return join(parts, "\n")
