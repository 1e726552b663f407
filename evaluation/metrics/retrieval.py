"""Retrieval measures of articles and passages. Formulas: ``ir-measures`` (trec_eval).

Ranks beyond the depth of retrieval (``RAWI_BOT_PASSAGES``) count as not found.

Article level: several passages of one article count once, at the best rank. Only ``relevant_ids``
are relevant; an acceptable article takes up a rank like any other. None without ``relevant_ids``.

Passage level: each relevant article has one relevant passage, the first retrieved one with a gold
quote (if no quote occurs in the articles: with a gold answer); further ones take up a rank. The
denominator of recall is the number of relevant articles that contain a gold quote or answer, or
that the store lacks. None without gold quotes and answers, or if no relevant article contains one.
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
    """The ``article_…`` and ``passage_…`` measures of one question."""
    articles = list(dict.fromkeys(ref.article_id for ref in answer.retrieved))
    relevant, passages = _passage_ranking(gold, answer.retrieved, article_texts)
    return {
        **_with_prefix("article", ranking_measures(articles, set(gold.relevant_ids))),
        **_with_prefix("passage", ranking_measures(passages, relevant)),
    }


def ranking_measures(ranking: Sequence[str], relevant: set[str]) -> dict[str, float | None]:
    """The measures of one ranking of distinct ids, best first; None without ``relevant``.

    MAP divides by the number of relevant ids, as in trec_eval, even where that exceeds 10.

    Example:
        >>> ranking_measures(["x", "a", "b"], {"a", "b"})["map@10"]
        0.5833333333333333
    """
    if not relevant:
        return dict.fromkeys(_NAMES)
    if not ranking:
        return dict.fromkeys(_NAMES, 0.0)
    provider, measures = _provider()
    run = {"q": {name: float(-rank) for rank, name in enumerate(ranking[:DEPTH])}}
    found = provider.calc_aggregate(measures.values(), {"q": dict.fromkeys(relevant, 1)}, run)
    return {name: float(found[measures[name]]) for name in _NAMES}


@lru_cache(maxsize=1)
def _provider() -> tuple[Any, dict[str, Any]]:
    import ir_measures
    from ir_measures import AP, RR, R, nDCG

    measures = (R @ 1, R @ 5, R @ 10, RR, nDCG @ 10, AP @ 10)
    return ir_measures.pytrec_eval, dict(zip(_NAMES, measures, strict=True))


def _with_prefix(level: str, values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {f"{level}_{name}": value for name, value in values.items()}


def _passage_ranking(
    gold: GoldQuestion, retrieved: Sequence[RetrievedRef], article_texts: Mapping[str, str]
) -> tuple[set[str], list[str]]:
    """The relevant articles, and the ranking with each one's id at its first relevant passage."""
    golds, relevant = _gold_evidence(gold, article_texts)
    ranking: list[str] = []
    for rank, ref in enumerate(retrieved):
        text = article_texts.get(ref.article_id, "")
        found = (
            ref.article_id in relevant
            and ref.article_id not in ranking
            and any(_overlaps(g, text, ref.start, ref.end) for g in golds)
        )
        ranking.append(ref.article_id if found else f"rank {rank}\n")
    return relevant, ranking


def _gold_evidence(
    gold: GoldQuestion, article_texts: Mapping[str, str]
) -> tuple[Sequence[str], set[str]]:
    """The gold quotes, or else the answers, and the relevant articles that contain one."""
    missing = {name for name in gold.relevant_ids if name not in article_texts}
    known = {name: article_texts[name] for name in gold.relevant_ids if name in article_texts}
    for golds in (gold.quotes, gold.answers):
        holding = {name for name, text in known.items() if any(contains(text, g) for g in golds)}
        if holding or (golds and not known):
            return golds, holding | missing
    return (), set()


def _overlaps(gold: str, text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` contains ``gold``, or at least half of it at a boundary."""
    if contains(text[start:end], gold):
        return True
    at = text.find(gold)
    while at >= 0:
        inside = min(end, at + len(gold)) - max(start, at)
        if inside < len(gold) <= 2 * inside:
            return True
        at = text.find(gold, at + 1)
    return False
