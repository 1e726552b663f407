"""Decodes answers from the reading model's logits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vectorstore.reader.model_file import Floats
from vectorstore.reader.windows import Window

INSIDE, POLARITY = 2, 3
"""Columns of the logits after start and end; see `network.OUTPUTS`."""
MAX_ANSWER_TOKENS = 40
"""Largest length of an answer in tokens."""


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """The most probable answer in one text.

    Attributes:
        start: Character offset in the text.
        end: Offset after its last character.
        score: Logit of the span minus that of the null answer; above 0, an answer is more
            probable than none.
    """

    start: int
    end: int
    score: float


def best_span(
    found: Sequence[tuple[Window, Floats]], start: int = 0, end: int | None = None
) -> AnswerSpan | None:
    """The best span over the windows of one text; None if there are no tokens.

    ``found`` has each window with its logits (tokens, OUTPUTS). Only tokens between the
    character offsets ``start`` and ``end`` are considered. The score is ``start + end - null`` in
    the span's window, where null is the first token's start and end, as for BERT on SQuAD 2
    (Devlin et al. 2019).
    """
    spans = (_best_in(window, logits, start, end) for window, logits in found)
    return max((s for s in spans if s is not None), key=lambda s: s.score, default=None)


def item_spans(
    found: Sequence[tuple[Window, Floats]], start: int, end: int
) -> list[tuple[int, int]]:
    """Character offsets of the runs of tokens that are more probably inside an answer than not.

    Only tokens between the character offsets ``start`` and ``end`` are considered, in the window
    that has most of them.
    """
    window, logits = max(found, key=lambda pair: len(_tokens_within(pair[0], start, end)))
    items: list[tuple[int, int]] = []
    last = -2
    for i in _tokens_within(window, start, end):
        if logits[window.first + i, INSIDE] > 0:
            begins, ends = window.offsets[i]
            items.append((items.pop()[0], ends) if i == last + 1 else (begins, ends))
            last = i
    return items


def affirmed(found: Sequence[tuple[Window, Floats]], start: int, end: int) -> float:
    """Probability that the text between two character offsets affirms what is asked or assumed.

    The logistic function of its tokens' mean polarity, weighted by the probability that they are
    inside an answer, in the window that has most of them.
    """
    window, logits = max(found, key=lambda pair: len(_tokens_within(pair[0], start, end)))
    rows = [window.first + i for i in _tokens_within(window, start, end)]
    if not rows:
        return 0.5
    inside = 1 / (1 + np.exp(-logits[rows, INSIDE].astype(np.float64)))
    polarity = float(inside @ logits[rows, POLARITY] / inside.sum())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, polarity))))


def _best_in(window: Window, logits: Floats, start: int, end: int | None) -> AnswerSpan | None:
    scored = _scores(window, logits, start, end)
    if scored is None:
        return None
    scores, offsets = scored
    first, last = divmod(int(scores.argmax()), len(offsets))
    return AnswerSpan(offsets[first][0], offsets[last][1], float(scores[first, last]))


def _scores(
    window: Window, logits: Floats, start: int, end: int | None
) -> tuple[Floats, list[tuple[int, int]]] | None:
    """Scores (n, n) of spans by first and last token between ``start`` and ``end``, and the
    tokens' character offsets."""
    within = _tokens_within(window, start, end)
    if not within:
        return None
    low, high = within[0], within[-1] + 1
    bounds = logits[window.first + low : window.first + high].astype(np.float32)
    scores = bounds[:, None, 0] + bounds[None, :, 1]
    place = np.arange(high - low)
    length = place[None, :] - place[:, None]
    scores[(length < 0) | (length >= MAX_ANSWER_TOKENS)] = -np.inf
    scores -= float(logits[0, 0] + logits[0, 1])
    return scores, window.offsets[low:high]


def _tokens_within(window: Window, start: int, end: int | None) -> list[int]:
    """Indexes of the context's tokens between two character offsets."""
    last = float("inf") if end is None else end
    return [i for i, (s, e) in enumerate(window.offsets) if s >= start and e <= last]
