"""From the fields a source uses to an article: their names, ids, dates, addresses, leftovers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from ingest.core.errors import LoadError
from ingest.core.urls import canonical_url, names_one_page
from ingest.text.arabic_text import repair
from ingest.text.cleaning import clean_body, clean_characters, clean_title
from ingest.text.dates import parse_date
from ingest.text.language import UNKNOWN, detect_language, normalise_language
from vectorstore.core.types import Article

MAX_METADATA_BYTES = 2_048
"""A leftover field with more JSON than this is not kept."""

# In order of preference; names are compared in lower case.
FIELDS = {
    "title": ("title", "headline", "name"),
    "text": ("text", "body", "content", "article", "articlebody", "maintext"),
    "date": (
        "date",
        "published_at",
        "published",
        "publish_date",
        "pubdate",
        "datetime",
        "date_publish",
    ),
    "url": ("url", "link", "canonical_url"),
    "source": ("source", "publisher", "site", "outlet"),
    "author": ("author", "byline"),
    "id": ("id", "article_id", "guid", "uid", "passage_id"),
    "language": ("language", "lang"),
}


def article_from_record(record: Mapping[str, Any], *, fallback_id: str, origin: str) -> Article:
    """The article that ``record`` describes under whatever field names.

    Its id is the record's own, else its URL (a front page is no one's), else ``fallback_id``.
    Fields that mean nothing here are kept as metadata when small; a date or address that cannot be
    understood is kept there as well, under ``date_unreadable`` and ``url_unusable``.

    Raises:
        LoadError: there is no text, or what stands in its place is none.
    """
    found, rest = _map_fields(record)
    body = _body(found.get("text"))
    metadata = dict(rest)
    title = clean_title(_line(found.get("title")) or "")
    url, unusable = _web_address(found.get("url"))
    if unusable is not None:
        metadata["url_unusable"] = unusable
    raw_date = found.get("date")
    published_at = parse_date(_line(raw_date) or "")
    if published_at is None and raw_date is not None:
        metadata["date_unreadable"] = raw_date
    own_url = url if url is not None and names_one_page(url) else None
    return article_from_text(
        body,
        id=_identifier(found.get("id")) or own_url or fallback_id,
        title=title,
        url=url,
        source=clean_title(_names(found.get("source"))) or None,
        author=clean_title(_names(found.get("author"))) or None,
        published_at=published_at,
        language=normalise_language(_line(found.get("language")) or ""),
        origin=origin,
        metadata=_keepable(metadata),
    )


def article_from_text(
    raw: str, *, title: str, language: str | None = None, **known: Any
) -> Article:
    """An article with ``raw`` repaired and cleaned, its language detected where unknown.

    What had to be repaired in its Arabic stands in its metadata, under ``repaired``.

    Raises:
        LoadError: nothing is left of the text.
    """
    body, head = repair(raw), repair(title)
    metadata = known.get("metadata", {})
    if repairs := {*body.repairs, *head.repairs}:
        repairs.update(metadata.get("repaired", ()))
        known["metadata"] = {**metadata, "repaired": sorted(repairs)}
    title = head.text
    cleaned = clean_body(body.text)
    if not cleaned.text:
        raise LoadError("no_text")
    if language is None:
        language = detect_language(cleaned.text)
        if language == UNKNOWN:
            language = detect_language(title)
    return Article(
        title=title, text=cleaned.text, original=cleaned.original, language=language, **known
    )


def _map_fields(record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The known fields under our names, and the rest under their own."""
    by_name: dict[str, str] = {}
    for name in record:
        by_name.setdefault(name.strip().lower(), name)
    found: dict[str, Any] = {}
    taken: set[str] = set()
    for field, aliases in FIELDS.items():
        for alias in aliases:
            key = by_name.get(alias)
            if key is not None and record[key] not in (None, ""):
                found[field] = record[key]
                taken.add(key)
                break
    return found, {key: value for key, value in record.items() if key not in taken}


def _body(value: Any) -> str:
    if value is None:
        raise LoadError("no_text_field", fields=", ".join(FIELDS["text"]))
    if not isinstance(value, str):
        kind = {dict: "object", list: "array", bool: "boolean"}.get(type(value), "number")
        raise LoadError("text_not_string", type=kind)
    return value


def _line(value: Any) -> str | None:
    """A string or number as a string; nothing else has one meaning."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and isfinite(value):
        return str(int(value)) if value.is_integer() else str(value)
    return None


def _names(value: Any) -> str:
    """A name, the ``name`` of an object (as in schema.org), or several of either."""
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("title")
    if isinstance(value, list):
        return ", ".join(
            filter(None, (_names(item) for item in value if not isinstance(item, list)))
        )
    return _line(value) or ""


def _identifier(value: Any) -> str | None:
    return clean_characters(_line(value) or "").strip() or None


def _web_address(value: Any) -> tuple[str | None, Any]:
    """``(canonical url, None)`` for an http(s) address, ``(None, what it was)`` for the rest."""
    if value is None:
        return None, None
    text = clean_characters(_line(value) or "").strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s<>\"]", text):
        return None, value
    return canonical_url(text), None


def _keepable(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are small and JSON, without characters that no database takes."""
    kept: dict[str, Any] = {}
    for key, value in metadata.items():
        if value is None or value == "":
            continue
        try:
            if (
                len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
                > MAX_METADATA_BYTES
            ):
                continue
            kept[clean_characters(key)] = _scrub(value)
        except (TypeError, ValueError, RecursionError):
            continue
    return kept


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return clean_characters(value)
    if isinstance(value, Mapping):
        return {clean_characters(str(key)): _scrub(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_scrub(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
