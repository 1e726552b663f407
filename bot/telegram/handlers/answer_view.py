"""Sources and buttons of an answer."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.helpers import create_deep_linked_url

from bot.core.models import Answer
from bot.engine import Engine
from bot.telegram.core.chat_state import ChatState
from bot.telegram.messages.rendering import CitedPassage, answer_language
from bot.telegram.messages.texts import translate, truncate_title
from bot.terminal.rendering import by_source

CONTEXT_BUTTONS_PER_ROW = 3


def cited_passages(
    engine: Engine, answer: Answer, answer_id: int, bot_name: str
) -> list[CitedPassage]:
    """The cited passages from the current texts of the articles.

    A citation of an article without a URL links to the bot, which then shows the passage.
    """
    spans = {passage.passage_id: (passage.start, passage.end) for passage in answer.retrieved}
    sources = []
    for citation in answer.citations:
        start, end = spans.get(citation.passage_id, (citation.start, citation.end))
        article = engine.store.get(citation.article_id)
        passage = article.text[start:end] if article is not None else ""
        if citation.quote not in passage:  # the article has changed meanwhile
            passage, start = citation.quote, citation.start
        link = citation.url or create_deep_linked_url(
            bot_name, f"source-{answer_id:x}-{citation.marker}"
        )
        sources.append(CitedPassage(citation, passage, start, link))
    return sources


def answer_buttons(chats: ChatState, answer_id: int, answer: Answer) -> InlineKeyboardMarkup | None:
    """Suggested articles of a refusal, the context of each citation, and the rating."""
    if answer.mode == "smalltalk" or not answer.standalone_question:
        return None
    language = answer_language(answer)

    def button(key: str, data: str, **values: object) -> InlineKeyboardButton:
        return InlineKeyboardButton(translate(key, language, **values), callback_data=data)

    rows = [
        [
            button(
                "answer.read",
                f"article:{chats.button_id(suggestion.article_id)}",
                title=truncate_title(suggestion.title),
            )
        ]
        for suggestion in answer.suggestions
    ]
    context = [
        button("answer.context", f"context:{answer_id:x}:{c.marker}", marker=c.marker)
        for c in by_source(answer.citations)
    ]
    rows += [
        context[i : i + CONTEXT_BUTTONS_PER_ROW]
        for i in range(0, len(context), CONTEXT_BUTTONS_PER_ROW)
    ]
    ratings = (("good", 1), ("bad", -1))
    rows.append([button(f"answer.{name}", f"rate:{answer_id:x}:{n}") for name, n in ratings])
    return InlineKeyboardMarkup(rows)
