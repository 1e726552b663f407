"""One record of a file as a result of its loader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.articles.builder import article_from_record
from ingest.articles.loader_protocol import LoadResult, failure, unexpected_error
from ingest.core.errors import LoadError


def load_record(
    record: Mapping[str, Any], *, place: str, fallback_id: str, origin: str
) -> LoadResult:
    """The article in ``record`` or the failure to build it; see `article_from_record`."""
    try:
        article = article_from_record(record, fallback_id=fallback_id, origin=origin)
    except LoadError as error:
        return failure(place, error)
    except Exception as error:  # one unexpected record must not stop the others
        return failure(place, unexpected_error(error))
    return LoadResult(place=place, article=article)
