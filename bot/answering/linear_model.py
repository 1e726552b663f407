"""The linear models of answering, fitted by ``training/fit_weights.py``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class LinearModel:
    """``bias + Σ weight · feature``; features without a weight are ignored."""

    bias: float
    weights: Mapping[str, float]

    def score(self, features: Mapping[str, float]) -> float:
        """The logit; any real number."""
        return self.bias + sum(w * features.get(name, 0.0) for name, w in self.weights.items())

    def probability(self, features: Mapping[str, float]) -> float:
        """The logistic function of ``score``, in (0, 1)."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.score(features)))))

    def as_json(self) -> dict[str, object]:
        """The form in ``weights.json``."""
        return {"bias": self.bias, "weights": dict(self.weights)}


@lru_cache
def load_linear_model(name: str) -> LinearModel:
    """The shipped model ``sentence`` (does it contain the answer?) or ``answerable`` (is there an
    answer at all?), or ``sentence_read`` or ``answerable_read``, which use the reading model too.
    """
    text = (files("bot.answering") / "weights.json").read_text(encoding="utf-8")
    model = json.loads(text)["models"][name]
    return LinearModel(model["bias"], model["weights"])
