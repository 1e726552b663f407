"""Inline mode: ``@bot question`` in any chat gives the best cited passages to choose from."""

from __future__ import annotations

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)

from bot.core.models import Answer, Citation
from bot.telegram.context import Context, bot_context
from bot.telegram.messages.formatted_text import FormattedText, joined, plain_text, styled
from bot.telegram.messages.rendering import answer_language, heading
from bot.telegram.messages.sender import NO_PREVIEW, message_entities
from bot.telegram.messages.splitting import pack
from bot.telegram.messages.texts import own_language, translate
from prompts import Language

SHORTEST = 2
"""Words; while a question is being typed, there is nothing to look for yet."""
CACHE_SECONDS = 60
DESCRIPTION = 200


async def on_inline_query(update: Update, context: Context) -> None:
    """Look a question up while it is being typed; without enough of it, say so."""
    query = update.inline_query
    if query is None:
        return
    desk, person = bot_context(context), query.from_user
    language = own_language(person)
    if not desk.settings.may_read(person.id) or len(query.query.split()) < SHORTEST:
        button = _button("inline_prompt", language)
        await query.answer([], cache_time=CACHE_SECONDS, is_personal=True, button=button)
        return
    if desk.inline_allowance.take(person.id) != "yes":
        await query.answer([], cache_time=1, is_personal=True)
        return
    found = await desk.run(
        desk.engine.ask,
        query.query,
        language=desk.records.language(person.id),
        compose=False,  # passages are what is offered, and asked for at every keystroke
    )
    if not found.citations:
        button = _button("inline_nothing", language)
        await query.answer([], cache_time=CACHE_SECONDS, is_personal=True, button=button)
        return
    await query.answer(
        [_result(found, citation) for citation in found.citations],
        cache_time=CACHE_SECONDS,
        is_personal=True,
    )


def _button(key: str, language: Language) -> InlineQueryResultsButton:
    """A line above the results; tapped, it leads to the bot itself."""
    return InlineQueryResultsButton(translate(f"answer.{key}", language), start_parameter="inline")


def _result(found: Answer, citation: Citation) -> InlineQueryResultArticle:
    content = cited_quote(found, citation)
    return InlineQueryResultArticle(
        id=f"{citation.marker}",
        title=" ".join(citation.title.split())[:DESCRIPTION] or "—",
        description=" ".join(citation.quote.split())[:DESCRIPTION],
        url=citation.url,
        input_message_content=InputTextMessageContent(
            content.text,
            entities=message_entities(content),
            link_preview_options=NO_PREVIEW,
        ),
    )


def cited_quote(found: Answer, citation: Citation) -> FormattedText:
    """The question, a quote that answers it, and where it stands."""
    language = answer_language(found)
    question = plain_text(translate("answer.question", language, question=found.question))
    quote = styled(citation.quote, "blockquote")
    head = heading(citation, language, link=citation.url)
    return pack([joined((question, quote, head), "\n")])[0]
