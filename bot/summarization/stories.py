"""The story that a topic or an article belongs to: articles in order of publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.summarization.topic_match import TopicMatcher
from vectorstore.core.text_analysis import AnalysedText
from vectorstore.core.types import ArticleInfo, Filters, timestamp

if TYPE_CHECKING:
    from vectorstore.store import ArticleStore

CANDIDATE_PASSAGES = 60
"""Passages searched for the articles of a topic."""
MIN_TOPIC_PROBABILITY = 0.55
"""Probability of the best article from which on the topic is taken to be covered …"""
MIN_AGREED_PROBABILITY = 0.2
"""… or from here, if the search finds this article first as well …"""
MEMBER_SHARE = 0.8
"""Share of the best article's probability from which on others are on the topic …"""
MIN_MEMBER_PROBABILITY = 0.4
"""… and of the others, to be of it."""
MIN_LINKED_PROBABILITY = 0.15
"""Probability of an article that belongs to the story by its links to others."""
MAX_GAP = timedelta(days=10)
"""Longest pause between two reports of one story."""
MIN_COSINE = 0.9
"""Cosine of two articles' first passages, titles included, from which on they tell one story …"""
MIN_COSINE_SHARED_NAMES = 0.87
"""… or from here, if they also share rare words."""
MIN_MEAN_COSINE = 0.88
"""Mean cosine with the articles of a story, published about the same time, of another of it."""
MIN_SHARED_IDF = 5.0
"""Sum of what the idf of the shared words of titles and first passages exceeds `COMMON_IDF` by."""
COMMON_IDF = 2.5
COPY_COSINE = 0.965
"""Cosine from which on an article is a copy of one published within `COPY_GAP`."""
COPY_GAP = timedelta(days=2)
MIN_STORY_ARTICLES = 3
"""Fewest articles of a story that is told by itself; a smaller one is told with its topic."""
LEAD_CHARACTERS = 300


@dataclass(frozen=True)
class TopicArticles:
    """Articles on a topic with their probabilities, most probable first."""

    topic: TopicMatcher
    articles: tuple[ArticleInfo, ...]
    probabilities: Mapping[str, float]
    found_first: str = ""

    @property
    def covered(self) -> bool:
        """Whether the topic is covered at all.

        Less probability is needed if the search, which compares whole passages, finds the most
        probable article first as well.
        """
        best = max(self.probabilities.values(), default=0.0)
        agreed = bool(self.articles) and self.probabilities.get(self.found_first) == best
        return best >= (MIN_AGREED_PROBABILITY if agreed else MIN_TOPIC_PROBABILITY)

    @property
    def members(self) -> list[ArticleInfo]:
        """The articles that are on the topic."""
        best = max(self.probabilities.values(), default=0.0)
        return self.above(min(MIN_MEMBER_PROBABILITY, MEMBER_SHARE * best))

    def above(self, probability: float) -> list[ArticleInfo]:
        """The articles that are at least so probable."""
        return [a for a in self.articles if self.probabilities[a.id] >= probability]


def articles_on_topic(
    store: ArticleStore, topic: str, filters: Filters | None = None
) -> TopicArticles:
    """The articles that a search for ``topic`` finds, by their probability to be about it."""
    passages = store.search(topic, CANDIDATE_PASSAGES, filters)
    infos = {p.article.id: p.article for p in passages}
    parsed = TopicMatcher.of(store, topic)
    probabilities = parsed.probabilities(store, list(infos))
    ranked = sorted(probabilities, key=lambda i: -probabilities[i])
    first = passages[0].article.id if passages else ""
    return TopicArticles(parsed, tuple(infos[i] for i in ranked), probabilities, first)


def find_story(
    store: ArticleStore,
    topic: str,
    *,
    context_articles: Sequence[str] = (),
    filters: Filters | None = None,
) -> list[ArticleInfo]:
    """The articles of the story that ``topic`` names, oldest first, each copy once.

    Of several stories on a topic (a single name, a country) it is the newest of at least
    `MIN_STORY_ARTICLES`, followed by what was published long after it. If there is none, all
    articles on the topic are taken.

    Args:
        store: The store.
        topic: The words that name it; empty for the story of ``context_articles``.
        context_articles: Articles cited before, which the topic may refer to.
        filters: Restricts the articles.

    Returns:
        Nothing if no article is about the topic.
    """
    if not topic.strip():
        return _story_of(store, context_articles, filters)
    found = articles_on_topic(store, topic, filters)
    if not found.covered:
        return []
    members = found.members
    least = min(MIN_TOPIC_PROBABILITY, max(found.probabilities.values()))
    stories = [
        story
        for story in _group(store, found.above(MIN_LINKED_PROBABILITY))
        if any(found.probabilities[a.id] >= least for a in story)
    ]
    full = [story for story in stories if len(story) >= MIN_STORY_ARTICLES]
    # Those with the topic in their titles tell of it alone.
    members = [a for a in members if found.topic.is_named_by(a.title)] or members
    if not full:
        return _without_copies(store, members)
    newest = max(full, key=lambda story: _time(story[-1]))
    last = _time(newest[-1])
    if max(map(_time, members)) <= last + MAX_GAP.total_seconds():
        return newest
    later = _without_copies(store, [a for a in members if _time(a) > last])
    return [*newest, *later]


