"""Errors of loading: stable codes, whose texts are in ``prompts/<language>/errors.toml``.

Raise ``LoadError("too_large", size_bytes=12, limit_bytes=10)``: a code and the facts its texts
name as ``{placeholders}``. Every code has a ``problem`` and a ``remedy`` in each language.

* ``error.problem`` and ``error.remedy`` are the English texts, for the terminal and JSON.
* ``error.problem_in("ar")`` and ``error.remedy_in("ar")`` are those of another language.
* ``error.to_json()`` and ``LoadError.from_json()`` carry an error between processes and through
  databases. What was stored as plain text before there were codes becomes
  ``LoadError.from_text(problem, remedy)``, which shows that text in every language.

Facts are strings, numbers or other errors. A fact whose name ends in ``_bytes`` is shown as a size.
A fact ``cause`` that is a ``LoadError`` is shown as its problem, ``{cause_remedy}`` as its remedy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from prompts import Language, text
from vectorstore.core.errors import RawiError

LEGACY_CODE = "legacy"
"""The code of an error that was stored as plain text."""

_LATIN = re.compile(r"[A-Za-z]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u2066-\u2069\s]+")
_FSI, _PDI = "\u2068", "\u2069"  # first strong isolate, pop directional isolate (UAX #9)


class LoadError(RawiError):
    """A file, page or record cannot become an article. Errors of one code and facts are equal.

    Attributes:
        code: Stable name of what is wrong.
        facts: Values that the texts of the code name.
    """

    def __init__(self, code: str, **facts: str | int | float | LoadError) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @classmethod
    def from_text(cls, problem: str, remedy: str) -> LoadError:
        """An error of which only its English texts are known."""
        return LoadError(LEGACY_CODE, problem=problem, remedy=remedy)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LoadError:
        """The error that ``to_json`` described; also of an older form, which has no code."""
        if "code" not in data:
            return cls.from_text(str(data.get("problem") or ""), str(data.get("remedy") or ""))
        facts = data.get("facts", {}).items()
        return LoadError(
            data["code"],
            **{n: cls.from_json(v) if isinstance(v, Mapping) else v for n, v in facts},
        )

    def to_json(self) -> dict[str, Any]:
        """``code``, ``facts``, and the English ``problem`` and ``remedy``."""
        facts = {n: v.to_json() if isinstance(v, LoadError) else v for n, v in self.facts.items()}
        return {
            "code": self.code,
            "facts": facts,
            "problem": self.problem,
            "remedy": self.remedy,
        }

    @property
    def problem(self) -> str:
        """What is wrong, in English, on one line."""
        return self.problem_in("en")

    @property
    def remedy(self) -> str:
        """What to do about it, in English, on one line."""
        return self.remedy_in("en")

    def problem_in(self, language: Language) -> str:
        """What is wrong, on one line."""
        return self._text("problem", language)

    def remedy_in(self, language: Language) -> str:
        """What to do about it, on one line."""
        return self._text("remedy", language)

    def _text(self, part: str, language: Language) -> str:
        values: dict[str, str] = {}
        for name, fact in self.facts.items():
            values[name] = _shown(name, fact, language)
            if isinstance(fact, LoadError):
                values[f"{name}_remedy"] = fact.remedy_in(language)
        key = f"errors.{self.code}.{part}"
        try:
            return text(key, language, **values)
        except KeyError:  # stored by a version with other codes
            return f"{self.code} {values}" if part == "problem" else ""

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LoadError):
            return NotImplemented
        return (self.code, self.facts) == (other.code, other.facts)

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.facts))))


def _shown(name: str, fact: object, language: Language) -> str:
    """A fact as it stands in a text; in Arabic, Latin words keep their own direction."""
    if isinstance(fact, LoadError):
        return fact.problem_in(language)
    if isinstance(fact, str):
        line = _CONTROLS.sub(" ", fact).strip()
        return f"{_FSI}{line}{_PDI}" if language == "ar" and _LATIN.search(line) else line
    if isinstance(fact, float):
        return f"{fact:g}"
    assert isinstance(fact, int)  # noqa: S101 - see the signature of LoadError
    if not name.endswith("_bytes"):
        return f"{fact:,}"
    if fact < 100_000:
        return text("errors.units.bytes", language, number=f"{fact:,}")
    return text("errors.units.megabytes", language, number=f"{fact / 1e6:,.1f}")
