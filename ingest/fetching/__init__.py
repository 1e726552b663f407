"""Fetching from the web: robots.txt, rate and size limits, no access to private networks."""

from ingest.fetching.errors import FetchError
from ingest.fetching.fetcher import Fetcher, FetchResult

__all__ = ["FetchError", "FetchResult", "Fetcher"]
