"""Builds articles from documents: text, first lines and file properties."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.articles.builder import article_from_record
from ingest.articles.headings import split_heading, title_from_text
from ingest.text.arabic_text import repair_arabic
from ingest.text.cleaning import clean_title
from ingest.text.dates import parse_date
from vectorstore.core.text_analysis import normalise
from vectorstore.core.types import Article

MIN_FILE_YEAR = 1990
"""Year before which no file was made; an older date is that of an unset clock."""

# Defaults that programs write as titles and authors.
_MEANINGLESS_TITLE = re.compile(
    r"(?:untitled|document|new document|title|بدون عنوان|مستند|عنوان)[\s\d_()-]*$|microsoft word\b"
    r"|.*\.(?:docx?|pdf|indd|html?|rtf|odt|pptx?|xlsx?|qxd|txt|tex|dvi|epub|ps|cdr|pmd)$"
    r"|\W*$|(?:https?|file):",
    re.IGNORECASE,
)
_MEANINGLESS_AUTHOR = re.compile(
    r"(?:user|admin(?:istrator)?|owner|unknown|anonymous|windows user|microsoft(?: office user)?|hp"
    r"|dell|pc|lenovo|python-docx|openpyxl|مستخدم|\W*)\d*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentProperties:
    """Properties as a file states them; they may be wrong."""

    title: str | None = None
    author: str | None = None
    created: str | None = None
    modified: str | None = None
    source: str | None = None
    language: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def article_from_document(
    text: str, properties: DocumentProperties, *, fallback_id: str, origin: str
) -> Article:
    """The article in a document whose paragraphs are ``text``.

    Its title is that of the file's properties, if meaningful, else its first line. Its date is that
    of a date line at the top, else that of the file; ``date_from`` in the metadata says which.

    Raises:
        LoadError: there is no text.
    """
    repaired = repair_arabic(text)
    heading, published, body = split_heading(repaired.text)
    repaired_title = repair_arabic(meaningful_property(properties.title, _MEANINGLESS_TITLE) or "")
    title = repaired_title.text
    repairs = sorted({*repaired.repairs, *repaired_title.repairs})
    if title and heading and normalise(heading) != normalise(title):
        body = f"{heading}\n\n{body}"
    date_from = "text" if published else None
    if published is None:
        published = _file_date(properties.created)
        date_from = "file properties" if published else None
    modified = _file_date(properties.modified)
    record = {
        **properties.more,
        "repaired": repairs,
        "title": title or heading or title_from_text(body),
        "title_from": "file properties" if title else "text",
        "text": body,
        "author": meaningful_property(properties.author, _MEANINGLESS_AUTHOR),
        "date": published and published.isoformat(),
        "date_from": date_from,
        "modified_at": modified and modified.isoformat(),
        "source": properties.source,
        "language": properties.language,
    }
    known = {name: value for name, value in record.items() if value}
    return article_from_record(known, fallback_id=fallback_id, origin=origin, repaired=True)


def meaningful_property(value: str | None, meaningless: re.Pattern[str]) -> str | None:
    """``value`` on one line, or None if it is a default of some program."""
    line = clean_title(value or "")
    return None if not line or meaningless.match(line) else line


def _file_date(value: str | None) -> datetime | None:
    moment = parse_date(value) if value else None
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    plausible = moment.year >= MIN_FILE_YEAR and aware <= datetime.now(UTC) + timedelta(days=1)
    return moment if plausible else None
