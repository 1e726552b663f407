"""Reads and writes the reading model's files.

``reader.safetensors`` has every weight of ``ReaderNetwork`` but the word embeddings. A matrix is
stored as int8 with one fp16 scale per row (``NAME`` and ``NAME.scale``: the weight is their
product), everything else as fp16. ``reader.json`` has the SHA-256 of that file, the training data
and the calibration of scores.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vectorstore.core.errors import ModelError

WEIGHTS_FILE = "reader.safetensors"
CARD_FILE = "reader.json"
SCALE = ".scale"

Floats = npt.NDArray[np.float32]
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ReaderCalibration:
    """Platt scaling of a span's score: ``probability = logistic(slope · score + bias)``."""

    slope: float
    bias: float

    def probability(self, score: float) -> float:
        """The probability that a span with this score is an answer."""
        logit = max(-30.0, min(30.0, self.slope * score + self.bias))
        return float(1 / (1 + np.exp(-logit)))


@dataclass(frozen=True, slots=True)
class ReaderFile:
    """A model file whose checksum is correct."""

    arrays: Arrays
    calibration: ReaderCalibration
    model_id: str

    def plain(self, name: str) -> Floats:
        """The weight ``name``, dequantised."""
        stored = self.arrays[name].astype(np.float32)
        if name + SCALE in self.arrays:
            stored *= self.arrays[name + SCALE].astype(np.float32)
        return stored


def model_folder() -> Path:
    """The folder of the model that ships with Rawi."""
    return Path(str(files("vectorstore.reader"))) / "model"


def read_model(folder: Path | None = None) -> ReaderFile:
    """The model in ``folder``, the shipped one by default.

    Raises:
        ModelError: It is missing or has another checksum.
    """
    folder = folder or model_folder()
    try:
        card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
        content = (folder / WEIGHTS_FILE).read_bytes()
        expected, calibration = card["sha256"], ReaderCalibration(**card["calibration"])
    except FileNotFoundError as error:
        raise ModelError(
            f"The reading model is not in {folder}: {Path(error.filename).name} is missing. "
            + _REMEDY
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The reading model's card {folder / CARD_FILE}: {error}. {_REMEDY}"
        ) from (error)
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ModelError(
            f"{folder / WEIGHTS_FILE} is not the reading model that its card describes: its "
            f"SHA-256 is {found[:12]}…, expected {expected[:12]}…. {_REMEDY}"
        )
    from safetensors.numpy import load

    return ReaderFile(load(content), calibration, f"rawi-reader@{expected[:8]}")


_REMEDY = (
    "Install Rawi again (pip install -e .) or take the file from its repository; until then "
    "answers are chosen without it. RAWI_BOT_READER=off silences this."
)


def write_weights(weights: Mapping[str, Floats], path: Path) -> str:
    """Write ``weights`` to ``path``, matrices as int8; returns the file's SHA-256."""
    from safetensors.numpy import save

    arrays: Arrays = {}
    for name, weight in weights.items():
        if weight.ndim == 2 and name != "positions":
            arrays[name], arrays[name + SCALE] = quantised(weight)
        else:
            arrays[name] = weight.astype(np.float16)
    content = save(arrays)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def quantised(matrix: Floats) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16]]:
    """int8 values and one fp16 scale per row (rows, 1), symmetric about zero."""
    scale = (np.abs(matrix).max(axis=1, keepdims=True) / 127).astype(np.float16)
    safe = np.where(scale == 0, np.float16(1), scale).astype(np.float32)
    return np.clip(np.rint(matrix / safe), -127, 127).astype(np.int8), scale
