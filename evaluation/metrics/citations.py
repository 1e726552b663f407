"""Whether an answer cites the right articles, and quotes them verbatim.

After ALCE (Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations"):
precision is the share of citations that support the answer, recall the share of supporting articles
that are cited. ALCE decides support with an entailment model; here the test set's labels do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.models import Answer, Citation
    from evaluation.testsets.testsets import GoldQuestion


def citation_measures(
    gold: GoldQuestion, answer: Answer, article_texts: Mapping[str, str]
) -> dict[str, float | None]:
    """``citation_precision``, ``citation_recall``, ``wrong_source`` and ``verbatim``.

    For a refusal precision, wrong source and verbatim are None, and recall is 0 where
    ``relevant_ids`` are given. Precision and recall are None without ``relevant_ids``. An article
    cited with its near-duplicates (``also_in``) counts as the one that the test set labels.
    """
    relevant = set(gold.relevant_ids)
    right = relevant | set(gold.acceptable_ids)
    cited = [judged_id(citation, gold.forbidden_ids, right) for citation in answer.citations]
    applies = bool(relevant) and gold.answerable is not False
    return {
        "citation_precision": sum(c in right for c in cited) / len(cited)
        if applies and cited
        else None,
        "citation_recall": len(relevant & set(cited)) / len(relevant) if applies else None,
        "wrong_source": None if answer.refused else _wrong_source(gold, cited),
        "verbatim": float(all(is_verbatim(c, article_texts) for c in answer.citations))
        if cited
        else None,
    }


def judged_id(citation: Citation, forbidden: Collection[str], right: Set[str]) -> str:
    """The id to judge ``citation`` by: its own, or that of a near-duplicate in ``right``."""
    own = citation.article_id
    if own in right or own in forbidden:
        return own
    return next((copy.article_id for copy in citation.also_in if copy.article_id in right), own)


def _wrong_source(gold: GoldQuestion, cited: list[str]) -> float | None:
    """1.0 when an answer cites a wrong article, 0.0 when it does not, None without labels.

    Wrong are forbidden articles, articles that are neither relevant nor acceptable (where the test
    set labels some), and every article when the question is not answerable.
    """
    if gold.answerable is False:
        return float(bool(cited))
    right = {*gold.relevant_ids, *gold.acceptable_ids}
    if right:
        return float(any(article not in right for article in cited))
    if any(article in gold.forbidden_ids for article in cited):
        return 1.0
    return 0.0 if gold.forbidden_ids else None


def is_verbatim(citation: Citation, article_texts: Mapping[str, str]) -> bool:
    """Whether the quote equals its article's text at the cited offsets."""
    text = article_texts.get(citation.article_id)
    return (
        bool(citation.quote)
        and text is not None
        and (text[citation.start : citation.end] == citation.quote)
    )
