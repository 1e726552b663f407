"""Known-item questions without a model: is an article found by its own title or summary?

What a question is made of must not be indexed while it is measured, or the search would find the
question itself; so each one names those fields in ``hide_fields``, and what also stands in the
article's text is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from random import Random
from typing import Protocol

from evaluation.core.normalise import tokens
from evaluation.testsets.items import Item, QuestionItem
from ingest.text.sentences import split_sentences
from vectorstore.core.types import Article

KINDS = ("title", "summary")

SHORTEST = 4
"""Words; a title of fewer fits too many articles."""
LONGEST = 400
"""Characters; of a longer summary the first sentences are taken."""

_AT_ONCE = 200


class ArticleBatches(Protocol):
    """Where the articles are: the store's catalogue."""

    def articles_after(self, article_id: str, limit: int) -> list[Article]:
        """The next ``limit`` articles in order of id."""


@dataclass(frozen=True, slots=True)
class GeneratedItems:
    """Questions, and how many others were left out, by reason."""

    items: list[Item]
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Candidate:
    article_id: str
    kind: str
    question: str


def known_items(
    shelf: ArticleBatches, *, kinds: Sequence[str] = KINDS, limit: int | None = None, seed: int = 0
) -> GeneratedItems:
    """Questions from the titles and summaries of articles, as many of each kind where possible.

    Which ones, where ``limit`` cuts, is drawn at random; the same seed over the same articles draws
    the same.
    """
    left_out: Counter[str] = Counter()
    candidates = _distinct(_candidates(shelf, kinds, left_out), left_out)
    Random(seed).shuffle(candidates)  # noqa: S311
    by_kind = [[c for c in candidates if c.kind == kind] for kind in kinds]
    drawn = [c for round_ in zip_longest(*by_kind) for c in round_ if c is not None]
    return GeneratedItems([_item(candidate) for candidate in drawn[:limit]], left_out)


def all_articles(shelf: ArticleBatches) -> Iterator[Article]:
    """Every article, in order of id, a few hundred in memory at once."""
    last = ""
    while batch := shelf.articles_after(last, _AT_ONCE):
        yield from batch
        last = batch[-1].id


def _candidates(
    shelf: ArticleBatches, kinds: Sequence[str], left_out: Counter[str]
) -> Iterator[_Candidate]:
    for article in all_articles(shelf):
        text = f" {' '.join(tokens(article.text))} "
        for kind in kinds:
            question = _field_text(article, kind)
            words = tokens(question)
            if not question:
                left_out[f"no {kind}"] += 1
            elif len(words) < SHORTEST:
                left_out[f"{kind} under {SHORTEST} words"] += 1
            elif f" {' '.join(words)} " in text:
                left_out[f"{kind} stands in the text"] += 1
            else:
                yield _Candidate(article.id, kind, question)


def _field_text(article: Article, kind: str) -> str:
    value = article.title if kind == "title" else article.metadata.get(kind)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if len(text) <= LONGEST:
        return text
    ends = [end for _, end in split_sentences(text) if end <= LONGEST]
    return text[: max(ends, default=0)]


def _distinct(candidates: Iterable[_Candidate], left_out: Counter[str]) -> list[_Candidate]:
    """Without those that fit several articles: nobody could say which one is meant."""
    found = list(candidates)
    articles: dict[tuple[str, ...], set[str]] = {}
    for candidate in found:
        articles.setdefault(tokens(candidate.question), set()).add(candidate.article_id)
    distinct: dict[tuple[str, ...], _Candidate] = {}
    for candidate in found:
        words = tokens(candidate.question)
        if len(articles[words]) > 1:
            left_out[f"{candidate.kind} of several articles"] += 1
        elif words in distinct:
            left_out[f"{candidate.kind} says what the {distinct[words].kind} says"] += 1
        else:
            distinct[words] = candidate
    return list(distinct.values())


def _item(candidate: _Candidate) -> QuestionItem:
    return QuestionItem.model_validate(
        {
            "id": f"{candidate.kind}-{candidate.article_id}",
            "question": candidate.question,
            "relevant_ids": [candidate.article_id],
            "answerable": True,
            "kind": candidate.kind,
            "hide_fields": list(KINDS),
            "generated": candidate.kind,
        }
    )
