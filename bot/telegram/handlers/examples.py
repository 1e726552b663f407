"""Example questions about the newest articles, each tested against the engine."""

from __future__ import annotations

from bot.engine import Engine
from bot.telegram.core.chat_state import ChatState
from bot.telegram.messages.texts import translate
from prompts import Language

EXAMPLES = 3
_CANDIDATES = 12


def example_questions(engine: Engine, chats: ChatState, language: Language) -> list[str]:
    """Questions about the newest articles whose answer cites the article.

    Articles in ``language`` come first. The result is stored until the articles change.
    """
    generation = str(engine.store.catalogue.generation)
    cached_generation, *cached = chats.note(f"examples:{language}").split("\n")
    if cached_generation == generation:
        return cached
    questions: list[str] = []
    newest = engine.store.catalogue.list_articles(limit=_CANDIDATES)
    for article in sorted(newest, key=lambda article: article.language != language):
        title = " ".join(article.title.split())
        if not title:
            continue
        question = translate("start.example", language, title=title)
        answer = engine.ask(question, language=language, compose=False)
        if any(c.article_id == article.id for c in answer.citations):
            questions.append(question)
        if len(questions) == EXAMPLES:
            break
    chats.set_note(f"examples:{language}", "\n".join([generation, *questions]))
    return questions
