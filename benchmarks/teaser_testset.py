"""Makes a test set of teasers as questions: does the bot cite the story, or a link to it?

    python benchmarks/teaser_testset.py make DATA/articles.jsonl OUT [--labels LINES.tsv]
    rawi evaluate run OUT/testset.jsonl --articles OUT/articles.jsonl --out RUN
    python benchmarks/teaser_testset.py count OUT RUN

``make`` looks for teasers without Rawi's own detector: lines that begin with "للمزيد:" and the
like, and lines whose words are those of another article's title; LINES.tsv may name more (article
id, tab, line). Each becomes a question in its own words. The article that it stands in may not be
cited; the one with that title must be, where there is one. ``count`` looks closer than
``wrong_source`` can: at whether the words cited are a teaser's, as an article may well tell of the
same thing itself.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vectorstore.core.text_analysis import words

LABEL = re.compile(
    r"(?:[اإ]قر[أا](?:\s+[أا]يضا?ً?)?|شاهد(?:\s+[أا]يضا?ً?)?|قد\s+يهمك(?:\s+[أا]يضا?ً?)?|للمزيد"
    r"|[أا]يضا?ً?)\s*(?:\.\.|[:/\-(])\s*(?P<headline>\S.{20,170})$"
)
SAME_WORDS = 0.6
"""Smallest Jaccard similarity of words between a line and another article's title."""
OTHERS = 60
"""Number of distractors: articles without teasers."""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("articles", type=Path)
    making.add_argument("out", type=Path)
    making.add_argument("--labels", type=Path)
    making.add_argument("--limit", type=int, default=80, help="questions, at most")
    counting = commands.add_parser("count")
    counting.add_argument("out", type=Path)
    counting.add_argument("run", type=Path)
    given = parser.parse_args()
    if given.command == "make":
        make(given.articles, given.out, given.labels, given.limit)
    else:
        count(given.out, given.run)


def make(source: Path, out: Path, labels: Path | None, limit: int) -> None:
    """Write the test set and its articles."""
    articles = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    known = labelled(labels)
    found = list(teasers(articles, known))
    random.Random(1).shuffle(found)  # noqa: S311
    # Those whose story is in the set come first, as they are the most informative.
    found = sorted(found, key=lambda q: q["kind"] != "story")[:limit]
    out.mkdir(parents=True, exist_ok=True)
    needed = {i for t in found for i in (*t["forbidden_ids"], *t.get("relevant_ids", []))}
    rest = [a for a in articles if a["id"] not in needed]
    random.Random(1).shuffle(rest)  # noqa: S311
    kept = needed | {a["id"] for a in rest[:OTHERS]}
    chosen = [a for a in articles if a["id"] in kept]
    write(out / "articles.jsonl", chosen)
    write(out / "testset.jsonl", found)
    print(f"{len(found)} questions, {len(chosen)} articles in {out}")


def labelled(path: Path | None) -> set[tuple[str, str]]:
    """Lines labelled as teasers by people."""
    lines = path.read_text("utf-8").splitlines() if path else []
    return {(i, text.strip()) for i, _, text in (line.partition("\t") for line in lines)}


def teasers(
    articles: list[dict[str, Any]], known: set[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """A question for each teaser; the articles that have its line are forbidden."""
    titles = [(a["id"], set(words(a["title"]))) for a in articles]
    holders: dict[str, list[str]] = {}
    for article in articles:
        for line in article["text"].split("\n")[1:]:
            headline = headline_of(article["id"], line.strip(), titles, known)
            if headline:
                holders.setdefault(headline, []).append(article["id"])
    for n, (headline, ids) in enumerate(holders.items(), 1):
        stories = [i for i in same_title(headline, titles) if i not in ids]
        right = {"relevant_ids": stories, "kind": "story"} if stories else {"kind": "no_story"}
        question = f"{headline.rstrip('؟?')}؟"
        yield {
            "id": f"teaser-{n}",
            "question": question,
            "forbidden_ids": ids,
            "answerable": None,
            **right,
        }


def headline_of(
    article_id: str, line: str, titles: list[tuple[str, set[str]]], known: set[tuple[str, str]]
) -> str | None:
    """The other story's headline, if ``line`` is a teaser."""
    match = LABEL.match(line)
    if match:
        return match["headline"].strip("() ")
    if (article_id, line) in known:
        return line
    if len(line) < 150 and any(i != article_id for i in same_title(line, titles)):
        return line
    return None


def same_title(line: str, titles: list[tuple[str, set[str]]]) -> list[str]:
    """Articles whose title has the words of ``line``."""
    mine = set(words(line))
    if len(mine) < 4:
        return []
    return [i for i, theirs in titles if len(mine & theirs) >= SAME_WORDS * len(mine | theirs)]


def count(out: Path, run: Path) -> None:
    """Print how often a teaser, or its article, was cited in a run."""
    questions = {
        q["id"]: q for q in map(json.loads, (out / "testset.jsonl").read_text("utf-8").splitlines())
    }
    tally = dict.fromkeys(("asked", "answered", "teaser cited", "its article cited", "story"), 0)
    for path in sorted(run.glob("*.jsonl")):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            question = questions.get(row.get("id"))
            if question is None or "citations" not in row.get("answer", {}):
                continue
            cited = row["answer"]["citations"]
            tally["asked"] += 1
            tally["answered"] += bool(cited)
            wanted = set(words(question["question"]))
            own = [c for c in cited if c["article_id"] in question["forbidden_ids"]]
            tally["its article cited"] += bool(own)
            tally["teaser cited"] += any(wanted <= set(words(c["quote"])) for c in own)
            tally["story"] += any(
                c["article_id"] in question.get("relevant_ids", []) for c in cited
            )
    print(json.dumps(tally))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """JSON Lines."""
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")


if __name__ == "__main__":
    main()
