"""Builds articles from records: maps their fields, repairs and cleans texts, reads dates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from ingest.core.errors import LoadError
from ingest.core.urls import canonical_url, may_be_article_url
from ingest.text.arabic_text import repair_arabic
from ingest.text.cleaning import clean_body, clean_characters, clean_title
from ingest.text.dates import parse_date
from ingest.text.language import UNKNOWN_LANGUAGE, detect_language, normalise_language
from vectorstore.core.types import Article

MAX_METADATA_BYTES = 2_048
"""Size as JSON of the largest unknown field that becomes metadata."""

# Field names in order of preference, in lower case.
FIELD_NAMES = {
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


def article_from_record(
    record: Mapping[str, Any], *, fallback_id: str, origin: str, repaired: bool = False
) -> Article:
    """The article in ``record``, whose fields may have any of the names in `FIELD_NAMES`.

    Its id is the record's, else its URL unless that is a front page, else ``fallback_id``. Small
    unknown fields become metadata, as do a date and a URL that cannot be read, as
    ``date_unreadable`` and ``url_unusable``. The Arabic of text and title is repaired (see
    ``ingest.text.arabic_text``) unless it was ``repaired`` before; ``repaired`` in the metadata
    lists what was done.

    Raises:
        LoadError: the text is missing, empty or not a string.
    """
    found, rest = _map_fields(record)
    body = _text_of(found.get("text"))
    metadata = dict(rest)
    title = clean_title(_as_string(found.get("title")) or "")
    if not repaired:
        repaired_body, repaired_title = repair_arabic(body), repair_arabic(title)
        body, title = repaired_body.text, repaired_title.text
        if repairs := {*repaired_body.repairs, *repaired_title.repairs}:
            metadata["repaired"] = sorted(repairs)
    url, unusable = _parse_url(found.get("url"))
    if unusable is not None:
        metadata["url_unusable"] = unusable
    raw_date = found.get("date")
    published_at = parse_date(_as_string(raw_date) or "")
    if published_at is None and raw_date is not None:
        metadata["date_unreadable"] = raw_date
    own_url = url if url is not None and may_be_article_url(url) else None
    return article_from_text(
        body,
        id=_as_id(found.get("id")) or own_url or fallback_id,
        title=title,
        url=url,
        source=clean_title(_as_names(found.get("source"))) or None,
        author=clean_title(_as_names(found.get("author"))) or None,
        published_at=published_at,
        language=normalise_language(_as_string(found.get("language")) or ""),
        origin=origin,
        metadata=_storable_metadata(metadata),
    )


def article_from_text(
    text: str, *, title: str, language: str | None = None, **fields: Any
) -> Article:
    """An article with the cleaned ``text``; its language is detected if it is None.

    Raises:
        LoadError: nothing is left of the text.
    """
    cleaned = clean_body(text)
    if not cleaned.text:
        raise LoadError("no_text")
    if language is None:
        language = detect_language(cleaned.text)
        if language == UNKNOWN_LANGUAGE:
            language = detect_language(title)
    return Article(
        title=title, text=cleaned.text, original=cleaned.original, language=language, **fields
    )


def _map_fields(record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of `FIELD_NAMES` under its keys, and the rest under their own names."""
    by_name: dict[str, str] = {}
    for name in record:
        by_name.setdefault(name.strip().lower(), name)
    found: dict[str, Any] = {}
    mapped: set[str] = set()
    for field, aliases in FIELD_NAMES.items():
        for alias in aliases:
            key = by_name.get(alias)
            if key is not None and record[key] not in (None, ""):
                found[field] = record[key]
                mapped.add(key)
                break
    return found, {key: value for key, value in record.items() if key not in mapped}


def _text_of(value: Any) -> str:
    if value is None:
        raise LoadError("no_text_field", fields=", ".join(FIELD_NAMES["text"]))
    if not isinstance(value, str):
        kind = {dict: "object", list: "array", bool: "boolean"}.get(type(value), "number")
        raise LoadError("text_not_string", type=kind)
    return value


def _as_string(value: Any) -> str | None:
    """A string or finite number as a string; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and isfinite(value):
        return str(int(value)) if value.is_integer() else str(value)
    return None


def _as_names(value: Any) -> str:
    """A name, the ``name`` of an object (as in schema.org), or a list of either, joined."""
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("title")
    if isinstance(value, list):
        return ", ".join(
            filter(None, (_as_names(item) for item in value if not isinstance(item, list)))
        )
    return _as_string(value) or ""


def _as_id(value: Any) -> str | None:
    return clean_characters(_as_string(value) or "").strip() or None


def _parse_url(value: Any) -> tuple[str | None, Any]:
    """``(canonical URL, None)`` for an http(s) URL, ``(None, value)`` for anything else."""
    if value is None:
        return None, None
    text = clean_characters(_as_string(value) or "").strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s<>\"]", text):
        return None, value
    return canonical_url(text), None


def _storable_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The small JSON values, without characters that databases refuse."""
    found: dict[str, Any] = {}
    for key, value in metadata.items():
        if value is None or value == "":
            continue
        try:
            if (
                len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
                > MAX_METADATA_BYTES
            ):
                continue
            found[clean_characters(key)] = _clean_value(value)
        except (TypeError, ValueError, RecursionError):
            continue
    return found


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return clean_characters(value)
    if isinstance(value, Mapping):
        return {clean_characters(str(key)): _clean_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean_value(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
