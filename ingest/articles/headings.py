"""Splits the title line and date line off a text, or makes a title from its first words."""

from __future__ import annotations

import re
from datetime import datetime

from ingest.text.cleaning import clean_characters, clean_title
from ingest.text.dates import is_date_line, parse_date

MAX_TITLE_LENGTH = 200
"""Longest title line in characters."""
MAX_GENERATED_TITLE_LENGTH = 80
"""Longest title made from the first words of a text, in characters."""
MAX_HEADLINE_LENGTH = 120
"""Longest headline of a paragraph right below it, in characters …"""
MIN_HEADLINE_WORDS = 3
"""… its fewest words ("عاجل" is not one) …"""
MIN_PARAGRAPH_RATIO = 1.5
"""… and the least ratio of the paragraph's length to its own."""
MAX_DATE_LINES = 4
"""Number of first lines, without blank ones, that may be the date line."""

_SENTENCE_END = re.compile(r"[.؛;:،,…][\"'”’»)]*$")


def split_heading(text: str) -> tuple[str, datetime | None, str]:
    """Title, date and body of a text; the title is empty and the date None where there is none.

    The first line is a title if it is short, does not end like a sentence, and is followed by a
    blank line or a date line. ``text`` must be repaired: a date line is found in letters only.
    """
    lines = re.split(r"\r\n?|\n", clean_characters(text))
    filled = [index for index, line in enumerate(lines) if line.strip()][: MAX_DATE_LINES + 1]
    if not filled:
        return "", None, ""
    # The date line may also be the first line.
    date_at = next((index for index in filled[:MAX_DATE_LINES] if is_date_line(lines[index])), None)
    published_at = parse_date(lines[date_at]) if date_at is not None else None
    title_at = next((index for index in filled if index != date_at), None)
    if title_at is not None and not _is_title(lines, title_at, date_at):
        title_at = None
    body = [line for index, line in enumerate(lines) if index not in (title_at, date_at)]
    return (lines[title_at].strip() if title_at is not None else ""), published_at, "\n".join(body)


def title_from_text(text: str) -> str:
    """The first line of ``text`` if it is a headline, else its first words."""
    lines = [clean_title(line) for line in text[: 50 * MAX_GENERATED_TITLE_LENGTH].splitlines()]
    if headline := _headline_of([line for line in lines if line][:2]):
        return headline
    line = clean_title(text[: 50 * MAX_GENERATED_TITLE_LENGTH])
    if len(line) <= MAX_GENERATED_TITLE_LENGTH:
        return line
    head = line[: MAX_GENERATED_TITLE_LENGTH - 1]
    if " " in head and line[MAX_GENERATED_TITLE_LENGTH - 1] != " ":
        head = head[: head.rindex(" ")]
    return head.rstrip(" ،,؛;:") + "…"


def _headline_of(lines: list[str]) -> str | None:
    """The first of two lines if the second is much longer, unlike lines wrapped at a margin."""
    if len(lines) < 2 or len(lines[0]) > MAX_HEADLINE_LENGTH or _SENTENCE_END.search(lines[0]):
        return None
    has_words = len(lines[0].split()) >= MIN_HEADLINE_WORDS
    return lines[0] if has_words and len(lines[1]) >= MIN_PARAGRAPH_RATIO * len(lines[0]) else None


def _is_title(lines: list[str], index: int, date_at: int | None) -> bool:
    line = lines[index].strip()
    if len(line) > MAX_TITLE_LENGTH or _SENTENCE_END.search(line):
        return False
    rest = lines[index + 1 :]
    return (
        bool(rest) and (not rest[0].strip() or date_at == index + 1) and any(map(str.strip, rest))
    )
