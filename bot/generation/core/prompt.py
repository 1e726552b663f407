"""The prompt: rules, numbered passages, earlier turns and the question.

Passages, earlier turns and the question are untrusted. They stand between tags with a suffix that
an author of an article cannot predict, and characters that could form a tag, a chat template's
token or a citation marker are replaced.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.generation.core.prompt_injection import remove_injections
from prompts import Language, text
from vectorstore.core.characters import INVISIBLE
from vectorstore.core.types import RetrievedPassage

Message = tuple[str, str]
"""Role (``system``, ``human``) and content."""

NO_ANSWER = "NO_ANSWER"
"""The output that says that the passages do not answer the question."""
_MAX_TURN_LENGTH = 400
_LOOKALIKES = str.maketrans(
    {"<": "‹", ">": "›", "[": "(", "]": ")", "【": "(", "】": ")", "［": "(", "］": ")", "`": "'"}
)
_INVISIBLE = re.compile(
    f"[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029{INVISIBLE}\U000e0000-\U000e007f]"
    "|[\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier question and Rawi's answer."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class PromptPassage:
    """The part of a passage in the prompt: ``passage.text[start:]`` begins with ``text``."""

    passage: RetrievedPassage
    text: str
    start: int = 0


def prompt_version(language: Language) -> str:
    """The version of the prompt, which changes whenever its texts change."""
    return f"compose-{language}-{text('compose.version', language)}"


def sanitise(content: str) -> str:
    """``content`` without characters that a model or Rawi could take for structure."""
    return _INVISIBLE.sub("", content.replace("\t", " ")).translate(_LOOKALIKES).strip()


def build_messages(
    question: str,
    passages: Sequence[PromptPassage],
    language: Language,
    past_turns: Sequence[PastTurn] = (),
) -> list[Message]:
    """The prompt for one answer; deterministic."""
    suffix = tag_suffix(question, *(p.text for p in passages))
    human = text(
        "compose.question",
        language,
        passages="\n".join(
            _format_passage(number, passage, suffix, language)
            for number, passage in enumerate(passages, 1)
        ),
        thread=_format_conversation(past_turns, suffix, language),
        question=sanitise(question),
        nonce=suffix,
    )
    return [("system", text("compose.system", language).strip()), ("human", human.strip())]


def _format_passage(number: int, passage: PromptPassage, suffix: str, language: Language) -> str:
    article = passage.passage.article
    key = "head" if article.published_at else "head_undated"
    date = article.published_at.date().isoformat() if article.published_at else ""
    title = sanitise(remove_injections(" ".join(article.title.split())))
    return text(
        "compose.passage",
        language,
        nonce=suffix,
        number=number,
        head=text(f"compose.{key}", language, title=title, date=date),
        text=sanitise(remove_injections(passage.text)),
    ).strip()


def _format_conversation(past_turns: Sequence[PastTurn], suffix: str, language: Language) -> str:
    if not past_turns:
        return ""
    turns = format_turns(past_turns, language)
    return text("compose.thread", language, nonce=suffix, turns=turns).lstrip()


def format_turns(past_turns: Sequence[PastTurn], language: Language) -> str:
    """Earlier turns for a prompt, shortened, one line for each question and answer."""
    lines = []
    for turn in past_turns:
        lines.append(text("compose.asked", language, text=_one_line(turn.question)))
        if turn.answer:
            lines.append(text("compose.answered", language, text=_one_line(turn.answer)))
    return "\n".join(lines)


def _one_line(content: str) -> str:
    line = " ".join(sanitise(content).split())
    return line if len(line) <= _MAX_TURN_LENGTH else f"{line[:_MAX_TURN_LENGTH]}…"


def tag_suffix(*contents: str) -> str:
    """The suffix of the tags around ``contents``: a hash of them.

    Deterministic, yet unpredictable to an author of any part.
    """
    joined = "\0".join(contents).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:10]
