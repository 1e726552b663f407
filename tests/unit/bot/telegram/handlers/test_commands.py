"""Texts of the readers' commands."""

from __future__ import annotations

from bot.core.settings import LLMSettings
from bot.telegram.handlers.commands import model_privacy


def test_privacy_names_the_model_that_questions_are_sent_to() -> None:
    text = model_privacy(LLMSettings(model="openai:gpt-5-mini", cache_days=3), "ar")
    assert "\u2068openai:gpt-5-mini\u2069" in text
    assert "بلا اسمك ولا رقمك" in text
    assert "لمدة 3 أيام" in text
    text = model_privacy(LLMSettings(model="openai:gpt-5-mini", cache_days=30), "ar")
    assert "لمدة 30 يومًا" in text
    text = model_privacy(LLMSettings(model="openai:gpt-5-mini", cache_days=0), "ar")
    assert "بلا اسمك ولا رقمك" in text and "يُحفظ" not in text
