"""Reads the yes/no questions on single sentences in ``training/verdicts``.

= a sentence
+ question that it affirms
- question that it denies
? question that it does not answer

Passages are made of the sentence and others on the same topic, in a random order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from training.reader.examples import Example, Stated
from vectorstore.core.characters import has_arabic

VERDICTS = Path(__file__).parents[1] / "verdicts"
SET = "verdicts"
_STATED = {"+": Stated.YES, "-": Stated.NO, "?": Stated.NOT_SAID}
_MOST_OTHERS = 4


def read_verdicts(folder: Path) -> list[Example]:
    """Every question of the ``.txt`` files in ``folder``, in the order of their names."""
    return [e for path in sorted(folder.glob("*.txt")) for e in _read(path)]


def _read(path: Path) -> Iterator[Example]:
    rng = random.Random(path.stem)  # noqa: S311
    lines = path.read_text(encoding="utf-8").splitlines()
    sentences = [line[1:].strip() for line in lines if line.startswith("=")]
    sentence = ""
    for number, line in enumerate(lines, 1):
        mark, _, text = line.partition(" ")
        if mark == "=":
            sentence = text.strip()
        elif mark in _STATED:
            others = [s for s in sentences if s != sentence]
            parts = [sentence, *rng.sample(others, min(len(others), rng.randint(0, _MOST_OTHERS)))]
            rng.shuffle(parts)
            start = sum(len(p) + 1 for p in parts[: parts.index(sentence)])
            stated = _STATED[mark]
            answered = stated is not Stated.NOT_SAID
            yield Example(
                id=f"{SET}-{path.stem}-{number}",
                set=SET,
                lang="ar" if has_arabic(text) else "en",
                question=text.strip(),
                context=" ".join(parts),
                title="",
                answers=(sentence,) if answered else (),
                spans=((start, start + len(sentence)),) if answered else (),
                stated=stated,
            )
