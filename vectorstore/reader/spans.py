"""Decodes answer spans from the reading model's logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vectorstore.reader.model_file import Floats
from vectorstore.reader.windows import Window

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

    ``found`` has each window with its logits (tokens, 2) of start and end. Only tokens between the
    character offsets ``start`` and ``end`` are considered. The score is ``start + end - null`` in
    the span's window, where null is the first token's start and end, as for BERT on SQuAD 2
    (Devlin et al. 2019).
    """
    spans = (_best_in(window, logits, start, end) for window, logits in found)
    return max((s for s in spans if s is not None), key=lambda s: s.score, default=None)


def best_spans(
    found: Sequence[tuple[Window, Floats]], start: int, end: int, *, margin: float, limit: int
) -> list[AnswerSpan]:
    """Up to ``limit`` spans that do not overlap, best first, in the window of the best one.

    Each scores at least 0 and at most ``margin`` less than the best.
    """
    scored = [s for w, logits in found if (s := _scores(w, logits, start, end)) is not None]
    if not scored:
        return []
    scores, offsets = max(scored, key=lambda s: float(s[0].max()))
    spans: list[AnswerSpan] = []
    floor = max(0.0, float(scores.max()) - margin)
    while len(spans) < limit and float(scores.max()) >= floor:
        first, last = divmod(int(scores.argmax()), len(offsets))
        begins, ends = offsets[first][0], offsets[last][1]
        spans.append(AnswerSpan(begins, ends, float(scores[first, last])))
        scores[: last + 1, first:] = -np.inf
    return spans


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
    within = [
        i for i, (s, e) in enumerate(window.offsets) if s >= start and (end is None or e <= end)
    ]
    if not within:
        return None
    low, high = within[0], within[-1] + 1
    inside = logits[window.first + low : window.first + high].astype(np.float32)
    scores = inside[:, None, 0] + inside[None, :, 1]
    place = np.arange(high - low)
    length = place[None, :] - place[:, None]
    scores[(length < 0) | (length >= MAX_ANSWER_TOKENS)] = -np.inf
    scores -= float(logits[0, 0] + logits[0, 1])
    return scores, window.offsets[low:high]
