"""The models of verdicts: read from plain text, fitted, and tested on topics never met."""

from __future__ import annotations

import json
from pathlib import Path

from training.linear_fits import WEIGHTS_FILE
from training.verdicts import MODELS, cross_validate, fit, read_examples, read_pairs


def test_the_shipped_models_are_those_of_the_written_examples() -> None:
    shipped = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))["models"]
    fitted = fit(read_examples())
    for name in MODELS:
        weights = fitted[name].as_json()["weights"]
        assert weights.keys() == shipped[name]["weights"].keys()  # type: ignore[attr-defined]


def test_what_is_said_on_topics_never_met_is_mostly_right() -> None:
    found = cross_validate(read_examples(), [])
    assert found["of these right"] > 0.8 and found["unknown recognised"] > 0.7


def test_premises_and_hypotheses_are_read_as_sentences_and_questions(tmp_path: Path) -> None:
    row = {"premise": "فاز الفريق.", "hypothesis": "خسر الفريق", "label": "disagree"}
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    (example,) = read_pairs(path)
    assert (example.sentence, example.question, example.label) == ("فاز الفريق.", "خسر الفريق", -1)
