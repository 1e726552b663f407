"""Fetching from the web: politely, within limits, and never from inside the own network."""

from ingest.fetching.fetcher import Fetched, Fetcher, FetchError

__all__ = ["FetchError", "Fetched", "Fetcher"]
