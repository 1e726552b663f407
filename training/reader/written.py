"""Reads the questions written for Rawi: plain text files of passages with questions.

## title
passage
س: question in Arabic
ج: answer, as it stands in the passage
د: question in a dialect
ج: [2] answer: where it stands there for the second time
Q: question in English
ج: first item | second item
س: yes/no question
ج: نعم: words of the passage that affirm it (or لا: words that deny it)
س: question that assumes what the passage denies
ج: لا: words that deny it
Q: question in English
ج: -            (the passage does not answer)

Questions on news are the group ``news``, the others ``written``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training.reader.examples import Example, Stated

WRITTEN = Path(__file__).parents[1] / "written"
"""The folder of the questions."""
NEWS = "news"
SET = "written"
_LANGUAGES = {"س": "ar", "د": "ar", "Q": "en"}
_ANSWER, _TITLE, _NONE = "ج", "##", "-"
_STATED = {"نعم": Stated.YES, "لا": Stated.NO}


@dataclass(frozen=True, slots=True)
class WrittenError:
    """A line that does not follow the format."""

    where: str
    message: str


def read_written(folder: Path) -> list[Example]:
    """Every question of the ``.txt`` files under ``folder``, in the order of their names.

    Raises:
        ValueError: a line is invalid; the message names file and line.
    """
    examples = []
    for path in sorted(folder.rglob("*.txt")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        for found in parse_written(path.read_text(encoding="utf-8"), name):
            if isinstance(found, WrittenError):
                raise ValueError(f"{found.where}: {found.message}")
            examples.append(found)
    return examples


def parse_written(text: str, name: str) -> Iterator[Example | WrittenError]:
    """The questions of a file's ``text``, and what is wrong with its lines."""
    title = context = question = lang = ""
    set_name = NEWS if name.startswith(f"{NEWS}/") else SET
    for number, line in enumerate(text.splitlines(), 1):
        mark, _, rest = (part.strip() for part in line.strip().partition(":"))
        where = f"{name}.txt:{number}"
        if line.startswith(_TITLE):
            title, context, question = line.removeprefix(_TITLE).strip(), "", ""
        elif mark in _LANGUAGES and not question:
            question, lang = rest, _LANGUAGES[mark]
        elif mark == _ANSWER and question:
            id_ = f"{set_name}-{name}-{number}"
            example = Example(id_, set_name, lang, question, context, title)
            yield example if rest == _NONE else _answered(example, rest, where)
            question = ""
        elif line.strip() and not question:
            context = f"{context} {line.strip()}".strip()
        elif line.strip():
            yield WrittenError(where, f"expected an answer, found {line.strip()!r}")
            question = ""


def _answered(example: Example, answer: str, where: str) -> Example | WrittenError:
    stated = Stated.NOT_SAID
    word, mark, rest = answer.partition(":")
    if mark and word.strip() in _STATED:
        stated, answer = _STATED[word.strip()], rest.strip()
    items = [item.strip() for item in answer.split(" | ")]
    spans = []
    for item in items:
        span = _span(example.context, item)
        if span is None:
            return WrittenError(where, f"{item!r} is not in the passage, or too seldom")
        spans.append(span)
    texts = tuple(example.context[start:end] for start, end in spans)
    return replace(example, answers=texts, spans=tuple(sorted(spans)), stated=stated)


def _span(context: str, item: str) -> tuple[int, int] | None:
    occurrence = 1
    if item.startswith("["):
        number, _, item = item[1:].partition("]")
        occurrence, item = int(number), item.strip()
    start = -1
    for _ in range(occurrence):
        start = context.find(item, start + 1)
        if start < 0:
            return None
    return start, start + len(item)
