"""Which changed settings take effect at once, and which have to wait for a restart."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.settings import BotSettings
from bot.generation.core.settings import LLMSettings
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.handlers.reload_command import AllSettings, changes
from ingest.core.settings import IngestSettings
from vectorstore.core.settings import StoreSettings


def settings(**given: Any) -> AllSettings:
    """The defaults, but for those of a kind that are given."""
    kinds = {
        "telegram": TelegramSettings,
        "answers": BotSettings,
        "model": LLMSettings,
        "ingest": IngestSettings,
        "store": StoreSettings,
    }
    return AllSettings(
        **{name: k.model_construct(**given.get(name, {})) for name, k in kinds.items()}
    )


@pytest.mark.parametrize(
    ("given", "now", "later"),
    [
        ({}, [], []),
        ({"telegram": {"readers": (7,)}}, ["RAWI_TELEGRAM_READERS"], []),
        ({"telegram": {"queue": 9}}, [], ["RAWI_TELEGRAM_QUEUE"]),
        ({"answers": {"citations": 1}}, ["RAWI_BOT_CITATIONS"], []),
        ({"answers": {"reader": "off"}}, [], ["RAWI_BOT_READER"]),
        ({"model": {"model": "openai:x"}}, ["RAWI_LLM"], []),
        ({"model": {"model": "local:/x.gguf"}}, [], ["RAWI_LLM"]),
        ({"model": {"retries": 0}}, ["RAWI_LLM_RETRIES"], []),
        ({"ingest": {"robots": False}}, ["RAWI_INGEST_ROBOTS"], []),
        ({"ingest": {"passage_tokens": 99}}, [], ["RAWI_INGEST_PASSAGE_TOKENS"]),
        ({"store": {"threads": 1}}, [], ["RAWI_STORE_THREADS"]),
    ],
)
def test_what_changed_is_named_with_when_it_takes_effect(
    given: dict[str, Any], now: list[str], later: list[str]
) -> None:
    assert changes(settings(), settings(**given)) == (now, later)


def test_a_model_in_this_process_is_not_left_while_it_runs() -> None:
    here = {"model": "local:/x.gguf"}
    assert changes(settings(model=here), settings()) == ([], ["RAWI_LLM"])
    priced = {**here, "input_price": 1.0}
    assert changes(settings(model=here), settings(model=priced)) == (["RAWI_LLM_INPUT_PRICE"], [])
