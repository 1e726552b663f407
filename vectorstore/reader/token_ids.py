"""Tokenizes texts for the reading model with the embedder's vocabulary."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from vectorstore.embedding.default_model.word_pieces import WordPieces
from vectorstore.embedding.model_input import model_text
from vectorstore.reader.windows import TokenizedText, tokenize, trimmed

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class EmbedderTokenizer:
    """The embedder's tokenizer with offsets. Thread-safe.

    Uses the table of word pieces if possible, as loading the whole tokenizer takes half a second
    and 200 MB.

    Args:
        bert: The embedder's sentence-transformers folder, which has the whole tokenizer.
        openvino: Its OpenVINO folder, which has the table; None if there is none.
    """

    def __init__(self, bert: Path, openvino: Path | None) -> None:
        self._file = bert / "tokenizer.json"
        self._pieces = WordPieces(openvino) if openvino else None
        self._lock = threading.Lock()
        self._whole: Tokenizer | None = None

    def __call__(self, texts: list[str]) -> list[TokenizedText]:
        """The tokens of each text, without special tokens."""
        cleaned = [model_text(text) for text in texts]
        found = self._pieces.tokens(cleaned) if self._pieces else None
        if found is None:
            return tokenize(self._tokenizer(), texts)
        return [trimmed(text, *cut) for text, cut in zip(cleaned, found, strict=True)]

    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        with self._lock:
            if self._whole is None:
                self._whole = Tokenizer.from_file(str(self._file))
            return self._whole
