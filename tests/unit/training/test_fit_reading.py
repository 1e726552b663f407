"""Fits of the reading model's weights and calibration, on synthetic cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.answering import linear_model
from bot.answering.quote_selection import score_sentences
from tests.unit.training.synthetic_cases import questions, synthetic_cases
from training.fit_reading import (
    ANSWERABLE,
    REFUSED,
    SENTENCE,
    THRESHOLD,
    fit_answerable,
    fit_calibration,
    fit_sentence,
    reader_features,
    write,
)
from training.fit_weights import fit, weights_document
from training.linear_fits import WEIGHTS_FILE, write_weights
from training.reading_cases import ReaderCase
from vectorstore.reader.model_file import CARD_FILE


@pytest.fixture
def weights_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that `linear_model.load` reads, with the weights fitted without a reader."""
    monkeypatch.setattr(linear_model, "files", lambda package: tmp_path)
    write_weights(tmp_path / "weights.json", weights_document(*fit(synthetic_cases())))
    (tmp_path / CARD_FILE).write_text('{"sha256": "0", "calibration": null}', encoding="utf-8")
    linear_model.load_linear_model.cache_clear()
    yield tmp_path / "weights.json"
    linear_model.load_linear_model.cache_clear()


def reader_cases() -> list[ReaderCase]:
    """Synthetic cases with the spans of a reader that is mostly right; some are from outside."""
    draw = np.random.default_rng(2)
    answers = {q["id"]: q["answers"] for q, _ in questions()}
    found = []
    for number, case in enumerate(synthetic_cases()):
        for sentence, correct in zip(case.sentences, case.correct, strict=True):
            digits = [i for i, letter in enumerate(sentence.text) if letter.isdigit()]
            if digits:
                sentence.span = (sentence.start + digits[0], sentence.start + digits[-1] + 1)
                sentence.span_score = float(draw.normal(3 if correct else -3, 1))
        found.append(
            ReaderCase(
                id=case.id,
                set="outside" if number % 4 == 3 else "synthetic",
                passage_id="",
                tune=True,
                answerable=case.answerable,
                golds=answers[case.id],
                without_reader=case,
                with_reader=case,
            )
        )
    return found


def test_the_fit_is_loaded_beside_the_other_weights_and_scores(weights_file: Path) -> None:
    cases = reader_cases()
    for case in cases:
        score_sentences(case.with_reader.sentences)
    sentence = fit_sentence(cases)
    answerable = fit_answerable(cases, sentence)
    calibration = fit_calibration(cases)
    models = {"sentence_read": sentence, "answerable_read": answerable}

    write(models, calibration, weights_file.parent, weights_file)

    linear_model.load_linear_model.cache_clear()
    assert linear_model.load_linear_model("sentence_read") == sentence
    assert linear_model.load_linear_model("answerable").weights  # the others are still there
    read = linear_model.load_linear_model("answerable_read")
    yes, no = (
        [
            read.probability(reader_features(c.with_reader, sentence))
            for c in cases
            if c.answerable == label
        ]
        for label in (True, False)
    )
    assert np.mean(yes) > np.mean(no)
    assert sentence.weights["span"] > 0
    card = json.loads((weights_file.parent / CARD_FILE).read_text(encoding="utf-8"))
    assert card["calibration"] == calibration
    assert calibration["slope"] > 0


def test_the_default_threshold_refuses_the_share_it_was_chosen_for(weights_file: Path) -> None:
    cases = reader_cases()
    for case in cases:
        score_sentences(case.with_reader.sentences)
    sentence = fit_sentence(cases)
    answerable = fit_answerable(cases, sentence)

    logits = [
        answerable.score(reader_features(c.with_reader, sentence))
        for c in cases
        if c.set == "outside"
    ]

    assert np.quantile(logits, REFUSED) == pytest.approx(THRESHOLD, abs=0.01)


def test_the_shipped_weights_have_the_features_of_the_fit() -> None:
    models = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))["models"]
    assert models["sentence_read"]["weights"].keys() == set(SENTENCE)
    assert models["answerable_read"]["weights"].keys() == {*ANSWERABLE, "contradicted"}
