"""Reads the questions written for Rawi: plain text files of passages with questions.

## title
passage
س: question in Arabic
ج: answer, as it stands in the passage
د: question in a dialect
ج: [2] answer: where it stands there for the second time
Q: question in English
ج: -            (the passage does not answer)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from training.reader.examples import Example

WRITTEN = Path(__file__).parents[1] / "written"
"""The folder of the questions."""
SET = "written"
_LANGUAGES = {"س": "ar", "د": "ar", "Q": "en"}
_ANSWER, _TITLE, _NONE = "ج", "##", "-"


def read_written(folder: Path) -> list[Example]:
    """Every question of the ``.txt`` files under ``folder``, in the order of their names.

    Raises:
        ValueError: a line is invalid; the message names file and line.
    """
    return [e for path in sorted(folder.rglob("*.txt")) for e in _read(path, folder)]


def _read(path: Path, folder: Path) -> Iterator[Example]:
    title = context = question = lang = ""
    name = path.relative_to(folder).with_suffix("").as_posix()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark, _, rest = (part.strip() for part in line.strip().partition(":"))
        if line.startswith(_TITLE):
            title, context, question = line.removeprefix(_TITLE).strip(), "", ""
        elif mark in _LANGUAGES and not question:
            question, lang = rest, _LANGUAGES[mark]
        elif mark == _ANSWER and question:
            where = f"{path.name}:{number}"
            example = Example(f"{SET}-{name}-{number}", SET, lang, question, context, title)
            yield example if rest == _NONE else _answered(example, rest, where)
            question = ""
        elif line.strip() and not question:
            context = f"{context} {line.strip()}".strip()
        elif line.strip():
            raise ValueError(f"{path.name}:{number}: expected an answer, found {line.strip()!r}")


def _answered(example: Example, answer: str, where: str) -> Example:
    occurrence = 1
    if answer.startswith("["):
        number, _, answer = answer[1:].partition("]")
        occurrence, answer = int(number), answer.strip()
    start = -1
    for _ in range(occurrence):
        start = example.context.find(answer, start + 1)
        if start < 0:
            raise ValueError(f"{where}: {answer!r} is not in the passage, or too seldom")
    return replace(example, answers=(answer,), start=start)
