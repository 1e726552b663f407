"""Documents: what their files say of themselves, and what their first lines say, as one article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.articles.builder import article_from_record
from ingest.articles.headings import split_heading, title_from_text
from ingest.text.arabic_text import repair
from ingest.text.cleaning import clean_title
from ingest.text.dates import parse_date
from vectorstore.core.text_analysis import normalise
from vectorstore.core.types import Article

EARLIEST = 1990
"""Before this no program wrote such files: an older date is a clock that was never set."""

# What programs put where a title belongs.
_NO_TITLE = re.compile(
    r"(?:untitled|document|new document|title|بدون عنوان|مستند|عنوان)[\s\d_()-]*$|microsoft word\b"
    r"|.*\.(?:docx?|pdf|indd|html?|rtf|odt|pptx?|xlsx?|qxd|txt|tex|dvi|epub|ps|cdr|pmd)$"
    r"|\W*$|(?:https?|file):",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(?:user|admin(?:istrator)?|owner|unknown|anonymous|windows user|microsoft(?: office user)?|hp"
    r"|dell|pc|lenovo|python-docx|openpyxl|مستخدم|\W*)\d*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What a file says of itself, as it says it: nothing of it need be true."""

    title: str | None = None
    author: str | None = None
    created: str | None = None
    modified: str | None = None
    source: str | None = None
    language: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def article_of_document(
    text: str, properties: Properties, *, fallback_id: str, origin: str
) -> Article:
    """The article in a document whose paragraphs are ``text``.

    Its title is the file's, where that is one, else its first line. A date line at the top tells
    when it was published, else the day on which the file was made; ``date_from`` says which.

    Raises:
        LoadError: there is no text.
    """
    repaired = repair(text)
    heading, published, body = split_heading(repaired.text)
    title = useful(properties.title, _NO_TITLE)
    if title and heading and normalise(heading) != normalise(title):
        body = f"{heading}\n\n{body}"
    date_from = "text" if published else None
    if published is None:
        published = _made(properties.created)
        date_from = "file properties" if published else None
    modified = _made(properties.modified)
    record = {
        **properties.more,
        **repaired.metadata(),
        "title": title or heading or title_from_text(body),
        "title_from": "file properties" if title else "text",
        "text": body,
        "author": useful(properties.author, _NO_AUTHOR),
        "date": published and published.isoformat(),
        "date_from": date_from,
        "modified_at": modified and modified.isoformat(),
        "source": properties.source,
        "language": properties.language,
    }
    known = {name: value for name, value in record.items() if value}
    return article_from_record(known, fallback_id=fallback_id, origin=origin)


def useful(claim: str | None, useless: re.Pattern[str]) -> str | None:
    """``claim`` on one line, unless it is what programs write of themselves."""
    line = clean_title(claim or "")
    return None if not line or useless.match(line) else line


def _made(claim: str | None) -> datetime | None:
    moment = parse_date(claim) if claim else None
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    sane = moment.year >= EARLIEST and aware <= datetime.now(UTC) + timedelta(days=1)
    return moment if sane else None


def row_of_cells(cells: Iterable[str]) -> str:
    """A row of a table on one line; empty when no cell holds anything."""
    flat = [" ".join(cell.split()) for cell in cells]
    while flat and not flat[-1]:
        flat.pop()
    return " | ".join(flat)
