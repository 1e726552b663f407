from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vectorstore.core.errors import ModelError
from vectorstore.reader.model_file import (
    CARD_FILE,
    WEIGHTS_FILE,
    ReaderCalibration,
    quantised,
    read_model,
    write_weights,
)


def test_int8_weights_are_within_half_a_step_of_the_originals() -> None:
    matrix = np.random.default_rng(1).normal(0, 0.05, (40, 30)).astype(np.float32)
    matrix[3] = 0
    values, scale = quantised(matrix)
    wrong = np.abs(values * scale.astype(np.float32) - matrix).max(axis=1, keepdims=True)
    assert values.dtype == np.int8
    assert (wrong <= 0.51 * scale.astype(np.float32) + 1e-7).all()


def written(folder: Path) -> Path:
    weights = {"head.weight": np.ones((2, 4), np.float32), "head.bias": np.zeros(2, np.float32)}
    checksum = write_weights(weights, folder / WEIGHTS_FILE)
    card = {"sha256": checksum, "calibration": {"slope": 0.5, "bias": -1.0}}
    (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")
    return folder


def test_a_model_comes_back_from_its_file_with_its_calibration(tmp_path: Path) -> None:
    model = read_model(written(tmp_path))
    assert model.plain("head.weight") == pytest.approx(np.ones((2, 4)), abs=1e-3)
    assert model.calibration.probability(2.0) == pytest.approx(0.5)


def test_a_changed_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    folder = written(tmp_path)
    content = bytearray((folder / WEIGHTS_FILE).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS_FILE).write_bytes(content)
    with pytest.raises(ModelError, match=r"SHA-256.*Install Rawi again"):
        read_model(folder)


@pytest.mark.parametrize("name", [WEIGHTS_FILE, CARD_FILE])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (written(tmp_path) / name).unlink()
    with pytest.raises(ModelError, match=name):
        read_model(tmp_path)


def test_an_invalid_card_is_refused(tmp_path: Path) -> None:
    (written(tmp_path) / CARD_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="card"):
        read_model(tmp_path)


def test_calibrated_scores_grow_with_the_score_and_stay_probabilities() -> None:
    calibration = ReaderCalibration(0.8, 0.3)
    found = [calibration.probability(score) for score in (-1e9, -2.0, 0.0, 2.0, 1e9)]
    assert found == sorted(found)
    assert 0 <= found[0] < found[-1] <= 1
