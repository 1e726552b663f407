"""The section of an article whose source gives none: a linear model on its first passage."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

WEIGHTS_FILE = Path(__file__).with_name("section_weights.json")
"""Written by ``training/sections.py``."""


@dataclass(frozen=True, slots=True)
class SectionModel:
    """A multinomial logistic regression on passage vectors (d,).

    Attributes:
        sections: The keys of the k sections.
        coefficients: Shape (k, d).
        intercepts: Shape (k,).
        min_probabilities: For each section, below which probability it is not given.
        embedding: Fingerprint of the embedding model that it was fitted with.
    """

    sections: tuple[str, ...]
    coefficients: np.ndarray
    intercepts: np.ndarray
    min_probabilities: tuple[float, ...]
    embedding: str

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Probabilities (n, k) of the sections for vectors (n, d)."""
        import numpy as np

        logits = vectors @ self.coefficients.T + self.intercepts
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: np.ndarray = odds / odds.sum(axis=1, keepdims=True)
        return found

    def section_of(self, vector: np.ndarray) -> str | None:
        """The most probable section for a first passage's vector (d,); None if it is unsure."""
        found = self.probabilities(vector[None])[0]
        best = int(found.argmax())
        return self.sections[best] if found[best] >= self.min_probabilities[best] else None


def predicted_section(fingerprint: str | None, vector: bytes | None) -> str | None:
    """The section by a stored first passage's vector in a store with ``fingerprint``, for SQL."""
    import numpy as np

    embedding = json.loads(fingerprint)["model"] if fingerprint else None
    model = section_model(embedding)
    if model is None or vector is None:
        return None
    return model.section_of(np.frombuffer(vector, "<f4"))


@lru_cache
def section_model(embedding: str | None) -> SectionModel | None:
    """The shipped model; None if it was fitted with another embedding model than ``embedding``."""
    import numpy as np

    stored = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    if stored["embedding"] != embedding:
        return None
    return SectionModel(
        sections=tuple(stored["sections"]),
        coefficients=np.array(stored["coefficients"], np.float32),
        intercepts=np.array(stored["intercepts"], np.float32),
        min_probabilities=tuple(stored["min_probabilities"]),
        embedding=stored["embedding"],
    )
