"""The bot's texts in the user's language, from ``prompts/<language>/telegram.toml``."""

from __future__ import annotations

import re

from telegram import User

from bot.telegram.messages.formatted_text import LRM, RLM
from prompts import Language, text

_COMMAND = re.compile(r"(^|(?<=\s))(?=/\w)", re.MULTILINE)


def translate(key: str, language: Language, **values: object) -> str:
    """The text ``key`` with ``values`` filled in.

    In Arabic, direction marks keep the slash of a command on its left, and a line that begins with
    a command right-to-left.
    """
    translated = text(f"telegram.{key}", language, **values)
    if language != "ar":
        return translated

    def mark(match: re.Match[str]) -> str:
        at = match.start()
        return (RLM if at == 0 or translated[at - 1] == "\n" else "") + LRM

    return _COMMAND.sub(mark, translated)


def telegram_language(user: User | None) -> Language:
    """English for a user whose Telegram is in any other language than Arabic, else Arabic."""
    code = (user.language_code or "ar") if user else "ar"
    return "ar" if code.lower().split("-")[0] == "ar" else "en"


def article_count(count: int, language: Language) -> str:
    """``3 مقالات``, ``11 مقالًا``, ``100 مقال``."""
    return translate(f"sources.articles_{_plural_form(count)}", language, n=f"{count:,}")


def day_count(count: float, language: Language) -> str:
    """``يومين``, ``7 أيام``, ``30 يومًا``, ``0.5 يوم``: the form after a preposition."""
    number = f"{count:,.0f}" if float(count).is_integer() else f"{count:g}"
    return translate(f"days.{_plural_form(count)}", language, n=number)


def _plural_form(count: float) -> str:
    """One of the five forms of an Arabic noun after a number; fractions take that of hundreds."""
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


def truncate_title(title: str, max_length: int = 48) -> str:
    """``title`` for the label of a button, cut between words."""
    title = " ".join(title.split())
    if len(title) <= max_length:
        return title
    return title[: max_length - 1].rsplit(" ", 1)[0].rstrip(" ،,.:؛") + "…"
