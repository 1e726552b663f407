"""Follow-up questions made whole by a chat model, where rules alone are unsure.

The rules of :mod:`bot.conversation.intent` have the first word: a question that needs nothing, and
a
follow-up that they resolve for certain, cost no call. What the model writes counts only when it is
made of the conversation's own words; a model that answers, invents or obeys a passage is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.query_rewriting import StandaloneQuestion
from bot.generation.core.prompt import Message, PastTurn, harmless, nonce, turns_shown
from bot.generation.support.hard_facts import tokens
from bot.generation.support.word_matching import Vocabulary, content
from bot.language.parsed_question import ParsedQuestion
from prompts import Language, text

LONGEST = 300
"""Characters of a question that a model may write."""


def rephrase_messages(
    question: str, thread: Sequence[PastTurn], language: Language
) -> list[Message]:
    """The prompt for one question."""
    shown = turns_shown(thread, language)
    return [
        ("system", text("rephrase.system", language).strip()),
        (
            "human",
            text(
                "rephrase.material",
                language,
                turns=shown,
                question=harmless(question),
                nonce=nonce(question, shown),
            ).strip(),
        ),
    ]


def accepted(written: str, question: str, thread: Sequence[PastTurn]) -> str | None:
    """The question that a model wrote, or None when it is none of the conversation's making."""
    lines = [line.strip() for line in written.strip().splitlines() if line.strip()]
    if len(lines) != 1 or len(lines[0]) > LONGEST:
        return None
    line = lines[0].strip('"«»“” ')
    known = tokens("\n".join([question, *(f"{s.question}\n{s.answer}" for s in thread)]))
    said = tokens(line)
    vocabulary = Vocabulary(known.words)
    if not said.numbers <= known.numbers:
        return None
    telling = list(content(said.words))
    return line if telling and all(vocabulary.has(w) for w in telling) else None


def resolved(
    line: str, heuristic: StandaloneQuestion, question: str, turns: int
) -> StandaloneQuestion:
    """``line`` as the standalone question; its topic is what the question itself did not say."""
    own = Vocabulary(tokens(question).words)
    borrowed = [w for w in content(tokens(line).words) if not own.has(w)]
    if not borrowed:
        return StandaloneQuestion(ParsedQuestion(line))
    return StandaloneQuestion(
        ParsedQuestion(line),
        topic=" ".join(borrowed),
        kind="previous" if heuristic.kind == "none" else heuristic.kind,
        turns=heuristic.turns or (turns - 1,),
    )
