"""Token usage and cost of the chat model calls made for one question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.core.models import ModelUse

if TYPE_CHECKING:
    from bot.core.settings import LLMSettings


@dataclass(slots=True)
class UsageCounter:
    """Token usage of the model calls for one question; None where the provider reports none."""

    calls: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached: bool = False

    def add(self, input_tokens: int, output_tokens: int) -> None:
        """Add the tokens of one call."""
        self.input_tokens = (self.input_tokens or 0) + input_tokens
        self.output_tokens = (self.output_tokens or 0) + output_tokens

    def model_use(self, settings: LLMSettings, **more: Any) -> ModelUse:
        """The usage as it is reported in an answer; ``more`` sets further fields."""
        return ModelUse(
            model=settings.model or "",
            calls=self.calls,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost=cost(self.input_tokens, self.output_tokens, settings),
            cached=self.cached,
            **more,
        )


def cost(
    input_tokens: int | None, output_tokens: int | None, settings: LLMSettings
) -> float | None:
    """Cost at the prices of ``settings``; None where tokens or prices are unknown."""
    if input_tokens is None or output_tokens is None:
        return None
    if settings.input_price is None and settings.output_price is None:
        return None
    total = input_tokens * (settings.input_price or 0.0)
    total += output_tokens * (settings.output_price or 0.0)
    return round(total / 1_000_000, 8)
