"""Measures answers on the public sets and real news, one evaluation run per set.

    python -m benchmarks.answer_quality DATA --out runs [SET …]

DATA is a folder with the files named below; a set whose files are missing is named and left out.
Each set is one `rawi evaluate run`, printed before it starts, so any of them can be repeated by
itself, and a stopped one goes on. In the end stands `rawi evaluate table` over all. The news stores
hold 2,400 and 3,600 articles: embedding them takes 15 to 30 minutes each, once.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A set of questions and its articles; names are those under DATA."""

    name: str
    questions: str
    articles: tuple[str, ...]
    today: str | None = None
    """The day from which "yesterday" in its questions counts; the current one when None."""

    def command(self, data: Path, out: Path) -> list[str]:
        """The evaluation run of this set."""
        found = [part for path in self.articles for part in ("--articles", str(data / path))]
        return [
            "evaluate",
            "run",
            str(data / self.questions),
            *found,
            "--out",
            str(out / self.name),
        ]

    def missing(self, data: Path) -> list[str]:
        """Missing files."""
        return [name for name in (self.questions, *self.articles) if not (data / name).exists()]


NEWS = ("articles_ant2_dev.jsonl",)
ALL_NEWS = (*NEWS, "articles_ant1_dev.jsonl")
SETS = (
    QuestionSet("samples", str(SAMPLES / "testset.jsonl"), (str(SAMPLES),), today="2026-03-04"),
    QuestionSet("xquad-ar", "qa_xquad_ar.jsonl", ("passages_xquad_ar.jsonl",)),
    QuestionSet("xquad-en-ar", "qa_xquad_en2ar.jsonl", ("passages_xquad_ar.jsonl",)),
    QuestionSet("arcd-train", "qa_arcd_train.jsonl", ("passages_arcd_train.jsonl",)),
    QuestionSet("mlqa-dev", "qa_mlqa_dev_ar.jsonl", ("passages_mlqa_dev_ar.jsonl",)),
    QuestionSet("known-item-news", "known_item_queries_dev.jsonl", ALL_NEWS),
    QuestionSet("miracl-out-of-corpus", "questions_miracl_ar_outofcorpus.jsonl", NEWS),
)


def rawi(arguments: list[str], today: str | None = None) -> int:
    """Run one ``rawi`` command and return its exit code."""
    settings = {"RAWI_BOT_TODAY": today} if today else {}
    print(
        "$", *(f"{k}={v}" for k, v in settings.items()), "rawi", shlex.join(arguments), flush=True
    )
    command = [sys.executable, "-m", "rawi", *arguments]
    return subprocess.run(command, env=os.environ | settings).returncode


def main() -> int:
    """Run the selected sets, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(s.name for s in SETS))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    unknown = set(options.sets) - {each.name for each in SETS}
    if unknown:
        parser.error(f"no such set: {', '.join(sorted(unknown))}")
    done = []
    for each in SETS:
        if options.sets and each.name not in options.sets:
            continue
        if missing := each.missing(options.data):
            print(f"{each.name}: left out, {', '.join(missing)} not in {options.data}")
        elif rawi(each.command(options.data, options.out), each.today) == 0:
            done.append(str(options.out / each.name))
    return rawi(["evaluate", "table", *done]) if done else 1


if __name__ == "__main__":
    sys.exit(main())
