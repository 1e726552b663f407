"""Timelines: a dated line for each article of a story, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.core.intents import Reply
from bot.summarization.overview import leads
from bot.summarization.quoting import dated_line
from bot.summarization.stories import find_story
from bot.summarization.summary import summarize
from prompts import Language, text
from vectorstore.core.types import Filters

if TYPE_CHECKING:
    from bot.answering.sentence_scorer import SentenceScorer
    from vectorstore.store import ArticleStore

MAX_LINES = 8
"""Articles in one reply; more follow when asked for."""


def timeline(
    store: ArticleStore,
    scorer: SentenceScorer,
    topic: str,
    language: Language,
    *,
    context_articles: Sequence[str] = (),
    filters: Filters | None = None,
    offset: int = 0,
) -> Reply | None:
    """The timeline of the newest story on ``topic``, from its article number ``offset`` on; the
    summary of its article if it has only one.

    Returns:
        None if no article is about the topic, or none is left.
    """
    story = find_story(store, topic, context_articles=context_articles, filters=filters)
    citations = leads(store, story[offset : offset + MAX_LINES])
    if len(citations) < 2 and not offset:
        return summarize(store, scorer, [a.id for a in story], language)
    if not citations:
        return None
    end = offset + MAX_LINES
    intro = text(f"summaries.timeline.{'continued' if offset else 'intro'}", language)
    return Reply(
        mode="timeline",
        text="\n".join([intro, *(dated_line(c, language) for c in citations)]),
        citations=tuple(citations),
        next_offset=end if end < len(story) else None,
        topic=story[-1].title,
    )
