"""A linear classifier over dense features and hashed terms of a message.

The weights are fitted by ``training/message_classifiers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import numpy as np


def term_hashes(terms: Iterable[str]) -> list[int]:
    """The sorted, distinct hashes (32 bits) of ``terms``."""
    return sorted({crc32(term.encode()) for term in terms})


@dataclass(frozen=True, slots=True)
class Prediction:
    """The probability of each label; they add up to 1."""

    probabilities: Mapping[str, float]

    @property
    def label(self) -> str:
        """The most probable label."""
        return max(self.probabilities, key=lambda label: self.probabilities[label])

    @property
    def probability(self) -> float:
        """Its probability."""
        return max(self.probabilities.values())

    def share(self, labels: frozenset[str]) -> float:
        """The probability of all ``labels`` together."""
        return sum(p for label, p in self.probabilities.items() if label in labels)


class LinearClassifier:
    """Weights for dense features and for terms, with a softmax over the labels.

    Args:
        labels: The labels, L of them.
        dense: Weights of dense features, shape (L, d).
        bias: Biases, shape (L,).
        hashes: Sorted hashes of the known terms, shape (n,).
        terms: Weights of these terms as int8, shape (n, L).
        scale: What ``terms`` are multiplied by, shape (L,).
    """

    def __init__(
        self,
        labels: Sequence[str],
        dense: np.ndarray,
        bias: np.ndarray,
        hashes: np.ndarray,
        terms: np.ndarray,
        scale: np.ndarray,
    ) -> None:
        self.labels = tuple(labels)
        self._dense = dense
        self._bias = bias
        self._hashes = hashes
        self._terms = terms
        self._scale = scale

    def predict(self, dense: np.ndarray, hashes: Sequence[int]) -> Prediction:
        """The prediction for dense features (shape (d,)) and the hashes of terms (`term_hashes`).

        The terms that are known count as a vector of length 1.
        """
        import numpy as np  # slow to import, and not needed for `rawi --help`

        logits = self._dense @ dense + self._bias
        wanted = np.array(hashes, dtype=np.uint32)
        at = np.searchsorted(self._hashes, wanted)
        at[at == len(self._hashes)] = 0
        at = at[self._hashes[at] == wanted]
        if len(at):
            logits = logits + self._terms[at].sum(axis=0) * self._scale / np.sqrt(len(at))
        exp = np.exp(logits - logits.max())
        probabilities = exp / exp.sum()
        return Prediction(dict(zip(self.labels, map(float, probabilities), strict=True)))


@lru_cache
def load_classifier(package: str, name: str) -> LinearClassifier:
    """The classifier ``name`` that is shipped in ``package``."""
    import numpy as np

    path = files(package) / f"{name}.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return LinearClassifier(
            [str(label) for label in stored["labels"]],
            stored["dense"].astype(np.float32),
            stored["bias"],
            stored["hashes"],
            stored["terms"],
            stored["scale"],
        )
