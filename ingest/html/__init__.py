"""Web pages: from the bytes of one to an article."""

from ingest.html.article import article_of_page

__all__ = ["article_of_page"]
