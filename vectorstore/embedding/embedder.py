"""The embedder: what the store, LangChain and the chunker know of an embedding model."""

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
Kind = Literal["query", "passage"]

# A token of any vocabulary is far shorter; what lies behind is cut before it costs time.
_MOST_CHARACTERS_PER_TOKEN = 64


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What is put before a text so that the model knows its role; both may be empty."""

    query: str = ""
    passage: str = ""

    def overridden(self, query: str | None, passage: str | None) -> Prefixes:
        """These prefixes, but for those that are given."""
        return Prefixes(
            self.query if query is None else query,
            self.passage if passage is None else passage,
        )


def fingerprint(model_id: str, prefixes: Prefixes) -> str:
    """Model, revision and prefixes in one string."""
    return f"{model_id} {prefixes.query}|{prefixes.passage}"


class Embedder(Embeddings, ABC):
    """An embedding model behind LangChain's ``Embeddings``. Engines fill in ``_encode``.

    Any string is accepted: lone surrogates, control characters and empty texts give valid unit
    vectors too. Methods may be called from several threads.

    Attributes:
        model_id: Model and revision; equal ids mean that vectors can be compared.
        engine: ``openvino-int8`` or ``sentence-transformers``.
        dimension: Length of a vector.
        sequence_length: Tokens the model reads of a text, prefix and special tokens included.
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
        """Model, revision and prefixes: vectors of equal fingerprints may share an index.

        Engines of one model share it; their vectors differ less than a reader could notice.
        """
        return fingerprint(self.model_id, self.prefixes)

    @cached_property
    def max_tokens(self) -> int:
        """Tokens (as ``token_starts`` counts them) of a passage that the model reads to its end."""
        if self._tokenizer is None:
            return self.sequence_length - len(self.prefixes.passage) - 2
        overhead = len(self._tokenizer.encode(self.prefixes.passage.rstrip()).ids)
        return self.sequence_length - overhead

    def token_starts(self, text: str) -> list[int]:
        """Character offsets at which the model's tokens begin in ``text``, however long it is."""
        if self._tokenizer is None:
            return approximate_token_starts(text)
        return token_starts(self._tokenizer, text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, ``(len(texts), dimension)``."""
        return self._embed(texts, "passage")

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, ``(len(texts), dimension)``."""
        return self._embed(texts, "query")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for ``embed_passages``."""
        vectors: list[list[float]] = self.embed_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for one question."""
        vector: list[float] = self.embed_queries([text])[0].tolist()
        return vector

    @property
    @abstractmethod
    def _tokenizer(self) -> Tokenizer | None:
        """The model's tokenizer without truncation, or None when it keeps no offsets."""

    @abstractmethod
    def _encode(self, texts: list[str], kind: Kind) -> Vectors:
        """Vectors of at least one clean text, with the prefix of ``kind`` put before each."""

    def _embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        longest = self.sequence_length * _MOST_CHARACTERS_PER_TOKEN
        return unit_rows(self._encode([model_text(text[:longest]) for text in texts], kind))


def unit_rows(vectors: npt.NDArray[np.floating]) -> Vectors:
    """``vectors`` as float32 with rows of length 1.

    Some models give zeros or NaN for an empty text; such a row becomes the vector of equal
    components, which is near to nothing in particular.
    """
    rows = np.array(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1)
    hopeless = ~np.isfinite(norms) | (norms == 0)
    rows[hopeless] = 1.0
    norms[hopeless] = np.sqrt(rows.shape[1])
    rows /= norms[:, None]
    return rows
