"""Whether the sources named are the right ones, and quoted to the letter.

In the manner of ALCE (Gao et al. 2023, "Enabling Large Language Models to Generate Text with
Citations"): precision asks whether each citation supports the answer, recall whether what should
support it is cited. ALCE asks an entailment model; here the test set's labels say which articles
support a question, so nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.models import Answer, Citation
    from evaluation.testsets.testsets import GoldQuestion


def citation_measures(
    gold: GoldQuestion, answer: Answer, article_texts: Mapping[str, str]
) -> dict[str, float | None]:
    """``citation_precision``, ``citation_recall``, ``wrong_source`` and ``verbatim``.

    A refusal cites nothing: it has no precision, no wrong source and no quotes, and a recall of 0
    where it should have cited. Precision and recall need ``relevant_ids``. An article that is cited
    with its copies (``also_in``) counts as the copy that the test set names.
    """
    relevant = set(gold.relevant_ids)
    right = relevant | set(gold.acceptable_ids)
    cited = [_labelled(citation, gold, right) for citation in answer.citations]
    judged = bool(relevant) and gold.answerable is not False
    return {
        "citation_precision": sum(c in right for c in cited) / len(cited)
        if judged and cited
        else None,
        "citation_recall": len(relevant & set(cited)) / len(relevant) if judged else None,
        "wrong_source": None if answer.refused else _wrong_source(gold, cited),
        "verbatim": float(all(is_verbatim(c, article_texts) for c in answer.citations))
        if cited
        else None,
    }


def _labelled(citation: Citation, gold: GoldQuestion, right: Set[str]) -> str:
    """The id that ``citation`` is judged by: its own, or else that of a copy that is right."""
    own = citation.article_id
    if own in right or own in gold.forbidden_ids:
        return own
    return next((copy.article_id for copy in citation.also_in if copy.article_id in right), own)


def _wrong_source(gold: GoldQuestion, cited: list[str]) -> float | None:
    """1 when an answer cites what it must not, 0 when it does not, None when nobody can say.

    Wrong are a forbidden article, any article that is neither relevant nor acceptable (where the
    test set names some), and any article at all when the question is not answerable.
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
    """Whether the quote stands in its article to the letter, exactly where it says."""
    text = article_texts.get(citation.article_id)
    return (
        bool(citation.quote)
        and text is not None
        and (text[citation.start : citation.end] == citation.quote)
    )
