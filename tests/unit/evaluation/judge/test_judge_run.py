"""Judging a run with a scripted judge: results, resuming, errors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import SimpleChatModel
from langchain_core.messages import BaseMessage
from pydantic import Field
from typer.testing import CliRunner, Result

import evaluation.core.chat_model
from evaluation.cli.app import app
from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import load_run
from evaluation.judge.judge_run import FILE, judge_run
from tests.unit.evaluation.synthetic_runs import refusal, row, write_run

YES, NO = "Reason.\nVERDICT: YES", "Reason.\nVERDICT: NO"


class Judge(SimpleChatModel):
    """Replies to each prompt with ``reply``, and records the prompts."""

    reply: Callable[[str], str]
    prompts: list[str] = Field(default_factory=list)

    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        self.prompts.append(str(messages[-1].content))
        return self.reply(self.prompts[-1])

    @property
    def _llm_type(self) -> str:
        return "scripted"


def answered(name: str, text: str, contains_gold: float) -> dict[str, Any]:
    cited = {"marker": 1, "article_id": "a", "title": "t", "quote": text, "start": 0, "end": 9}
    answer = row(name)["answer"] | {"text": text, "citations": [cited]}
    return row(name, answer=answer, measures={"contains_gold": contains_gold})


def truthful(material: str) -> str:
    """Finds answers right that say 308, and everything faithful."""
    if "<references>" not in material:
        return YES
    return YES if "308" in material.partition("<answer>")[2] else NO


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [answered(f"r{n}", f"قال 308 مرة {n}", 1.0) for n in range(4)]
    rows += [answered(f"w{n}", f"قال تسعة {n}", 0.0) for n in range(4)]
    rows += [answered("loose", "308 عمومًا", 0.0), refusal("no", answerable=False)]
    return write_run(tmp_path / "run", rows)


def judged(folder: Path, judge: Judge, **options: Any) -> dict[str, Any]:
    return judge_run(load_run(folder), judge, "fake:judge", **options)


def test_verdicts_stand_apart_from_the_measures_next_to_their_agreement(folder: Path) -> None:
    before = load_run(folder).summary

    found = judged(folder, Judge(reply=truthful), jobs=3)

    after = load_run(folder).summary
    assert after.pop("judge") == found
    assert after == before
    assert found["model"] == "fake:judge"
    assert found["prompts"]["version"] == "1"
    assert (found["judged"], found["errors"], found["unclear"]) == (9, 0, 0)
    assert found["measures"]["faithfulness"]["value"] == 1.0
    assert found["measures"]["correctness"]["value"] == pytest.approx(5 / 9, abs=1e-6)
    assert (
        found["measures"]["correctness"]["low"] < 5 / 9 < found["measures"]["correctness"]["high"]
    )
    agreed = found["agreement"]
    assert agreed["gold"] == "contains_gold"
    assert [agreed[k] for k in ("both_right", "only_judge", "only_gold", "both_wrong")] == [
        4,
        1,
        0,
        4,
    ]
    # p_o = 8/9, p_e = (5·4 + 4·5)/81
    assert agreed["kappa"] == pytest.approx((8 / 9 - 40 / 81) / (1 - 40 / 81), abs=1e-6)


def test_the_same_judging_again_asks_nothing(folder: Path) -> None:
    found = judged(folder, Judge(reply=truthful))

    again = Judge(reply=truthful)
    assert judged(folder, again) == found
    assert again.prompts == []


def test_a_stopped_judging_goes_on_and_a_torn_line_is_dropped(folder: Path) -> None:
    whole = judged(folder, Judge(reply=truthful))
    lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    (folder / FILE).write_bytes(b"".join(lines[:6]) + lines[6][:40])

    again, progress = Judge(reply=truthful), []
    found = judged(folder, again, advance=lambda done, total: progress.append((done, total)))

    assert found == whole
    assert len(again.prompts) == 2 * 3
    assert progress == [(6, 9), (7, 9), (8, 9), (9, 9)]
    assert len((folder / FILE).read_bytes().splitlines()) == 9


def test_an_answer_that_changed_and_another_model_are_judged_anew(folder: Path) -> None:
    judged(folder, Judge(reply=truthful))
    rows = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    rows[0]["answer"]["text"] = "قال غير ذلك"
    (folder / "results.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))

    again = Judge(reply=truthful)
    assert judged(folder, again)["agreement"]["only_gold"] == 1
    assert len(again.prompts) == 2

    other = Judge(reply=truthful)
    judge_run(load_run(folder), other, "fake:other")
    assert len(other.prompts) == 2 * 9


def test_a_reply_without_a_verdict_counts_for_nothing(folder: Path) -> None:
    found = judged(folder, Judge(reply=lambda material: "لا أدري"))

    assert found["unclear"] == 2 * 9
    assert found["measures"] == {}
    assert found["agreement"]["kappa"] is None


def test_failures_are_counted_and_tried_again(folder: Path) -> None:
    def flaky(material: str) -> str:
        if "تسعة 2" in material:
            raise RuntimeError("503")
        return truthful(material)

    found = judged(folder, Judge(reply=flaky), jobs=2)
    assert (found["judged"], found["errors"], found["last_error"]) == (8, 1, "503")

    mended = Judge(reply=truthful)
    assert judged(folder, mended)["errors"] == 0
    assert len(mended.prompts) == 2


def test_a_model_that_does_not_answer_at_all_is_not_asked_on(tmp_path: Path) -> None:
    def dead(material: str) -> str:
        time.sleep(0.02)
        raise RuntimeError("401 wrong key")

    rows = [answered(f"r{n}", f"قال {n}", 1.0) for n in range(400)]
    folder = write_run(tmp_path / "run", rows)
    judge = Judge(reply=dead)
    with pytest.raises(EvaluationError, match="5 times in a row, the last time: 401 wrong key"):
        judged(folder, judge)
    assert len(judge.prompts) < len(rows)
    assert "judge" not in load_run(folder).summary


def rawi(monkeypatch: pytest.MonkeyPatch, judge: Judge, *arguments: object) -> Result:
    monkeypatch.setattr(evaluation.core.chat_model, "named_chat_model", lambda name: judge)
    return CliRunner().invoke(app, ["judge", *map(str, arguments), "--model", "fake:judge"])


def test_the_command_prints_shares_and_kappa(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = rawi(monkeypatch, Judge(reply=truthful), folder)

    assert result.exit_code == 0, result.output
    assert "9 answers judged by fake:judge, prompts 1" in result.stdout
    assert "faithfulness  100.0%" in result.stdout
    assert "kappa of correctness and contains_gold: 0.78" in result.stdout


def test_the_command_fails_as_long_as_the_model_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing_later(material: str) -> str:
        if "تسعة" in material:
            raise RuntimeError("503")
        return truthful(material)

    as_json = rawi(monkeypatch, Judge(reply=failing_later), folder, "--json")
    printed = rawi(monkeypatch, Judge(reply=failing_later), folder, "--jobs", "1")

    assert as_json.exit_code == printed.exit_code == 1
    assert json.loads(as_json.stdout)["errors"] == 4
    assert "not judged, for the model failed: 4" in printed.stdout
