"""Interface of embedding models for the store, LangChain and the chunker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from vectorstore.embedding.model_input import approximate_token_starts, model_text, token_starts

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]
InputType = Literal["query", "passage"]

# Far more than a token of any vocabulary has; longer texts are truncated before tokenization.
_MAX_CHARACTERS_PER_TOKEN = 64


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Prefixes that tell the model the role of a text; may be empty."""

    query: str = ""
    passage: str = ""

    def overridden(self, query: str | None, passage: str | None) -> Prefixes:
        """These prefixes, with those that are not None replaced."""
        return Prefixes(
            self.query if query is None else query,
            self.passage if passage is None else passage,
        )


def fingerprint(model_id: str, prefixes: Prefixes) -> str:
    """Model, revision and prefixes as one string."""
    return f"{model_id} {prefixes.query}|{prefixes.passage}"


class Embedder(Embeddings, ABC):
    """An embedding model with LangChain's ``Embeddings`` interface. Engines implement ``_encode``.

    Thread-safe. Any string is accepted, including lone surrogates, control characters and the empty
    string, and gives a unit vector.

    Attributes:
        model_id: Model and revision; vectors of equal ids can be compared.
        engine: ``openvino-int8`` or ``sentence-transformers``.
        dimension: Length of a vector.
        sequence_length: Tokens of the model's window, with prefix and special tokens.
    """

    def __init__(
        self,
        *,
        model_id: str,
        engine: str,
        dimension: int,
        sequence_length: int,
        prefixes: Prefixes,
    ) -> None:
        self.model_id = model_id
        self.engine = engine
        self.dimension = dimension
        self.sequence_length = sequence_length
        self.prefixes = prefixes

    @property
    def fingerprint(self) -> str:
        """Model, revision and prefixes; vectors of equal fingerprints may share an index.

        Engines of one model have the same, as their vectors hardly differ.
        """
        return fingerprint(self.model_id, self.prefixes)

    @cached_property
    def max_tokens(self) -> int:
        """Length of the longest passage that fits the window, in tokens of `token_starts`."""
        if self._tokenizer is None:
            return self.sequence_length - len(self.prefixes.passage) - 2
        overhead = len(self._tokenizer.encode(self.prefixes.passage.rstrip()).ids)
        return self.sequence_length - overhead

    def token_starts(self, text: str) -> list[int]:
        """Character offsets of the model's tokens in ``text``, without truncation."""
        if self._tokenizer is None:
            return approximate_token_starts(text)
        return token_starts(self._tokenizer, text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, ``(len(texts), dimension)``."""
        return self._embed(texts, "passage")

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of queries, ``(len(texts), dimension)``."""
        return self._embed(texts, "query")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """`embed_passages` for LangChain."""
        vectors: list[list[float]] = self.embed_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """`embed_queries` of one query for LangChain."""
        vector: list[float] = self.embed_queries([text])[0].tolist()
        return vector

    @property
    @abstractmethod
    def _tokenizer(self) -> Tokenizer | None:
        """The model's tokenizer without truncation; None if it has no offsets."""

    @abstractmethod
    def _encode(self, texts: list[str], kind: InputType) -> Vectors:
        """Vectors of at least one cleaned text, each with the prefix of ``kind``."""

    def _embed(self, texts: Sequence[str], kind: InputType) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        longest = self.sequence_length * _MAX_CHARACTERS_PER_TOKEN
        return unit_rows(self._encode([model_text(text[:longest]) for text in texts], kind))


def unit_rows(vectors: npt.NDArray[np.floating]) -> Vectors:
    """``vectors`` as float32 with rows of length 1.

    Rows of zeros or NaN, which some models return for an empty text, get equal components.
    """
    rows = np.array(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1)
    invalid = ~np.isfinite(norms) | (norms == 0)
    rows[invalid] = 1.0
    norms[invalid] = np.sqrt(rows.shape[1])
    rows /= norms[:, None]
    return rows
