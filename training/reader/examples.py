"""Training examples: reads questions with answer spans, and groups the sets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from training.reader.splits import is_held_out


class Stated(IntEnum):
    """What a passage says to what a question asks or assumes; the target of the verdict head."""

    NOT_SAID = 0
    YES = 1
    NO = 2


@dataclass(frozen=True, slots=True)
class Example:
    """One question on one passage.

    Attributes:
        answers: Texts of the answer, any of which is right.
        spans: Character offsets of the answer in ``context``: several for a list, none if the
            passage does not answer. For a verdict, the words that decide.
        stated: Whether the passage affirms or denies what a yes/no question asks, or denies what
            another question assumes.
    """

    id: str
    set: str
    lang: str
    question: str
    context: str
    title: str
    answers: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    stated: Stated = Stated.NOT_SAID


SHARES = {
    "news": 0.58,
    "written": 0.12,
    "verdicts": 0.05,
    "arcd-train": 0.04,
    "tydiqa-ar": 0.08,
    "heq": 0.04,
    "tydiqa-en": 0.06,
    "tydiqa-other": 0.03,
}
"""Sampling share of each group; most are on Arabic news. HeQ, in the related Hebrew, has
unanswerable questions written by people."""


def group_of(name: str) -> str | None:
    """The group in ``SHARES`` of the set ``name``; None if it is not for training."""
    if name in ("arcd-train", "tydiqa-goldp-dev-ar"):
        return {"tydiqa-goldp-dev-ar": "tydiqa-ar"}.get(name, name)
    if name.startswith("heq"):
        return "heq"
    if name.startswith("tydiqa-goldp-"):
        return "tydiqa-en" if name.endswith("-en") else "tydiqa-other"
    return None


def read_examples(path: Path) -> list[Example]:
    """The examples of a JSON-lines file, each with its first answer's span.

    Raises:
        ValueError: an answer is not at the given offset.
    """
    examples = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            answers = row["answers"] if row.get("answerable", True) else []
            context = row["context"]
            spans: tuple[tuple[int, int], ...] = ()
            if answers:
                start, text = answers[0]["start"], answers[0]["text"]
                if context[start : start + len(text)] != text:
                    raise ValueError(f"{path}: the answer of {row['id']} is not where it says")
                spans = ((start, start + len(text)),)
            examples.append(
                Example(
                    id=row["id"],
                    set=row["set"],
                    lang=row["lang"],
                    question=row["question"],
                    context=context,
                    title=row.get("title", "").replace("_", " "),
                    answers=tuple(a["text"] for a in answers),
                    spans=spans,
                )
            )
    return examples


def training_groups(folder: Path) -> dict[str, list[Example]]:
    """The groups of the sets in ``folder``, ARCD without held-out passages; never XQuAD."""
    groups: dict[str, list[Example]] = {name: [] for name in SHARES}
    for path in sorted(folder.glob("*.jsonl")):
        group = group_of(path.stem)
        if group is None:
            continue
        examples = read_examples(path)
        if group == "arcd-train":
            examples = [e for e in examples if not is_held_out(e.context)]
        groups[group] += examples
    return groups
