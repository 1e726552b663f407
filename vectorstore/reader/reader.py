"""The reading model: a question and some texts in, for every text the words that answer out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vectorstore.core.lru_cache import LRUCache
from vectorstore.reader.model_file import ReaderCalibration, ReaderFile
from vectorstore.reader.spans import AnswerSpan, best_span
from vectorstore.reader.windows import PAD, QUESTION_PREFIX, TokenizedText, Window, windows
from vectorstore.reader.word_vectors import WordVectors

KNOWN_READINGS = 256
"""Readings that are kept in memory, some 40 kB each: those of about 80 questions."""
_PADDING = 16  # OpenVINO prepares itself anew for every length it meets

Floats = npt.NDArray[np.float32]
Tokenize = Callable[[list[str]], list[TokenizedText]]
"""Texts to the tokens of the embedder's vocabulary."""


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """Something to read: a stretch of an article, and the article's title, which may be empty."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class ReaderPrediction:
    """What the model made of one text: the logits of every window it was read in."""

    found: tuple[tuple[Window, Floats], ...]
    calibration: ReaderCalibration

    def best(self) -> AnswerSpan | None:
        """The likeliest answer in the text; None where it is blank."""
        return best_span(self.found)

    def best_in(self, start: int, end: int) -> AnswerSpan | None:
        """The likeliest answer that lies within the characters from ``start`` to ``end``."""
        return best_span(self.found, start, end)

    def probability(self, span: AnswerSpan | None) -> float:
        """How likely it is that ``span`` answers; 0 where there is none."""
        return self.calibration.probability(span.score) if span else 0.0


class Reader(ABC):
    """The reading model on some engine. Safe to use from several threads.

    Attributes:
        model_id: Which model, by its file's checksum.
        engine: ``openvino-int8`` or ``torch``.
    """

    engine: str

    def __init__(self, weights: ReaderFile, words: WordVectors, tokenize: Tokenize) -> None:
        self.model_id = weights.model_id
        self.calibration = weights.calibration
        self._words = words
        self._tokenize = tokenize
        self._known: LRUCache[tuple[str, ReaderInput], ReaderPrediction] = LRUCache(KNOWN_READINGS)

    @abstractmethod
    def _logits(self, rows: Sequence[list[int]]) -> list[Floats]:
        """For each row of token ids its logits (tokens, 2), in the order of ``rows``."""

    def read(self, question: str, texts: Sequence[ReaderInput]) -> list[ReaderPrediction]:
        """What each of ``texts`` answers to ``question``; long ones are read window by window.

        What came up lately is not read again: many ask the same question, such as the examples
        that they are offered.
        """
        return self._known.all(
            [(question, text) for text in texts],
            lambda new: self._read(question, [text for _, text in new]),
        )

    def _read(self, question: str, texts: Sequence[ReaderInput]) -> list[ReaderPrediction]:
        asked, *others = self._tokenize(
            [QUESTION_PREFIX + question, *(t.text for t in texts), *(t.title for t in texts)]
        )
        contexts, titles = others[: len(texts)], others[len(texts) :]
        rows = [
            (i, window)
            for i, (context, title) in enumerate(zip(contexts, titles, strict=True))
            for window in windows(asked, context, title)
        ]
        found: list[list[tuple[Window, Floats]]] = [[] for _ in texts]
        logits = self._logits([window.ids for _, window in rows])
        for (i, window), row in zip(rows, logits, strict=True):
            found[i].append((window, row))
        return [ReaderPrediction(tuple(windows_), self.calibration) for windows_ in found]

    def _inputs(self, rows: Sequence[list[int]]) -> tuple[Floats, Floats]:
        """Word vectors (batch, tokens, 384) and their mask (batch, tokens), padded alike."""
        width = -(-max(map(len, rows)) // _PADDING) * _PADDING
        ids = np.full((len(rows), width), PAD, np.int64)
        mask = np.zeros(ids.shape, np.float32)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return self._words[ids], mask
