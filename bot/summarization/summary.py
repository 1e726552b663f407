"""Summaries: the central sentences of one article, verbatim and in its order.

Extractive summarisation by graph centrality (LexRank; Erkan & Radev 2004) over the cosines of
sentence embeddings, combined with position, as news leads are hard to beat (Nenkova 2005), and with
redundancy by maximal marginal relevance (Carbonell & Goldstein 1998). No library is used: sumy
brings nltk and compares counts of words, which do not match across Arabic inflections, while the
vectors are at hand and the rest is a few lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.answering.quoted_answer import translation_note
from bot.core.intents import Reply
from bot.core.models import Citation
from bot.summarization.article_sentences import (
    ArticleSentence,
    adjacent,
    article_sentences,
    cite,
    lead_sentence,
    repeats,
)
from bot.summarization.quoting import day_of, quoted
from prompts import Language, text
from vectorstore.core.types import ArticleInfo

if TYPE_CHECKING:
    import numpy as np

    from bot.answering.sentence_scorer import SentenceScorer
    from vectorstore.store import ArticleStore

MAX_CHARACTERS = 700
"""Longest summary, introduction and markers included."""
SENTENCES = (3, 5)
"""Fewest and most sentences of a summary."""
SHORT_CHARACTERS = 260
SHORT_SENTENCES = (1, 2)
"""The same for "shorter"."""
MAX_SCORED_SENTENCES = 32
"""Sentences from the beginning of an article that are compared; about 4 ms each."""
SOURCE = 1
"""The marker of all quotes, which are from one article."""
MIN_FULL_REPORT_SENTENCES = 4
"""Fewest sentences of an article that is preferred to an older one of the same story."""

_DAMPING = 0.85
_CENTRALITY_WEIGHT = 0.5
_POSITION_WEIGHT = 0.3
_TITLE_WEIGHT = 0.2
_RELEVANCE = 0.7  # the rest is the weight of redundancy
_MAX_SENTENCE_SHARE = 0.6  # of the characters, so that others have room


def summarize(
    store: ArticleStore,
    scorer: SentenceScorer,
    article_ids: Sequence[str],
    language: Language,
    *,
    max_characters: int = MAX_CHARACTERS,
    sentences: tuple[int, int] = SENTENCES,
) -> Reply | None:
    """The summary of one article: of several, the newest full report.

    Args:
        store: The store.
        scorer: Embeds sentences, with a cache.
        article_ids: The articles of a story.
        language: The language of the reply.
        max_characters: Longest text of the reply.
        sentences: Fewest and most sentences; fewer if the article has no more.
    """
    report = newest_full_report(store, article_ids)
    if report is None:
        return None
    article, found = report
    intro = text(
        "summaries.summary.intro_dated" if article.published_at else "summaries.summary.intro",
        language,
        day=day_of(article, language),
    )
    intro = "\n".join(filter(None, [intro, translation_note(article.language, language)]))
    room = max_characters - len(intro)
    lines: list[str] = []
    citations: tuple[Citation, ...] = ()
    while room > 0:  # the dates of weekdays, which follow a quote, also take room
        chosen = select_sentences(scorer, article.title, found, room, sentences)
        citations = tuple(cite(SOURCE, run[0], run[-1]) for run in _runs(chosen))
        lines = [intro, *(quoted(c, language) for c in citations)]
        excess = len("\n".join(lines)) - max_characters
        if excess <= 0 or len(chosen) == 1:
            break
        room -= excess
    if not citations:
        return None
    return Reply(mode="summary", text="\n".join(lines), citations=citations, topic=article.title)


def newest_full_report(
    store: ArticleStore, article_ids: Sequence[str]
) -> tuple[ArticleInfo, list[ArticleSentence]] | None:
    """The newest article that has a few sentences, or else the longest, with its sentences."""
    infos = store.catalogue.infos(article_ids)
    newest_first = sorted(
        infos.values(),
        key=lambda a: (a.published_at is not None, str(a.published_at)),
        reverse=True,
    )
    best: tuple[ArticleInfo, list[ArticleSentence]] | None = None
    for article in newest_first:
        found = article_sentences(store, article.id)
        if len(found) >= MIN_FULL_REPORT_SENTENCES:
            return article, found
        if found and (best is None or len(found) > len(best[1])):
            best = article, found
    return best


def select_sentences(
    scorer: SentenceScorer,
    title: str,
    found: Sequence[ArticleSentence],
    max_characters: int,
    limits: tuple[int, int],
) -> list[ArticleSentence]:
    """The sentences of a summary in the article's order.

    A sentence that needs the one before it is only taken together with that.
    """
    found = found[:MAX_SCORED_SENTENCES]
    if not found:
        return []
    vectors = scorer.sentence_vectors([*(s.text for s in found), title or found[0].text])
    scores, cosines = _importance(vectors)
    least, most = limits
    lead = next((i for i, s in enumerate(found) if s.self_contained), 0)
    if _length(found[lead]) > max_characters and (fitting := lead_sentence(found)):
        lead = found.index(fitting)
    chosen = [lead]
    room = max_characters - _length(found[lead])
    while len(chosen) < most:
        relevance = {
            i: _RELEVANCE * scores[i] - (1 - _RELEVANCE) * max(cosines[i][j] for j in chosen)
            for i, sentence in enumerate(found)
            if i > lead
            and not any(i == j or repeats(sentence, found[j]) for j in chosen)
            and _length(sentence) <= room
            and (sentence.self_contained or _follows(found, i, chosen))
        }
        if len(chosen) < least:  # leave room for the others
            share = room if most <= 2 else _MAX_SENTENCE_SHARE * max_characters
            shorter = {i: r for i, r in relevance.items() if _length(found[i]) <= share}
            relevance = shorter or relevance
        if not relevance:
            break
        best = max(relevance, key=lambda i: relevance[i])
        if len(chosen) >= least and relevance[best] <= 0:
            break
        chosen.append(best)
        room -= _length(found[best])
    return [found[i] for i in sorted(chosen)]


def _follows(found: Sequence[ArticleSentence], i: int, chosen: Sequence[int]) -> bool:
    """Whether the sentence is quoted in one with a chosen one before it."""
    return i - 1 in chosen and adjacent(found[i - 1], found[i])


def _length(sentence: ArticleSentence) -> int:
    return len(sentence.text) + len("«» [1]\n")


def _importance(vectors: np.ndarray) -> tuple[list[float], list[list[float]]]:
    """Scores in [0, 1] of all sentences but the title, which is last, and their cosines.

    The vectors are centred, since those of one article all point the same way.
    """
    import numpy as np  # slow to import, and not needed for `rawi --help`

    body, title = vectors[:-1], vectors[-1]
    if len(body) < 3:
        return [1.0] * len(body), np.eye(len(body)).tolist()
    centre = body.mean(axis=0)
    centred = body - centre
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    cosines = centred @ centred.T
    weights = np.clip(cosines, 0.0, None)
    np.fill_diagonal(weights, 0.0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    rank = np.full(len(body), 1 / len(body))
    for _ in range(30):
        rank = (1 - _DAMPING) / len(body) + _DAMPING * (rank @ weights)
    central = body @ centre / np.linalg.norm(centre)
    position = 1 / (1 + np.arange(len(body)) / 3)
    scores = (
        _CENTRALITY_WEIGHT * (_unit_interval(rank) + _unit_interval(central)) / 2
        + _POSITION_WEIGHT * position
        + _TITLE_WEIGHT * _unit_interval(body @ title)
    )
    return scores.tolist(), cosines.tolist()


def _unit_interval(values: np.ndarray) -> np.ndarray:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else values * 0 + 1.0


def _runs(chosen: Sequence[ArticleSentence]) -> list[list[ArticleSentence]]:
    """Consecutive sentences of a passage, which are quoted as one."""
    runs = [[sentence] for sentence in chosen[:1]]
    for before, sentence in pairwise(chosen):
        if adjacent(before, sentence):
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
    return runs
