"""Which changed settings are applied by /reload, and which need a restart."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.core.settings import BotSettings, LLMSettings
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.handlers.reload_command import AllSettings, changed_variables
from ingest.core.settings import IngestSettings
from vectorstore.core.settings import RawiSettings, StoreSettings

KINDS: tuple[type[RawiSettings], ...] = (
    TelegramSettings,
    BotSettings,
    LLMSettings,
    IngestSettings,
    StoreSettings,
)
NAMES = ("telegram", "answers", "model", "ingest", "store")


def settings(**given: Any) -> AllSettings:
    """The defaults, updated with the values per part."""
    parts = tuple(
        kind.model_construct(**given.get(name, {})) for name, kind in zip(NAMES, KINDS, strict=True)
    )
    return cast("AllSettings", parts)


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
def test_changed_variables_are_applied_or_need_a_restart(
    given: dict[str, Any], now: list[str], later: list[str]
) -> None:
    assert changed_variables(settings(), settings(**given)) == (now, later)


def test_a_local_model_is_not_changed_while_the_bot_runs() -> None:
    local = {"model": "local:/x.gguf"}
    assert changed_variables(settings(model=local), settings()) == ([], ["RAWI_LLM"])
    priced = {**local, "input_price": 1.0}
    assert changed_variables(settings(model=local), settings(model=priced)) == (
        ["RAWI_LLM_INPUT_PRICE"],
        [],
    )
