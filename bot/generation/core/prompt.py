"""What a chat model is given: rules, numbered passages, earlier turns, the question.

Articles, readers and earlier turns are material, not instructions. They stand between tags with a
number in them that nobody who writes an article can know beforehand, and nothing in them can look
like a tag, a chat template's token or a citation marker.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.generation.core.prompt_injection import without_orders
from prompts import Language, text
from vectorstore.core.characters import INVISIBLE
from vectorstore.core.types import RetrievedPassage

Message = tuple[str, str]
"""Role (``system``, ``human``) and content."""

NO_ANSWER = "NO_ANSWER"
_EARLIER_LENGTH = 400
_LOOKALIKES = str.maketrans(
    {"<": "‹", ">": "›", "[": "(", "]": ")", "【": "(", "】": ")", "［": "(", "］": ")", "`": "'"}
)
_INVISIBLE = re.compile(
    f"[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029{INVISIBLE}\U000e0000-\U000e007f]"
    "|[\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier turn: what the reader asked and what Rawi answered."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a model is shown of a passage: ``passage.text[start:]`` begins with ``text``."""

    passage: RetrievedPassage
    text: str
    start: int = 0

    @property
    def told(self) -> str:
        """What of it the model is shown: all but orders (see
        ``bot.generation.core.prompt_injection``)."""
        return without_orders(self.text)


def prompt_version(language: Language) -> str:
    """The version of the prompt, which changes whenever its words do."""
    return f"compose-{language}-{text('compose.version', language)}"


def harmless(material: str) -> str:
    """``material`` with nothing in it that a model or Rawi could take for structure."""
    return _INVISIBLE.sub("", material.replace("\t", " ")).translate(_LOOKALIKES).strip()


def messages(
    question: str,
    excerpts: Sequence[Excerpt],
    language: Language,
    thread: Sequence[PastTurn] = (),
) -> list[Message]:
    """The whole prompt for one answer. The same material always gives the same prompt."""
    mark = nonce(question, *(e.text for e in excerpts))
    return [
        ("system", text("compose.system", language).strip()),
        (
            "human",
            text(
                "compose.question",
                language,
                passages="\n".join(
                    _passage(number, excerpt, mark, language)
                    for number, excerpt in enumerate(excerpts, 1)
                ),
                thread=_thread(thread, mark, language),
                question=harmless(question),
                nonce=mark,
            ).strip(),
        ),
    ]


def _passage(number: int, excerpt: Excerpt, mark: str, language: Language) -> str:
    article = excerpt.passage.article
    key = "head" if article.published_at else "head_undated"
    date = article.published_at.date().isoformat() if article.published_at else ""
    title = harmless(without_orders(" ".join(article.title.split())))
    head = text(f"compose.{key}", language, title=title, date=date)
    return text(
        "compose.passage",
        language,
        nonce=mark,
        number=number,
        head=head,
        text=harmless(excerpt.told),
    ).strip()


def _thread(thread: Sequence[PastTurn], mark: str, language: Language) -> str:
    if not thread:
        return ""
    shown = turns_shown(thread, language)
    rendered: str = text("compose.thread", language, nonce=mark, turns=shown)
    return rendered.lstrip()


def turns_shown(thread: Sequence[PastTurn], language: Language) -> str:
    """Earlier turns as a model is shown them, a line each, shortened."""
    lines = []
    for said in thread:
        lines.append(text("compose.asked", language, text=_short(said.question)))
        if said.answer:
            lines.append(text("compose.answered", language, text=_short(said.answer)))
    return "\n".join(lines)


def _short(material: str) -> str:
    line = " ".join(harmless(material).split())
    return line if len(line) <= _EARLIER_LENGTH else f"{line[:_EARLIER_LENGTH]}…"


def nonce(*material: str) -> str:
    """What stands in the tags around ``material``: the same each time, and not to be guessed by
    whoever wrote a part of it."""
    joined = "\0".join(material).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:10]
