"""Questions that are being answered by a chat model, and their cancellation by later updates."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Literal

from telegram import Message, Update

from bot.conversation.intent_classifier import is_smalltalk
from bot.telegram.core.chat_queue import conversation_key
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.messages.addressing import is_private
from bot.telegram.messages.posts import is_article, is_link_submission
from bot.telegram.messages.sender import Target

CancelReason = Literal["question", "new", "edit"]
_QUESTION_BUTTONS = ("ask:", "about:")
"""How the data of buttons begin that ask a question."""


@dataclass(slots=True)
class PendingQuestion:
    """A question that is being answered. ``cancel_reason`` may be read from any thread."""

    message_id: int | None
    cancel_reason: CancelReason | None = None

    def is_cancelled(self) -> bool:
        """Whether its answer is not needed any more."""
        return self.cancel_reason is not None


class PendingQuestions:
    """The question that is being answered in each chat (or topic).

    ``may_ask(user_id)``: a question that would be rejected by the rate limit must not cancel the
    one that is being answered.
    """

    def __init__(self, may_ask: Callable[[int], bool]) -> None:
        self._may_ask = may_ask
        self._pending: dict[Hashable, PendingQuestion] = {}

    @contextlib.contextmanager
    def track(self, target: Target, message_id: int | None) -> Iterator[PendingQuestion]:
        """A question that can be cancelled within the block."""
        key = (target.chat_id, target.topic_id)
        question = self._pending[key] = PendingQuestion(message_id)
        try:
            yield question
        finally:
            if self._pending.get(key) is question:
                del self._pending[key]

    def update_queued(self, update: Update, settings: TelegramSettings) -> None:
        """Cancel the question of the update's chat if the update replaces it."""
        question = self._pending.get(conversation_key(update))
        if question is None or question.is_cancelled():
            return
        reason = cancelled_by(update, question, settings)
        user = update.effective_user
        if reason == "new" or (user is not None and self._may_ask(user.id)):
            question.cancel_reason = reason


def cancelled_by(
    update: Update, question: PendingQuestion, settings: TelegramSettings
) -> CancelReason | None:
    """Why ``update`` cancels ``question``; None if it does not.

    An edit of the question does. In private chats, ``/new`` and the next question do as well; in
    groups they may come from other users.
    """
    edited = update.edited_message
    if edited is not None:
        return "edit" if edited.message_id == question.message_id else None
    query = update.callback_query
    if query is not None and isinstance(query.message, Message) and is_private(query.message):
        return "question" if (query.data or "").startswith(_QUESTION_BUTTONS) else None
    message = update.message
    if message is None or not is_private(message) or not message.text:
        return None
    if message.text.startswith("/"):
        command, *words = message.text.lower().split()
        is_question = command == "/ask" and (words or message.reply_to_message is not None)
        return "new" if command == "/new" else "question" if is_question else None
    user, length = message.from_user, settings.article_length
    is_editor = user is not None and settings.may_edit(user.id)
    if is_editor and (is_link_submission(message, length) or is_article(message, length)):
        return None
    return None if is_smalltalk(message.text) else "question"
