"""The probability that an article is about a topic that someone names, and not only close to it.

Near misses share most words with the topic and differ in one name: a plane crash in Nepal, where
only Iran's was reported. Therefore each word is also left out: the embedding of a topic without a
word that the article knows nothing of comes closer to the article, and without any other word it
moves away.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.language.coreference import topic_words_among
from bot.transliteration.source_names import skeleton_variants
from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import AnalysedText, stem
from vectorstore.core.types import ArticleInfo, Passage

if TYPE_CHECKING:
    import numpy as np

    from vectorstore.store import ArticleStore

MAX_WORDS = 8
"""Words of a topic that are compared; each takes an embedding."""
LEAD_CHARACTERS = 500
"""Characters of an article, after its title, that show what it is about."""
MIN_SKELETON_LENGTH = 4
"""Consonants from which on words that differ in long vowels only are taken for one."""
MIN_MENTIONS = 4
"""Occurrences of a topic's only word in an article that does not have it in its title."""
MAX_WEIGHT = 0.8
"""Largest weight of a word, so that a typing error does not outweigh all others."""
NAME_WEIGHT = 0.58
"""Weight from which on a word is as telling as a name."""
UNKNOWN_STEM = "ـ"
"""No article has this stem."""
MAX_GAIN = 0.03
"""Largest effect of a word on the cosine that counts."""
TYPICAL_COSINE = 0.85

# Logistic regression on 537 pairs of 96 topics and articles, judged by hand, 41 of the topics
# without an article, most of them near misses. Across topics: average precision .92; of the topics
# without an article 5 are taken for covered at .5, and of the others 5 of 55 are missed.
_WEIGHTS = {
    "bias": -6.29,
    "lead": 3.13,
    "complete": 2.19,
    "single": 4.98,
    "foreign": 5.95,
    "cosine": 71.4,
    "margin": 46.5,
    "missing": 50.1,
}


