"""The sentences of an article that a summary may consist of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.readability import is_self_contained, readable_span
from bot.core.models import Citation
from ingest.text.sentences import split_sentences
from vectorstore.core.text_analysis import AnalysedText
from vectorstore.core.types import RetrievedPassage
from vectorstore.store import ArticleStore

MIN_SENTENCE_WORDS = 6
"""Fewest words of a sentence; shorter ones are headings, bylines and captions."""
MAX_LEAD_LENGTH = 200
"""Characters of a lead from which on a shorter one is looked for …"""
LEAD_SENTENCES = 3
"""… among so many sentences at the beginning of the article."""
MIN_DUPLICATE_OVERLAP = 0.6
"""Share of the shorter sentence's stems from which on two sentences say the same."""
_ENDED = re.compile(r"[.!…][\"'”’»)\]]*$")
_DISCLAIMER = re.compile(r"بقلم|(?:لا|ولا) [تي]ع(?:كس|بر) بالضرورة|[*•]|\bopinions expressed\b")


@dataclass(frozen=True, slots=True)
class ArticleSentence:
    """A sentence of an article, from its first readable word on.

    Attributes:
        passage: Its passage.
        position: Its rank among the article's sentences, from 0.
        start: Offset in the article, after a dateline or conjunction.
        end: Offset in the article.
        whole_start: Offset of the whole sentence in the article.
        text: ``article.text[start:end]``.
        self_contained: Whether it can be read without the sentences before it.
    """

    passage: RetrievedPassage
    position: int
    start: int
    end: int
    whole_start: int
    text: str
    self_contained: bool


def article_sentences(store: ArticleStore, article_id: str) -> list[ArticleSentence]:
    """The prose sentences of an article in order; headings, questions and bylines are left out."""
    ids = [passage_id for passage_id, _ in store.catalogue.passages_of(article_id)]
    passages = store.catalogue.retrieve(ids)
    return prose_sentences([passages[i] for i in ids if i in passages])


def prose_sentences(passages: Sequence[RetrievedPassage]) -> list[ArticleSentence]:
    """`article_sentences` of an article's ``passages``, which are in order."""
    spans = [(p, start, end) for p in passages for start, end in split_sentences(p.text)]
    found = []
    for position, (passage, whole_start, end) in enumerate(spans):
        whole = passage.text[whole_start:end]
        if not _is_prose(whole, position):
            continue
        start, _ = readable_span(passage.text, whole_start, end)
        found.append(
            ArticleSentence(
                passage,
                position,
                passage.start + start,
                passage.start + end,
                passage.start + whole_start,
                passage.text[start:end],
                is_self_contained(whole),
            )
        )
    return found


def _is_prose(sentence: str, position: int) -> bool:
    """Whether ``sentence`` is a statement of the article; a lead may lack its full stop."""
    if len(sentence.split()) < MIN_SENTENCE_WORDS or _DISCLAIMER.search(sentence):
        return False
    return bool(_ENDED.search(sentence)) or (position == 0 and sentence[-1].isalnum())


def lead_sentence(sentences: Sequence[ArticleSentence]) -> ArticleSentence | None:
    """The sentence that says what the article reports: the first that stands alone.

    Instead of one of more than `MAX_LEAD_LENGTH` characters a shorter one close behind is taken, if
    it has as many words of the title and does not go on with a conjunction ("وأضاف …").
    """
    alone = [s for s in sentences if s.self_contained]
    if not alone:
        return sentences[0] if sentences else None
    first = alone[0]
    near = [s for s in alone if s.position < first.position + LEAD_SENTENCES]
    title = frozenset(AnalysedText(first.passage.article.title).stems)
    known = len(title.intersection(AnalysedText(first.text).stems))
    return next(
        (
            s
            for s in near
            if len(s.text) <= MAX_LEAD_LENGTH
            and s.text[0] == s.passage.text[s.whole_start - s.passage.start]
            and len(title.intersection(AnalysedText(s.text).stems)) >= max(1, known)
        ),
        first,
    )


def repeats(
    sentence: ArticleSentence, other: ArticleSentence, overlap: float = MIN_DUPLICATE_OVERLAP
) -> bool:
    """Whether the shorter of two sentences has most of its words in common with the other."""
    one, two = set(AnalysedText(sentence.text).stems), set(AnalysedText(other.text).stems)
    return len(one & two) >= overlap * min(len(one), len(two))


def adjacent(before: ArticleSentence, after: ArticleSentence) -> bool:
    """Whether ``after`` follows ``before`` in the same passage, so that one quote holds both."""
    return before.passage.id == after.passage.id and after.position == before.position + 1


def cite(marker: int, first: ArticleSentence, last: ArticleSentence | None = None) -> Citation:
    """The citation of ``first``, or of the run of sentences up to ``last`` in the same passage."""
    return Citation.of(first.passage, marker, first.start, (last or first).end)
