"""The reading model: finds the span of each text that answers a question."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vectorstore.core.lru_cache import LRUCache
from vectorstore.reader.model_file import Floats, ReaderCalibration, ReaderFile
from vectorstore.reader.spans import AnswerSpan, affirmed, best_span, item_spans
from vectorstore.reader.windows import PAD, QUESTION_PREFIX, TokenizedText, Window, windows
from vectorstore.reader.word_vectors import WordVectors

MAX_CACHED_PREDICTIONS = 256
"""Most recent predictions that are cached, some 40 kB each: those of about 80 questions."""
_LENGTH_MULTIPLE = 16  # OpenVINO compiles for every new length

Tokenize = Callable[[list[str]], list[TokenizedText]]
"""Maps texts to tokens of the embedder's vocabulary."""


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """A text of an article, and the article's title, which may be empty."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class ReaderPrediction:
    """The logits of all windows of one text."""

    found: tuple[tuple[Window, Floats], ...]
    calibration: ReaderCalibration

    def best(self) -> AnswerSpan | None:
        """The most probable answer in the text; None if it has no tokens."""
        return best_span(self.found)

    def best_in(self, start: int, end: int) -> AnswerSpan | None:
        """The most probable answer between two character offsets."""
        return best_span(self.found, start, end)

    def items_in(self, start: int, end: int) -> list[tuple[int, int]]:
        """The items of a list between two character offsets; see `item_spans`."""
        return item_spans(self.found, start, end)

    def affirmed_in(self, start: int, end: int) -> float:
        """Probability of yes rather than no between two character offsets; see `affirmed`."""
        return affirmed(self.found, start, end)

    def probability(self, span: AnswerSpan | None) -> float:
        """The probability that ``span`` is an answer; 0 for None."""
        return self.calibration.probability(span.score) if span else 0.0


class Reader(ABC):
    """The reading model on an engine. Thread-safe.

    Attributes:
        model_id: The model by its file's checksum.
        engine: ``openvino-int8`` or ``torch``.
    """

    engine: str

    def __init__(self, weights: ReaderFile, words: WordVectors, tokenize: Tokenize) -> None:
        self.model_id = weights.model_id
        self.calibration = weights.calibration
        self._words = words
        self._tokenize = tokenize
        self._cache: LRUCache[tuple[str, ReaderInput], ReaderPrediction] = LRUCache(
            MAX_CACHED_PREDICTIONS
        )

    @abstractmethod
    def _logits(self, rows: Sequence[list[int]]) -> list[Floats]:
        """The logits (tokens, OUTPUTS) of each row of token ids."""

    def read(self, question: str, texts: Sequence[ReaderInput]) -> list[ReaderPrediction]:
        """The prediction for each of ``texts``; recent ones are cached.

        Long texts are read in several windows.
        """
        return self._cache.get_all(
            [(question, text) for text in texts],
            lambda new: self._read(question, [text for _, text in new]),
        )

    def _read(self, question: str, texts: Sequence[ReaderInput]) -> list[ReaderPrediction]:
        query, *others = self._tokenize(
            [QUESTION_PREFIX + question, *(t.text for t in texts), *(t.title for t in texts)]
        )
        contexts, titles = others[: len(texts)], others[len(texts) :]
        rows = [
            (i, window)
            for i, (context, title) in enumerate(zip(contexts, titles, strict=True))
            for window in windows(query, context, title)
        ]
        found: list[list[tuple[Window, Floats]]] = [[] for _ in texts]
        logits = self._logits([window.ids for _, window in rows])
        for (i, window), row in zip(rows, logits, strict=True):
            found[i].append((window, row))
        return [ReaderPrediction(tuple(windows_), self.calibration) for windows_ in found]

    def _inputs(self, rows: Sequence[list[int]]) -> tuple[Floats, Floats]:
        """Padded word vectors (batch, tokens, 384) and their mask (batch, tokens)."""
        width = -(-max(map(len, rows)) // _LENGTH_MULTIPLE) * _LENGTH_MULTIPLE
        ids = np.full((len(rows), width), PAD, np.int64)
        mask = np.zeros(ids.shape, np.float32)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return self._words[ids], mask
