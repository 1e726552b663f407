"""Recognises an article by its URL when its id has changed.

Crawlers assign new ids with every crawl, and a page has several URLs. A source may also give one
URL to many articles (its front page, a live ticker), so the articles must share their title as
well, or half of the word trigrams of the shorter text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.core.urls import may_be_article_url, url_variants
from ingest.text.cross_article_boilerplate import shingles
from vectorstore.core.text_analysis import normalise, words
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from vectorstore.catalogue.articles import Catalogue

MIN_SHINGLE_OVERLAP = 0.5
_PAGE_DATES = frozenset(("json-ld", "meta", "microdata", "time"))
"""Values of ``date_from`` for dates in the template of a site's articles."""


def resolve_by_url(
    article: Article, catalogue: Catalogue, pending: Mapping[str, tuple[Article, int]]
) -> Article:
    """``article`` under the id that its page has in the store or among ``pending`` articles.

    An article whose own id is in the store keeps it. If only metadata differ, those of the known
    article are kept: they are the crawler's, not the page's.
    """
    url = article.url
    if url is None or not may_be_article_url(url) or catalogue.content_hashes([article.id]):
        return article
    other = next((known for known, _ in pending.values() if known.url == url), None)
    if other is None:
        ids = map(catalogue.id_by_url, dict.fromkeys([url, *url_variants(url)]))
        known_id = next((i for i in ids if i is not None), None)
        other = catalogue.get(known_id) if known_id is not None else None
    if other is None or other.id == article.id or not same_story(article, other):
        return article
    renamed = replace(article, id=other.id)
    unchanged = replace(renamed, metadata=other.metadata, url=other.url)
    return unchanged if unchanged.content_hash == other.content_hash else renamed


def same_story(one: Article, other: Article) -> bool:
    """Whether two articles share their title, or half of the trigrams of the shorter text."""
    if one.title and normalise(one.title) == normalise(other.title):
        return True
    a, b = shingles(words(one.text)), shingles(words(other.text))
    return len(a & b) >= MIN_SHINGLE_OVERLAP * min(len(a), len(b)) if a and b else False


def is_interstitial(article: Article, known: Article) -> bool:
    """Whether ``article`` is a login or consent page served in the place of ``known``.

    Such a page lacks the date that the template of the site's articles has; a rewritten article has
    it.
    """
    dated = known.metadata.get("date_from") in _PAGE_DATES
    return dated and "date_from" not in article.metadata and not same_story(article, known)
