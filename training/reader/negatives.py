"""Passages that do not answer a question but look as if they did."""

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

NEAR = 6  # passages remembered for a question
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d{2,}")
_ARABIC = re.compile(f"[{ARABIC}]{{3}}")


class Negatives:
    """Finds hard negatives for the examples it was made of.

    Near passages are those most like the question by tf-idf of character 3- and 4-grams within
    the set, its article's other passages among them; none holds one of the answers.
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

    def draw(self, example: Example, chance: random.Random) -> Example:
        """``example`` with a passage, a number or a subject that makes it unanswerable."""
        kind = chance.random()
        if kind < 0.2:
            changed = _false_number(example, chance) or self._false_subject(example, chance)
            if changed is not None:
                return changed
        near = self._near.get(example.id, ())
        if near and kind < 0.85:
            return _unanswered(example, context=chance.choice(near))
        other = chance.choice(self._contexts[example.lang])
        return _unanswered(example, context=other) if not _holds(other, example) else example

    def beside(self, example: Example, chance: random.Random) -> Example:
        """``example`` with a near passage before or after its own, among which to find it."""
        near = self._near.get(example.id, ())
        if not near:
            return example
        other = chance.choice(near)
        if chance.random() < 0.5:
            return replace(example, context=f"{example.context}\n{other}")
        start = None if example.start is None else example.start + len(other) + 1
        return replace(example, context=f"{other}\n{example.context}", start=start)

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
            scores = (grams.transform(map(_like, few)) @ passages.T).toarray()
            for example, row in zip(few, scores, strict=True):
                best = np.argsort(-row)[: 3 * NEAR]
                near = [contexts[i] for i in best if not _holds(contexts[i], example)]
                self._near[example.id] = near[:NEAR]

    def _false_subject(self, example: Example, chance: random.Random) -> Example | None:
        """The question asked of another article's subject."""
        if len(example.title) < 4 or example.title not in example.question:
            return None
        other = chance.choice(self._titles[example.lang])
        if other == example.title:
            return None
        return _unanswered(example, question=example.question.replace(example.title, other))


def _like(example: Example) -> str:
    """The text whose like is looked for; English has no letters in common with Arabic passages."""
    crosses = example.lang == "en" and _ARABIC.search(example.context)
    return normalise(example.context if crosses else example.question)


def _false_number(example: Example, chance: random.Random) -> Example | None:
    """The question with one of its numbers changed, where the passage has that number."""
    shared = [m for m in _NUMBER.finditer(example.question) if m[0] in example.context]
    if not shared:
        return None
    found = chance.choice(shared)
    value = int(found[0])
    wrong = str(value + chance.choice([-11, -7, -3, -2, -1, 1, 2, 3, 4, 9, 12, 30]))
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


def _holds(context: str, example: Example) -> bool:
    if context == example.context:
        return True
    text = normalise(context)
    return any(normalise(answer).strip() in text for answer in example.answers)
