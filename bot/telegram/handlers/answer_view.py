"""Sources and buttons of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.helpers import create_deep_linked_url

from bot.core.models import Answer
from bot.engine import Engine
from bot.telegram.core.chat_state import ChatState
from bot.telegram.messages.answer_text import DATED_MODES, TITLED_MODES, answer_language
from bot.telegram.messages.rendering import CitedPassage
from bot.telegram.messages.texts import translate, truncate_title
from bot.terminal.rendering import by_source

BUTTONS_PER_ROW = 3


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: the number of items before it, and of items on a full page."""

    offset: int
    size: int


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


def answer_buttons(
    chats: ChatState, answer_id: int, answer: Answer, page: Page | None = None
) -> InlineKeyboardMarkup | None:
    """The pages of a list, the context of each citation, questions to continue with, suggested
    articles, and the rating."""
    if answer.mode == "smalltalk" or not answer.standalone_question:
        return None
    language = answer_language(answer)

    def button(key: str, data: str, **values: object) -> InlineKeyboardButton:
        return InlineKeyboardButton(translate(key, language, **values), callback_data=data)

    page = page or Page(0, answer.next_offset or 0)
    pages = []
    if page.offset:
        before = max(0, page.offset - page.size)
        pages.append(button("answer.previous", f"items:{answer_id:x}:{before}:{page.size}"))
    if answer.next_offset is not None:
        data = f"items:{answer_id:x}:{answer.next_offset}:{page.size}"
        pages.append(button("answer.more", data))
    on_article = [
        button(
            f"answer.{question.intent}",
            f"next:{answer_id:x}:{question.intent}:{chats.button_id(question.article_id)}",
        )
        for question in answer.followups
        if question.article_id is not None
    ]
    others = [
        InlineKeyboardButton(
            truncate_title(translate("answer.question", language, question=question.text)),
            callback_data=f"ask:{chats.button_id(question.text)}",
        )
        for question in answer.followups
        if question.article_id is None
    ]
    articles = [
        button("answer.read", f"article:{chats.button_id(s.article_id)}", number=number)
        for number, s in enumerate(answer.suggestions, 1)
    ]
    context = [
        button("answer.context", f"context:{answer_id:x}:{c.marker}", marker=c.marker)
        for c in by_source(answer.citations)
        if answer.mode not in TITLED_MODES | DATED_MODES
    ]
    small = [*context, *on_article]
    smalls = [small[i : i + BUTTONS_PER_ROW] for i in range(0, len(small), BUTTONS_PER_ROW)]
    ratings = (("good", 1), ("bad", -1))
    rated = [button(f"answer.{name}", f"rate:{answer_id:x}:{n}") for name, n in ratings]
    rows = [pages, *smalls, others, articles, rated]
    return InlineKeyboardMarkup([row for row in rows if row])
