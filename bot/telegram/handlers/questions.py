"""Questions in chats: access and rate limit, answering, and editing of the answer after an edit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.conversation.intent_classifier import is_smalltalk
from bot.core.models import Answer, CancelledError, SuggestedQuestion
from bot.telegram.context import BotContext
from bot.telegram.core.repository import QuestionOrigin, StoredAnswer, turn_id
from bot.telegram.handlers.answer_view import Page, answer_buttons, cited_passages
from bot.telegram.handlers.requests import MessageRequest, UserRequest, handler
from bot.telegram.messages.addressing import (
    is_addressed,
    is_private,
    manual_quote,
    question_text,
    thread_of,
)
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.rendering import answer_messages
from bot.telegram.messages.sender import Target, replace_messages, send
from bot.telegram.messages.streaming import (
    AnswerStream,
    DraftDisplay,
    EditedMessage,
    NoDisplay,
    PrivateDraft,
    streaming,
)
from bot.telegram.messages.texts import translate
from bot.telegram.pending_questions import PendingQuestion
from prompts import Language

log = logging.getLogger(__name__)

TYPING_INTERVAL = 4.5
"""Seconds; Telegram shows "typing" for five."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its conversation thread, and where the answer is sent."""

    text: str
    user_id: int
    thread: str
    target: Target
    message_id: int | None
    """None for a question that was asked by a button."""
    language: Language
    """Of the bot's texts where there is no answer."""
    chosen: SuggestedQuestion | None = None
    """The suggested question that was chosen."""

    @property
    def draft_key(self) -> int | str:
        """Identifies the unfinished answer in the chat: the thread where there is no message, as
        buttons may be pressed in several topics at the same time."""
        return self.thread if self.message_id is None else self.message_id


@handler(MessageRequest)
async def on_ask(request: MessageRequest) -> None:
    """``/ask question``, or ``/ask`` in reply to a message with the question."""
    message, bot = request.message, request.bot
    text = question_text(message, bot)
    if not text and message.reply_to_message is not None:
        text = manual_quote(message) or question_text(message.reply_to_message, bot)
    if text:
        await answer_message(request, text)
    else:
        usage = plain_text(request.translate("help.ask_usage"))
        await send(bot, Target.of(message, reply=True), [usage])


async def answer_if_addressed(request: MessageRequest) -> None:
    """Answer a message unless it is from members of a group to each other."""
    if is_addressed(request.message, request.bot):
        await answer_message(request, question_text(request.message, request.bot))


async def answer_message(request: MessageRequest, text: str) -> None:
    """Answer the question ``text`` in a message; the answer to an edited one is replaced."""
    deps, message = request.deps, request.message
    previous = deps.answers.by_question(message.chat_id, message.message_id)
    # Without messages, the bot was stopped before it could send the answer.
    if previous and previous.question == text and deps.answers.messages(previous.id):
        return  # an edit of something else than the question
    question = Question(
        text=text,
        user_id=request.user.id,
        thread=previous.thread if previous else thread_of(message, deps.answers),
        target=Target.of(message, reply=not is_private(message), quote=text),
        message_id=message.message_id,
        language=request.language,
    )
    if await admit(request, question.target):
        await answer_question(deps, request.bot, question, previous=previous)


async def admit(request: UserRequest, target: Target) -> bool:
    """Count a question of the user against the limits. Returns False, and sends the reason, when
    they may not ask (now)."""
    deps, user_id = request.deps, request.user.id
    denial = request.denial("readers")
    if denial is not None:
        await send(request.bot, target, [plain_text(denial)])
        return False
    result = deps.quota.take(user_id)
    if result == "yes":
        return True
    deps.metrics.limited.labels(result).inc()
    log.info("limited", extra={"person": user_id, "limit": result})
    if deps.quota.should_notify(user_id):
        await send(request.bot, target, [plain_text(request.translate(f"trouble.{result}"))])
    return False


