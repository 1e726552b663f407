"""Inline mode: ``@bot question`` in any chat offers cited quotes to send."""

from __future__ import annotations

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)

from bot.core.models import Answer, Citation
from bot.telegram.handlers.requests import CallbackContext, bot_context
from bot.telegram.messages.answer_text import answer_language
from bot.telegram.messages.formatted_text import FormattedText, formatted, join, plain_text
from bot.telegram.messages.rendering import heading
from bot.telegram.messages.sender import NO_PREVIEW, message_entities
from bot.telegram.messages.splitting import pack
from bot.telegram.messages.texts import telegram_language, translate

MIN_WORDS = 2
"""Of a question that is being typed; shorter ones are not looked up."""
CACHE_SECONDS = 60
DESCRIPTION_LENGTH = 200


async def on_inline_query(update: Update, context: CallbackContext) -> None:
    """Offer quotes that answer the question, or a button that says why there are none."""
    query = update.inline_query
    if query is None:
        return
    deps, user = bot_context(context), query.from_user
    hint = "inline_prompt"
    results = []
    if deps.settings.may_read(user.id) and len(query.query.split()) >= MIN_WORDS:
        if deps.inline_quota.take(user.id) != "yes":
            await query.answer([], cache_time=1, is_personal=True)
            return
        answer = await deps.run(
            deps.engine.ask,
            query.query,
            language=deps.chats.language(user.id),
            compose=False,  # composing takes too long for a query per keystroke
        )
        results = [_result(answer, at) for at in range(len(answer.citations))]
        hint = "inline_nothing"
    button = InlineQueryResultsButton(
        translate(f"answer.{hint}", telegram_language(user)), start_parameter="inline"
    )
    await query.answer(
        results,
        cache_time=CACHE_SECONDS,
        is_personal=True,
        button=None if results else button,
    )


def _result(answer: Answer, at: int) -> InlineQueryResultArticle:
    citation = answer.citations[at]
    content = cited_quote(answer, citation)
    return InlineQueryResultArticle(
        id=f"{at + 1}",
        title=" ".join(citation.title.split())[:DESCRIPTION_LENGTH] or "—",
        description=" ".join(citation.quote.split())[:DESCRIPTION_LENGTH],
        url=citation.url,
        input_message_content=InputTextMessageContent(
            content.text,
            entities=message_entities(content),
            link_preview_options=NO_PREVIEW,
        ),
    )


def cited_quote(answer: Answer, citation: Citation) -> FormattedText:
    """The question, a quote that answers it, and its source, in one message."""
    language = answer_language(answer)
    question = plain_text(translate("answer.question", language, question=answer.question))
    quote = formatted(citation.quote, "blockquote")
    head = heading(citation, language, link=citation.url)
    return pack([join((question, quote, head), "\n")])[0]
