"""What the buttons under the bot's messages do, and reactions to them."""

from __future__ import annotations

import logging

from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MaybeInaccessibleMessage,
    Message,
    ReactionTypeEmoji,
    Update,
)
from telegram.error import BadRequest

from bot.telegram.context import BotContext, Context, bot_context
from bot.telegram.handlers.commands import show_source, ui_language
from bot.telegram.handlers.questions import Inquiry, admitted, answer
from bot.telegram.messages.formatted_text import plain_text, styled
from bot.telegram.messages.rendering import opening
from bot.telegram.messages.sender import Target, deliver
from bot.telegram.messages.texts import translate
from prompts import Language
from vectorstore.core.types import Article

log = logging.getLogger(__name__)

REASONS = ("wrong", "incomplete", "source", "missing")
_GOOD = frozenset("👍❤🔥🥰👏😁🎉🤩🙏👌💯🏆😍🤗🫡💘😘🤝⚡")
_BAD = frozenset("👎🤬🤮💩🤡🥱💔🤨😐😡🙊")


async def on_language_chosen(update: Update, context: Context) -> None:
    """A language was tapped."""
    query, (choice,) = pressed(update)
    if choice in ("auto", "ar", "en"):
        desk = bot_context(context)
        desk.records.choose_language(query.from_user.id, choice)  # type: ignore[arg-type]
        words = translate(f"language.done_{choice}", ui_language(desk, query.from_user))
        await _replace(query, words)


async def on_forget_confirmed(update: Update, context: Context) -> None:
    """/forget_me was confirmed, or not; only the person who asked can do either."""
    query, (person, choice) = pressed(update)
    if int(person) != query.from_user.id:
        await query.answer()
        return
    desk = bot_context(context)
    language = ui_language(desk, query.from_user)
    if choice == "yes":
        # First the conversations: killed in between, the bot still knows which they were.
        for thread in desk.records.threads_of(query.from_user.id):
            await desk.run(desk.engine.delete_thread, thread)
        desk.records.forget_person(query.from_user.id)
        log.info("forgot a person")
    await _replace(
        query, translate("privacy.done" if choice == "yes" else "privacy.kept", language)
    )


async def on_example(update: Update, context: Context) -> None:
    """A question was tapped: it is shown, then answered."""
    query, (number,) = pressed(update)
    desk, message = bot_context(context), query.message
    if await _kept_out(query, desk):
        return
    question = desk.records.offered(int(number))
    await query.answer()
    if question is None or message is None:
        return
    await ask_for(query, message, question, context)


async def on_followup(update: Update, context: Context) -> None:
    """A suggested question was tapped: it goes on with the answer it stands under."""
    query, (answer_id, number) = pressed(update)
    desk, message = bot_context(context), query.message
    if await _kept_out(query, desk):
        return
    given = desk.records.answer(int(answer_id, 16))
    question = desk.records.offered(int(number))
    if given is None or question is None or message is None:
        await query.answer(translate("answer.gone", ui_language(desk, query.from_user)))
        return
    await query.answer()
    await ask_for(query, message, question, context, thread=given.thread)


async def ask_for(
    query: CallbackQuery,
    message: MaybeInaccessibleMessage,
    question: str,
    context: Context,
    *,
    thread: str | None = None,
) -> None:
    """Answer a question that a person tapped instead of writing it, in ``thread`` if given."""
    desk, bot = bot_context(context), context.bot
    language = ui_language(desk, query.from_user)
    place = _place(message)
    if not await admitted(desk, bot, query.from_user.id, place, language):
        return
    shown = styled(translate("answer.question", language, question=question), "bold")
    (question_message,) = await deliver(bot, place, [shown])
    group = message.chat.type != "private"
    inquiry = Inquiry(
        text=question,
        person=query.from_user.id,
        thread=thread
        or f"telegram:{place.chat}:{place.topic or 0}" + (f":{question_message}" if group else ""),
        target=Target(place.chat, place.topic, question_message if group else None),
        question_message=None,
        language=language,
    )
    await answer(inquiry, context)


async def on_context(update: Update, context: Context) -> None:
    """More of the article around a quote was asked for."""
    query, (answer_id, marker) = pressed(update)
    if await _kept_out(query, bot_context(context)):
        return
    await query.answer()
    if query.message is not None:
        await show_source(
            _place(query.message, reply=True), int(answer_id, 16), int(marker), context
        )


async def on_article(update: Update, context: Context) -> None:
    """An article was tapped: its head and beginning."""
    query, (number,) = pressed(update)
    desk = bot_context(context)
    article_id = desk.records.offered(int(number))
    language = ui_language(desk, query.from_user)
    if await _kept_out(query, desk):
        return
    await query.answer()
    if query.message is None:
        return
    article = await desk.run(desk.engine.store.get, article_id) if article_id else None
    if article is None:
        words = translate("answer.article_gone", language)
        await deliver(context.bot, _place(query.message), [plain_text(words)])
        return
    buttons = article_buttons(article, int(number), language, may_edit=_edits(context, query))
    await deliver(context.bot, _place(query.message), [opening(article, language)], buttons=buttons)


