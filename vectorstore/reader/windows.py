"""Builds the reading model's input from a question and a text: tokens, and windows of them.

A window is ``<s> query: question </s></s> title </s>? context </s>``, as the embedder's tokenizer
joins a pair, with the article's title, if any, before the context. Long contexts are split into
overlapping windows.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vectorstore.embedding.default_model.word_pieces import WordPieces
from vectorstore.embedding.model_input import model_text

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BOS, PAD, EOS = 0, 1, 2
"""Ids of the special tokens in the embedder's vocabulary."""
QUESTION_PREFIX = "query: "
MAX_WINDOW_TOKENS = 320
"""Largest length of a window in tokens, with the question."""
OVERLAP_TOKENS = 64
"""Tokens of the context that neighbouring windows share."""
MAX_QUESTION_TOKENS = 64
MAX_TITLE_TOKENS = 24


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the model.

    Attributes:
        ids: Token ids, special tokens included.
        first: Index in ``ids`` of the context's first token.
        offsets: Character offsets ``(start, end)`` of every context token.
    """

    ids: list[int]
    first: int
    offsets: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """A text's token ids and their character offsets, without special tokens."""

    ids: list[int]
    offsets: list[tuple[int, int]]


def tokenize(tokenizer: Tokenizer, texts: list[str]) -> list[TokenizedText]:
    """Tokens of ``texts``, with offsets that exclude the space before a word."""
    cleaned = [model_text(text) for text in texts]
    encodings = tokenizer.encode_batch(cleaned, add_special_tokens=False)
    return [trimmed(text, e.ids, e.offsets) for text, e in zip(cleaned, encodings, strict=True)]


def trimmed(text: str, ids: list[int], offsets: list[tuple[int, int]]) -> TokenizedText:
    """Tokens with offsets that exclude the space that SentencePiece includes in a word."""
    return TokenizedText(ids, [_without_space(text, start, end) for start, end in offsets])


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


def windows(
    question: TokenizedText,
    context: TokenizedText,
    title: TokenizedText | None = None,
    *,
    limit: int = MAX_WINDOW_TOKENS,
) -> list[Window]:
    """The windows that cover ``context``, each with the question before it."""
    head = [BOS, *question.ids[:MAX_QUESTION_TOKENS], EOS, EOS]
    if title is not None and title.ids:
        head += [*title.ids[:MAX_TITLE_TOKENS], EOS]
    room = limit - len(head) - 1
    found = []
    begin = 0
    while True:
        end = min(begin + room, len(context.ids))
        ids = [*head, *context.ids[begin:end], EOS]
        found.append(Window(ids, len(head), context.offsets[begin:end]))
        if end == len(context.ids):
            return found
        begin = end - OVERLAP_TOKENS


def _without_space(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    return start, end
