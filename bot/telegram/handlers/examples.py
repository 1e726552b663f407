"""Example questions, made from the headlines at hand and tried out before they are offered."""

from __future__ import annotations

from bot.engine import Engine
from bot.telegram.core.repository import AnswerRepository
from bot.telegram.messages.texts import translate
from prompts import Language

EXAMPLES = 3
_CANDIDATES = 12


def examples(engine: Engine, records: AnswerRepository, language: Language) -> list[str]:
    """Questions on the newest articles in ``language`` that the engine answers from them.

    What was found is kept until the articles change: trying takes a moment.
    """
    state = str(engine.store.catalogue.generation)
    made_from, *known = records.noted(f"examples:{language}").split("\n")
    if made_from == state:
        return known
    questions: list[str] = []
    newest = engine.store.catalogue.list_articles(limit=_CANDIDATES)
    in_language = [a for a in newest if a.language == language]
    others = [a for a in newest if a.language != language]
    for article in in_language + others:
        title = " ".join(article.title.split())
        if not title:
            continue
        question = translate("start.example", language, title=title)
        answer = engine.ask(question, language=language, compose=False)
        if any(c.article_id == article.id for c in answer.citations):
            questions.append(question)
        if len(questions) == EXAMPLES:
            break
    records.note(f"examples:{language}", "\n".join([state, *questions]))
    return questions
