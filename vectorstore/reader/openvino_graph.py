"""Builds the reading model as an OpenVINO graph from its file, without torch.

Weights stay int8 in memory, in the form of weights compressed by OpenVINO's own tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vectorstore.embedding.default_model import silence_telemetry
from vectorstore.reader.model_file import SCALE, ReaderFile

if TYPE_CHECKING:
    import openvino

ATTENTION_HEADS = 12
POLARITY_LAYER = 8
"""See `network.ReaderNetwork`."""
_EPSILON = 1e-12


def build_graph(weights: ReaderFile) -> openvino.Model:
    """A model of ``words`` (batch, tokens, 384) and ``mask`` (batch, tokens) to logits."""
    silence_telemetry()
    import openvino
    from openvino import opset13 as ops

    build = _Builder(weights, ops)
    hidden = weights.arrays["positions"].shape[1]
    words = ops.parameter([-1, -1, hidden], np.float32, name="words")
    mask = ops.parameter([-1, -1], np.float32, name="mask")
    for parameter, name in ((words, "words"), (mask, "mask")):
        parameter.output(0).get_tensor().set_names({name})
    states = build.norm("norm", ops.add(words, build.positions(words)))
    # 0 for tokens, a large negative number for padding.
    hidden_tokens = ops.multiply(ops.subtract(mask, build.number(1.0)), build.number(10_000.0))
    bias = ops.unsqueeze(hidden_tokens, build.integers([1, 2]))
    layers = 1 + max(
        int(name.split(".")[1]) for name in weights.arrays if name.startswith("layers.")
    )
    for layer in range(layers):
        states = build.layer(f"layers.{layer}.", states, bias, hidden)
        if layer + 1 == POLARITY_LAYER:
            polarity = build.dot("polarity", states)
    logits = ops.concat([build.linear("head", states), polarity], -1)
    logits.output(0).get_tensor().set_names({"logits"})
    return openvino.Model([ops.result(logits)], [words, mask], "rawi-reader")


class _Builder:
    """Builds nodes from named weights."""

    def __init__(self, weights: ReaderFile, ops: Any) -> None:
        self._weights = weights
        self._ops = ops

    def number(self, value: float) -> Any:
        return self._ops.constant(np.float32(value))

    def integers(self, values: list[int]) -> Any:
        return self._ops.constant(np.array(values, np.int64))

    def positions(self, words: Any) -> Any:
        """The rows of the position matrix for the tokens of ``words``."""
        ops = self._ops
        tokens = ops.gather(ops.shape_of(words), self.integers([1]), ops.constant(np.int64(0)))
        rows = ops.constant(self._weights.plain("positions"))
        one = self.integers([1])
        return ops.slice(rows, self.integers([0]), tokens, one, self.integers([0]))

    def linear(self, name: str, states: Any) -> Any:
        """``states · weightᵀ + bias`` with int8 weights."""
        ops, arrays = self._ops, self._weights.arrays
        matrix = ops.convert(ops.constant(arrays[f"{name}.weight"]), np.float32)
        scale = ops.constant(arrays[f"{name}.weight{SCALE}"].astype(np.float32))
        product = ops.matmul(states, ops.multiply(matrix, scale), False, True)
        return ops.add(product, ops.constant(self._weights.plain(f"{name}.bias")))

    def dot(self, name: str, states: Any) -> Any:
        """``states · weightᵀ + bias`` for a single output: as a sum of products in fp32.

        With int8 weights, OpenVINO 2026.4 computes a matrix of one row wrongly.
        """
        ops = self._ops
        weights = ops.constant(self._weights.plain(f"{name}.weight"))
        total = ops.reduce_sum(ops.multiply(states, weights), self.integers([-1]), True)
        return ops.add(total, ops.constant(self._weights.plain(f"{name}.bias")))

    def norm(self, name: str, states: Any) -> Any:
        ops = self._ops
        last = self.integers([-1])
        centred = ops.mvn(states, last, True, _EPSILON, "inside_sqrt")
        scaled = ops.multiply(centred, ops.constant(self._weights.plain(f"{name}.weight")))
        return ops.add(scaled, ops.constant(self._weights.plain(f"{name}.bias")))

    def layer(self, name: str, states: Any, bias: Any, hidden: int) -> Any:
        """One encoder layer; see `network.Layer`."""
        ops = self._ops
        apart = self.integers([0, 0, 3, ATTENTION_HEADS, hidden // ATTENTION_HEADS])
        qkv = ops.reshape(self.linear(f"{name}qkv", states), apart, True)
        qkv = ops.transpose(qkv, self.integers([2, 0, 3, 1, 4]))
        query, key, value = ops.split(qkv, ops.constant(np.int64(0)), 3).outputs()
        first = self.integers([0])
        query, key, value = (ops.squeeze(part, first) for part in (query, key, value))
        mixed = ops.scaled_dot_product_attention(query, key, value, bias)
        mixed = ops.transpose(mixed, self.integers([0, 2, 1, 3]))
        mixed = ops.reshape(mixed, self.integers([0, 0, hidden]), True)
        states = self.norm(
            f"{name}norm_attended", ops.add(states, self.linear(f"{name}attended", mixed))
        )
        wide = ops.gelu(self.linear(f"{name}wide", states), "erf")
        return self.norm(f"{name}norm", ops.add(states, self.linear(f"{name}narrow", wide)))
