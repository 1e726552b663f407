"""A question's road through the chat: typing, answer, sources, buttons; edits answered anew."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.helpers import create_deep_linked_url

from bot.conversation.smalltalk import smalltalk
from bot.core.models import Answer, CancelledError, Citation
from bot.engine import Engine
from bot.telegram.context import BotContext, Context, bot_context
from bot.telegram.core.repository import GivenAnswer, StoredQuestion
from bot.telegram.handlers.commands import ui_language
from bot.telegram.messages.addressing import is_meant, question_in, quoted_in, thread_of
from bot.telegram.messages.formatted_text import FormattedText, joined, plain_text
from bot.telegram.messages.rendering import SourceLine, answer_language, answer_messages
from bot.telegram.messages.sender import Target, deliver, redeliver
from bot.telegram.messages.streaming import (
    AnswerStream,
    EditedMessage,
    Nowhere,
    Place,
    PrivateDraft,
    streaming,
)
from bot.telegram.messages.texts import shortened, translate
from bot.telegram.pending_questions import PendingQuestion as Underway
from prompts import Language

log = logging.getLogger(__name__)

TYPING_EVERY = 4.5
"""Seconds; Telegram shows "typing" for five."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question on its way: what, from whom, where the answer goes."""

    text: str
    person: int
    thread: str
    target: Target
    question_message: int | None
    language: Language
    """Of the bot's own words, when there is no answer to take it from."""

    @property
    def begun_as(self) -> int | str:
        """What the message that its answer is begun in is remembered by: one that was tapped has no
        message of its own, and others may be tapped at the same time."""
        return self.thread if self.question_message is None else self.question_message


async def on_question(update: Update, context: Context) -> None:
    """A message that asks something."""
    message = update.effective_message
    if message is None or message.from_user is None or not is_meant(message, context.bot):
        return
    await ask(message, question_in(message, context.bot), context)


async def on_ask(update: Update, context: Context) -> None:
    """``/ask question``, or ``/ask`` in reply to a message that holds the question."""
    message = update.effective_message
    if message is None or message.from_user is None:
        return
    question = question_in(message, context.bot)
    if not question and message.reply_to_message is not None:
        question = quoted_in(message) or question_in(message.reply_to_message, context.bot)
    if not question:
        usage = translate("help.ask_usage", ui_language(bot_context(context), message.from_user))
        await deliver(context.bot, Target.of(message, reply=True), [plain_text(usage)])
        return
    await ask(message, question, context)


async def ask(message: Message, question: str, context: Context) -> None:
    """Answer the question in ``message``; one answered before, by editing that answer."""
    desk, person = bot_context(context), message.from_user
    assert person is not None  # noqa: S101 - callers have looked
    before = desk.records.answer_to(message.chat_id, message.message_id)
    inquiry = Inquiry(
        text=question,
        person=person.id,
        thread=before.thread if before else thread_of(message, desk.records),
        target=Target.of(message, reply=message.chat.type != "private", quote=question),
        question_message=message.message_id,
        language=ui_language(desk, person),
    )
    # Without messages, the bot was stopped before it could send them: the answer is still due.
    if before and before.question == question and desk.records.messages(before.id):
        return  # an edit that changed nothing we read
    if await admitted(desk, context.bot, inquiry.person, inquiry.target, inquiry.language):
        await answer(inquiry, context, before=before)


async def answer(inquiry: Inquiry, context: Context, *, before: GivenAnswer | None = None) -> None:
    """Answer in the chat. Whether the person may ask (now), callers have looked: ``admitted``."""
    desk, bot = bot_context(context), context.bot
    log.info(
        "question",
        extra={"chat": inquiry.target.chat, "person": inquiry.person, "text": inquiry.text},
    )
    place = _place_of_drafts(desk, bot, inquiry, before)
    answer_id = before.id if before else desk.records.new_id()
    with desk.underway.question(inquiry.target, inquiry.question_message) as asked:
        async with typing(bot, inquiry.target), streaming(place) as stream:
            given = await _given(desk, inquiry, asked, stream, anew=before)
            if given is not None:
                sources = await desk.run(sources_of, desk.engine, given, answer_id, bot.username)
    if given is None:
        await _leave(bot, inquiry, asked)
        return
    desk.metrics.answered(given)
    where = StoredQuestion(
        inquiry.target.chat, inquiry.person, inquiry.thread, inquiry.question_message
    )
    desk.records.keep(answer_id, given, where)
    desk.records.note_thread(inquiry.thread, inquiry.person)
    old = desk.records.messages(answer_id)
    if isinstance(place, EditedMessage) and place.message is not None:
        old = old or [place.message]
    pieces, buttons = shown(given, sources), answer_buttons(desk, answer_id, given)
    sent = await redeliver(bot, inquiry.target, old, pieces, buttons=buttons)
    desk.records.keep_messages(answer_id, inquiry.target.chat, sent)
    desk.records.finish(inquiry.target.chat, inquiry.begun_as)
    log.info(
        "answered",
        extra={
            "chat": inquiry.target.chat,
            "mode": given.mode,
            "citations": len(given.citations),
            "ms": given.timings_ms.get("total"),
        },
    )


