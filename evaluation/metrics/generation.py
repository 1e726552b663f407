"""What came of a chat model's sentences: borne out by the articles or not, and what they cost.

Faithfulness here is the engine's own check, sentence by sentence (see docs/composing.md): numbers,
dates, quotes and words against the cited passages. It says how much of what a model wrote had to be
kept from the reader, not how good the rest is; ``rawi evaluate judge`` asks another model that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.models import Answer

NAMES = ("composed", "faithful_sentences", "moved_citations", "model_tokens", "model_cost")


def composing_measures(answer: Answer) -> dict[str, float | None]:
    """The measures of one reply; all None where no chat model was asked."""
    use = answer.model
    if use is None:
        return dict.fromkeys(NAMES)
    written = use.sentences
    tokens = (use.input_tokens or 0) + (use.output_tokens or 0)
    return {
        "composed": float(answer.mode == "composed"),
        "faithful_sentences": 1 - use.unsupported / written if written else None,
        "moved_citations": use.moved / (written - use.unsupported)
        if written > use.unsupported
        else None,
        "model_tokens": float(tokens) if use.input_tokens is not None else None,
        "model_cost": use.cost,
    }
