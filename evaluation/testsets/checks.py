"""Checks of a turn's answer beyond its gold answers and articles: the fields of a test set.

A *nugget* (Voorhees 2003, TREC's question answering track) is one fact that a right answer holds,
given as the list of its alternative wordings. ``evaluation.metrics.checks`` applies the checks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bot.core.intents import CommandIntent
from bot.core.models import Mode, Verdict

NonEmptyStr = Annotated[str, StringConstraints(pattern=r"\S")]
DateOrder = Literal["ascending", "descending"]

_DAY = r"^\d{4}-\d{2}-\d{2}$"


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _is_day(value: str) -> str:
    try:
        if re.match(_DAY, value):
            date.fromisoformat(value)
            return value
    except ValueError:
        pass
    raise PydanticCustomError("day", "must be a day as 2018-04-30")


def _is_range(days: Sequence[str | None]) -> Sequence[str | None]:
    first, last = days if len(days) == 2 else (None, None)
    if (first or last) is None or (first and last and first > last):
        raise PydanticCustomError(
            "range", "must be the first and the last day, [from, to], one of them null if open"
        )
    return days


_Wordings = Annotated[list[NonEmptyStr], Field(min_length=1)]
Nugget = Annotated[
    _Wordings, BeforeValidator(_as_list, json_schema_input_type=NonEmptyStr | _Wordings)
]
Day = Annotated[str, AfterValidator(_is_day), WithJsonSchema({"type": "string", "pattern": _DAY})]
PublishedRange = Annotated[
    list[Day | None],
    AfterValidator(_is_range),
    Field(json_schema_extra={"minItems": 2, "maxItems": 2}),
]
Count = Annotated[int, Field(ge=1, strict=True)]


class AnswerChecks(BaseModel):
    """What must hold of an answer, besides its gold answers and articles."""

    model_config = ConfigDict(frozen=True)

    nuggets: list[Nugget] = Field(
        default=[],
        description="Facts that a right answer holds: of each, the list of its alternative "
        "wordings, or its only one as text.",
    )
    min_nuggets: Count | None = Field(
        default=None, description="How many nuggets the answer must hold; all when left out."
    )
    cites_any: list[NonEmptyStr] = Field(
        default=[], description="Ids of articles of which at least one must be cited."
    )
    min_articles: Count | None = Field(
        default=None, description="How many different articles must be cited."
    )
    says: Verdict | None = Field(default=None, description="The answer to a yes/no question.")
    dates: DateOrder | None = Field(
        default=None, description="The order of the cited articles by their day of publication."
    )
    published: PublishedRange | None = Field(
        default=None,
        description="First and last day on which the cited articles may have been published.",
    )
    section: NonEmptyStr | None = Field(
        default=None,
        description="The section of every cited article, in any form (`sport`, رياضة).",
    )
    source: NonEmptyStr | None = Field(
        default=None, description="The source of every cited article."
    )
    modes: list[Mode] = Field(
        default=[], description="The modes that the answer may have; `composed` counts as `quoted`."
    )
    max_characters: Count | None = Field(
        default=None, description="How long the answer's text may be."
    )
    command: CommandIntent | None = Field(
        default=None, description="The command on the answer before that must be carried out."
    )

    @model_validator(mode="after")
    def _enough_nuggets(self) -> AnswerChecks:
        if (self.min_nuggets or 0) > len(self.nuggets):
            raise PydanticCustomError(
                "min_nuggets",
                "min_nuggets: is more than the number of nuggets, {count}",
                {"count": len(self.nuggets)},
            )
        return self

    @property
    def expect_an_answer(self) -> bool:
        """Whether only an answer that is no refusal can satisfy them."""
        return bool(
            self.nuggets
            or self.cites_any
            or self.min_articles
            or self.says in ("yes", "no")
            or self.dates
            or self.published
            or self.section
            or self.source
            or (self.modes and "refusal" not in self.modes)
        )

    @property
    def published_between(self) -> tuple[date | None, date | None]:
        """``published`` as dates; None is open."""
        first, last = self.published or (None, None)
        return (
            date.fromisoformat(first) if first else None,
            date.fromisoformat(last) if last else None,
        )
