"""What a write changes beyond its own articles: lines proved to be teasers, and copies found.

The verdicts are a function of the articles in the store, whatever order they came in. So before a
batch is written, its traces are tried out in a transaction that is rolled back; this tells which
articles, new and old, have to be cut anew, and all of it is then switched over at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vectorstore.catalogue.line_fingerprints import LINES, LineFingerprint
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from vectorstore.catalogue.articles import Catalogue
    from vectorstore.catalogue.line_fingerprints import BoilerplateDetector

MOST_COMPARED = 50
"""Articles that one is compared with, at most, to find its copies."""


@dataclass(slots=True)
class Findings:
    """What is to be noted with a batch of articles.

    Attributes:
        traces: Per article of the batch, all its traces.
        twins: Pairs of copies, one of each in the batch.
        verdicts: Per key of a line that was judged, whether it is a teaser.
        turned: Keys whose verdict is another than before.
    """

    traces: dict[str, Set[LineFingerprint]] = field(default_factory=dict)
    twins: list[tuple[str, str]] = field(default_factory=list)
    verdicts: dict[int, bool] = field(default_factory=dict)
    turned: set[int] = field(default_factory=set)


class _Undone(Exception):
    """Ends a trial."""


def foresee(
    catalogue: Catalogue, sifter: BoilerplateDetector, articles: Sequence[Article]
) -> Findings:
    """What would be found if ``articles`` were in the store; changes nothing."""
    findings = Findings({article.id: sifter.traces(article) for article in articles})
    if not articles and not catalogue.unsifted():
        return findings
    try:
        with catalogue.transaction():
            trace(catalogue, sifter, articles, findings)
            keys = catalogue.line_keys([a.id for a in articles]) | catalogue.unsifted()
            before = catalogue.teasers_among(keys)
            findings.verdicts = judge(catalogue, sifter, keys)
            raise _Undone
    except _Undone:
        pass
    findings.turned = {k for k, teaser in findings.verdicts.items() if teaser != (k in before)}
    return findings


def trace(
    catalogue: Catalogue,
    sifter: BoilerplateDetector,
    articles: Sequence[Article],
    findings: Findings,
    *,
    suffix: str = "",
) -> None:
    """Write the traces of ``articles`` and find their copies, inside a transaction."""
    for article in articles:
        catalogue.set_traces(article, findings.traces[article.id], suffix=suffix)
    at_hand = {article.id: article for article in articles}
    for article in articles:
        near = catalogue.sharing_bands(article.id, limit=MOST_COMPARED, suffix=suffix)
        found = []
        for other_id in near:
            other = at_hand.get(other_id) or catalogue.get(other_id)
            if other is not None and sifter.are_twins(article, other):
                found.append(other_id)
        if found:
            catalogue.add_twins(article.id, found, suffix=suffix)
        findings.twins += [(article.id, other_id) for other_id in found]


def judge(
    catalogue: Catalogue, sifter: BoilerplateDetector, keys: Collection[int], *, suffix: str = ""
) -> dict[int, bool]:
    """Per key, whether its lines are no part of the articles that have them."""
    held = catalogue.holders(keys, suffix=suffix)
    ids = {h.article_id for kinds in held.values() for holders in kinds.values() for h in holders}
    groups = {i: group[0] for i, group in catalogue.twins(sorted(ids), suffix=suffix).items()}
    return {
        key: any(kind in kinds for kind in LINES) and sifter.is_teaser(kinds, groups)
        for key, kinds in held.items()
    }


def note(catalogue: Catalogue, articles: Sequence[Article], findings: Findings) -> None:
    """Write what ``foresee`` found, inside the transaction that writes the articles."""
    for article in articles:
        catalogue.set_traces(article, findings.traces[article.id])
    for one, other in findings.twins:
        catalogue.add_twins(one, [other])
    catalogue.set_teasers(findings.verdicts)
