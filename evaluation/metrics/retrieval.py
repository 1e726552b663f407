"""How well retrieval found what the test set calls relevant. Formulas: ``ir-measures`` (trec_eval).

Ranks past what the engine retrieves (``RAWI_BOT_PASSAGES``) count as not found.

Article level: several passages of one article count once, at the best rank. Only ``relevant_ids``
count; acceptable articles take up a rank like any other. None without ``relevant_ids``.

Passage level: of each relevant article one passage is wanted, one that holds a gold quote (where
none of the quotes is found in the articles: a gold answer). It is found at the rank of the first
such passage; further ones of the same article take up a rank. So the denominator of recall is the
number of relevant articles in which a gold quote or answer stands (or which the store lacks). None
without gold quotes and answers, or where they stand in none of the relevant articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from evaluation.metrics.answers import contains

if TYPE_CHECKING:
    from bot.core.models import Answer, RetrievedRef
    from evaluation.testsets.testsets import GoldQuestion

DEPTH = 10
_NAMES = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10", "map@10")


def retrieval_measures(
    gold: GoldQuestion, answer: Answer, article_texts: Mapping[str, str]
) -> dict[str, float | None]:
    """``article_…`` and ``passage_…`` measures of what was retrieved for one question."""
    articles = list(dict.fromkeys(ref.article_id for ref in answer.retrieved))
    wanted, passages = _passage_ranking(gold, answer.retrieved, article_texts)
    return {
        **_named("article", ranking_measures(articles, set(gold.relevant_ids))),
        **_named("passage", ranking_measures(passages, wanted)),
    }


def ranking_measures(ranking: Sequence[str], relevant: set[str]) -> dict[str, float | None]:
    """The measures of one ranking of distinct ids, best first; None without ``relevant``.

    MAP divides by all that is relevant, as trec_eval does, also where that is more than 10.

    Example:
        >>> ranking_measures(["x", "a", "b"], {"a", "b"})["map@10"]
        0.5833333333333333
    """
    if not relevant:
        return dict.fromkeys(_NAMES)
    if not ranking:
        return dict.fromkeys(_NAMES, 0.0)
    library, measures = _library()
    run = {"q": {name: float(-rank) for rank, name in enumerate(ranking[:DEPTH])}}
    found = library.calc_aggregate(measures.values(), {"q": dict.fromkeys(relevant, 1)}, run)
    return {name: float(found[measures[name]]) for name in _NAMES}


@lru_cache(maxsize=1)
def _library() -> tuple[Any, dict[str, Any]]:
    import ir_measures
    from ir_measures import AP, RR, R, nDCG

    measures = (R @ 1, R @ 5, R @ 10, RR, nDCG @ 10, AP @ 10)
    return ir_measures.pytrec_eval, dict(zip(_NAMES, measures, strict=True))


def _named(level: str, values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {f"{level}_{name}": value for name, value in values.items()}


def _passage_ranking(
    gold: GoldQuestion, retrieved: Sequence[RetrievedRef], article_texts: Mapping[str, str]
) -> tuple[set[str], list[str]]:
    """What is wanted, and the ranking in which the first passage that holds it bears its name."""
    golds, wanted = _gold_evidence(gold, article_texts)
    ranking: list[str] = []
    for rank, ref in enumerate(retrieved):
        text = article_texts.get(ref.article_id, "")
        found = (
            ref.article_id in wanted
            and ref.article_id not in ranking
            and any(_overlaps(g, text, ref.start, ref.end) for g in golds)
        )
        ranking.append(ref.article_id if found else f"rank {rank}\n")
    return wanted, ranking


def _gold_evidence(
    gold: GoldQuestion, article_texts: Mapping[str, str]
) -> tuple[Sequence[str], set[str]]:
    """The gold quotes or else answers, and the relevant articles in which one of them stands."""
    missing = {name for name in gold.relevant_ids if name not in article_texts}
    known = {name: article_texts[name] for name in gold.relevant_ids if name in article_texts}
    for golds in (gold.quotes, gold.answers):
        holding = {name for name, text in known.items() if any(contains(text, g) for g in golds)}
        if holding or (golds and not known):
            return golds, holding | missing
    return (), set()


def _overlaps(gold: str, text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` holds ``gold``, or at least half where a boundary cuts it."""
    if contains(text[start:end], gold):
        return True
    at = text.find(gold)
    while at >= 0:
        inside = min(end, at + len(gold)) - max(start, at)
        if inside < len(gold) <= 2 * inside:
            return True
        at = text.find(gold, at + 1)
    return False
