"""What the bot says, in the language of whom it talks to."""

from __future__ import annotations

import re

from telegram import User

from bot.telegram.messages.formatted_text import LRM, RLM
from prompts import Language, text

_COMMAND = re.compile(r"(^|(?<=\s))(?=/\w)", re.MULTILINE)


def translate(key: str, language: Language, **values: object) -> str:
    """The text ``key`` of ``prompts/<language>/telegram.toml``.

    A command in an Arabic line keeps its stroke at its left, and a line that begins with one still
    runs from right to left.
    """
    words = text(f"telegram.{key}", language, **values)
    if language != "ar":
        return words
    return _COMMAND.sub(lambda at: (RLM if _begins_line(words, at.start()) else "") + LRM, words)


def _begins_line(words: str, at: int) -> bool:
    return at == 0 or words[at - 1] == "\n"


def own_language(person: User | None) -> Language:
    """The language a person has set in Telegram, of those the bot speaks; Arabic when unknown."""
    code = (person.language_code or "ar") if person else "ar"
    return "ar" if code.lower().split("-")[0] == "ar" else "en"


def articles(count: int, language: Language) -> str:
    """``3 مقالات``, ``11 مقالًا``, ``100 مقال``."""
    return translate(f"sources.articles_{_form(count)}", language, n=f"{count:,}")


def days(count: float, language: Language) -> str:
    """``يومين``, ``7 أيام``, ``30 يومًا``, ``0.5 يوم``, as they stand after a preposition."""
    shown = f"{count:,.0f}" if float(count).is_integer() else f"{count:g}"
    return translate(f"days.{_form(count)}", language, n=shown)


def _form(count: float) -> str:
    """Arabic counts its nouns in five ways; parts of one as it does hundreds."""
    if not float(count).is_integer():
        return "hundred"
    return (
        {1: "one", 2: "two"}.get(int(count))
        or ("few" if 3 <= count % 100 <= 10 else None)
        or ("many" if 11 <= count % 100 <= 99 else "hundred")
    )


def language_name(code: str, language: Language) -> str:
    """The name of an article's language, or its code."""
    if code in {"ar", "en", "fr", "und"}:
        return translate(f"languages.{code}", language)
    return code


def shortened(title: str, most: int = 48) -> str:
    """``title`` for a button, cut between words."""
    title = " ".join(title.split())
    if len(title) <= most:
        return title
    return title[: most - 1].rsplit(" ", 1)[0].rstrip(" ،,.:؛") + "…"
