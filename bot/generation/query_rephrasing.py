"""Completes follow-up questions with a chat model where the rules are uncertain.

The model is called only for follow-ups that :mod:`bot.conversation.intent` cannot resolve. Its
question is accepted only if all its content words and numbers occur in the conversation, so that an
answer, an invention or an obeyed instruction is rejected.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.query_rewriting import StandaloneQuestion
from bot.generation.core.prompt import Message, PastTurn, format_turns, sanitise, tag_suffix
from bot.generation.support.hard_facts import fact_tokens
from bot.generation.support.word_matching import Vocabulary, content_words
from bot.language.parsed_question import ParsedQuestion
from prompts import Language, text

MAX_QUESTION_LENGTH = 300
"""Characters of a question written by a model."""


def rephrasing_messages(
    question: str, past_turns: Sequence[PastTurn], language: Language
) -> list[Message]:
    """The prompt that asks for ``question`` as a standalone question."""
    turns = format_turns(past_turns, language)
    human = text(
        "rephrase.material",
        language,
        turns=turns,
        question=sanitise(question),
        nonce=tag_suffix(question, turns),
    )
    return [("system", text("rephrase.system", language).strip()), ("human", human.strip())]


def validate_rephrasing(output: str, question: str, past_turns: Sequence[PastTurn]) -> str | None:
    """The question in ``output``, or None if it uses words from outside the conversation."""
    lines = [line.strip() for line in output.strip().splitlines() if line.strip()]
    if len(lines) != 1 or len(lines[0]) > MAX_QUESTION_LENGTH:
        return None
    line = lines[0].strip('"«»“” ')
    conversation = "\n".join([question, *(f"{t.question}\n{t.answer}" for t in past_turns)])
    known, used = fact_tokens(conversation), fact_tokens(line)
    if not used.numbers <= known.numbers:
        return None
    vocabulary = Vocabulary(known.words)
    content = list(content_words(used.words))
    return line if content and all(map(vocabulary.contains, content)) else None


def rephrased_question(
    line: str, heuristic: StandaloneQuestion, question: str, turns: int
) -> StandaloneQuestion:
    """``line`` as a standalone question; words that ``question`` lacks are its topic.

    Args:
        line: The question written by the model.
        heuristic: The uncertain result of the rules.
        question: The reader's question.
        turns: Number of earlier turns.
    """
    vocabulary = Vocabulary(fact_tokens(question).words)
    added = [w for w in content_words(fact_tokens(line).words) if not vocabulary.contains(w)]
    if not added:
        return StandaloneQuestion(ParsedQuestion(line))
    return StandaloneQuestion(
        ParsedQuestion(line),
        topic=" ".join(added),
        kind="previous" if heuristic.kind == "none" else heuristic.kind,
        turns=heuristic.turns or (turns - 1,),
    )
