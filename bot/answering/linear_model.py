"""The linear models that weigh evidence; ``training/fit_weights.py`` finds their numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class LinearModel:
    """``bias + Σ weight · feature``; features a model does not know are ignored."""

    bias: float
    weights: Mapping[str, float]

    def score(self, features: Mapping[str, float]) -> float:
        """The logit; any real number."""
        return self.bias + sum(w * features.get(name, 0.0) for name, w in self.weights.items())

    def probability(self, features: Mapping[str, float]) -> float:
        """The logistic function of ``score``, in (0, 1)."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.score(features)))))

    def as_json(self) -> dict[str, object]:
        """As the file has it."""
        return {"bias": self.bias, "weights": dict(self.weights)}


@lru_cache
def load(name: str) -> LinearModel:
    """``sentence`` (does it hold the answer?) or ``answerable`` (is there an answer at all?).

    ``sentence_read`` and ``answerable_read`` are the same once the passages have been read.
    """
    text = (files("bot.answering") / "weights.json").read_text(encoding="utf-8")
    model = json.loads(text)["models"][name]
    return LinearModel(model["bias"], model["weights"])
