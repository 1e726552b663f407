"""Side effects of a write on other articles: newly detected boilerplate lines and near-duplicates.

Whether a line is boilerplate depends only on the articles in the store, not on their order. So the
fingerprints of a batch are first written in a transaction that is rolled back, which shows what
articles, new and stored, have to be chunked again; then everything is committed at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vectorstore.catalogue.articles import Catalogue
from vectorstore.catalogue.line_fingerprints import LINE_KINDS, LineFingerprint, LineOccurrence
from vectorstore.core.types import Article, Passage

if TYPE_CHECKING:
    from vectorstore.embedding.embedder import Embedder

MAX_DUPLICATE_CANDIDATES = 50
"""Largest number of candidates that an article is compared with to find near-duplicates."""


class BoilerplateDetector(Protocol):
    """Detects boilerplate lines and near-duplicates; implemented by ingest."""

    def fingerprints(self, article: Article) -> Set[LineFingerprint]:
        """All fingerprints of an article."""

    def is_boilerplate(
        self,
        occurrences: Mapping[int, Sequence[LineOccurrence]],
        duplicate_groups: Mapping[str, str],
    ) -> bool:
        """Whether lines with one key are boilerplate.

        Args:
            occurrences: The articles with that key, by kind.
            duplicate_groups: The name of its group for each article that has near-duplicates.
        """

    def are_duplicates(self, one: Article, other: Article) -> bool:
        """Whether two articles are near-duplicates."""

    def chunk(
        self, article: Article, boilerplate: Set[int], embedder: Embedder
    ) -> Sequence[Passage]:
        """Passages of an article for ``embedder``, without lines whose keys are ``boilerplate``."""


@dataclass(slots=True)
class BatchAnalysis:
    """What is to be stored with a batch of articles.

    Attributes:
        fingerprints: All fingerprints of each article of the batch.
        duplicates: Pairs of near-duplicates, of which the first is in the batch.
        verdicts: Whether it is boilerplate, for each line key that was classified.
        changed: Keys whose verdict differs from the stored one.
    """

    fingerprints: dict[str, Set[LineFingerprint]] = field(default_factory=dict)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    verdicts: dict[int, bool] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)


class _Rollback(Exception):
    """Ends the transaction of a trial."""


def analyse_batch(
    catalogue: Catalogue, detector: BoilerplateDetector, articles: Sequence[Article]
) -> BatchAnalysis:
    """What would be detected if ``articles`` were stored; changes nothing."""
    analysis = BatchAnalysis({article.id: detector.fingerprints(article) for article in articles})
    if not articles and not catalogue.pending_line_keys():
        return analysis
    try:
        with catalogue.transaction():
            add_fingerprints(catalogue, detector, articles, analysis)
            keys = catalogue.line_keys([a.id for a in articles]) | catalogue.pending_line_keys()
            before = catalogue.boilerplate_among(keys)
            analysis.verdicts = classify_lines(catalogue, detector, keys)
            raise _Rollback
    except _Rollback:
        pass
    analysis.changed = {key for key, yes in analysis.verdicts.items() if yes != (key in before)}
    return analysis


def add_fingerprints(
    catalogue: Catalogue,
    detector: BoilerplateDetector,
    articles: Sequence[Article],
    analysis: BatchAnalysis,
    *,
    suffix: str = "",
) -> None:
    """Write the fingerprints of ``articles`` and their near-duplicates, inside a transaction."""
    for article in articles:
        catalogue.set_fingerprints(article, analysis.fingerprints[article.id], suffix=suffix)
    batch = {article.id: article for article in articles}
    for article in articles:
        found = []
        for other_id in catalogue.duplicate_candidates(
            article.id, limit=MAX_DUPLICATE_CANDIDATES, suffix=suffix
        ):
            other = batch.get(other_id) or catalogue.get(other_id)
            if other is not None and detector.are_duplicates(article, other):
                found.append(other_id)
        if found:
            catalogue.add_duplicates(article.id, found, suffix=suffix)
        analysis.duplicates += [(article.id, other_id) for other_id in found]


def classify_lines(
    catalogue: Catalogue, detector: BoilerplateDetector, keys: Collection[int], *, suffix: str = ""
) -> dict[int, bool]:
    """For each key, whether the lines with it are boilerplate."""
    found = catalogue.occurrences(keys, suffix=suffix)
    ids = {o.article_id for kinds in found.values() for same in kinds.values() for o in same}
    groups = {
        article_id: group[0]
        for article_id, group in catalogue.duplicate_groups(ids, suffix=suffix).items()
    }
    return {
        key: any(kind in kinds for kind in LINE_KINDS) and detector.is_boilerplate(kinds, groups)
        for key, kinds in found.items()
    }


def save_analysis(
    catalogue: Catalogue, articles: Sequence[Article], analysis: BatchAnalysis
) -> None:
    """Store the analysis, inside the transaction that writes the articles."""
    for article in articles:
        catalogue.set_fingerprints(article, analysis.fingerprints[article.id])
    for one, other in analysis.duplicates:
        catalogue.add_duplicates(one, [other])
    catalogue.set_boilerplate(analysis.verdicts)
