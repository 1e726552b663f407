"""Fits of the weights that ship, on synthetic cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.answering import linear_model
from tests.unit.training.synthetic_cases import synthetic_cases
from training.fit_weights import (
    ANSWERABLE_FEATURES,
    SENTENCE_FEATURES,
    QuestionCase,
    case_features,
    fit,
    weights_document,
)
from training.linear_fits import WEIGHTS_FILE, logistic_regression, write_weights


@pytest.fixture
def weights_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where `linear_model.load` reads ``weights.json`` from."""
    monkeypatch.setattr(linear_model, "files", lambda package: tmp_path)
    linear_model.load_linear_model.cache_clear()
    yield tmp_path
    linear_model.load_linear_model.cache_clear()


@pytest.fixture(scope="module")
def cases() -> list[QuestionCase]:
    return synthetic_cases()


def test_both_halves_have_answerable_and_unanswerable_cases(cases: list[QuestionCase]) -> None:
    assert {(c.tune, c.answerable) for c in cases} == {
        (tune, answerable) for tune in (True, False) for answerable in (True, False)
    }
    assert all(any(c.correct) == c.answerable for c in cases)


def test_the_fit_is_loaded_and_scores_the_other_half(
    cases: list[QuestionCase], weights_folder: Path
) -> None:
    write_weights(weights_folder / "weights.json", weights_document(*fit(cases)))

    sentence, answerable = (
        linear_model.load_linear_model("sentence"),
        linear_model.load_linear_model("answerable"),
    )
    report = [c for c in cases if not c.tune]
    for case in (c for c in report if c.answerable):
        logits = [sentence.score(s.features) for s in case.sentences]
        assert case.correct[int(np.argmax(logits))]
    yes, no = (
        [answerable.probability(case_features(c)) for c in report if c.answerable == label]
        for label in (True, False)
    )
    assert np.mean(yes) > 0.5 > np.mean(no)


def test_the_same_cases_give_the_same_weights(cases: list[QuestionCase]) -> None:
    assert fit(cases) == fit(synthetic_cases())


def test_every_feature_is_one_that_the_engine_computes(cases: list[QuestionCase]) -> None:
    assert set(SENTENCE_FEATURES) <= cases[0].sentences[0].features.keys()
    assert set(ANSWERABLE_FEATURES) <= case_features(cases[0]).keys()


def test_the_shipped_weights_have_the_features_of_the_fit() -> None:
    models = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))["models"]
    assert models["sentence"]["weights"].keys() == set(SENTENCE_FEATURES)
    assert models["answerable"]["weights"].keys() == set(ANSWERABLE_FEATURES)


def test_logistic_regression_solves_the_penalised_likelihood() -> None:
    draw = np.random.default_rng(5)
    x = draw.normal(size=(200, 3))
    y = (x @ [1.0, -2.0, 0.5] + 0.3 + draw.logistic(size=200) > 0).astype(float)
    weights = draw.uniform(0.5, 2, 200)

    beta = logistic_regression(x, y, weights, penalty=3.0)

    p = 1 / (1 + np.exp(-(x @ beta[:-1] + beta[-1])))
    residual = weights * (y - p)
    np.testing.assert_allclose(x.T @ residual, 3.0 * beta[:-1], atol=1e-4)
    assert residual.sum() == pytest.approx(0, abs=1e-4)
