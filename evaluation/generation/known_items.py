"""Known-item questions (Azzopardi et al. 2007) from the titles and summaries of articles.

The field that a question comes from must not be indexed in the run, or the search would find the
question itself; so items list those fields in ``hide_fields``, and a title or summary that also
occurs in the article's text is skipped.
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

MIN_WORDS = 4
"""Words; a shorter title fits too many articles."""
MAX_CHARACTERS = 400
"""Characters; a longer summary is cut after a sentence."""

_BATCH = 200


class ArticleBatches(Protocol):
    """Articles in batches: the store's catalogue."""

    def articles_after(self, article_id: str, limit: int) -> list[Article]:
        """The next ``limit`` articles in order of id."""


@dataclass(frozen=True, slots=True)
class GeneratedItems:
    """Items, and the number of skipped candidates by reason."""

    items: list[Item]
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Candidate:
    article_id: str
    kind: str
    question: str


def known_items(
    articles: ArticleBatches,
    *,
    kinds: Sequence[str] = KINDS,
    limit: int | None = None,
    seed: int = 0,
) -> GeneratedItems:
    """Questions from the titles and summaries of articles, balanced over ``kinds`` if possible.

    At most ``limit`` are sampled; the same seed and articles give the same sample.
    """
    skipped: Counter[str] = Counter()
    candidates = _distinct(_candidates(articles, kinds, skipped), skipped)
    Random(seed).shuffle(candidates)  # noqa: S311
    by_kind = [[c for c in candidates if c.kind == kind] for kind in kinds]
    alternating = [c for round_ in zip_longest(*by_kind) for c in round_ if c is not None]
    return GeneratedItems([_item(candidate) for candidate in alternating[:limit]], skipped)


def all_articles(articles: ArticleBatches) -> Iterator[Article]:
    """Every article in order of id, read in batches."""
    last = ""
    while batch := articles.articles_after(last, _BATCH):
        yield from batch
        last = batch[-1].id


def _candidates(
    articles: ArticleBatches, kinds: Sequence[str], skipped: Counter[str]
) -> Iterator[_Candidate]:
    for article in all_articles(articles):
        text = f" {' '.join(tokens(article.text))} "
        for kind in kinds:
            question = _field_text(article, kind)
            words = tokens(question)
            if not question:
                skipped[f"no {kind}"] += 1
            elif len(words) < MIN_WORDS:
                skipped[f"{kind} under {MIN_WORDS} words"] += 1
            elif f" {' '.join(words)} " in text:
                skipped[f"{kind} stands in the text"] += 1
            else:
                yield _Candidate(article.id, kind, question)


def _field_text(article: Article, kind: str) -> str:
    value = article.title if kind == "title" else article.metadata.get(kind)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if len(text) <= MAX_CHARACTERS:
        return text
    ends = [end for _, end in split_sentences(text) if end <= MAX_CHARACTERS]
    return text[: max(ends, default=0)]


def _distinct(candidates: Iterable[_Candidate], skipped: Counter[str]) -> list[_Candidate]:
    """Candidates without duplicates and without those that fit several articles."""
    found = list(candidates)
    articles: dict[tuple[str, ...], set[str]] = {}
    for candidate in found:
        articles.setdefault(tokens(candidate.question), set()).add(candidate.article_id)
    distinct: dict[tuple[str, ...], _Candidate] = {}
    for candidate in found:
        words = tokens(candidate.question)
        if len(articles[words]) > 1:
            skipped[f"{candidate.kind} of several articles"] += 1
        elif words in distinct:
            skipped[f"{candidate.kind} says what the {distinct[words].kind} says"] += 1
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
