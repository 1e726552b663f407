"""Questions with their spans, read from files; what is held back; which set counts how much."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Example:
    """One question on one passage; ``start`` is None where the passage does not answer it."""

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
"""How often a question of each group is drawn: nearly half are on Arabic passages. The related
Hebrew has unanswerable questions that people wrote."""

KEPT_BACK = 64
"""Of 256: the share of ARCD's passages that is never trained on, only reported."""


def group_of(name: str) -> str | None:
    """The group in ``SHARES`` of the set ``name``; None where it is not for training."""
    if name == "arcd-train":
        return name
    if name.startswith("heq"):
        return "heq"
    if name.startswith("tydiqa-goldp-"):
        return "tydiqa-en" if name.endswith("-en") else "tydiqa-other"
    return None


def is_kept_back(context: str) -> bool:
    """Whether ARCD's questions on ``context`` are left for reporting: a fair, repeatable draw."""
    return hashlib.sha256(context.strip().encode()).digest()[0] < KEPT_BACK


def read_examples(path: Path) -> list[Example]:
    """The examples of a JSON-lines file, each with its first answer's span.

    Raises:
        ValueError: when an answer does not stand where the file says.
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
    """The groups of the sets in ``folder``, ARCD without what is kept back; never XQuAD."""
    groups: dict[str, list[Example]] = {name: [] for name in SHARES}
    for path in sorted(folder.glob("*.jsonl")):
        group = group_of(path.stem)
        if group is None:
            continue
        examples = read_examples(path)
        if group == "arcd-train":
            examples = [e for e in examples if not is_kept_back(e.context)]
        groups[group] += examples
    return groups
