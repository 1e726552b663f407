"""Buttons under the bot's messages, and reactions to them."""

from __future__ import annotations

import logging

from telegram import ReactionTypeEmoji, Update

from bot.core.models import SuggestedQuestion
from bot.telegram.core.chat_state import LanguageChoice
from bot.telegram.core.repository import StoredAnswer
from bot.telegram.handlers.answer_view import Page
from bot.telegram.handlers.commands import send_source
from bot.telegram.handlers.questions import Question, admit, answer_question, show_page
from bot.telegram.handlers.requests import (
    ButtonRequest,
    CallbackContext,
    bot_context,
    handler,
    ui_language,
)
from bot.telegram.messages.formatted_text import formatted
from bot.telegram.messages.rendering import article_preview
from bot.telegram.messages.sender import Target, send
from bot.telegram.messages.texts import translate
from prompts import Language, text
from vectorstore.core.types import Article

log = logging.getLogger(__name__)

_LANGUAGES: dict[str, LanguageChoice] = {"auto": "auto", "ar": "ar", "en": "en"}
REASONS = ("wrong", "incomplete", "source", "missing")
_POSITIVE = frozenset("👍❤🔥🥰👏😁🎉🤩🙏👌💯🏆😍🤗🫡💘😘🤝⚡")
_NEGATIVE = frozenset("👎🤬🤮💩🤡🥱💔🤨😐😡🙊")


@handler(ButtonRequest)
async def on_language_chosen(request: ButtonRequest) -> None:
    """A language was chosen."""
    await request.query.answer()
    choice = _LANGUAGES.get(request.values[0])
    if choice is not None:
        deps, user = request.deps, request.user
        deps.chats.set_language(user.id, choice)
        await request.edit(translate(f"language.done_{choice}", ui_language(deps, user)))


@handler(ButtonRequest)
async def on_forget_confirmed(request: ButtonRequest) -> None:
    """/forget_me was confirmed or cancelled, which only the user who sent it can do."""
    user_id, choice = request.values
    await request.query.answer()
    if int(user_id) != request.user.id:
        return
    if choice == "yes":
        deps = request.deps
        # Conversations first: if the bot is killed in between, it still knows which they are.
        for thread in deps.answers.threads_of(request.user.id):
            await deps.run(deps.engine.delete_thread, thread)
        deps.answers.delete_user(request.user.id)
        log.info("forgot a person")
    await request.edit(request.translate("privacy.done" if choice == "yes" else "privacy.kept"))


@handler(ButtonRequest, "readers")
async def on_example(request: ButtonRequest) -> None:
    """An example question was chosen."""
    await request.query.answer()
    if request.stored_value is not None:
        await _ask(request, request.stored_value)


@handler(ButtonRequest, "readers")
async def on_about(request: ButtonRequest) -> None:
    """A question about an article was requested."""
    article = await _article(request)
    await request.query.answer()
    if article is not None:
        title = " ".join(article.title.split())
        await _ask(request, request.translate("start.example", title=title))


async def _ask(request: ButtonRequest, question: str) -> None:
    """Show a question that was chosen by a button, and answer it."""
    chat, message = request.target(), request.query.message
    if chat is None or message is None or not await admit(request, chat):
        return
    shown = formatted(request.translate("answer.question", question=question), "bold")
    (message_id,) = await send(request.bot, chat, [shown])
    thread = f"telegram:{chat.chat_id}:{chat.topic_id or 0}"
    is_group = message.chat.type != "private"
    asked = Question(
        text=question,
        user_id=request.user.id,
        thread=f"{thread}:{message_id}" if is_group else thread,
        target=Target(chat.chat_id, chat.topic_id, message_id if is_group else None),
        message_id=None,
        language=request.language,
    )
    await answer_question(request.deps, request.bot, asked)


@handler(ButtonRequest, "readers")
async def on_suggested(request: ButtonRequest) -> None:
    """The summary or the timeline of a cited article was requested."""
    stored = await _stored_answer(request)
    if stored is None:
        return
    intent, article_id = request.values[1], request.deps.chats.button_value(int(request.values[2]))
    target = request.target(reply=True)
    if article_id is None or target is None or not await admit(request, target):
        return
    if await request.deps.run(request.deps.engine.store.get, article_id) is None:
        await request.send(request.translate("answer.article_gone"))
        return
    language: Language = "en" if stored.language == "en" else "ar"
    wording = text(f"summaries.next.{intent}", language)
    question = Question(
        text=wording,
        user_id=request.user.id,
        thread=stored.thread,
        target=target,
        message_id=None,
        language=language,
        chosen=SuggestedQuestion(text=wording, intent=intent, article_id=article_id),
    )
    await answer_question(request.deps, request.bot, question)


