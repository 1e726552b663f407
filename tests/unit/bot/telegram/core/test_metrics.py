"""Prometheus metrics: their names, labels and values."""

from __future__ import annotations

from bot.core.models import Answer, ModelUse
from bot.telegram.core.metrics import Metrics


def answer(model: ModelUse | None = None, **timings_ms: float) -> Answer:
    return Answer(
        text="جواب",
        refused=False,
        language="ar",
        mode="quoted",
        question="؟",
        standalone_question="؟",
        model=model,
        timings_ms=timings_ms,
    )


def lines(metrics: Metrics) -> list[str]:
    return metrics.text().decode().splitlines()


def test_answers_and_the_seconds_of_their_stages_are_counted() -> None:
    metrics = Metrics()
    metrics.count_answer(answer(retrieve=20.0, total=50.0))
    metrics.gauge("rawi_jobs", "Jobs.", lambda: 2)
    found = lines(metrics)
    assert "# TYPE rawi_questions_total counter" in found
    assert 'rawi_questions_total{mode="quoted"} 1.0' in found
    assert 'rawi_stage_seconds_sum{stage="retrieve"} 0.02' in found
    assert 'rawi_stage_seconds_count{stage="retrieve"} 1.0' in found
    assert "# TYPE rawi_jobs gauge" in found
    assert "rawi_jobs 2.0" in found


def test_calls_tokens_cost_sentences_and_failures_of_a_model_are_counted() -> None:
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
    metrics.count_answer(answer(use))
    metrics.count_answer(answer(ModelUse(model="openai:x", calls=1, fell_back="timeout")))
    found = lines(metrics)
    assert "rawi_model_calls_total 3.0" in found
    assert 'rawi_model_tokens_total{direction="read"} 900.0' in found
    assert 'rawi_model_tokens_total{direction="written"} 50.0' in found
    assert "rawi_model_cost_total 0.25" in found
    assert 'rawi_model_sentences_total{verdict="supported"} 2.0' in found
    assert 'rawi_model_sentences_total{verdict="unsupported"} 1.0' in found
    assert 'rawi_model_fallbacks_total{reason="timeout"} 1.0' in found


def test_an_answer_without_a_chat_model_counts_no_model_use() -> None:
    metrics = Metrics()
    metrics.count_answer(answer())
    found = lines(metrics)
    assert "rawi_model_calls_total 0.0" in found
    assert not [line for line in found if line.startswith("rawi_model_tokens_total")]


def test_each_bot_has_its_own_counts() -> None:
    first, second = Metrics(), Metrics()
    first.count_answer(answer())
    assert 'rawi_questions_total{mode="quoted"} 1.0' in lines(first)
    assert 'rawi_questions_total{mode="quoted"} 1.0' not in lines(second)