async def _given(
    desk: BotContext,
    inquiry: Inquiry,
    asked: Underway,
    stream: AnswerStream,
    *,
    anew: GivenAnswer | None,
) -> Answer | None:
    """The engine's answer; None when the question was taken back while it was being composed."""
    turn = None if inquiry.question_message is None else str(inquiry.question_message)
    composes = desk.engine.composes
    try:
        return await desk.run(
            desk.engine.ask,
            inquiry.text,
            thread=inquiry.thread,
            language=desk.records.language(inquiry.person),
            turn_id=turn,
            edited=anew is not None and smalltalk(anew.question) is None,
            on_draft=stream.offer if composes else None,
            # A quoted answer is there before anybody has changed their mind.
            is_cancelled=asked.cancelled if composes else None,
        )
    except CancelledError:
        return None


def _place_of_drafts(
    desk: BotContext, bot: Bot, inquiry: Inquiry, before: GivenAnswer | None
) -> Place:
    """Where a composed answer is shown while it is written."""
    if before is not None and desk.records.messages(before.id):
        return Nowhere()  # the new answer may be taken back, and then the old one is to stand
    chat, question = inquiry.target.chat, inquiry.begun_as
    begun = desk.records.begun(chat, question)
    if chat > 0 and not begun:
        return PrivateDraft(bot, inquiry.target)
    note = partial(desk.records.begin, chat, question)
    return EditedMessage(bot, inquiry.target, begun[0] if begun else None, note)


async def _leave(bot: Bot, inquiry: Inquiry, asked: Underway) -> None:
    """Say why there is no answer, where it may be missed."""
    log.info("taken back", extra={"chat": inquiry.target.chat, "by": asked.taken_back})
    if asked.taken_back == "question":
        there = replace(inquiry.target, reply_to=inquiry.question_message, quote=None)
        await deliver(bot, there, [plain_text(translate("answer.left", inquiry.language))])


async def admitted(
    desk: BotContext, bot: Bot, person: int, target: Target, language: Language
) -> bool:
    """Whether this person may ask now, and then it counts; if not, they are told why."""
    if not desk.settings.may_read(person):
        words = translate("start.no_entry", language, id=person)
        await deliver(bot, target, [plain_text(words)])
        return False
    verdict = desk.allowance.take(person)
    if verdict == "yes":
        return True
    desk.metrics.count("rawi_limited_total", limit=verdict)
    log.info("limited", extra={"person": person, "limit": verdict})
    if desk.allowance.tell(person):
        await deliver(bot, target, [plain_text(translate(f"trouble.{verdict}", language))])
    return False


@contextlib.asynccontextmanager
async def typing(bot: Bot, target: Target) -> AsyncIterator[None]:
    """Show that the bot is typing, for as long as this lasts."""

    async def show() -> None:
        while True:
            with contextlib.suppress(TelegramError):  # a sign of life, nothing depends on it
                await bot.send_chat_action(
                    target.chat, ChatAction.TYPING, message_thread_id=target.topic
                )
            await asyncio.sleep(TYPING_EVERY)

    task = asyncio.create_task(show())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()


def shown(given: Answer, sources: list[SourceLine]) -> list[FormattedText]:
    """The messages of an answer; a refusal says what its buttons are."""
    pieces = answer_messages(given, sources)
    if given.suggestions:
        offer = plain_text(translate("answer.suggestions", answer_language(given)))
        pieces[-1] = joined((pieces[-1], offer), "\n\n")
    return pieces


def sources_of(engine: Engine, given: Answer, answer_id: int, username: str) -> list[SourceLine]:
    """The passages that an answer's quotes stand in, from the articles as they are now."""
    spans = {found.passage_id: (found.start, found.end) for found in given.retrieved}
    sources = []
    for citation in given.citations:
        start, end = spans.get(citation.passage_id, (citation.start, citation.end))
        article = engine.store.get(citation.article_id)
        passage = article.text[start:end] if article is not None else ""
        if citation.quote not in passage:  # the article has just changed
            passage, start = citation.quote, citation.start
        link = citation.url or passage_link(answer_id, citation, username)
        sources.append(SourceLine(citation, passage, start, link))
    return sources


def passage_link(answer_id: int, citation: Citation, username: str) -> str:
    """A link that makes the bot send the passage, for articles without an address."""
    return create_deep_linked_url(username, f"source-{answer_id:x}-{citation.marker}")


def answer_buttons(desk: BotContext, answer_id: int, given: Answer) -> InlineKeyboardMarkup | None:
    """Articles near to a refused question, more context per source, what to ask next, opinions."""
    if given.mode == "smalltalk" or not given.standalone_question:
        return None
    language = answer_language(given)
    rows = [
        [
            InlineKeyboardButton(
                translate("answer.read", language, title=shortened(s.title)),
                callback_data=f"article:{desk.records.offer(s.article_id)}",
            )
        ]
        for s in given.suggestions
    ]
    context = [
        InlineKeyboardButton(
            translate("answer.context", language, marker=c.marker),
            callback_data=f"context:{answer_id:x}:{c.marker}",
        )
        for c in given.citations
    ]
    rows += [context[i : i + 3] for i in range(0, len(context), 3)]
    rows += [
        [
            InlineKeyboardButton(
                translate("answer.followup", language, question=shortened(question)),
                callback_data=f"follow:{answer_id:x}:{desk.records.offer(question)}",
            )
        ]
        for question in given.followups
    ]
    rows.append(
        [
            InlineKeyboardButton(
                translate(f"answer.{name}", language), callback_data=f"rate:{answer_id:x}:{verdict}"
            )
            for name, verdict in (("good", 1), ("bad", -1))
        ]
    )
    return InlineKeyboardMarkup(rows)
