"""A chat model as judge of one answer: is it faithful to what it cites, and is it right?

Both are asked apart, with the prompts in ``prompts/<language>/judge.toml``, each for a YES or a NO.
The prompts are pinned by their version and by a hash over all that the model is told. What a judge
says is an opinion: it is kept apart from the measures and reported next to its agreement with them.
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
    """What the model is told: the task, and the material it judges."""

    task: str
    material: str


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """What the model said; ``verdict`` is None when it gave none."""

    verdict: bool | None
    reason: str


def prompts_for(row: Mapping[str, Any]) -> dict[Aspect, JudgePrompt]:
    """The prompts about a row of ``results.jsonl``; those that do not apply are left out.

    Refusals and errors are not judged. Faithfulness needs citations, correctness gold answers to a
    question that is answerable.
    """
    answer = row.get("answer")
    if not answer or answer["refused"]:
        return {}
    language: Language = "en" if row["language"] == "en" else "ar"
    # What was meant, not what the engine made of it, where the test set says so.
    question = row["gold_standalone"] or row["standalone_question"] or row["question"]
    about = {"question": question, "answer": answer["text"]}
    found: dict[Aspect, JudgePrompt] = {}
    if answer["citations"]:
        found["faithfulness"] = _prompt("faithfulness", language, **about, passages=_evidence(row))
    if row["answers"] and row["answerable"] is not False:
        references = "\n".join(f"- {gold}" for gold in row["answers"])
        found["correctness"] = _prompt("correctness", language, **about, references=references)
    return found


def _prompt(aspect: Aspect, language: Language, **material: str) -> JudgePrompt:
    # Escaped, so that no article can close a tag and speak for itself.
    safe = {name: escape(value, quote=False) for name, value in material.items()}
    return JudgePrompt(
        task=text(f"judge.{aspect}.task", language).strip(),
        material=text(f"judge.{aspect}.material", language, **safe).strip(),
    )


def _evidence(row: Mapping[str, Any]) -> str:
    """Each cited passage under its marker; the quote alone where no retrieved passage holds it."""
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
    """The model's opinion; whatever it raises goes on to the caller."""
    from langchain_core.messages import HumanMessage, SystemMessage

    reply = model.invoke([SystemMessage(prompt.task), HumanMessage(prompt.material)])
    return parse_reply(str(reply.text))


def parse_reply(reply: str) -> JudgeReply:
    """Verdict and reason in a reply. The last verdict counts: a model may weigh both first.

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
    """Names all that decides a judgement; another key means that it has to be judged anew."""
    told = [model, *([aspect, p.task, p.material] for aspect, p in sorted(prompts.items()))]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
