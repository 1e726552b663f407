"""What was written on the topic of a question that no article answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.intents import Reply
from bot.core.models import Suggestion
from bot.summarization.stories import MIN_MEMBER_PROBABILITY, TopicArticles, articles_on_topic
from prompts import Language, text
from vectorstore.core.types import Filters, timestamp

if TYPE_CHECKING:
    from vectorstore.store import ArticleStore

MAX_SUGGESTIONS = 3
MAX_ASKED_WORDS = 2
"""Words at the beginning of a question's topic that may name what is asked: "راتب محمد صلاح"."""
MIN_TOPIC_WORDS = 2
"""Fewest words of the topic without them."""
MIN_PROBABILITY = 0.6
"""Probability of the best article from which on articles are offered."""


def related(
    store: ArticleStore, topic: str, language: Language, *, filters: Filters | None = None
) -> Reply | None:
    """A refusal that offers the articles on the topic of a question, newest first.

    Args:
        store: The store.
        topic: The question's content words in their order; see ``Slots.topic``.
        language: The language of the reply.
        filters: Restricts the articles.

    Returns:
        None if no article is on the topic.
    """
    words = topic.split()
    for asked in range(MAX_ASKED_WORDS + 1):
        rest = words[asked:]
        if asked and len(rest) < MIN_TOPIC_WORDS:
            break
        found = articles_on_topic(store, " ".join(rest), filters)
        if suggestions := _suggestions(found):
            reply = text("summaries.related.nothing", language)
            return Reply(mode="refusal", text=reply, suggestions=suggestions, topic=topic)
    return None


def _suggestions(found: TopicArticles) -> tuple[Suggestion, ...]:
    if not found.above(MIN_PROBABILITY):
        return ()
    best = found.above(MIN_MEMBER_PROBABILITY)[:MAX_SUGGESTIONS]
    newest = sorted(best, key=lambda a: -timestamp(a.published_at) if a.published_at else 0)
    return tuple(map(Suggestion.of, newest))
