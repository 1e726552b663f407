"""What the chat model did for answers stands among the figures; what it is sent, in /privacy."""

from __future__ import annotations

from bot.core.models import Answer, ModelUse
from bot.generation.core.settings import LLMSettings
from bot.telegram.core.metrics import Metrics
from bot.telegram.handlers.commands import told_to_model


def answer(model: ModelUse | None) -> Answer:
    return Answer(
        text="جواب",
        refused=False,
        language="ar",
        mode="quoted",
        question="؟",
        standalone_question="؟",
        model=model,
    )


def test_calls_tokens_cost_sentences_and_failures_are_counted() -> None:
    metrics = Metrics()
    use = ModelUse(
        model="openai:x",
        calls=2,
        input_tokens=900,
        output_tokens=50,
        cost=0.25,
        sentences=3,
        unsupported=1,
    )
    metrics.answered(answer(use))
    metrics.answered(answer(ModelUse(model="openai:x", calls=1, fell_back="timeout")))
    lines = metrics.text().splitlines()
    assert "rawi_model_calls_total 3" in lines
    assert 'rawi_model_tokens_total{direction="read"} 900' in lines
    assert 'rawi_model_tokens_total{direction="written"} 50' in lines
    assert "rawi_model_cost_total 0.25" in lines
    assert 'rawi_model_sentences_total{verdict="supported"} 2' in lines
    assert 'rawi_model_sentences_total{verdict="unsupported"} 1' in lines
    assert 'rawi_model_fallbacks_total{reason="timeout"} 1' in lines


def test_privacy_tells_which_provider_s_model_is_sent_what() -> None:
    told = told_to_model(LLMSettings(model="openai:gpt-5-mini", cache_days=3), "ar")
    assert "\u2068openai:gpt-5-mini\u2069" in told
    assert "بلا اسمك ولا رقمك" in told
    assert "لمدة 3 أيام" in told
    told = told_to_model(LLMSettings(model="openai:gpt-5-mini", cache_days=30), "ar")
    assert "لمدة 30 يومًا" in told
    told = told_to_model(LLMSettings(model="openai:gpt-5-mini", cache_days=0), "ar")
    assert "بلا اسمك ولا رقمك" in told and "يُحفظ" not in told


def test_without_a_chat_model_there_are_none() -> None:
    metrics = Metrics()
    metrics.answered(answer(None))
    assert "rawi_model" not in metrics.text()
