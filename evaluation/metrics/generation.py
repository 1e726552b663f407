"""Measures of composed answers: faithfulness of the chat model's sentences, tokens and cost.

Faithfulness is the result of the engine's own check of each sentence (see docs/composing.md):
numbers, dates, quotes and words against the cited passages. It is the share of sentences that were
not removed, not the quality of the rest; for that see ``rawi evaluate judge``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.models import Answer

NAMES = ("composed", "faithful_sentences", "moved_citations", "model_tokens", "model_cost")


def composing_measures(answer: Answer) -> dict[str, float | None]:
    """The measures of one reply; all None where no chat model was called."""
    usage = answer.model
    if usage is None:
        return dict.fromkeys(NAMES)
    sentences = usage.sentences
    supported = sentences - usage.unsupported
    tokens = (usage.input_tokens or 0) + (usage.output_tokens or 0)
    return {
        "composed": float(answer.mode == "composed"),
        "faithful_sentences": supported / sentences if sentences else None,
        "moved_citations": usage.moved / supported if supported > 0 else None,
        "model_tokens": float(tokens) if usage.input_tokens is not None else None,
        "model_cost": usage.cost,
    }
