"""Web pages, feeds and sitemaps."""

from ingest.html.article import article_of_page

__all__ = ["article_of_page"]
