"""Makes a test set of teasers as questions: does the bot cite the story, or a link to it?

    python benchmarks/teaser_testset.py make DATA/articles.jsonl OUT [--labels LINES.tsv]
    rawi evaluate run OUT/testset.jsonl --articles OUT/articles.jsonl --out RUN
    python benchmarks/teaser_testset.py count OUT RUN
    python benchmarks/teaser_testset.py plant DATA/articles.jsonl OUT
    rawi ingest OUT/articles.jsonl
    python benchmarks/teaser_testset.py held OUT

``make`` looks for teasers without Rawi's own detector: lines that begin with "للمزيد:" and the
like, and lines whose words are those of another article's title; LINES.tsv may name more (article
id, tab, line). Each becomes a question in its own words. The article that it stands in may not be
cited; the one with that title must be, where there is one. ``count`` looks closer than
``wrong_source`` can: at whether the words cited are a teaser's, as an article may well tell of the
same thing itself.

``plant`` puts leads of other stories, whole or cut short, with and without their headlines, below
articles of the same source and days; half of those stories it takes out. ``held`` tells how many of
them passages of the store hold all the same, and how many other paragraphs none does.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
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
NEIGHBOURS = 40
"""Articles of a source, by date, among which leads are put below each other."""
PARAGRAPH = 150
"""Characters from which on a line is a paragraph."""
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
    planting = commands.add_parser("plant")
    planting.add_argument("articles", type=Path)
    planting.add_argument("out", type=Path)
    planting.add_argument("--each", type=int, default=60, help="stories of each source")
    holding = commands.add_parser("held")
    holding.add_argument("out", type=Path)
    given = parser.parse_args()
    if given.command == "make":
        make(given.articles, given.out, given.labels, given.limit)
    elif given.command == "plant":
        plant(given.articles, given.out, given.each)
    elif given.command == "held":
        held(given.out)
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


def plant(source: Path, out: Path, each: int) -> None:
    """Write articles with other stories' leads below them, and what was put where."""
    articles = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    by_source: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for article in sorted(articles, key=lambda a: a["date"]):
        by_source[article["source"]].append(article)
    planted, pages, gone = [], {a["id"]: a["text"] for a in articles}, set()
    chance = random.Random(1)  # noqa: S311
    for own in by_source.values():
        for _ in range(each):
            first = chance.randrange(max(1, len(own) - NEIGHBOURS))
            story, *others = chance.sample(
                own[first : first + NEIGHBOURS], 1 + chance.choice((1, 1, 2, 3))
            )
            lead, headline = story["text"].split("\n")[0].strip(), chance.random() < 0.5
            if chance.random() < 0.4:
                lead = f"{lead[: max(120, len(lead) * 2 // 3)]}..."
            if chance.random() < 0.5:
                gone.add(story["id"])
            for other in others:
                pages[other["id"]] += "\n".join(["", *[story["title"]] * headline, lead])
                planted.append(
                    {
                        "article_id": other["id"],
                        "line": lead,
                        "story": story["id"],
                        "headline": headline,
                        "pages": len(others),
                    }
                )
    gone -= {p["article_id"] for p in planted}
    out.mkdir(parents=True, exist_ok=True)
    write(
        out / "articles.jsonl",
        [a | {"text": pages[a["id"]]} for a in articles if a["id"] not in gone],
    )
    write(out / "planted.jsonl", [p | {"has_story": p["story"] not in gone} for p in planted])
    print(f"{len(planted)} leads below {len({p['article_id'] for p in planted})} articles in {out}")


def held(out: Path) -> None:
    """Print how many planted leads passages hold, and which other paragraphs they do not."""
    from ingest.store import open_store
    from ingest.text.boilerplate import line_key, split_lines

    planted = {
        (one["article_id"], line_key(one["line"])): one
        for one in map(json.loads, (out / "planted.jsonl").read_text("utf-8").splitlines())
    }
    tally: Counter[str] = Counter()
    with open_store() as store:
        for article_id in store.catalogue.article_ids():
            article = store.catalogue.get(article_id)
            assert article is not None
            passages = [p for _, p in store.catalogue.passages_of(article_id)]
            for line in split_lines(article.text):
                is_held = any(p.start < line.end and line.start < p.end for p in passages)
                one = planted.get((article_id, line_key(line.text)))
                if one:
                    tally[f"{_kind(one)}: planted"] += 1
                    tally[f"{_kind(one)}: held"] += is_held
                elif len(line.text) > PARAGRAPH:
                    tally["other paragraphs"] += 1
                    if not is_held:
                        tally["other paragraphs not held"] += 1
                        print(f"{article_id}: {line.text}")
    print(json.dumps(dict(sorted(tally.items())), indent=1))


def _kind(planted: dict[str, Any]) -> str:
    story, headline = ("with" if planted[key] else "without" for key in ("has_story", "headline"))
    pages = "one page" if planted["pages"] == 1 else "several pages"
    return f"{pages}, {story} its story, {headline} its headline"


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """JSON Lines."""
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")


if __name__ == "__main__":
    main()
