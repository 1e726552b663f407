"""Benchmark of the embedding speed, and its ceiling on this machine.

The ceiling is the rate of large matrix products, which the model's smaller ones cannot exceed.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from vectorstore.embedding.embedder import Embedder

LAYERS, HIDDEN, INNER = 12, 384, 1536
"""Sizes of the default model, multilingual-e5-small."""

_ROWS = 2_048
_REPEATS = 8
_QUERIES = 20
_PROSE = (
    "قالت الحكومة إن المشروع الجديد يوفر آلاف فرص العمل في المحافظات الجنوبية وأضاف الوزير خلال "
    "مؤتمر صحفي أن المرحلة الأولى تبدأ مطلع العام المقبل بتمويل من البنك الدولي وسط ترحيب من "
    "السكان الذين ينتظرون تحسين شبكة الطرق والمدارس والمستشفيات منذ سنوات طويلة"
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Result of `measure`.

    Attributes:
        engine: `Embedder.engine`.
        passages_per_second: For passages of about 200 words.
        query_ms: Median time of a single query.
        gflop_per_passage: Operations (10⁹) per passage for the default model; None for others.
        fp32_gflops, int8_gflops: Rate of large matrix products (10⁹ operations per second); None
            without OpenVINO.
    """

    engine: str
    passages_per_second: float
    query_ms: float
    gflop_per_passage: float | None
    fp32_gflops: float | None
    int8_gflops: float | None

    def ceiling(self, gflops: float | None) -> float | None:
        """Passages per second at a rate of ``gflops``."""
        if gflops is None or self.gflop_per_passage is None:
            return None
        return gflops / self.gflop_per_passage

    def to_json(self) -> dict[str, Any]:
        """For ``rawi doctor --benchmark --json``."""
        return {
            **asdict(self),
            "fp32_ceiling": self.ceiling(self.fp32_gflops),
            "int8_ceiling": self.ceiling(self.int8_gflops),
        }


def measure(embedder: Embedder, *, passages: int = 32, threads: int | None = None) -> Speed:
    """Embed generated Arabic passages and queries; takes some seconds."""
    texts = generated_texts(passages)
    embedder.embed_passages(texts)  # compiles for every length
    rate = len(texts) / seconds(lambda: embedder.embed_passages(texts))
    questions = [f"من تعهد بملء مخزون الصواريخ رقم {i}؟" for i in range(_QUERIES)]
    embedder.embed_queries(questions[:1])
    times = [seconds(lambda q=q: embedder.embed_queries([q])) for q in questions]  # type: ignore[misc]
    tokens = statistics.mean(len(embedder.token_starts(text)) + 4 for text in texts)
    is_default = (embedder.dimension, embedder.sequence_length) == (HIDDEN, 512)
    fp32, int8 = matmul_ceilings(threads)
    return Speed(
        embedder.engine,
        rate,
        statistics.median(times) * 1000,
        gflop(tokens) if is_default else None,
        fp32,
        int8,
    )


def generated_texts(count: int) -> list[str]:
    """Random texts of about 200 words."""
    draw = random.Random(1)  # noqa: S311
    return [" ".join(draw.choices(_PROSE.split(), k=draw.randint(170, 230))) for _ in range(count)]


def gflop(tokens: float) -> float:
    """Operations (10⁹) to embed a text of ``tokens``; matrix products only."""
    weights = LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)
    attention = LAYERS * 2 * tokens * HIDDEN
    return 2 * tokens * (weights + attention) / 1e9


def matmul_ceilings(threads: int | None = None) -> tuple[float | None, float | None]:
    """Rate (10⁹ operations per second) of large matrix products in fp32 and int8.

    The best of some runs with OpenVINO; None for both without it.
    """
    try:
        import openvino  # noqa: F401
    except (ImportError, OSError):
        return None, None
    return _matmul_rate(threads, int8=False), _matmul_rate(threads, int8=True)


def _matmul_rate(threads: int | None, *, int8: bool) -> float:
    import openvino
    from openvino import opset13 as ops

    from vectorstore.embedding.openvino_engine import available_threads

    draw = np.random.default_rng(1)
    rows = ops.parameter([_ROWS, INNER], np.float32)
    weights = ops.constant(draw.standard_normal((INNER, INNER), np.float32))

    def quantised(node: Any) -> Any:
        low, high = (ops.constant(np.float32(x)) for x in (-4.0, 4.0))
        return ops.fake_quantize(node, low, high, low, high, 255) if int8 else node

    product = ops.matmul(quantised(rows), quantised(weights), False, True)
    compiled = openvino.Core().compile_model(
        openvino.Model([product], [rows]),
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": "f32",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads or available_threads(),
        },
    )
    request = compiled.create_infer_request()
    data = draw.standard_normal((_ROWS, INNER), np.float32)
    request.infer({0: data})
    best = min(seconds(lambda: request.infer({0: data})) for _ in range(_REPEATS))
    return 2 * _ROWS * INNER * INNER / best / 1e9


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock time of ``action`` in seconds."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
