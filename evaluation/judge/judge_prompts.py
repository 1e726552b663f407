"""A chat model as judge of one answer: is it faithful to its citations, and is it correct?

Each aspect is a separate call with a prompt from ``prompts/<language>/judge.toml`` that ends in YES
or NO. The prompts are identified by their version and a hash. A judge's verdicts are not measures:
they are stored separately and reported with their agreement with the gold labels.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal, get_args

from prompts import LANGUAGES, Language, text

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Aspect = Literal["faithfulness", "correctness"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)

_VERDICT = re.compile(r"\bVERDICT\W{0,4}:\W{0,4}(YES|NO)\b", re.IGNORECASE)
_REASON_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class JudgePrompt:
    """The prompt of one aspect: the task, and the material to judge."""

    task: str
    material: str


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """A parsed reply; ``verdict`` is None if it contains none."""

    verdict: bool | None
    reason: str


def prompts_for(row: Mapping[str, Any]) -> dict[Aspect, JudgePrompt]:
    """The prompts that apply to a row of ``results.jsonl``.

    Refusals and errors are not judged. Faithfulness needs citations; correctness needs gold answers
    and a question that is not unanswerable.
    """
    answer = row.get("answer")
    if not answer or answer["refused"]:
        return {}
    language: Language = "en" if row["language"] == "en" else "ar"
    # The gold standalone form if there is one, rather than the engine's.
    question = row["gold_standalone"] or row["standalone_question"] or row["question"]
    common = {"question": question, "answer": answer["text"]}
    found: dict[Aspect, JudgePrompt] = {}
    if answer["citations"]:
        found["faithfulness"] = _prompt(
            "faithfulness", language, **common, passages=_cited_passages(row)
        )
    if row["answers"] and row["answerable"] is not False:
        references = "\n".join(f"- {gold}" for gold in row["answers"])
        found["correctness"] = _prompt("correctness", language, **common, references=references)
    return found


def _prompt(aspect: Aspect, language: Language, **material: str) -> JudgePrompt:
    # Escaped, so that an article cannot close a tag and inject instructions.
    safe = {name: escape(value, quote=False) for name, value in material.items()}
    return JudgePrompt(
        task=text(f"judge.{aspect}.task", language).strip(),
        material=text(f"judge.{aspect}.material", language, **safe).strip(),
    )


def _cited_passages(row: Mapping[str, Any]) -> str:
    """Each cited passage under its marker; the quote if no retrieved passage contains it."""
    return "\n\n".join(
        f"[{citation['marker']}] {citation['title']}\n{_passage(row, citation)}"
        for citation in row["answer"]["citations"]
    )


def _passage(row: Mapping[str, Any], citation: Mapping[str, Any]) -> str:
    for passage in row["retrieved"]:
        if (
            passage["article_id"] == citation["article_id"]
            and passage["start"] <= citation["start"]
            and citation["end"] <= passage["end"]
        ):
            return str(passage["text"])
    return str(citation["quote"])


def ask_judge(model: BaseChatModel, prompt: JudgePrompt) -> JudgeReply:
    """The model's verdict and reason. Raises whatever the model raises."""
    from langchain_core.messages import HumanMessage, SystemMessage

    reply = model.invoke([SystemMessage(prompt.task), HumanMessage(prompt.material)])
    return parse_reply(str(reply.text))


def parse_reply(reply: str) -> JudgeReply:
    """Parse verdict and reason. The last verdict counts, as a model may discuss both first.

    Example:
        >>> read_opinion("Both name 21 dead.\\n**VERDICT: YES**")
        Opinion(verdict=True, reason='Both name 21 dead.')
    """
    verdicts = list(_VERDICT.finditer(reply))
    if not verdicts:
        return JudgeReply(None, reply.strip()[:_REASON_CHARACTERS])
    last = verdicts[-1]
    reason = reply[: last.start()].rstrip("*_#` \n")
    return JudgeReply(last[1].upper() == "YES", reason.strip()[:_REASON_CHARACTERS])


def prompt_version() -> dict[str, str]:
    """Version and SHA-256 (hex) of the prompts of all languages."""
    digest = hashlib.sha256("\0".join(_all_prompts()).encode()).hexdigest()
    return {"version": text("judge.version", "en"), "sha256": digest}


def _all_prompts() -> Iterator[str]:
    for language in LANGUAGES:
        for aspect in ASPECTS:
            yield text(f"judge.{aspect}.task", language)
            yield text(f"judge.{aspect}.material", language)


def judgement_key(model: str, prompts: Mapping[Aspect, JudgePrompt]) -> str:
    """A hash of the model and the prompts; a judgement is reused while it is the same."""
    parts = [model, *([aspect, p.task, p.material] for aspect, p in sorted(prompts.items()))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
