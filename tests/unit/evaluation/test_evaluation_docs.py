"""docs/evaluation.md names every command, measure and key of a run's folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.main

from evaluation.cli.app import app
from evaluation.metrics.registry import MEASURES
from evaluation.runs.runner import error_row
from evaluation.runs.summary import summarise_run
from tests.unit.evaluation.golds import gold

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "evaluation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_explained(name: str) -> None:
    assert f"`{name}`" in DOCS


def test_every_command_is_listed() -> None:
    for command in typer.main.get_command(app).commands:  # type: ignore[attr-defined]
        assert f"`{command}" in DOCS


def test_every_key_of_the_runs_folder_is_listed() -> None:
    row = error_row(gold(), "RuntimeError: no")
    for key in [*row, *summarise_run([row])]:
        assert f"`{key}`" in DOCS
