"""Messages and button presses as handlers see them, and the access check before each handler."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, Self, TypeVar, cast

from telegram import (
    Bot,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
    User,
)
from telegram.error import BadRequest
from telegram.ext import ContextTypes

from bot.telegram.context import BotContext
from bot.telegram.jobs.jobs import Jobs
from bot.telegram.messages.addressing import is_private
from bot.telegram.messages.formatted_text import FormattedText, plain_text
from bot.telegram.messages.sender import Target, send
from bot.telegram.messages.texts import telegram_language, translate
from prompts import Language

log = logging.getLogger(__name__)

CallbackContext = ContextTypes.DEFAULT_TYPE
Handler = Callable[[Update, CallbackContext], Coroutine[Any, Any, None]]
Access = Literal["anyone", "readers", "editors"]
Keyboard = list[list[InlineKeyboardButton]]


def bot_context(context: CallbackContext) -> BotContext:
    """The shared objects of the application that a handler runs in."""
    return cast("BotContext", context.bot_data["bot_context"])


def jobs_of(context: CallbackContext) -> Jobs:
    """The jobs of the application that a handler runs in."""
    return cast("Jobs", context.bot_data["jobs"])


def ui_language(deps: BotContext, user: User | None) -> Language:
    """The language of the bot's texts for a user: the one they chose, else their Telegram's."""
    choice = deps.chats.language(user.id) if user else "auto"
    return telegram_language(user) if choice == "auto" else choice


def _shared(context: CallbackContext, user: User) -> tuple[Bot, BotContext, Jobs, User, Language]:
    """The fields of ``UserRequest``."""
    deps = bot_context(context)
    return context.bot, deps, jobs_of(context), user, ui_language(deps, user)


@dataclass(frozen=True, slots=True)
class UserRequest(ABC):
    """A user's request, with what handlers need to respond."""

    bot: Bot
    deps: BotContext
    jobs: Jobs
    user: User
    language: Language
    """Of the bot's texts."""

    def translate(self, key: str, **values: object) -> str:
        """The text ``key`` in the user's language."""
        return translate(key, self.language, **values)

    def button(self, key: str, data: str, **values: object) -> InlineKeyboardButton:
        """A button with the label ``key``, which sends ``data`` when pressed."""
        return InlineKeyboardButton(self.translate(key, **values), callback_data=data)

    @property
    def is_editor(self) -> bool:
        """Whether the user may change articles."""
        return self.deps.settings.may_edit(self.user.id)

    @classmethod
    @abstractmethod
    def of(cls, update: Update, context: CallbackContext) -> Self | None:
        """The request in an update; None if the update has none."""

    @abstractmethod
    async def refuse(self, reason: str) -> None:
        """Tell the user why the request is refused."""

    def denial(self, access: Access) -> str | None:
        """Why the user may not do what requires ``access``; None if they may."""
        if access == "readers" and not self.deps.settings.may_read(self.user.id):
            return self.translate("start.no_entry", id=self.user.id)
        if access == "editors" and not self.is_editor:
            return self.translate("editor.only")
        return None


@dataclass(frozen=True, slots=True)
class MessageRequest(UserRequest):
    """A message of a user, new or edited."""

    message: Message
    args: list[str]
    """Words after a command."""

    @classmethod
    def of(cls, update: Update, context: CallbackContext) -> Self | None:
        """See ``UserRequest``."""
        message, user = update.effective_message, update.effective_user
        if message is None or user is None:
            return None
        return cls(*_shared(context, user), message, context.args or [])

    async def refuse(self, reason: str) -> None:
        """See ``UserRequest``."""
        await self.reply(reason)

    async def reply(self, text: str | FormattedText, buttons: Keyboard | None = None) -> None:
        """Send ``text`` to the chat; in a group, as a reply to the message."""
        target = Target.of(self.message, reply=not is_private(self.message))
        await _send(self.bot, target, text, buttons)


@dataclass(frozen=True, slots=True)
class ButtonRequest(UserRequest):
    """A press of a button."""

    query: CallbackQuery
    values: list[str]
    """The parts of the button's data after its name, which were separated by colons."""

    @classmethod
    def of(cls, update: Update, context: CallbackContext) -> Self | None:
        """See ``UserRequest``."""
        query = update.callback_query
        if query is None or query.data is None:
            return None
        return cls(*_shared(context, query.from_user), query, query.data.split(":")[1:])

    async def refuse(self, reason: str) -> None:
        """See ``UserRequest``."""
        await self.query.answer(reason)

    @property
    def stored_value(self) -> str | None:
        """The value that the button's data has the number of."""
        return self.deps.chats.button_value(int(self.values[0]))

    def target(self, *, reply: bool = False) -> Target | None:
        """The chat of the message with the button; None for a message sent in inline mode."""
        message = self.query.message
        if isinstance(message, Message):
            return Target.of(message, reply=reply)
        return None if message is None else Target(message.chat.id)

    async def send(
        self, text: str | FormattedText, buttons: Keyboard | None = None, *, reply: bool = False
    ) -> None:
        """Send ``text`` to the chat of the message with the button."""
        target = self.target(reply=reply)
        if target is not None:
            await _send(self.bot, target, text, buttons)

    async def edit(self, text: str) -> None:
        """Replace the message with the button by ``text``."""
        try:
            await self.query.edit_message_text(text)
        except BadRequest as error:  # deleted, or pressed twice
            log.info("cannot edit", extra={"problem": error.message})


async def _send(
    bot: Bot, target: Target, text: str | FormattedText, buttons: Keyboard | None
) -> None:
    part = plain_text(text) if isinstance(text, str) else text
    await send(bot, target, [part], buttons=InlineKeyboardMarkup(buttons) if buttons else None)


R = TypeVar("R", bound=UserRequest)


def handler(
    kind: type[R], access: Access = "anyone"
) -> Callable[[Callable[[R], Coroutine[Any, Any, None]]], Handler]:
    """Make a function of a request a handler; users without access get the reason instead."""

    def decorate(function: Callable[[R], Coroutine[Any, Any, None]]) -> Handler:
        @wraps(function)
        async def handle(update: Update, context: CallbackContext) -> None:
            request = kind.of(update, context)
            if request is not None:
                reason = request.denial(access)
                await (function(request) if reason is None else request.refuse(reason))

        return handle

    return decorate
