"""``rawi evaluate run --llm``: composed answers are measured, against a scripted model server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.core.stored_run import load_run
from tests.conftest import ROOT
from tests.integration.conftest import Typed
from tests.model_server import ModelServer

SAMPLES = ROOT / "samples"
SEED = "000_c25f10eea034f5a5.txt"
RIGHT = "الولايات المتحدة الأمريكية تعهدت بملء مخزون إسرائيل من الصواريخ الاعتراضية"
INVENTED = "وقد أهدت السويد إسرائيل سبعين دبابة"
QUESTIONS = [
    {
        "id": "promise",
        "question": "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟",
        "answers": ["الولايات المتحدة"],
        "relevant_ids": [SEED],
        "answerable": True,
    },
    {
        "id": "train",
        "question": "كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟",
        "answers": [],
        "relevant_ids": [],
        "answerable": False,
    },
]


def test_faithfulness_citations_refusals_and_cost_of_a_chat_model_are_measured(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles, testset = tmp_path / "articles", tmp_path / "testset.jsonl"
    articles.mkdir()
    for name in (SEED, "flood-update.md", "cup-final.txt"):
        (articles / name).write_bytes((SAMPLES / name).read_bytes())
    testset.write_text("".join(f"{json.dumps(q, ensure_ascii=False)}\n" for q in QUESTIONS))
    with ModelServer(f"{RIGHT} [9]. {INVENTED} [1].") as model:
        monkeypatch.setenv("RAWI_LLM_BASE_URL", model.url)
        monkeypatch.setenv("RAWI_LLM_INPUT_PRICE", "2")
        monkeypatch.setenv("RAWI_LLM_OUTPUT_PRICE", "8")
        options = ("--articles", articles, "--llm", "openai:scripted", "--out", "run", "--json")
        done = typed("evaluate", "run", testset, *options)
        calls = len(model.requests)
    assert done.exit_code == 0, done.stderr
    summary = json.loads(done.stdout)
    value = {name: found["value"] for name, found in summary["measures"].items()}
    assert summary["errors"] == 0
    assert value["composed"] == 1.0
    assert calls == 1, "the other question is refused without a call"
    assert value["faithful_sentences"] == 0.5
    assert value["moved_citations"] == 1.0
    assert value["citation_precision"] == value["citation_recall"] == 1.0
    assert value["contains_gold"] == 1.0
    assert value["model_tokens"] > 0
    assert value["model_cost"] > 0
    first, second = (row["answer"] for row in load_run(Path("run")).rows)
    assert first["mode"] == "composed"
    assert first["text"] == f"{RIGHT}. [1]", "what was made up is left out"
    assert second["refused"]
