from __future__ import annotations

import pytest

from bot.core.settings import LLMSettings
from bot.core.usage import cost


def test_costs() -> None:
    priced = LLMSettings(input_price=2, output_price=10)
    assert cost(1_000, 100, priced) == pytest.approx(0.003)
    assert cost(None, 100, priced) is None
    assert cost(1_000, 100, LLMSettings()) is None
