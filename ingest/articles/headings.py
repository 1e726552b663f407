"""The heading of a text: its title line and its date line, or a title made from its first words."""

from __future__ import annotations

import re
from datetime import datetime

from ingest.text.cleaning import clean_characters, clean_title
from ingest.text.dates import is_date_line, parse_date

MAX_TITLE = 200
"""Characters; a longer first line is a paragraph."""
TITLE_FROM_TEXT = 80
"""Characters of the text that stand in for a missing title, at most."""
LONGEST_HEADLINE = 120
"""Characters of a line that may be the headline of the paragraph right below it …"""
FEWEST_WORDS = 3
"""… its words, at least ("عاجل" is none) …"""
PARAGRAPH_LONGER = 1.5
"""… and how much longer than it the paragraph is."""
DATE_WITHIN = 4
"""A date line is looked for in this many lines (blank ones not counted) from the top."""

_SENTENCE_END = re.compile(r"[.؛;:،,…][\"'”’»)]*$")


def split_heading(text: str) -> tuple[str, datetime | None, str]:
    """Title, date and body of a text; the title is empty when the first line is not one.

    The first line is a title when it is short, does not end as a sentence does, and a blank line or
    a date line follows.
    """
    lines = re.split(r"\r\n?|\n", clean_characters(text))
    filled = [index for index, line in enumerate(lines) if line.strip()][: DATE_WITHIN + 1]
    if not filled:
        return "", None, ""
    # Titles are shorter than a date line is long, so the first line may be the date itself.
    date_at = next((index for index in filled[:DATE_WITHIN] if is_date_line(lines[index])), None)
    published_at = parse_date(lines[date_at]) if date_at is not None else None
    title_at = next((index for index in filled if index != date_at), None)
    if title_at is not None and not _is_title(lines, title_at, date_at):
        title_at = None
    body = [line for index, line in enumerate(lines) if index not in (title_at, date_at)]
    return (lines[title_at].strip() if title_at is not None else ""), published_at, "\n".join(body)


def title_from_text(text: str) -> str:
    """The first line of ``text`` where it is a headline, else its first words, cut at a word."""
    lines = [clean_title(line) for line in text[: 50 * TITLE_FROM_TEXT].splitlines()]
    if headline := _headline([line for line in lines if line][:2]):
        return headline
    line = clean_title(text[: 50 * TITLE_FROM_TEXT])
    if len(line) <= TITLE_FROM_TEXT:
        return line
    head = line[: TITLE_FROM_TEXT - 1]
    if " " in head and line[TITLE_FROM_TEXT - 1] != " ":
        head = head[: head.rindex(" ")]
    return head.rstrip(" ،,؛;:") + "…"


def _headline(lines: list[str]) -> str | None:
    """The first of two lines where it stands above a paragraph, with no blank line between them.

    Lines that were only broken at the edge of a page are alike in length.
    """
    if len(lines) < 2 or len(lines[0]) > LONGEST_HEADLINE or _SENTENCE_END.search(lines[0]):
        return None
    of_words = len(lines[0].split()) >= FEWEST_WORDS
    return lines[0] if of_words and len(lines[1]) >= PARAGRAPH_LONGER * len(lines[0]) else None


def _is_title(lines: list[str], index: int, date_at: int | None) -> bool:
    line = lines[index].strip()
    if len(line) > MAX_TITLE or _SENTENCE_END.search(line):
        return False
    rest = lines[index + 1 :]
    return (
        bool(rest) and (not rest[0].strip() or date_at == index + 1) and any(map(str.strip, rest))
    )
