"""Detects boilerplate lines and near-duplicates by comparing articles.

A line is boilerplate if it is the title of another article, if two articles that are not duplicates
share it as a headline, or if many articles of one source and of different topics share it at their
beginning or end. Background that a paper repeats in stories of one topic is not boilerplate.

A paragraph of an article's tail that has little in common with the article is boilerplate if it is
the lead of another article of the source, or stands in the tail of one with another topic. Where it
is not in the tail, as in the story that it leads, it stays.

Articles are near-duplicates if they share most word trigrams and numbers and were published within
a few days. Candidates are found by MinHash bands (Broder 1997; datasketch) and then compared.
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
    paragraph_key,
    split_lines,
    strip_label,
    teaser_candidates,
    unrelated_tail,
)
from ingest.text.chunking import Chunker
from vectorstore.catalogue.line_fingerprints import (
    BAND,
    HEADLINE,
    LEAD,
    SENTENCE,
    TAIL,
    TITLE,
    LineFingerprint,
    LineOccurrence,
)
from vectorstore.core.text_analysis import STOP_WORDS, stem, words
from vectorstore.core.types import Article, Passage, timestamp

if TYPE_CHECKING:
    from vectorstore.embedding.embedder import Embedder

MIN_LINE_WORDS = 4
"""Fewest words of a line or title that is compared: shorter ones are headings everywhere."""
EDGE_LINES = 3
"""Lines at the beginning and at the end of a text that may be notices of the source …"""
MAX_EDGE_LINE_LENGTH = 400
"""… and their greatest length in characters."""
MIN_NOTICE_ARTICLES = 5
"""Fewest articles of one source that share a notice …"""
MAX_NOTICE_OVERLAP = 0.5
"""… and the largest share of them whose titles have a stem in common."""
MIN_TAIL_ARTICLES = 2
"""Fewest articles of one source whose tails share another story's paragraph …"""
MAX_TAIL_TITLE_OVERLAP = 0.67
"""… and the largest share of them whose titles have a stem in common; of two articles, none."""

SHINGLE_WORDS = 3
"""Words in a shingle."""
PERMUTATIONS, BANDS = 100, 20
"""Of the MinHash: 20 bands of 5 rows find 98% of pairs with Jaccard similarity .7, 80% at .6."""
MIN_SHINGLES = 8
"""Fewest shingles of a text that has bands."""
MIN_DUPLICATE_SIMILARITY = 0.6
"""Least Jaccard similarity of the shingles of near-duplicates …"""
MIN_NUMBER_OVERLAP = 0.8
"""… and the least share of the numbers, of the text with fewer, that both have …"""
MAX_DUPLICATE_DAYS = 3
"""… and the most days between their publishing dates."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class CrossArticleDetector:
    """The store's `BoilerplateDetector`; ``chunker_for`` makes the chunker for a model."""

    chunker_for: Callable[[Embedder], Chunker]

    def fingerprints(self, article: Article) -> Set[LineFingerprint]:
        """Keys of the title, of lines that may be boilerplate, and of the MinHash bands."""
        found = {LineFingerprint(BAND, key) for key in bands(article.text)}
        found |= {LineFingerprint(TITLE, key) for key in _own_keys(article)}
        headlines = {key for line in teaser_candidates(article.text) for key in line_keys(line)}
        found |= {LineFingerprint(HEADLINE, key) for key in headlines}
        found |= {LineFingerprint(SENTENCE, key) for key in _other_keys(article.text) - headlines}
        lines = split_lines(article.text)
        tail = [lines[i].text for i in unrelated_tail(lines, article.title)]
        found |= {LineFingerprint(TAIL, paragraph_key(text)) for text in tail}
        leads = [*(line.text for line in lines[:1]), str(article.metadata.get("summary") or "")]
        found |= {LineFingerprint(LEAD, key) for key in map(paragraph_key, leads) if key}
        return frozenset(found)

    def is_boilerplate(
        self,
        occurrences: Mapping[int, Sequence[LineOccurrence]],
        duplicate_groups: Mapping[str, str],
    ) -> bool:
        """Whether a line is another article's title or shared by too many; see the module."""
        titles = {title.article_id for title in occurrences.get(TITLE, ())}
        headlines = occurrences.get(HEADLINE, ())
        lines = [*headlines, *occurrences.get(SENTENCE, ())]
        if any(titles - {line.article_id} for line in lines):
            return True
        if len(_deduplicated(headlines, duplicate_groups)) > 1:
            return True
        if any(
            _is_notice(same, MIN_NOTICE_ARTICLES, MAX_NOTICE_OVERLAP)
            for same in _by_source(lines, duplicate_groups)
        ):
            return True
        return any(
            _is_notice(same, MIN_TAIL_ARTICLES, MAX_TAIL_TITLE_OVERLAP)
            or _is_lead_of_other(same, occurrences.get(LEAD, ()), duplicate_groups)
            for same in _by_source(occurrences.get(TAIL, ()), duplicate_groups)
        )

    def are_duplicates(self, one: Article, other: Article) -> bool:
        """Whether two articles have nearly the same text; see the module."""
        one_words, other_words = words(one.text), words(other.text)
        if one_words == other_words:
            return True
        if one.published_at and other.published_at:
            apart = abs(timestamp(one.published_at) - timestamp(other.published_at))
            if apart > MAX_DUPLICATE_DAYS * 24 * 3600:
                return False
        a, b = shingles(one_words), shingles(other_words)
        if len(a & b) < MIN_DUPLICATE_SIMILARITY * len(a | b):
            return False
        a, b = (set(filter(_NUMBER.fullmatch, found)) for found in (one_words, other_words))
        return len(a & b) >= MIN_NUMBER_OVERLAP * min(len(a), len(b))

    def chunk(self, article: Article, boilerplate: Set[int], embedder: Embedder) -> list[Passage]:
        """Passages of ``article`` without ``boilerplate``, but with its own headline and lead.

        A lead that all of its source's pages show is like a notice; that it stands in tails tells
        them apart.
        """
        own = _own_keys(article)
        for lead in split_lines(article.text)[:1]:
            if paragraph_key(lead.text) in boilerplate:
                own |= line_keys(lead)
        return self.chunker_for(embedder)(article, boilerplate - own)


