"""Web pages: from the bytes of one to an article."""

from ingest.pages.article import article_of_page

__all__ = ["article_of_page"]
