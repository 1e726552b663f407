"""What articles prove of one another: other stories' teasers, and copies of one story.

A line is no part of an article when it is the headline of another one, when unrelated articles have
the same headline-like line, or when many articles of one source end or begin with the same sentence
and have no topic in common. Background that a paper repeats in the stories of one affair is kept.

Articles are copies (*twins*) when their texts share most runs of three words and tell the same
figures within a few days. Candidates come from MinHash bands (Broder 1997; datasketch), the
decision from the texts themselves.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.text.boilerplate import (
    is_short,
    line_key,
    line_keys,
    split_lines,
    strip_label,
    teaser_candidates,
)
from ingest.text.chunking import Chunker
from vectorstore.catalogue.line_fingerprints import (
    BAND,
    HEADLINE,
    SENTENCE,
    TITLE,
    LineFingerprint,
    LineOccurrence,
)
from vectorstore.core.text_analysis import STOP_WORDS, stem, words
from vectorstore.core.types import Article, Passage, timestamp

if TYPE_CHECKING:
    from vectorstore.embedding.embedder import Embedder

VERSION = "sifting-1"
"""Changes whenever the same articles would leave other traces or be judged differently."""

MIN_WORDS = 4
"""Words of a line or title that can prove anything: shorter ones are headings everywhere."""
EDGE_LINES = 3
"""Lines at the beginning and the end of a text among which a source's notices are looked for."""
EDGE_LENGTH = 400
NOTICE_ARTICLES = 5
"""Articles of one source that must share a sentence for it to be a notice …"""
NOTICE_OVERLAP = 0.5
"""… and share of them, at most, whose titles have a word in common."""

SHINGLE = 3
"""Words in a shingle."""
PERMUTATIONS, BANDS = 100, 20
"""Of the MinHash: 20 bands of 5 find 98% of the pairs of Jaccard similarity .7, 80% at .6."""
MIN_SHINGLES = 8
TWIN_SIMILARITY = 0.6
"""Jaccard similarity of the shingles from which on two texts may be copies …"""
NUMBER_OVERLAP = 0.8
"""… if they share this many of the numbers of the one that has fewer …"""
TWIN_DAYS = 3
"""… and were published within so many days."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class CrossArticleDetector:
    """The store's `BoilerplateDetector`; ``chunker_for`` makes the chunker for a model."""

    chunker_for: Callable[[Embedder], Chunker]

    def fingerprints(self, article: Article) -> Set[LineFingerprint]:
        """The keys of the title, of lines that others may prove to be teasers, and the bands."""
        found = {LineFingerprint(BAND, key) for key in bands(article.text)}
        found |= {LineFingerprint(TITLE, key) for key in _own_keys(article)}
        headlines = {key for line in teaser_candidates(article.text) for key in line_keys(line)}
        found |= {LineFingerprint(HEADLINE, key) for key in headlines}
        found |= {LineFingerprint(SENTENCE, key) for key in _other_keys(article.text) - headlines}
        return frozenset(found)

    def is_boilerplate(
        self, held: Mapping[int, Sequence[LineOccurrence]], twins: Mapping[str, str]
    ) -> bool:
        """Whether a line is another article's title, or too many have it. See the module."""
        titles = {holder.article_id for holder in held.get(TITLE, ())}
        lines = [*held.get(HEADLINE, ()), *held.get(SENTENCE, ())]
        if any(titles - {line.article_id} for line in lines):
            return True
        if len(_stories(held.get(HEADLINE, ()), twins)) > 1:
            return True
        of_source: dict[str | None, list[LineOccurrence]] = {}
        for line in lines:
            of_source.setdefault(line.source, []).append(line)
        return any(_is_notice(_stories(same, twins)) for same in of_source.values())

    def are_duplicates(self, one: Article, other: Article) -> bool:
        """Whether two texts tell one story in nearly the same words. See the module."""
        mine, theirs = words(one.text), words(other.text)
        if mine == theirs:
            return True
        if one.published_at and other.published_at:
            apart = abs(timestamp(one.published_at) - timestamp(other.published_at))
            if apart > TWIN_DAYS * 24 * 3600:
                return False
        a, b = shingles(mine), shingles(theirs)
        if len(a & b) < TWIN_SIMILARITY * len(a | b):
            return False
        figures, others = (set(filter(_NUMBER.fullmatch, w)) for w in (mine, theirs))
        return len(figures & others) >= NUMBER_OVERLAP * min(len(figures), len(others))

    def chunk(self, article: Article, boilerplate: Set[int], embedder: Embedder) -> list[Passage]:
        """Passages of ``article`` without lines of these keys, its own headline aside."""
        return self.chunker_for(embedder)(article, boilerplate - _own_keys(article))


def shingles(tokens: Sequence[str]) -> set[str]:
    """Runs of ``SHINGLE`` words."""
    return {" ".join(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1)}


def bands(text: str) -> list[int]:
    """Keys of 63 bits, some of which similar texts have in common; none for a very short text."""
    found = shingles(words(text))
    if len(found) < MIN_SHINGLES:
        return []
    from datasketch import MinHash

    sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
    sketch.update_batch([shingle.encode() for shingle in sorted(found)])
    rows = PERMUTATIONS // BANDS
    keys = []
    for band in range(BANDS):
        values = sketch.hashvalues[band * rows : (band + 1) * rows].astype("<u8").tobytes()
        digest = hashlib.blake2b(bytes([band]) + values, digest_size=8).digest()
        keys.append(int.from_bytes(digest, "big") >> 1)
    return keys


def _own_keys(article: Article) -> set[int]:
    """Keys of the article's title and summary, by which others point to it."""
    found = set()
    for text in (article.title, str(article.metadata.get("summary") or "")):
        if len(words(text)) >= MIN_WORDS:
            found |= {line_key(text), line_key(strip_label(text))}
    return found


def _other_keys(text: str) -> set[int]:
    """Keys of lines that are no headlines by their looks, but may be by other articles' titles,
    or notices: short ones, and those at the edges."""
    lines = split_lines(text)
    edges = {*range(EDGE_LINES), *range(len(lines) - EDGE_LINES, len(lines))}
    return {
        key
        for i, line in enumerate(lines)
        if (is_short(line) and len(line.words) >= MIN_WORDS)
        or (i in edges and len(line.text) <= EDGE_LENGTH)
        for key in line_keys(line)
    }


def _stories(holders: Sequence[LineOccurrence], twins: Mapping[str, str]) -> list[LineOccurrence]:
    """One of ``holders`` for each group of copies."""
    return list({twins.get(h.article_id, h.article_id): h for h in holders}.values())


def _is_notice(holders: Sequence[LineOccurrence]) -> bool:
    """Whether so many have a line in common, and no topic."""
    if len(holders) < NOTICE_ARTICLES:
        return False
    stems = Counter(
        s for h in holders for s in {stem(w) for w in words(h.title) if w not in STOP_WORDS}
    )
    return max(stems.values(), default=0) <= NOTICE_OVERLAP * len(holders)