@handler(ButtonRequest, "readers")
async def on_items(request: ButtonRequest) -> None:
    """Another page of a list was requested: it takes the place of the one shown."""
    stored = await _stored_answer(request)
    target = request.target()
    if stored is not None and target is not None and await admit(request, target):
        page = Page(int(request.values[1]), int(request.values[2]))
        if not await show_page(request.deps, request.bot, stored, page, target):
            await request.send(request.translate("answer.gone"))


async def _stored_answer(request: ButtonRequest) -> StoredAnswer | None:
    """The answer with the button; None, and the user is told, if it is no longer stored."""
    stored = request.deps.answers.get(int(request.values[0], 16))
    await request.query.answer(request.translate("answer.gone") if stored is None else None)
    return stored


@handler(ButtonRequest, "readers")
async def on_context(request: ButtonRequest) -> None:
    """The article around a quote was requested."""
    answer_id, marker = request.values
    await request.query.answer()
    target = request.target(reply=True)
    if target is not None:
        await send_source(request.bot, request.deps, target, int(answer_id, 16), int(marker))


@handler(ButtonRequest, "readers")
async def on_article(request: ButtonRequest) -> None:
    """The beginning of an article was requested."""
    await request.query.answer()
    article = await _article(request)
    if article is None:
        await request.send(request.translate("answer.article_gone"))
        return
    number = request.values[0]
    row = [request.button("editor.ask_about", f"about:{number}")]
    if request.is_editor:
        row.append(request.button("editor.remove", f"remove:{number}"))
    await request.send(article_preview(article, request.language), [row])


async def _article(request: ButtonRequest) -> Article | None:
    """The article whose id the button has the number of."""
    deps, article_id = request.deps, request.stored_value
    return await deps.run(deps.engine.store.get, article_id) if article_id else None


@handler(ButtonRequest)
async def on_rating(request: ButtonRequest) -> None:
    """👍 or 👎 was pressed; after 👎 further buttons ask for the reason."""
    answer_id, verdict = request.values[0], int(request.values[1])
    answers = request.deps.answers
    if answers.get(int(answer_id, 16)) is None:
        await request.query.answer(request.translate("answer.gone"))
        return
    answers.rate(int(answer_id, 16), request.user.id, verdict)
    log.info("rated", extra={"verdict": verdict})
    thanks = request.translate(f"feedback.thanks_{'good' if verdict > 0 else 'bad'}")
    await request.query.answer(thanks)
    if verdict < 0:
        buttons = [[request.button(f"feedback.{r}", f"why:{answer_id}:{r}")] for r in REASONS]
        await request.send(thanks, buttons, reply=True)


@handler(ButtonRequest)
async def on_reason(request: ButtonRequest) -> None:
    """The reason of a 👎; ignored when the rated answer has been replaced meanwhile."""
    answer_id, reason = int(request.values[0], 16), request.values[1]
    answers = request.deps.answers
    await request.query.answer()
    if reason in REASONS and answers.is_rated(answer_id):
        answers.rate(answer_id, request.user.id, -1, reason)
        await request.edit(request.translate("feedback.noted"))
    else:
        await request.edit(request.translate("answer.gone"))


@handler(ButtonRequest)
async def on_stale_button(request: ButtonRequest) -> None:
    """A button of an older version of the bot."""
    await request.query.answer(request.translate("answer.gone"))


async def on_reaction(update: Update, context: CallbackContext) -> None:
    """A reaction to an answer is a rating; removing it removes the rating."""
    reaction = update.message_reaction
    if reaction is None or reaction.user is None:
        return
    answers = bot_context(context).answers
    answer = answers.by_message(reaction.chat.id, reaction.message_id)
    if answer is None:
        return
    emoji = {r.emoji for r in reaction.new_reaction if isinstance(r, ReactionTypeEmoji)}
    if emoji & _NEGATIVE:
        answers.rate(answer.id, reaction.user.id, -1)
    elif emoji & _POSITIVE:
        answers.rate(answer.id, reaction.user.id, 1)
    elif not reaction.new_reaction:
        answers.remove_rating(answer.id, reaction.user.id)
