"""Judges the answers of a finished run; the result is ``judge`` in its ``summary.json``.

``judge.jsonl`` in the run's folder stores each judgement under a hash of the model and its prompts.
Interrupted judging is resumed, and only answers that changed are judged again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import StoredRun, scored_question
from evaluation.judge.judge_prompts import (
    ASPECTS,
    Aspect,
    JudgePrompt,
    ask_judge,
    judgement_key,
    prompt_version,
    prompts_for,
)
from evaluation.runs.run_folder import RunFolder, complete_lines
from evaluation.statistics.agreement import LabelPair, cohens_kappa
from evaluation.statistics.bootstrap import bootstrap_estimates

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

FILE = "judge.jsonl"
GOLD = "contains_gold"
"""The measure that judged correctness is compared with."""
MAX_FAILURES = 5
"""Consecutive failures of the model after which judging stops."""
_DIGITS = 6

Judgement = dict[str, Any]
"""A line of ``judge.jsonl``: ``id``, ``key``, and per aspect a ``verdict`` and a ``reason``."""


@dataclass(frozen=True, slots=True)
class _Case:
    """An answer to judge."""

    id: str
    key: str
    prompts: Mapping[Aspect, JudgePrompt]


def judge_run(
    run: StoredRun,
    model: BaseChatModel,
    name: str,
    *,
    jobs: int = 1,
    seed: int = 0,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Judge the answers that this model has not judged yet; returns the ``judge`` object.

    ``name`` is the model's name. ``advance`` is called with the number of answers judged and the
    total. Failures of the model count under ``errors`` and are retried by the next call.

    Raises:
        EvaluationError: the model fails repeatedly, or the folder cannot be written.
        KeyboardInterrupt: the judgements made so far are stored.
    """
    cases = list(_cases(run.rows, name))
    path = run.path / FILE
    try:
        found = _stored_judgements(path, {case.key for case in cases})
        remaining = [case for case in cases if case.key not in found]
        done = len(cases) - len(remaining)
        advance(done, len(cases))
        failures: list[str] = []
        for judgement in _judge_all(remaining, model, jobs, failures):
            _append(path, judgement)
            found[judgement["key"]] = judgement
            done += 1
            advance(done, len(cases))
        by_id = {case.id: found[case.key] for case in cases if case.key in found}
        summary = {
            "model": name,
            "prompts": prompt_version(),
            "judged": len(by_id),
            "errors": len(cases) - len(by_id),
            "last_error": failures[-1] if failures else None,
            **summarise_judgements(run.rows, by_id, seed=seed),
        }
        RunFolder(run.path).finish(run.summary | {"judge": summary})
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror or error}.") from error
    return summary


def _cases(rows: Sequence[Mapping[str, Any]], name: str) -> Iterator[_Case]:
    for row in rows:
        if prompts := prompts_for(row):
            yield _Case(row["id"], judgement_key(name, prompts), prompts)


def _judge_all(
    cases: Sequence[_Case], model: BaseChatModel, jobs: int, failures: list[str]
) -> Iterator[Judgement]:
    """The judgements as they complete; errors of the model are appended to ``failures``."""
    consecutive = 0
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="judge") as pool:
        futures = [pool.submit(_judge, case, model) for case in cases]
        try:
            for future in as_completed(futures):
                error = future.exception()
                if error is None:
                    consecutive = 0
                    yield future.result()
                    continue
                failures.append(str(error))
                consecutive += 1
                if consecutive >= MAX_FAILURES:
                    raise EvaluationError(
                        f"The chat model failed {MAX_FAILURES} times in a row, "
                        f"the last time: {error}"
                    ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _judge(case: _Case, model: BaseChatModel) -> Judgement:
    judgement: Judgement = {"id": case.id, "key": case.key}
    for aspect, prompt in case.prompts.items():
        judgement[aspect] = asdict(ask_judge(model, prompt))
    return judgement


def _stored_judgements(path: Path, keys: set[str]) -> dict[str, Judgement]:
    """The stored judgements with these keys; an incomplete last line is removed."""
    try:
        lines = [json.loads(line) for line in complete_lines(path)]
        return {line["key"]: line for line in lines if line["key"] in keys}
    except (ValueError, KeyError, TypeError) as error:
        raise EvaluationError(f"{path} is damaged. Delete it and judge again.") from error


def _append(path: Path, judgement: Judgement) -> None:
    # Escaped to ASCII, as a model may write a lone surrogate.
    with path.open("a", encoding="ascii") as file:
        file.write(json.dumps(judgement) + "\n")


def summarise_judgements(
    rows: Sequence[Mapping[str, Any]], judgements: Mapping[str, Judgement], *, seed: int = 0
) -> dict[str, Any]:
    """Shares of faithful and correct answers, and the agreement with the gold labels.

    ``judgements`` maps question ids; ``unclear`` counts replies without a verdict.
    """
    questions = [
        replace(question, measures=_verdicts(judgements[question.id]))
        for row in rows
        if (question := scored_question(row)).id in judgements
    ]
    found = bootstrap_estimates(questions, ASPECTS, seed=seed)
    pairs = [
        LabelPair(item_id=row["item_id"], first=right, second=row["measures"][GOLD] == 1)
        for row in rows
        if row["measures"].get(GOLD) is not None
        and (right := _verdict(judgements.get(row["id"], {}), "correctness")) is not None
    ]
    return {
        "unclear": sum(
            aspect in judgement and judgement[aspect]["verdict"] is None
            for judgement in judgements.values()
            for aspect in ASPECTS
        ),
        "measures": {name: _rounded(asdict(estimate)) for name, estimate in found.items()},
        "agreement": {"gold": GOLD, **_rounded(_agreement_json(pairs, seed))},
    }


def _verdict(judgement: Judgement, aspect: Aspect) -> bool | None:
    reply = judgement.get(aspect)
    return reply["verdict"] if reply else None


def _verdicts(judgement: Judgement) -> dict[str, float | None]:
    verdicts = {aspect: _verdict(judgement, aspect) for aspect in ASPECTS}
    return {name: None if value is None else float(value) for name, value in verdicts.items()}


def _agreement_json(pairs: Sequence[LabelPair], seed: int) -> dict[str, Any]:
    found = asdict(cohens_kappa(pairs, seed=seed))
    return {
        **{name: found[name] for name in ("kappa", "low", "high", "n")},
        "both_right": found["both"],
        "only_judge": found["first_only"],
        "only_gold": found["second_only"],
        "both_wrong": found["neither"],
    }


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: round(v, _DIGITS) if isinstance(v, float) else v for k, v in values.items()}
