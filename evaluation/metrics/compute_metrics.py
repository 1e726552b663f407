"""All measures of one question: the ``measures`` of a row in ``results.jsonl``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from evaluation.metrics.answers import answer_measures
from evaluation.metrics.checks import check_answer
from evaluation.metrics.citations import citation_measures
from evaluation.metrics.generation import composing_measures
from evaluation.metrics.refusals import refusal_measures
from evaluation.metrics.registry import MEASURES
from evaluation.metrics.retrieval import retrieval_measures

if TYPE_CHECKING:
    from bot.core.models import Answer
    from evaluation.testsets.testsets import GoldQuestion


def compute_measures(
    gold: GoldQuestion,
    answer: Answer,
    article_texts: Mapping[str, str],
    sections: Mapping[str, str] | None = None,
) -> dict[str, float | None]:
    """The measures of one reply by name, in the order of the registry.

    ``article_texts`` maps the ids of relevant, retrieved and cited articles to their stored texts;
    an id missing there is missing in the store. ``sections`` maps them to their sections. A measure
    that does not apply is None. Measures of a set (``SET_LEVEL``) are not included.
    """
    measured = {
        **check_answer(gold, answer, sections).measures,
        **retrieval_measures(gold, answer, article_texts),
        **answer_measures(gold, answer),
        **citation_measures(gold, answer, article_texts),
        **composing_measures(answer),
    }
    measured |= refusal_measures(gold, answer, measured)
    measured["answer_characters"] = None if answer.refused else float(len(answer.text))
    measured["latency_total_ms"] = answer.timings_ms.get("total")
    return {name: measured[name] for name in MEASURES if name in measured}
