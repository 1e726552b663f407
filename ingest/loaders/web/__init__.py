"""Loading from URLs: pages, feeds, sitemaps."""

from ingest.loaders.web.context import SiteListing, WebContext
from ingest.loaders.web.loader import WebLoader

__all__ = ["SiteListing", "WebContext", "WebLoader"]
