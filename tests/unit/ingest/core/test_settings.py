from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from ingest.core.settings import IngestSettings
from ingest.store import chunker_id
from vectorstore.core.errors import SettingsError


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("RAWI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_limit_of_a_file_is_given_in_megabytes_and_may_be_a_fraction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert IngestSettings().max_bytes == 64_000_000
    monkeypatch.setenv("RAWI_INGEST_MAX_FILE_MB", "0.25")
    assert IngestSettings().max_bytes == 250_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_FILE_MB", "0"),
        ("MAX_FILE_MB", "-1"),
        ("PASSAGE_TOKENS", "31"),
        ("PASSAGE_TOKENS", "100000"),
        ("BATCH_ARTICLES", "0"),
        ("BATCH_ARTICLES", "many"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"RAWI_INGEST_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        IngestSettings()


def test_a_misspelt_name_is_told_the_nearest() -> None:
    Path(".env").write_text("RAWI_INGEST_MAX_FILE_MG=1\n", "utf-8")
    with pytest.raises(SettingsError, match=r"Did you mean RAWI_INGEST_MAX_FILE_MB\?"):
        IngestSettings()


def test_articles_cut_to_another_length_count_as_cut_another_way() -> None:
    usual = chunker_id(IngestSettings())
    assert chunker_id(IngestSettings(passage_tokens=128)) != usual
    assert chunker_id(IngestSettings(batch_articles=1, max_file_mb=1)) == usual
