"""Web pages, feeds and sitemaps."""

from ingest.html.article import article_from_page

__all__ = ["article_from_page"]
