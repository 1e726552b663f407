"""Fits ``verdict_stated`` and ``verdict_yes``: what a sentence says to a yes/no question.

    python -m training.verdicts [--pairs FILE] [--write]

``training/verdicts/*.txt`` hold sentences written for this purpose (``= …``), each followed by
questions that it affirms (``+ …``), denies (``- …``) or does not answer (``? …``). Each file is one
topic; what is printed is tested on topics that were not learnt from. ``--pairs`` adds premises and
hypotheses (JSON Lines: ``premise``, ``hypothesis``, ``label`` agree, disagree or other), weighted
by a third.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.answering.linear_model import LinearModel
from bot.answering.shapes.verdicts import MIN_STATED, MIN_SURE, verdict_features
from training.linear_fits import (
    WEIGHTS_FILE,
    linear_model,
    standardised_logistic_regression,
    write_weights,
)

FOLDER = Path(__file__).with_name("verdicts")
PAIRS_WEIGHT = 0.3
PENALTY = 1.0
MODELS = ("verdict_stated", "verdict_yes")
_LABELS = {"+": 1, "-": -1, "?": 0}
_PAIR_LABELS = {"agree": 1, "disagree": -1, "other": 0}


@dataclass(frozen=True, slots=True)
class VerdictExample:
    """A question, a sentence, and whether it says yes (1), no (-1) or neither (0)."""

    topic: str
    question: str
    sentence: str
    label: int
    weight: float = 1.0


def read_examples(folder: Path = FOLDER) -> list[VerdictExample]:
    """The written examples, and for each sentence one with a question to another sentence."""
    found: list[VerdictExample] = []
    shuffled = random.Random(1)  # noqa: S311
    for path in sorted(folder.glob("*.txt")):
        blocks: list[tuple[str, list[VerdictExample]]] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            mark, _, text = line.partition(" ")
            if mark == "=":
                blocks.append((text, []))
            elif mark in _LABELS:
                sentence, examples = blocks[-1]
                examples.append(VerdictExample(path.stem, text, sentence, _LABELS[mark]))
        for at, (sentence, examples) in enumerate(blocks):
            other = shuffled.choice(blocks[(at + 3) % len(blocks)][1])
            found += [*examples, VerdictExample(path.stem, other.question, sentence, 0)]
    return found


def read_pairs(path: Path) -> list[VerdictExample]:
    """Premises and hypotheses as sentences and questions."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        VerdictExample("", r["hypothesis"], r["premise"], _PAIR_LABELS[r["label"]], PAIRS_WEIGHT)
        for r in rows
    ]


def fit(examples: Sequence[VerdictExample]) -> dict[str, LinearModel]:
    """Both models: whether a sentence answers, and whether it says yes if it does."""
    features = [verdict_features(e.question, e.sentence) for e in examples]
    names = [name for name in features[0] if name != "similarity"]
    x = np.array([[f[name] for name in names] for f in features])
    labels = np.array([e.label for e in examples])
    weights = np.array([e.weight for e in examples])
    known = labels != 0
    stated = standardised_logistic_regression(x, known.astype(float), weights, PENALTY)
    yes = standardised_logistic_regression(
        x[known], (labels[known] > 0).astype(float), weights[known], PENALTY
    )
    return dict(zip(MODELS, (linear_model(names, stated), linear_model(names, yes)), strict=True))


def cross_validate(
    examples: Sequence[VerdictExample], extra: Sequence[VerdictExample]
) -> dict[str, float]:
    """Shares on topics that were not learnt from, with the thresholds of the engine."""
    said, right, known, missed, unknown, kept = 0, 0, 0, 0, 0, 0
    for topic in sorted({e.topic for e in examples}):
        models = fit([*(e for e in examples if e.topic != topic), *extra])
        for example in (e for e in examples if e.topic == topic):
            features = verdict_features(example.question, example.sentence)
            stated = models["verdict_stated"].probability(features) >= MIN_STATED
            yes = models["verdict_yes"].probability(features)
            if example.label == 0:
                unknown += 1
                kept += not stated
                continue
            known += 1
            missed += not stated
            if stated and max(yes, 1 - yes) >= MIN_SURE:
                said += 1
                right += (yes > 0.5) == (example.label > 0)
    return {
        "said yes or no": said / known,
        "of these right": right / max(1, said),
        "taken as unknown": missed / known,
        "unknown recognised": kept / unknown,
    }


def main() -> None:
    """Cross-validate, fit on everything, and write with ``--write``."""
    parser = argparse.ArgumentParser(prog="python -m training.verdicts", description=__doc__)
    parser.add_argument("--pairs", type=Path, help="premises and hypotheses (JSON Lines)")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    examples = read_examples()
    extra = read_pairs(options.pairs) if options.pairs else []
    print(len(examples), "examples", len(extra), "pairs")
    print({k: round(v, 3) for k, v in cross_validate(examples, extra).items()})
    models = fit([*examples, *extra])
    print(json.dumps({n: m.as_json() for n, m in models.items()}, indent=1))
    if options.write:
        document = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
        document["models"].update({name: model.as_json() for name, model in models.items()})
        document["verdicts"] = "verdict_stated and verdict_yes: fitted by training/verdicts.py"
        write_weights(WEIGHTS_FILE, document)


if __name__ == "__main__":
    main()
