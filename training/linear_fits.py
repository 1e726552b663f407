"""Fits linear models and writes them to ``bot/answering/weights.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.answering.linear_model import LinearModel

WEIGHTS_FILE = Path(__file__).parents[1] / "bot" / "answering" / "weights.json"


def logistic_regression(
    x: np.ndarray, y: np.ndarray, sample_weight: np.ndarray, penalty: float
) -> np.ndarray:
    """Coefficients (d + 1,) with the intercept last, of a logistic regression with an L2 penalty.

    ``x`` is (n, d), ``y`` is (n,) of 0 and 1; the intercept is not penalised.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-8)
    model.fit(x, y, sample_weight=sample_weight)
    return np.append(model.coef_[0], model.intercept_[0])


def standardised_logistic_regression(
    x: np.ndarray, y: np.ndarray, sample_weight: np.ndarray, penalty: float
) -> np.ndarray:
    """``logistic_regression`` on standardised features, with coefficients for the raw ones."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    beta = logistic_regression((x - mean) / scale, y, sample_weight, penalty)
    raw = beta[:-1] / scale
    return np.append(raw, beta[-1] - raw @ mean)


def softmax_regression(
    x: np.ndarray, mask: np.ndarray, correct: np.ndarray, penalty: float, steps: int = 500
) -> np.ndarray:
    """Coefficients (d,) that maximise Σ ln Σ_{correct} softmax(x·β) with an L2 penalty, by Adam.

    ``x`` is (questions, candidates, d); ``mask`` and ``correct`` (questions, candidates) mark real
    and correct candidates. A conditional logit with several correct choices (McFadden 1974); Adam
    is Kingma & Ba 2015.
    """
    beta = np.zeros(x.shape[-1])
    mean, square = np.zeros_like(beta), np.zeros_like(beta)
    for step in range(1, steps + 1):
        logits = np.where(mask, x @ beta, -np.inf)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        q = p * correct
        residual = p / p.sum(axis=1, keepdims=True) - q / q.sum(axis=1, keepdims=True)
        gradient = (np.einsum("ncd,nc->d", x, residual) + penalty * beta) / len(x)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        rate = 0.05 / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        beta -= rate * mean / (1 - 0.9**step)
    return beta


def candidate_arrays(
    features: Sequence[Sequence[Sequence[float]]], correct: Sequence[Sequence[bool]], width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arguments of ``softmax_regression``, padded to ``width`` candidates.

    ``features`` has a list of candidates for each question, ``correct`` their labels.
    """
    x = np.zeros((len(features), width, len(features[0][0])))
    mask, labels = (np.zeros(x.shape[:2], bool) for _ in range(2))
    for row, (candidates, right) in enumerate(zip(features, correct, strict=True)):
        x[row, : len(candidates)] = candidates
        mask[row, : len(candidates)] = True
        labels[row, : len(candidates)] = right
    return x, mask, labels


def linear_model(names: Sequence[str], beta: np.ndarray) -> LinearModel:
    """The model of coefficients (d + 1,) for the features ``names``, rounded to three digits."""
    weights = {n: round(float(b), 3) for n, b in zip(names, beta, strict=False)}
    return LinearModel(round(float(beta[-1]), 3), weights)


def write_weights(path: Path, document: Mapping[str, Any]) -> None:
    """Write the document of a weights file."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