@dataclass(frozen=True)
class TopicMatcher:
    """A topic with what is compared: its words, their weights, and its embeddings.

    Attributes:
        text: As typed.
        words: Its normalised content words, without question words.
        weights: Idf of each word as a share of an unknown word's, at most `MAX_WEIGHT`.
        vectors: Embeddings, shape (1 + n, d): of the topic, and of it without each word.
    """

    text: str
    words: tuple[str, ...]
    weights: tuple[float, ...]
    vectors: np.ndarray

    @classmethod
    def of(cls, store: ArticleStore, text: str) -> TopicMatcher:
        """Look up the words of ``text`` and embed it."""
        words = tuple(dict.fromkeys(topic_words_among(AnalysedText(text).words)))[:MAX_WORDS]
        idf = store.stem_weights([UNKNOWN_STEM, *(stem(w) for w in words)])
        highest = idf[UNKNOWN_STEM][0]
        weights = tuple(min(MAX_WEIGHT, idf[stem(w)][0] / highest) for w in words)
        # In its own spelling: embeddings of normalised words are further from the articles'.
        tokens = [(token, AnalysedText(token).words) for token in text.split()]
        without = [" ".join(t for t, own in tokens if word not in own) for word in words]
        vectors = store.query_vectors([text, *(rest or text for rest in without)])
        return cls(text, words, weights, vectors)

    def probabilities(self, store: ArticleStore, article_ids: Sequence[str]) -> dict[str, float]:
        """The probability, in [0, 1], that each of ``article_ids`` is about the topic.

        The articles should be those that a search for the topic has found: how near most of them
        are is what the others are compared with.
        """
        import numpy as np  # slow to import, and not needed for `rawi --help`

        if not self.words:
            return {}
        infos = store.catalogue.infos(article_ids)
        passages = store.catalogue.passages_of_all(list(infos))
        ids = [pid for found in passages.values() for pid, _ in found]
        vectors = store.catalogue.vectors_of(ids)
        cosines = {
            article_id: (np.array(rows) @ self.vectors.T).max(axis=0)
            for article_id, found in passages.items()
            if (rows := [vectors[pid] for pid, _ in found if pid in vectors])
        }
        if not cosines:
            return {}
        ranked = sorted(float(row[0]) for row in cosines.values())
        farther = ranked[: max(1, len(ranked) // 2)]
        typical = sum(farther) / len(farther)
        return {
            article_id: self._probability(
                infos[article_id], [p for _, p in passages[article_id]], row.tolist(), typical
            )
            for article_id, row in cosines.items()
        }

    def is_named_by(self, title: str) -> bool:
        """Whether all words of the topic stand in ``title``."""
        return all(self._found(title)) or (len(self.words) == 1 and self._is_transliterated(title))

    def _probability(
        self,
        article: ArticleInfo,
        passages: Sequence[Passage],
        cosines: Sequence[float],
        typical: float,
    ) -> float:
        foreign = has_arabic(self.text) != has_arabic(article.title or passages[0].text)
        lead = self._found(f"{article.title}\n{passages[0].text[:LEAD_CHARACTERS]}")
        anywhere = lead
        if not all(lead):
            in_text = self._found(*(p.text for p in passages))
            anywhere = [a or b for a, b in zip(lead, in_text, strict=True)]
        if foreign and len(self.words) == 1 and self._is_transliterated(article.title):
            foreign, lead, anywhere = False, [True], [True]
        single = len(self.words) == 1 and not foreign
        named = self.is_named_by(article.title)
        if single and lead[0] and not named:
            # A single word in passing is no topic.
            lead = [self._count(passages) >= MIN_MENTIONS]
        gains = [cosines[0] - c for c in cosines[1:]]
        if len(self.words) == 1:  # without its only word there is nothing to compare
            gains = [0.0 if foreign else -MAX_GAIN]
        share = sum(w for w, f in zip(self.weights, lead, strict=True) if f) / sum(self.weights)
        complete = all(lead) and not single and not foreign
        features: Mapping[str, float] = {
            "bias": 1.0,
            "lead": 0.0 if foreign else share,
            "complete": min(NAME_WEIGHT, *self.weights) / NAME_WEIGHT if complete else 0.0,
            "single": float(single),
            "foreign": float(foreign),
            "cosine": 0.0 if single else cosines[0] - TYPICAL_COSINE,
            "margin": 0.0 if single else cosines[0] - typical,
            "missing": min([MAX_GAIN, *(g for g, f in zip(gains, anywhere, strict=True) if not f)]),
        }
        logit = sum(_WEIGHTS[name] * value for name, value in features.items())
        return 1 / (1 + math.exp(-logit))

    def _is_transliterated(self, title: str) -> bool:
        """Whether ``title`` has the first word in the other script: Toronto, تورونتو."""
        if has_arabic(self.text) == has_arabic(title):
            return False
        own = {s for s in skeleton_variants(self.words[0]) if len(s) >= MIN_SKELETON_LENGTH}
        return any(own & skeleton_variants(w) for w in AnalysedText(title).words)

    def _count(self, passages: Sequence[Passage]) -> int:
        """How often the first word occurs in ``passages``."""
        own = stem(self.words[0])
        return sum(stem(w) == own for p in passages for w in AnalysedText(p.text).words)

    def _found(self, *texts: str) -> list[bool]:
        """Whether each word occurs in ``texts``, in this or another spelling."""
        stems = frozenset(map(stem, {w for text in texts for w in AnalysedText(text).words}))
        skeletons = frozenset(map(_skeleton, stems))
        found = [stem(w) in stems or _is_spelled(w, skeletons) for w in self.words]
        for i, pair in enumerate(pairwise(self.words)):
            if stem("".join(pair)) in stems:  # "فيس بوك" and "فيسبوك"
                found[i] = found[i + 1] = True
        return found


def _is_spelled(word: str, skeletons: frozenset[str]) -> bool:
    """Whether ``word`` is a long one that an article has in another spelling: سكريبل, سكريبال."""
    own = _skeleton(word)
    return len(own) >= MIN_SKELETON_LENGTH and own in skeletons


@lru_cache(maxsize=65_536)
def _skeleton(word: str) -> str:
    """The stem of ``word`` without long vowels after its first letter."""
    root = stem(word)
    return root[0] + "".join(c for c in root[1:] if c not in "اوي")
