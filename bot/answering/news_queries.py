"""The newest articles on a topic, for requests for news."""

from __future__ import annotations

from collections.abc import Sequence

from bot.answering.lead_and_dates import lead_quote
from bot.language.synonyms import synonym_class
from vectorstore.core.text_analysis import words
from vectorstore.core.types import Filters, RetrievedPassage, timestamp
from vectorstore.store import ArticleStore

CANDIDATE_PASSAGES = 100
"""Number of passages retrieved to find the newest articles on a topic."""


def newest_on_topic(
    store: ArticleStore, topic: Sequence[str], filters: Filters | None, limit: int
) -> list[RetrievedPassage]:
    """The first passages of the newest articles on ``topic``, newest first.

    An article is on the topic if all of the topic's words occur in its title and first sentences;
    words further down may be mentioned in passing.
    """
    if not topic:
        infos = store.catalogue.newest(filters, limit)
        return _openings(store, [info.id for info in infos])
    wanted = {synonym_class(w) for w in topic}
    found = {
        p.article.id: p.article for p in store.search(" ".join(topic), CANDIDATE_PASSAGES, filters)
    }
    dated = {a.id: timestamp(a.published_at) for a in found.values() if a.published_at}
    on_topic = [
        opening
        for opening in _openings(store, sorted(dated, key=lambda article_id: -dated[article_id]))
        if wanted
        <= {synonym_class(w) for w in words(f"{opening.article.title}\n{lead_quote(opening).text}")}
    ]
    return on_topic[:limit]


def _openings(store: ArticleStore, article_ids: Sequence[str]) -> list[RetrievedPassage]:
    passages = store.catalogue.passages_of_all(article_ids)
    firsts = [passages[a][0][0] for a in article_ids if passages[a]]
    found = store.catalogue.retrieve(firsts)
    return [found[pid] for pid in firsts if pid in found]