def article_buttons(
    article: Article, number: int, language: Language, *, may_edit: bool
) -> InlineKeyboardMarkup:
    """Under an article: ask about it and, for editors, remove it."""
    row = [
        InlineKeyboardButton(
            translate("editor.ask_about", language), callback_data=f"about:{number}"
        )
    ]
    if may_edit:
        row.append(
            InlineKeyboardButton(
                translate("editor.remove", language), callback_data=f"remove:{number}"
            )
        )
    return InlineKeyboardMarkup([row])


async def on_about(update: Update, context: Context) -> None:
    """A question about an article was asked for."""
    query, (number,) = pressed(update)
    desk = bot_context(context)
    if await _kept_out(query, desk):
        return
    article_id = desk.records.offered(int(number))
    article = await desk.run(desk.engine.store.get, article_id) if article_id else None
    await query.answer()
    if query.message is None or article is None:
        return
    language: Language = ui_language(desk, query.from_user)
    question = translate("start.example", language, title=" ".join(article.title.split()))
    await ask_for(query, query.message, question, context)


async def on_rating(update: Update, context: Context) -> None:
    """👍 or 👎; after 👎, what is wrong may be told by another button."""
    query, (answer_id, verdict) = pressed(update)
    desk = bot_context(context)
    language = ui_language(desk, query.from_user)
    if desk.records.answer(int(answer_id, 16)) is None:
        await query.answer(translate("answer.gone", language))
        return
    desk.records.rate(int(answer_id, 16), query.from_user.id, int(verdict))
    log.info("rated", extra={"verdict": int(verdict)})
    await query.answer(
        translate(f"feedback.thanks_{'good' if int(verdict) > 0 else 'bad'}", language)
    )
    if int(verdict) < 0 and query.message is not None:
        keyboard = [
            [
                InlineKeyboardButton(
                    translate(f"feedback.{reason}", language),
                    callback_data=f"why:{answer_id}:{reason}",
                )
            ]
            for reason in REASONS
        ]
        await deliver(
            context.bot,
            _place(query.message, reply=True),
            [plain_text(translate("feedback.thanks_bad", language))],
            buttons=InlineKeyboardMarkup(keyboard),
        )


async def on_reason(update: Update, context: Context) -> None:
    """Why an answer was bad; said of one that has been replaced since, it counts no more."""
    query, (answer_id, reason) = pressed(update)
    desk = bot_context(context)
    words = "answer.gone"
    if reason in REASONS and desk.records.is_rated(int(answer_id, 16)):
        desk.records.rate(int(answer_id, 16), query.from_user.id, -1, reason)
        words = "feedback.noted"
    await _replace(query, translate(words, ui_language(desk, query.from_user)))


async def on_reaction(update: Update, context: Context) -> None:
    """A reaction to an answer counts like the buttons; taken back, it counts no more."""
    reaction = update.message_reaction
    if reaction is None or reaction.user is None:
        return
    desk = bot_context(context)
    given = desk.records.answer_in(reaction.chat.id, reaction.message_id)
    if given is None:
        return
    shown = {r.emoji for r in reaction.new_reaction if isinstance(r, ReactionTypeEmoji)}
    if shown & _BAD:
        desk.records.rate(given.id, reaction.user.id, -1)
    elif shown & _GOOD:
        desk.records.rate(given.id, reaction.user.id, 1)
    elif not reaction.new_reaction:
        desk.records.unrate(given.id, reaction.user.id)


async def on_stale_button(update: Update, context: Context) -> None:
    """A button of an older version of the bot."""
    if update.callback_query is not None:
        language = ui_language(bot_context(context), update.callback_query.from_user)
        await update.callback_query.answer(translate("answer.gone", language))


def pressed(update: Update) -> tuple[CallbackQuery, list[str]]:
    """The tap and what stands in its button, without the first word."""
    query = update.callback_query
    assert query is not None  # noqa: S101 - only registered for these
    assert query.data is not None  # noqa: S101
    return query, query.data.split(":")[1:]


async def _kept_out(query: CallbackQuery, desk: BotContext) -> bool:
    """Whether this person may not read (any more), which they are told."""
    person = query.from_user
    if desk.settings.may_read(person.id):
        return False
    await query.answer(translate("start.no_entry", ui_language(desk, person), id=person.id))
    return True


def _place(message: MaybeInaccessibleMessage, *, reply: bool = False) -> Target:
    if isinstance(message, Message):
        return Target.of(message, reply=reply)
    return Target(message.chat.id)


def _edits(context: Context, query: CallbackQuery) -> bool:
    return bot_context(context).settings.may_edit(query.from_user.id)


async def _replace(query: CallbackQuery, words: str) -> None:
    """Put ``words`` in the place of the message with the button."""
    await query.answer()
    try:
        await query.edit_message_text(words)
    except BadRequest as error:
        log.info("cannot edit", extra={"problem": error.message})