def _story_of(
    store: ArticleStore, article_ids: Sequence[str], filters: Filters | None
) -> list[ArticleInfo]:
    """The story of given articles: those linked to them among what their titles find."""
    seeds = store.catalogue.infos(article_ids)
    found = dict(seeds)
    for seed in seeds.values():
        passages = store.search(seed.title, CANDIDATE_PASSAGES, filters) if seed.title else []
        found |= {p.article.id: p.article for p in passages}
    stories = _group(store, list(found.values()), keep=set(seeds))
    own = [story for story in stories if any(a.id in seeds for a in story)]
    return max(own, key=len, default=[])


def _time(article: ArticleInfo) -> float:
    return timestamp(article.published_at) if article.published_at else float("-inf")


def _group(
    store: ArticleStore, articles: Sequence[ArticleInfo], keep: set[str] | None = None
) -> list[list[ArticleInfo]]:
    """Stories among ``articles``: chains of linked ones, each oldest first and without copies.

    Articles of ``keep`` are kept rather than their copies.
    """
    looks = _Looks(store, articles)
    ordered = sorted(articles, key=lambda a: (_time(a), a.id))
    stories: list[list[ArticleInfo]] = []
    for article in ordered:
        linked = [s for s in stories if looks.belongs(article, s)]
        merged = sorted([a for s in linked for a in s] + [article], key=lambda a: (_time(a), a.id))
        stories = [s for s in stories if not any(s is other for other in linked)] + [merged]
    return [looks.without_copies(story, keep or set()) for story in stories]


def _without_copies(store: ArticleStore, articles: Sequence[ArticleInfo]) -> list[ArticleInfo]:
    ordered = sorted(articles, key=lambda a: (_time(a), a.id))
    return _Looks(store, articles).without_copies(ordered, set())


class _Looks:
    """What articles are compared by: the vectors and the words of their beginnings."""

    def __init__(self, store: ArticleStore, articles: Sequence[ArticleInfo]) -> None:
        passages = store.catalogue.passages_of_all([a.id for a in articles])
        firsts = {a.id: passages[a.id][0] for a in articles if passages.get(a.id)}
        vectors = store.catalogue.vectors_of([pid for pid, _ in firsts.values()])
        self._copies = store.catalogue.duplicate_groups(list(firsts))
        self._vectors = {i: vectors[pid] for i, (pid, _) in firsts.items() if pid in vectors}
        self._stems = {
            a.id: frozenset(
                AnalysedText(f"{a.title}\n{firsts[a.id][1].text[:LEAD_CHARACTERS]}").stems
            )
            for a in articles
            if a.id in firsts
        }
        stems = sorted(frozenset[str]().union(*self._stems.values()))
        self._idf = {s: idf for s, (idf, _) in store.stem_weights(stems).items()}

    def belongs(self, article: ArticleInfo, story: Sequence[ArticleInfo]) -> bool:
        """Whether ``article`` is linked to one of ``story``, and not far from the others.

        Articles on one person are linked pairwise whatever they tell, hence the second condition.
        """
        if not any(self.linked(article, other) for other in story):
            return False
        near = [a for a in story if self._apart(article, a) <= MAX_GAP.total_seconds()]
        return sum(self._cosine(article, a) for a in near) >= MIN_MEAN_COSINE * len(near)

    def linked(self, one: ArticleInfo, other: ArticleInfo) -> bool:
        """Whether two articles report the same story, soon after each other."""
        if self._apart(one, other) > MAX_GAP.total_seconds():
            return False
        cosine = self._cosine(one, other)
        if cosine >= MIN_COSINE:
            return True
        if cosine < MIN_COSINE_SHARED_NAMES:
            return False
        shared = self._stems[one.id] & self._stems[other.id]
        return sum(max(0.0, self._idf[s] - COMMON_IDF) for s in shared) >= MIN_SHARED_IDF

    def without_copies(self, story: Sequence[ArticleInfo], keep: set[str]) -> list[ArticleInfo]:
        """``story`` with one of several copies: the longest, or the one to ``keep``."""
        kept: list[ArticleInfo] = []
        for article in story:
            at = next((i for i, a in enumerate(kept) if self._is_copy(article, a)), None)
            if at is None:
                kept.append(article)
            elif kept[at].id not in keep and (
                article.id in keep or article.characters > kept[at].characters
            ):
                kept[at] = article
        return sorted(kept, key=lambda a: (_time(a), a.id))

    def _is_copy(self, one: ArticleInfo, other: ArticleInfo) -> bool:
        if other.id in self._copies.get(one.id, ()):
            return True
        near = self._apart(one, other) <= COPY_GAP.total_seconds()
        return near and self._cosine(one, other) >= COPY_COSINE

    def _apart(self, one: ArticleInfo, other: ArticleInfo) -> float:
        """Seconds between two articles; 0 if neither is dated."""
        return 0.0 if _time(one) == _time(other) else abs(_time(one) - _time(other))

    def _cosine(self, one: ArticleInfo, other: ArticleInfo) -> float:
        a, b = self._vectors.get(one.id), self._vectors.get(other.id)
        return float(a @ b) if a is not None and b is not None else 0.0
