"""Checks passages and questions written for the reading model.

    python -m training.reader.check_written FILE …

Reports answers that are not in their passage or cut a word, questions in the passage's own words,
questions asked twice, passages alike, and passages without the kinds of questions that train each
head. The exit status is 1 if anything was reported.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from training.reader.examples import Example, Stated
from training.reader.written import NEWS, WRITTEN, WrittenError, parse_written
from vectorstore.core.text_analysis import normalise

COPIED_WORDS = 5
"""Words in a row that a question may not copy from its passage."""
ALIKE = 0.3
"""Share of a passage's word pairs that may stand in another one."""
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d")


def main() -> None:
    """Check the files and print what is wrong with them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    files = [path.resolve() for path in parser.parse_args().files]
    passages: dict[str, set[tuple[str, str]]] = {}
    problems = 0
    for path in sorted({*files, *WRITTEN.glob(f"{NEWS}/*.txt")}):
        name = path.relative_to(WRITTEN).with_suffix("").as_posix()
        examples = []
        for found in parse_written(path.read_text(encoding="utf-8"), name):
            if isinstance(found, WrittenError):
                problems += _report(path in files, found.where, found.message)
            else:
                examples.append(found)
        for where, message in problems_of(examples, passages):
            problems += _report(path in files, where, message)
        if path in files:
            kinds = Counter(kind_of(e) for e in examples)
            print(f"{name}: {len({e.context for e in examples})} passages, {dict(kinds)}")
    sys.exit(1 if problems else 0)


def kind_of(example: Example) -> str:
    """``answer``, ``list``, ``yes``, ``no`` or ``none``: which target the example trains."""
    if example.stated is not Stated.NOT_SAID:
        return example.stated.name.lower()
    return "none" if not example.spans else "list" if len(example.spans) > 1 else "answer"


def place(example: Example) -> str:
    """File and line of the question."""
    name, _, number = example.id.partition("-")[2].rpartition("-")
    return f"{name}.txt:{number}"


def problems_of(
    examples: list[Example], passages: dict[str, set[tuple[str, str]]]
) -> Iterator[tuple[str, str]]:
    """Where and what is wrong; ``passages`` has the word pairs of those seen, and is added to."""
    asked: set[tuple[str, str]] = set()
    for example in examples:
        where = place(example)
        for start, end in example.spans:
            if example.context[end - 1].isalnum() and example.context[end : end + 1].isalnum():
                yield where, f"the answer cuts a word: {example.context[start:end]!r}"
        if (shared := copied_words(example)) is not None:
            yield where, f"the question has the passage's words: {shared}"
        if (key := (example.context, normalise(example.question))) in asked:
            yield where, "the question is asked twice"
        asked.add(key)
    for context in dict.fromkeys(e.context for e in examples):
        own = [e for e in examples if e.context == context]
        where = place(own[0])
        kinds = Counter(map(kind_of, own))
        if len(context.split()) < 60:
            yield where, f"the passage has only {len(context.split())} words"
        if kinds["none"] < 2 or not kinds["yes"] or not kinds["no"] or kinds["answer"] < 4:
            yield where, f"kinds of questions are missing: {dict(kinds)}"
        words = normalise(context).split()
        pairs = set(itertools.pairwise(words))
        for other, known in passages.items():
            if len(pairs & known) > ALIKE * min(len(pairs), len(known)):
                yield where, f"the passage is like that of {other}"
        passages[where] = pairs


def copied_words(example: Example) -> str | None:
    """Words in a row, none a number, that a question copies from its passage; None without."""
    passage = f" {' '.join(_WORD.findall(normalise(example.context)))} "
    words = _WORD.findall(normalise(example.question))
    for begin in range(len(words) - COPIED_WORDS + 1):
        run = words[begin : begin + COPIED_WORDS]
        if f" {' '.join(run)} " in passage and not _NUMBER.search("".join(run)):
            return " ".join(run)
    return None


def _report(wanted: bool, where: str, message: str) -> int:
    if wanted:
        print(f"{where}: {message}")
    return int(wanted)


if __name__ == "__main__":
    main()
