"""Whether unanswerable questions are refused and answerable ones answered.

Over a set of questions, errors excluded (computed by ``evaluation.statistics.paired_tests``):

- ``refusal_precision`` = refused and unanswerable / refused
- ``refusal_recall`` = refused and unanswerable / unanswerable
- ``refusal_f1`` = their harmonic mean
- ``false_refusal`` = refused and answerable / answerable

The first and the third are undefined where all questions are answerable, or none is.

Per question: ``refusal_correct`` and ``crag_score``. A question whose ``answerable`` is null is
excluded from the refusal measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.models import Answer
    from evaluation.testsets.testsets import GoldQuestion


def refusal_measures(
    gold: GoldQuestion, answer: Answer, measured: Mapping[str, float | None]
) -> dict[str, float | None]:
    """``refusal_correct`` and ``crag_score``; ``measured`` are the reply's other measures."""
    correct = None if gold.answerable is None else float(answer.refused != gold.answerable)
    return {"refusal_correct": correct, "crag_score": crag_score(gold, answer, measured)}


def crag_score(
    gold: GoldQuestion, answer: Answer, measured: Mapping[str, float | None]
) -> float | None:
    """+1 for right, 0 for a refusal, -1 for wrong, after CRAG (Yang et al. 2024).

    An answer is right when it contains a gold answer (if there are any) and cites a relevant or
    acceptable article (if there are any). Unlike in CRAG, refusing an unanswerable question is
    right (+1) and answering it is wrong (-1). None without labels to decide by.
    """
    if gold.answerable is False:
        return 1.0 if answer.refused else -1.0
    right = {*gold.relevant_ids, *gold.acceptable_ids}
    contains_gold = measured.get("contains_gold")
    if contains_gold is None and not right:
        return None
    if answer.refused:
        return 0.0
    cites = not right or any(citation.article_id in right for citation in answer.citations)
    return 1.0 if cites and contains_gold in (None, 1.0) else -1.0
