"""Training examples: reads questions with answer spans, and groups the sets."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from training.reader.splits import is_held_out


@dataclass(frozen=True, slots=True)
class Example:
    """One question on one passage; ``start`` is None if the passage does not answer it."""

    id: str
    set: str
    lang: str
    question: str
    context: str
    title: str
    answers: tuple[str, ...] = ()
    start: int | None = None

    @property
    def end(self) -> int | None:
        """Offset in the context after the answer."""
        return None if self.start is None else self.start + len(self.answers[0])


SHARES = {
    "written": 0.42,
    "arcd-train": 0.06,
    "heq": 0.14,
    "tydiqa-en": 0.22,
    "tydiqa-other": 0.16,
}
"""Sampling share of each group: nearly half are on Arabic passages. HeQ, in the related Hebrew, has
unanswerable questions written by people."""


def group_of(name: str) -> str | None:
    """The group in ``SHARES`` of the set ``name``; None if it is not for training."""
    if name == "arcd-train":
        return name
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
            example = Example(
                id=row["id"],
                set=row["set"],
                lang=row["lang"],
                question=row["question"],
                context=row["context"],
                title=row.get("title", "").replace("_", " "),
            )
            if answers:
                start, text = answers[0]["start"], answers[0]["text"]
                if example.context[start : start + len(text)] != text:
                    raise ValueError(f"{path}: the answer of {row['id']} is not where it says")
                texts = tuple(a["text"] for a in answers)
                example = replace(example, answers=texts, start=start)
            examples.append(example)
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
