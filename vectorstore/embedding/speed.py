"""How fast this machine embeds, and how fast it could at best.

The ceiling is what large matrix products reach: a network of products this small cannot do better.
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
"""Of the default model, multilingual-e5-small."""

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
    """What a machine gives.

    Attributes:
        engine: As ``Embedder.engine`` names it.
        passages_per_second: Passages of about 200 words.
        query_ms: Median time of a single question.
        gflop_per_passage: Work that such a passage is, by the default model's size; None for
            other models.
        fp32_gflops, int8_gflops: What large matrix products reach, in 10⁹ operations a second; None
            where OpenVINO is missing.
    """

    engine: str
    passages_per_second: float
    query_ms: float
    gflop_per_passage: float | None
    fp32_gflops: float | None
    int8_gflops: float | None

    def ceiling(self, gflops: float | None) -> float | None:
        """Passages per second at that rate of products."""
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
    """Embed made-up Arabic passages and questions; takes some seconds."""
    texts = made_up(passages)
    embedder.embed_passages(texts)  # every length is compiled once
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


def made_up(count: int) -> list[str]:
    """Texts of about 200 words that no engine can have met before."""
    draw = random.Random(1)  # noqa: S311
    return [" ".join(draw.choices(_PROSE.split(), k=draw.randint(170, 230))) for _ in range(count)]


def gflop(tokens: float) -> float:
    """10⁹ operations that embedding a text of so many tokens takes.

    A product and a sum are two; what is no matrix product is left out.
    """
    weights = LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)
    attention = LAYERS * 2 * tokens * HIDDEN
    return 2 * tokens * (weights + attention) / 1e9


def matmul_ceilings(threads: int | None = None) -> tuple[float | None, float | None]:
    """10⁹ operations a second of large products in fp32 and in int8, on so many threads.

    An estimate, by OpenVINO, of the best of some tries; None for both where it is missing.
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
    """Wall time of ``action``."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
