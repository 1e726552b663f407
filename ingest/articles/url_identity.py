"""One article per page: what comes again under a known address is that article, whatever its id.

Crawlers number what they fetch anew each time, and a page has many addresses. But a source may also
give one address to all it says (its front page, a live ticker), so the texts have to agree as well:
by their title, or by half of the runs of three words of the shorter one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.core.urls import names_one_page, url_variants
from ingest.text.cross_article_boilerplate import shingles
from vectorstore.core.text_analysis import normalise, words
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from vectorstore.catalogue.articles import Catalogue

SAME_SHINGLES = 0.5
_STATED = frozenset(("json-ld", "meta", "microdata", "time"))
"""Where the template of a site's articles puts their dates."""


def resolve_by_url(
    article: Article, catalogue: Catalogue, met: Mapping[str, tuple[Article, int]]
) -> Article:
    """``article`` under the id that its page has in the store or among those just ``met``.

    An article that is there under its own id keeps it. Where nothing but metadata differs, the
    known article's is kept: how a crawl sorted a page is no change of it.
    """
    url = article.url
    if url is None or not names_one_page(url) or catalogue.content_hashes([article.id]):
        return article
    other = next((known for known, _ in met.values() if known.url == url), None)
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
    """Whether two articles have one title, or half of their runs of three words in common."""
    if one.title and normalise(one.title) == normalise(other.title):
        return True
    a, b = shingles(words(one.text)), shingles(words(other.text))
    return len(a & b) >= SAME_SHINGLES * min(len(a), len(b)) if a and b else False


def lost_its_date(article: Article, known: Article) -> bool:
    """Whether ``article``, come in the place of ``known``, is another story on a page of no date.

    What a site puts before its articles, a login or the question for consent, is not dated as they
    are, whatever its words; an article that is written anew under its address still is.
    """
    dated = known.metadata.get("date_from") in _STATED
    return dated and "date_from" not in article.metadata and not same_story(article, known)
