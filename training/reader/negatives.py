"""Hard negatives: passages similar to a question that do not answer it."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.reader.examples import Example
from vectorstore.core.characters import ARABIC
from vectorstore.core.text_analysis import normalise

NEAR = 6  # passages stored for a question
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d{2,}")
_ARABIC = re.compile(f"[{ARABIC}]{{3}}")


class Negatives:
    """Makes hard negatives of the examples it was built from.

    Near passages are the most similar of the set by tf-idf of character 3- and 4-grams, without
    those that contain one of the answers.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        self._near: dict[str, list[str]] = {}
        self._contexts: dict[str, list[str]] = defaultdict(list)
        self._titles: dict[str, list[str]] = defaultdict(list)
        by_set: dict[str, list[Example]] = defaultdict(list)
        for example in examples:
            by_set[f"{example.set.split('-')[0]}-{example.lang}"].append(example)
        for few in by_set.values():
            self._index(few)

    def draw(self, example: Example, rng: random.Random) -> Example:
        """``example`` with another passage, number or subject that makes it unanswerable."""
        kind = rng.random()
        if kind < 0.2:
            changed = _false_number(example, rng) or self._false_subject(example, rng)
            if changed is not None:
                return changed
        near = self._near.get(example.id, ())
        if near and kind < 0.85:
            return _unanswered(example, context=rng.choice(near))
        other = rng.choice(self._contexts[example.lang])
        return (
            _unanswered(example, context=other) if not _contains_answer(other, example) else example
        )

    def add_passage(self, example: Example, rng: random.Random) -> Example:
        """``example`` with a near passage before or after its own."""
        near = self._near.get(example.id, ())
        if not near:
            return example
        other = rng.choice(near)
        if rng.random() < 0.5:
            return replace(example, context=f"{example.context}\n{other}")
        shift = len(other) + 1
        spans = tuple((start + shift, end + shift) for start, end in example.spans)
        return replace(example, context=f"{other}\n{example.context}", spans=spans)

    def _index(self, examples: Sequence[Example]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        contexts = list(dict.fromkeys(e.context for e in examples))
        title_of = {e.context: e.title for e in examples}
        self._contexts[examples[0].lang] += contexts
        self._titles[examples[0].lang] += [t for t in dict.fromkeys(title_of.values()) if t]
        grams = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 4), max_df=0.2, sublinear_tf=True, dtype=np.float32
        )
        passages = grams.fit_transform(map(normalise, contexts))
        for begin in range(0, len(examples), 256):
            few = examples[begin : begin + 256]
            scores = (grams.transform(map(_similarity_text, few)) @ passages.T).toarray()
            for example, row in zip(few, scores, strict=True):
                best = np.argsort(-row)[: 3 * NEAR]
                near = [contexts[i] for i in best if not _contains_answer(contexts[i], example)]
                self._near[example.id] = near[:NEAR]

    def _false_subject(self, example: Example, rng: random.Random) -> Example | None:
        """The question with another article's title in place of its own."""
        if len(example.title) < 4 or example.title not in example.question:
            return None
        other = rng.choice(self._titles[example.lang])
        if other == example.title:
            return None
        return _unanswered(example, question=example.question.replace(example.title, other))


def _similarity_text(example: Example) -> str:
    """The text to compare with passages: the own passage for English questions on Arabic ones."""
    cross_lingual = example.lang == "en" and _ARABIC.search(example.context)
    return normalise(example.context if cross_lingual else example.question)


def _false_number(example: Example, rng: random.Random) -> Example | None:
    """The question with a number changed that occurs in the passage."""
    shared = [m for m in _NUMBER.finditer(example.question) if m[0] in example.context]
    if not shared:
        return None
    found = rng.choice(shared)
    value = int(found[0])
    wrong = str(value + rng.choice([-11, -7, -3, -2, -1, 1, 2, 3, 4, 9, 12, 30]))
    if wrong in example.context:
        return None
    question = example.question[: found.start()] + wrong + example.question[found.end() :]
    return _unanswered(example, question=question)


def _unanswered(example: Example, *, question: str = "", context: str = "") -> Example:
    return Example(
        id=example.id,
        set=example.set,
        lang=example.lang,
        question=question or example.question,
        context=context or example.context,
        title="" if context else example.title,
    )


def _contains_answer(context: str, example: Example) -> bool:
    if context == example.context:
        return True
    text = normalise(context)
    return any(normalise(answer).strip() in text for answer in example.answers)