async def answer_question(
    deps: BotContext, bot: Bot, question: Question, *, previous: StoredAnswer | None = None
) -> None:
    """Answer a question in its chat, in place of the ``previous`` answer to it."""
    target = question.target
    log.info(
        "question",
        extra={"chat": target.chat_id, "person": question.user_id, "text": question.text},
    )
    display = _draft_display(deps, bot, question, previous)
    answer_id = previous.id if previous else deps.answers.new_id()
    with deps.pending.track(target, question.message_id) as pending:
        async with typing_action(bot, target), streaming(display) as stream:
            answer = await _ask_engine(
                deps, question, pending, stream, answer_id, previous=previous
            )
            if answer is not None:
                sources = await deps.run(
                    cited_passages, deps.engine, answer, answer_id, bot.username
                )
    if answer is None:
        await _report_cancelled(bot, question, pending)
        return
    deps.metrics.count_answer(answer)
    origin = QuestionOrigin(target.chat_id, question.user_id, question.thread, question.message_id)
    old = deps.answers.messages(answer_id)
    if not old and isinstance(display, EditedMessage) and display.message_id is not None:
        old = [display.message_id]
    deps.answers.save(answer_id, answer, origin)
    buttons = answer_buttons(deps.chats, answer_id, answer)
    sent = await replace_messages(
        bot, target, old, answer_messages(answer, sources), buttons=buttons
    )
    deps.answers.save_messages(answer_id, target.chat_id, sent)
    deps.chats.delete_draft(target.chat_id, question.draft_key)
    log.info(
        "answered",
        extra={
            "chat": target.chat_id,
            "mode": answer.mode,
            "citations": len(answer.citations),
            "ms": answer.timings_ms.get("total"),
        },
    )


async def show_page(
    deps: BotContext, bot: Bot, stored: StoredAnswer, page: Page, target: Target
) -> bool:
    """Edit the messages of an answer into another page of its list; False if it has none."""
    answer = await deps.run(
        deps.engine.ask,
        stored.standalone,
        thread=stored.thread,
        language="en" if stored.language == "en" else "ar",
        turn_id=stored.turn_id,
        edited=True,
        offset=page.offset,
        compose=False,
    )
    if answer.mode == "smalltalk" or not answer.citations:
        return False
    answer = replace(answer, question=stored.question)
    sources = await deps.run(cited_passages, deps.engine, answer, stored.id, bot.username)
    origin = QuestionOrigin(stored.chat_id, stored.user_id, stored.thread, stored.question_message)
    deps.answers.save(stored.id, answer, origin)
    sent = await replace_messages(
        bot,
        target,
        deps.answers.messages(stored.id),
        answer_messages(answer, sources),
        buttons=answer_buttons(deps.chats, stored.id, answer, page),
    )
    deps.answers.save_messages(stored.id, stored.chat_id, sent)
    return True


async def _ask_engine(
    deps: BotContext,
    question: Question,
    pending: PendingQuestion,
    stream: AnswerStream,
    answer_id: int,
    *,
    previous: StoredAnswer | None,
) -> Answer | None:
    """The engine's answer; None when the question was cancelled while it was being composed."""
    composes = deps.engine.composes
    try:
        return await deps.run(
            deps.engine.ask,
            question.text,
            thread=question.thread,
            language=deps.chats.language(question.user_id),
            turn_id=turn_id(question.message_id, answer_id),
            edited=previous is not None and not is_smalltalk(previous.question),
            chosen=question.chosen,
            followups=True,
            on_draft=stream.update if composes else None,
            # Quoting is too fast to be worth cancelling.
            is_cancelled=pending.is_cancelled if composes else None,
        )
    except CancelledError:
        return None


def _draft_display(
    deps: BotContext, bot: Bot, question: Question, previous: StoredAnswer | None
) -> DraftDisplay:
    """Where a composed answer is shown while it is generated."""
    if previous is not None and deps.answers.messages(previous.id):
        return NoDisplay()  # the question may be cancelled, and the previous answer remains
    chat_id, key = question.target.chat_id, question.draft_key
    unfinished = deps.chats.draft(chat_id, key)
    if chat_id > 0 and unfinished is None:
        return PrivateDraft(bot, question.target)
    on_sent = partial(deps.chats.set_draft, chat_id, key)
    return EditedMessage(bot, question.target, unfinished, on_sent)


async def _report_cancelled(bot: Bot, question: Question, pending: PendingQuestion) -> None:
    """Reply that a question was left for a newer one; an edit or ``/new`` needs no such reply."""
    log.info("taken back", extra={"chat": question.target.chat_id, "by": pending.cancel_reason})
    if pending.cancel_reason == "question":
        target = replace(question.target, reply_to=question.message_id, quote=None)
        await send(bot, target, [plain_text(translate("answer.left", question.language))])


@contextlib.asynccontextmanager
async def typing_action(bot: Bot, target: Target) -> AsyncIterator[None]:
    """Show "typing" in the chat during the block."""

    async def show() -> None:
        while True:
            with contextlib.suppress(TelegramError):  # nothing depends on it
                await bot.send_chat_action(
                    target.chat_id, ChatAction.TYPING, message_thread_id=target.topic_id
                )
            await asyncio.sleep(TYPING_INTERVAL)

    task = asyncio.create_task(show())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
