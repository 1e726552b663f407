"""Articles on a topic: those whose headline and lead are about it, not all that mention it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from difflib import SequenceMatcher
from functools import lru_cache

from bot.answering.lead_and_dates import lead_quote
from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import AnalysedText, normalise, stem, words
from vectorstore.core.types import Filters, RetrievedPassage, timestamp
from vectorstore.store import ArticleStore

CANDIDATES = 200
"""Largest number of passages that are searched in each window."""
WINDOW_DAYS = (1, 7, 60, 730)
"""Where the windows that are searched one after the other begin, in days before the last."""
MIN_MATCHED_WEIGHT = 0.65
"""Share of the topic's words, weighted by idf, that an article's headline and lead must have."""
MIN_SIMILARITY = 0.82
"""Least cosine of an article with a topic in another language …"""
MAX_BELOW_BEST = 0.02
"""… and how far it may be below the nearest article's."""
_MIN_INFLECTED_STEM = 5
"""Letters of a stem from which on equal stems are forms of one word; shorter ones also make an
adjective of a name ("مصر", "المصري")."""
_MIN_SPELLING_RATIO = 0.8
"""Similarity of a word that no article has to the one that is meant (Ratcliff-Obershelp)."""
_PROCLITICS = ("وال", "بال", "كال", "فال", "لل", "ال", "و", "ف", "ب", "ل", "ك")
_MIN_WORD = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's content words, with their idf, and whether they occur in the collection."""

    text: str
    weights: tuple[tuple[str, float, bool], ...]

    @classmethod
    def of(cls, store: ArticleStore, text: str) -> Topic:
        """The topic ``text``."""
        content = tuple(dict.fromkeys(AnalysedText(text).content_words))
        weights = store.stem_weights([stem(word) for word in content])
        return cls(text, tuple((word, *weights[stem(word)]) for word in content))

    @property
    def is_foreign(self) -> bool:
        """Whether it is in another language than the articles, as far as its words show."""
        return not any(known or has_arabic(word) for word, _, known in self.weights)

    def matches(self, opening: RetrievedPassage) -> bool:
        """Whether an article, of which ``opening`` is the first passage, is on it."""
        title = words(opening.article.title)
        text = normalise(f"{opening.article.title} {opening.text}")
        least = MIN_MATCHED_WEIGHT * sum(weight for _, weight, _ in self.weights)
        possible = [w for w in self.weights if not w[2] or stem(w[0]) in text]
        if sum(weight for _, weight, _ in possible) < least:
            return False
        lead, whole = words(lead_quote(opening).text), words(opening.text)
        once = whole if len(self.weights) == 1 else ()
        known = [(word, weight) for word, weight, present in self.weights if present]
        matched = [weight for word, weight in known if _is_about(word, title, lead, once)]
        found = sum(matched)
        if len(matched) == len(known):  # else a word like one of the title is no typing error
            unknown = ((word, weight) for word, weight, present in self.weights if not present)
            found += sum(weight for word, weight in unknown if _misspelt(word, title))
        return found >= least


def newest_on_topic(
    store: ArticleStore, text: str, filters: Filters, last: date
) -> Iterator[RetrievedPassage]:
    """The openings of articles on a topic, newest first up to the day ``last``, undated ones last.

    Windows of time are searched one after the other, so that further articles cost nothing until
    they are asked for.
    """
    topic = Topic.of(store, text)
    if not topic.weights:
        return
    for window in _windows(filters, last):
        found = store.search(text, CANDIDATES, window)
        copies = {p.article.id: p.also_in for p in found}
        firsts = openings(store, list(copies))
        if topic.is_foreign:
            kept = _similar(store, text, firsts)
        else:
            kept = [p for p in firsts if topic.matches(p)]
        for passage in sorted(kept, key=_newest_first):
            yield replace(passage, also_in=copies[passage.article.id])


def _similar(
    store: ArticleStore, text: str, passages: Sequence[RetrievedPassage]
) -> list[RetrievedPassage]:
    """Those of ``passages`` that are near the topic in meaning."""
    query = store.query_vectors([text])[0]
    vectors = store.catalogue.vectors_of([p.id for p in passages])
    cosines = {pid: float(row @ query) for pid, row in vectors.items()}
    least = max(MIN_SIMILARITY, max(cosines.values(), default=0.0) - MAX_BELOW_BEST)
    return [p for p in passages if cosines.get(p.id, 0.0) >= least]


def openings(store: ArticleStore, article_ids: Sequence[str]) -> list[RetrievedPassage]:
    """The first passages of articles, in the same order; none of articles without passages."""
    passages = store.catalogue.passages_of_all(article_ids)
    firsts = [passages[a][0][0] for a in article_ids if passages[a]]
    found = store.catalogue.retrieve(firsts)
    return [found[pid] for pid in firsts if pid in found]


def _newest_first(passage: RetrievedPassage) -> tuple[float, str]:
    published = passage.article.published_at
    return -timestamp(published) if published else float("inf"), passage.article.id


def _windows(filters: Filters, last: date) -> Iterator[Filters]:
    """Windows of time, the newest first; the last one has all that is older, and the undated."""
    if filters.since is not None:
        yield filters
        return
    until = filters.until or datetime.combine(last, time.max)
    midnight = datetime.combine(until.date(), time.min)
    for days in WINDOW_DAYS:
        since = midnight - timedelta(days=days)
        yield replace(filters, since=since, until=until)
        until = since - timedelta(microseconds=1)
    yield replace(filters, until=until)


def _is_about(word: str, title: Sequence[str], lead: Sequence[str], text: Sequence[str]) -> bool:
    """Whether a word stands in the headline, or in the lead and once more in ``text``, if given.

    An adjective of it ("المصري" of "مصر") counts only in the headline, and only if the word itself
    stands in the lead or ``text``: it may be part of a name.
    """
    if any(_same(word, other) for other in title):
        return True
    root = stem(word)
    if any(stem(other) == root for other in title):
        return any(_same(word, other) for other in (*lead, *text))
    again = not text or sum(stem(other) == root or _same(word, other) for other in text) > 1
    return again and any(_same(word, other) for other in lead)


def _same(word: str, other: str) -> bool:
    """Whether two words are forms of one, but not a noun and its adjective."""
    if _forms(word) & _forms(other):
        return True
    root = stem(word)
    inflected = len(root) >= _MIN_INFLECTED_STEM or (_has_suffix(word) and _has_suffix(other))
    return inflected and stem(other) == root


def _has_suffix(word: str) -> bool:
    return not word.endswith(stem(word))


def _misspelt(word: str, title: Sequence[str]) -> bool:
    return len(word) > _MIN_WORD and any(
        form[0] == other[0] and SequenceMatcher(None, form, other).ratio() >= _MIN_SPELLING_RATIO
        for named in title
        for form in _forms(word)
        for other in _forms(named)
    )


@lru_cache(maxsize=65_536)
def _forms(word: str) -> frozenset[str]:
    """The word, and what it is without each of the proclitics that it may have."""
    bare = {word}
    for prefix in _PROCLITICS:
        if word.startswith(prefix) and len(word) - len(prefix) >= _MIN_WORD:
            bare.add(word[len(prefix) :])
    return frozenset(bare)
