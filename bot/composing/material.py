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

from prompts import Language, text
from vectorstore.types import RetrievedPassage

Message = tuple[str, str]
"""Role (``system``, ``human``) and content."""

NO_ANSWER = "NO_ANSWER"
_EARLIER_LENGTH = 400
_LOOKALIKES = str.maketrans(
    {"<": "‹", ">": "›", "[": "(", "]": ")", "【": "(", "】": ")", "［": "(", "］": ")", "`": "'"}
)
_INVISIBLE = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]|[\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier turn: what the reader asked and what Rawi answered."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a model is shown of a passage: ``passage.text[start:]`` begins with ``text``."""

    passage: RetrievedPassage
    text: str
    start: int = 0


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
    thread: Sequence[Said] = (),
) -> list[Message]:
    """The whole prompt for one answer. The same material always gives the same prompt."""
    nonce = _nonce(question, *(e.text for e in excerpts))
    return [
        ("system", text("compose.system", language).strip()),
        (
            "human",
            text(
                "compose.question",
                language,
                passages="\n".join(
                    _passage(number, excerpt, nonce, language)
                    for number, excerpt in enumerate(excerpts, 1)
                ),
                thread=_thread(thread, nonce, language),
                question=harmless(question),
                nonce=nonce,
            ).strip(),
        ),
    ]


def _passage(number: int, excerpt: Excerpt, nonce: str, language: Language) -> str:
    article = excerpt.passage.article
    key = "head" if article.published_at else "head_undated"
    date = article.published_at.date().isoformat() if article.published_at else ""
    title = harmless(" ".join(article.title.split()))
    head = text(f"compose.{key}", language, title=title, date=date)
    return text(
        "compose.passage",
        language,
        nonce=nonce,
        number=number,
        head=head,
        text=harmless(excerpt.text),
    ).strip()


def _thread(thread: Sequence[Said], nonce: str, language: Language) -> str:
    if not thread:
        return ""
    lines = []
    for said in thread:
        lines.append(text("compose.asked", language, text=_short(said.question)))
        if said.answer:
            lines.append(text("compose.answered", language, text=_short(said.answer)))
    rendered: str = text("compose.thread", language, nonce=nonce, turns="\n".join(lines))
    return rendered.lstrip()


def _short(material: str) -> str:
    line = " ".join(harmless(material).split())
    return line if len(line) <= _EARLIER_LENGTH else f"{line[:_EARLIER_LENGTH]}…"


def _nonce(*material: str) -> str:
    joined = "\0".join(material).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:10]