def shingles(tokens: Sequence[str]) -> set[str]:
    """All runs of ``SHINGLE_WORDS`` words, joined."""
    return {" ".join(tokens[i : i + SHINGLE_WORDS]) for i in range(len(tokens) - SHINGLE_WORDS + 1)}


def bands(text: str) -> list[int]:
    """Keys (63 bits) of the MinHash bands; similar texts share some, short ones have none."""
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
    """Keys of the article's title and summary, under which other pages link to it."""
    found = set()
    for text in (article.title, str(article.metadata.get("summary") or "")):
        if len(words(text)) >= MIN_LINE_WORDS:
            found |= {line_key(text), line_key(strip_label(text))}
    return found


def _other_keys(text: str) -> set[int]:
    """Keys of short lines and of those at the edges, which may be other articles' titles or
    notices."""
    lines = split_lines(text)
    edges = {*range(EDGE_LINES), *range(len(lines) - EDGE_LINES, len(lines))}
    return {
        key
        for i, line in enumerate(lines)
        if (is_short(line) and len(line.words) >= MIN_LINE_WORDS)
        or (i in edges and len(line.text) <= MAX_EDGE_LINE_LENGTH)
        for key in line_keys(line)
    }


def _deduplicated(
    occurrences: Sequence[LineOccurrence], duplicate_groups: Mapping[str, str]
) -> list[LineOccurrence]:
    """One of ``occurrences`` for each group of near-duplicates."""
    groups = {duplicate_groups.get(one.article_id, one.article_id): one for one in occurrences}
    return list(groups.values())


def _by_source(
    occurrences: Sequence[LineOccurrence], duplicate_groups: Mapping[str, str]
) -> list[list[LineOccurrence]]:
    """``occurrences`` source by source, one for each group of near-duplicates."""
    by_source: dict[str | None, list[LineOccurrence]] = {}
    for one in occurrences:
        by_source.setdefault(one.source, []).append(one)
    return [_deduplicated(same, duplicate_groups) for same in by_source.values()]


def _is_lead_of_other(
    tails: Sequence[LineOccurrence],
    leads: Sequence[LineOccurrence],
    duplicate_groups: Mapping[str, str],
) -> bool:
    """Whether the paragraph of one of ``tails`` leads another article of their source."""

    def story(one: LineOccurrence) -> tuple[str | None, str]:
        return one.source, duplicate_groups.get(one.article_id, one.article_id)

    stories = {story(one) for one in leads}
    return any(
        source == one.source and group != story(one)[1]
        for one in tails
        for source, group in stories
    )


def _is_notice(occurrences: Sequence[LineOccurrence], least: int, overlap: float) -> bool:
    """Whether ``least`` and more articles share a line, and up to ``overlap`` of them a topic."""
    if len(occurrences) < least:
        return False
    stems = Counter(
        s for one in occurrences for s in {stem(w) for w in words(one.title) if w not in STOP_WORDS}
    )
    return max(stems.values(), default=0) <= overlap * len(occurrences)
