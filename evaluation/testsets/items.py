"""Models of a test set's lines: questions and conversations.

``testset.schema.json`` is generated from these models. Unknown fields are preserved and ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from evaluation.testsets.checks import AnswerChecks, NonEmptyStr

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# A field's name and its alias.
_QUESTION = ("question", "query")
_RELEVANT = ("relevant_ids", "relevant")

_REASONS = {
    "bool_type": "must be true, false or null",
    "greater_than_equal": "must be {ge} or more",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "missing": "is missing",
    "model_type": "must be an object",
    "string_pattern_mismatch": "is empty",
    "string_type": "must be text",
    "string_unicode": "is not valid Unicode",
    "too_short": "is empty",
}


class QuestionLabels(AnswerChecks):
    """A question, its gold labels and the checks of its answer."""

    model_config = ConfigDict(extra="allow", json_schema_extra=lambda s: _add_aliases(s))

    question: NonEmptyStr = Field(
        description="What the reader types; `query` is read as well.",
        validation_alias=AliasChoices(*_QUESTION),
    )
    answers: list[NonEmptyStr] = Field(
        default=[], description="Gold answers; a reply that has one of them is right."
    )
    relevant_ids: list[NonEmptyStr] = Field(
        default=[],
        description="Ids of the articles that hold the answer; `relevant` is read as well.",
        validation_alias=AliasChoices(*_RELEVANT),
    )
    acceptable_ids: list[NonEmptyStr] = Field(
        default=[], description="Ids of articles that may be cited and need not be."
    )
    forbidden_ids: list[NonEmptyStr] = Field(
        default=[], description="Ids of articles that must not be cited: a wrong source."
    )
    quotes: list[NonEmptyStr] = Field(
        default=[], description="Words of relevant articles that hold the answer, to the letter."
    )
    answerable: StrictBool | None = Field(
        default=None,
        description="Whether the articles answer it; null: nobody knows. When left out, true for a "
        "question with answers, relevant_ids, quotes or checks that only an answer can satisfy, "
        "else null.",
    )
    kind: NonEmptyStr | None = Field(
        default=None, description="A free tag; measures are also given by kind."
    )
    variety: NonEmptyStr | None = Field(
        default=None,
        description="A free tag for how it is written (a dialect, Arabizi, a typing error); "
        "measures are also given by variety.",
    )
    language: NonEmptyStr | None = Field(
        default=None, description="ISO 639-1 code; found from the letters when left out."
    )

    @model_validator(mode="after")
    def _one_verdict_per_article(self) -> QuestionLabels:
        right = {*self.relevant_ids, *self.acceptable_ids}
        if both := sorted(right.intersection(self.forbidden_ids)):
            raise PydanticCustomError(
                "both", "forbidden_ids: {id} is relevant or acceptable too", {"id": both[0]}
            )
        return self

    @property
    def expects_answer(self) -> bool | None:
        """``answerable``, inferred from the other labels where the line does not state it."""
        if "answerable" in self.model_fields_set:
            return self.answerable
        if self.answers or self.relevant_ids or self.quotes or self.expect_an_answer:
            return True
        return None

    @property
    def checks(self) -> AnswerChecks:
        """The checks alone."""
        names = AnswerChecks.model_fields
        return AnswerChecks.model_construct(**{name: getattr(self, name) for name in names})


class TestTurn(QuestionLabels):
    """One question of a conversation."""

    standalone: NonEmptyStr | None = Field(
        default=None, description="The question as it would be asked without the turns before."
    )


class _Item(BaseModel):
    """Fields of every line of the file."""

    model_config = ConfigDict(extra="allow")

    id: NonEmptyStr = Field(description="Unique in the test set.")
    hide_fields: list[NonEmptyStr] = Field(
        default=[],
        description="Fields of the articles that must not be indexed when this is measured.",
    )
    generated: NonEmptyStr | None = Field(
        default=None, description="What wrote the question, when no person did."
    )


class QuestionItem(_Item, TestTurn):
    """A question by itself."""


class ConversationItem(_Item):
    """Questions that are asked one after the other in one thread."""

    model_config = ConfigDict(
        json_schema_extra={"not": {"anyOf": [{"required": [name]} for name in _QUESTION]}}
    )

    turns: list[TestTurn] = Field(min_length=1, description="In the order in which they are asked.")
    kind: NonEmptyStr | None = Field(
        default=None, description="For turns without a kind of their own."
    )
    variety: NonEmptyStr | None = Field(
        default=None, description="For turns without a variety of their own."
    )
    language: NonEmptyStr | None = Field(
        default=None, description="For turns without a language of their own."
    )

    @model_validator(mode="before")
    @classmethod
    def _no_question_beside_turns(cls, row: Any) -> Any:
        if isinstance(row, dict) and not row.keys().isdisjoint(_QUESTION):
            raise PydanticCustomError("beside", "turns: stands beside a question of the item's own")
        return row


Item = QuestionItem | ConversationItem


def turn_id(item: Item, turn: int) -> str:
    """The id of a turn, counted from 1, in a run."""
    return f"{item.id}#{turn}"


def parse_item(row: Any) -> Item:
    """A line's value as an item.

    Raises:
        pydantic.ValidationError: it does not fit the format; see ``validation_problems``.
    """
    is_conversation = isinstance(row, dict) and "turns" in row
    return (ConversationItem if is_conversation else QuestionItem).model_validate(row)


def validation_problems(error: ValidationError) -> Iterator[str]:
    """``field: reason`` for each validation error."""
    for detail in error.errors(include_url=False):
        known = _REASONS.get(detail["type"])
        reason = known.format(**detail.get("ctx", {})) if known else detail["msg"]
        yield ": ".join(filter(None, (_location(detail), reason)))


def _location(detail: ErrorDetails) -> str:
    """The field of an error, list positions counted from 1 as in the ids of turns."""
    parts = [str(step + 1) if isinstance(step, int) else str(step) for step in detail["loc"]]
    place = " ".join(parts)
    return place.replace("turns ", "turn ", 1) if len(parts) > 1 else place


def _add_aliases(schema: dict[str, Any]) -> None:
    """Add ``query`` and ``relevant`` as aliases to the JSON Schema."""
    fields = schema["properties"]
    for name, other in (_QUESTION, _RELEVANT):
        fields[other] = {**fields[name], "description": f"Another name for {name}."}
    schema["required"] = [name for name in schema["required"] if name not in _QUESTION]
    schema["anyOf"] = [{"required": [name]} for name in _QUESTION]
