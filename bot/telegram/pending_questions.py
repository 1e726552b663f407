"""Questions that a chat model is answering, and what takes one back before it is done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Literal

from telegram import Message, Update

from bot.conversation.smalltalk import smalltalk
from bot.telegram.core.chat_queue import place
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.messages.addressing import is_private
from bot.telegram.messages.posts import gives_links, is_article
from bot.telegram.messages.sender import Target

Reason = Literal["question", "new", "edit"]
_ASKING = ("ask:", "about:", "follow:")
"""How the buttons begin that ask something."""


@dataclass(slots=True)
class PendingQuestion:
    """A question on its way. ``taken_back`` may be read from any thread."""

    message: int | None
    taken_back: Reason | None = None

    def cancelled(self) -> bool:
        """Whether nobody waits for its answer any more."""
        return self.taken_back is not None


class PendingQuestions:
    """The question that is being answered in each chat (or topic).

    ``would_admit`` says whether a question of a person would be answered now: one that will be
    refused takes none back.
    """

    def __init__(self, would_admit: Callable[[int], bool]) -> None:
        self._would_admit = would_admit
        self._asked: dict[Hashable, PendingQuestion] = {}

    @contextlib.contextmanager
    def question(self, target: Target, message: int | None) -> Iterator[PendingQuestion]:
        """A question that can be taken back for as long as this lasts."""
        key = (target.chat, target.topic)
        asked = self._asked[key] = PendingQuestion(message)
        try:
            yield asked
        finally:
            if self._asked.get(key) is asked:
                del self._asked[key]

    def heard(self, update: Update, settings: TelegramSettings) -> None:
        """Take the question of this chat back, if ``update``, which waits for its turn, says so."""
        asked = self._asked.get(place(update))
        if asked is None or asked.taken_back is not None:
            return
        reason = cancelled_by(update, asked, settings)
        person = update.effective_user
        if reason == "new" or (person is not None and self._would_admit(person.id)):
            asked.taken_back = reason


def cancelled_by(
    update: Update, asked: PendingQuestion, settings: TelegramSettings
) -> Reason | None:
    """Why ``asked`` need not be answered after ``update``, or None.

    A changed question is answered in its new form. In private, ``/new`` and the next question show
    that the one before is done with; in a group, others ask too.
    """
    edited = update.edited_message
    if edited is not None:
        return "edit" if edited.message_id == asked.message else None
    query = update.callback_query
    if query is not None and isinstance(query.message, Message) and is_private(query.message):
        return "question" if (query.data or "").startswith(_ASKING) else None
    message = update.message
    if message is None or not is_private(message) or not message.text:
        return None
    if message.text.startswith("/"):
        command, *words = message.text.lower().split()
        asks = command == "/ask" and (words or message.reply_to_message is not None)
        return "new" if command == "/new" else "question" if asks else None
    person = message.from_user
    editing = person is not None and settings.may_edit(person.id)
    length = settings.article_length
    if editing and (gives_links(message, length) or is_article(message, length)):
        return None
    return None if smalltalk(message.text) else "question"
