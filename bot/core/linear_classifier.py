"""Multinomial logistic regression over an embedding and hashed character n-grams of a message.

The weights are fitted by ``training/message_classifiers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

from vectorstore.core.text_analysis import AnalysedText

if TYPE_CHECKING:
    import numpy as np

N_BUCKETS = 2**14
"""Number of hash buckets of character n-grams (hashing trick, Weinberger et al. 2009)."""
GRAM_SIZES = (2, 3, 4, 5)
MAX_WORDS = 48
"""Words of a message whose n-grams count; a long message shows its intent at its ends."""


def gram_buckets(message: AnalysedText) -> list[int]:
    """Sorted buckets of a message's words, word n-grams, its ends, and character n-grams.

    Empty for a message without letters and digits.
    """
    words = list(message.words)
    if len(words) > MAX_WORDS:
        words = words[: MAX_WORDS // 2] + words[-MAX_WORDS // 2 :]
    if not words:
        return []
    first, last = words[:3], words[-2:]
    terms = {f"<{' '.join(first[:n])}" for n in range(1, len(first) + 1)}
    terms |= {f"{' '.join(last[-n:])}>" for n in range(1, len(last) + 1)}
    terms |= {f"{a} {b}" for a, b in pairwise(words)}
    terms |= {f"{a} _ {b}" for a, b in zip(words, words[2:], strict=False)}
    terms |= {" ".join(three) for three in zip(words, words[1:], words[2:], strict=False)}
    terms |= {f"{at}{w[:n]}" for at, w in enumerate(words[:2]) for n in (2, 3, 4)}
    for word in set(words):
        terms |= _word_terms(word)
    return sorted({crc32(term.encode()) % N_BUCKETS for term in terms})


@lru_cache(maxsize=16_384)
def _word_terms(word: str) -> frozenset[str]:
    padded = f"_{word}_"
    return frozenset(
        padded[i : i + size] for size in GRAM_SIZES for i in range(len(padded) - size + 1)
    ) | {padded}


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
    """Weights of shape (labels, features) for dense features and for n-gram buckets."""

    def __init__(
        self,
        labels: Sequence[str],
        dense: np.ndarray,
        buckets: np.ndarray,
        bias: np.ndarray,
    ) -> None:
        self.labels = tuple(labels)
        self._dense = dense
        self._buckets = buckets
        self._bias = bias

    @property
    def n_dense(self) -> int:
        """Number of dense features."""
        return int(self._dense.shape[1])

    def predict(self, dense: np.ndarray, buckets: Sequence[int]) -> Prediction:
        """The prediction for dense features (shape (d,)) and the n-gram buckets."""
        import numpy as np  # slow to import, and not needed for `rawi --help`

        logits = self._dense @ dense + self._bias
        if buckets:
            logits = logits + self._buckets[:, buckets].sum(axis=1) / np.sqrt(len(buckets))
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
            stored["buckets"].astype(np.float32),
            stored["bias"].astype(np.float32),
        )
