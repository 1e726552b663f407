from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from vectorstore.core.errors import SettingsError
from vectorstore.core.settings import RawiSettings, StoreSettings


class OtherSettings(RawiSettings):
    """Another package's settings, as bot's and ingest's are made."""

    model_config = SettingsConfigDict(env_prefix="RAWI_OTHER_")

    size: int = Field(default=3, description="A number.")
    token: SecretStr | None = Field(default=None, description="A secret.")


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("RAWI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults() -> None:
    settings = StoreSettings()
    assert settings.home.name == "rawi"
    assert settings.store_path == settings.home / "store"
    assert settings.models_path == settings.home / "models"
    assert settings.model == "default"


def test_several_packages_share_one_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        "RAWI_HOME=/data/rawi\nRAWI_STORE_THREADS=1\nRAWI_OTHER_SIZE=7\nUNRELATED=x\n", "utf-8"
    )
    assert (StoreSettings().home, StoreSettings().threads) == (Path("/data/rawi"), 1)
    assert OtherSettings().size == 7
    monkeypatch.setenv("RAWI_OTHER_SIZE", "8")
    assert OtherSettings().size == 8, "the environment goes before .env"


@pytest.mark.parametrize("place", [".env", "the environment"])
def test_an_unknown_name_is_an_error_that_names_the_nearest(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == ".env":
        Path(".env").write_text("RAWI_STORE_THREDS=2\n", "utf-8")
    else:
        monkeypatch.setenv("RAWI_STORE_THREDS", "2")
    with pytest.raises(SettingsError) as error:
        StoreSettings()
    assert all(word in str(error.value) for word in ("RAWI_STORE_THREDS", place, "STORE_THREADS?"))
    assert OtherSettings().size == 3, "another package's mistake is not ours"


def test_a_name_without_a_near_match_lists_all_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_OTHER_XYZZY_QQ", "2")
    with pytest.raises(SettingsError, match="Known are: RAWI_OTHER_SIZE, RAWI_OTHER_TOKEN"):
        OtherSettings()


def test_blank_values_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("RAWI_STORE_THREADS=\nRAWI_STORE_MODELS_DIR=\n", "utf-8")
    monkeypatch.setenv("RAWI_OTHER_SIZE", "")
    settings = StoreSettings()
    assert (settings.threads, settings.models_dir) == (None, None)
    assert OtherSettings().size == 3


def test_an_invalid_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_STORE_THREADS", "none")
    with pytest.raises(ValidationError, match="threads"):
        StoreSettings()


def test_secrets_are_masked() -> None:
    shown = OtherSettings(token=SecretStr("123:abc")).to_json()
    assert shown["size"] == 3 and "abc" not in str(shown)
