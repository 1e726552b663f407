"""Overviews: the lead of a story's newest report, and what led to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.answering.quoted_answer import translation_note
from bot.core.intents import Reply
from bot.core.models import Citation
from bot.summarization.article_sentences import (
    ArticleSentence,
    article_sentences,
    cite,
    lead_sentence,
    repeats,
)
from bot.summarization.quoting import dated_line, day_of, quoted
from bot.summarization.stories import find_story
from bot.summarization.summary import summarize
from prompts import Language, text
from vectorstore.core.types import ArticleInfo, Filters

if TYPE_CHECKING:
    from bot.answering.sentence_scorer import SentenceScorer
    from vectorstore.store import ArticleStore

MAX_EARLIER = 4
"""Dated lines after the newest report."""
MIN_COPY_OVERLAP = 0.85
"""Share of a lead's stems in another's from which on only one of them is given."""


def overview(
    store: ArticleStore,
    scorer: SentenceScorer,
    topic: str,
    language: Language,
    *,
    context_articles: Sequence[str] = (),
    filters: Filters | None = None,
    earlier: int = MAX_EARLIER,
) -> Reply | None:
    """What the newest story on ``topic`` is about; the summary of its article if it has only one.

    ``earlier`` is the number of reports that are given beside the newest one.

    Returns:
        None if no article is about the topic.
    """
    story = find_story(store, topic, context_articles=context_articles, filters=filters)
    return story_overview(store, scorer, story, language, earlier)


def story_overview(
    store: ArticleStore,
    scorer: SentenceScorer,
    story: Sequence[ArticleInfo],
    language: Language,
    earlier: int = MAX_EARLIER,
) -> Reply | None:
    """The overview of ``story``, whose articles are given oldest first."""
    if len(story) < 2:
        return summarize(store, scorer, [a.id for a in story], language)
    *before, newest = story
    citations = leads(store, [newest, *_first_and_last(before, earlier)])
    if len(citations) < min(2, 1 + earlier) or citations[0].article_id != newest.id:
        return summarize(store, scorer, [a.id for a in story], language)
    dated = "newest" if newest.published_at else "newest_undated"
    lines = [
        text(f"summaries.overview.{dated}", language, day=day_of(newest, language)),
        translation_note(newest.language, language),
        quoted(citations[0], language),
        text("summaries.overview.earlier", language) if earlier else "",
        *(dated_line(c, language) for c in citations[1:]),
    ]
    return Reply(
        mode="overview",
        text="\n".join(filter(None, lines)),
        citations=tuple(citations),
        topic=newest.title,
    )


def leads(store: ArticleStore, articles: Sequence[ArticleInfo]) -> list[Citation]:
    """The citations of the articles' leads, numbered from 1; of equal ones the first."""
    found: list[ArticleSentence] = []
    for article in articles:
        lead = lead_sentence(article_sentences(store, article.id))
        if lead is not None and not any(repeats(lead, other, MIN_COPY_OVERLAP) for other in found):
            found.append(lead)
    return [cite(n, lead) for n, lead in enumerate(found, 1)]


def _first_and_last(articles: Sequence[ArticleInfo], count: int) -> list[ArticleInfo]:
    """The first of ``articles``, which says how it began, and the last, ``count`` in all."""
    return [*articles[:1], *articles[1:][-(count - 1) :]] if count else []
