from __future__ import annotations

import errno
import io
import sqlite3
import sys
from pathlib import Path

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from vectorstore.cli.console import command_errors, console, error_console
from vectorstore.core.errors import SettingsError, StoreError
from vectorstore.core.settings import RawiSettings


class LunchSettings(RawiSettings):
    """Settings of nothing in particular."""

    model_config = SettingsConfigDict(env_prefix="RAWI_LUNCH_")

    minutes: int = Field(default=30, ge=5)
    token: SecretStr = Field(default=SecretStr(""), max_length=3)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def ended(error: BaseException) -> int:
    """The exit code of a command in which ``error`` is raised."""
    with pytest.raises(SystemExit) as caught, command_errors():
        raise error
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_a_rawi_error_is_one_message_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(StoreError("There are no articles [yet]: see /tmp/a:b")) == 1
    assert capsys.readouterr() == ("", "error: There are no articles [yet]: see /tmp/a:b\n")


def test_a_long_message_is_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    ended(StoreError("word " * 100))
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_setting_exits_with_usage_error() -> None:
    assert ended(SettingsError("There is no setting RAWI_X.")) == 2


def test_ctrl_c_exits_with_130() -> None:
    assert ended(KeyboardInterrupt()) == 130


def test_invalid_settings_are_reported_one_by_one_without_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAWI_LUNCH_MINUTES", "2")
    monkeypatch.setenv("RAWI_LUNCH_TOKEN", "confidential")
    with pytest.raises(SystemExit) as caught, command_errors():
        LunchSettings()
    assert caught.value.code == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "error: RAWI_LUNCH_MINUTES: Input should be greater than or equal to 5"
    assert second.startswith("error: RAWI_LUNCH_TOKEN: ")
    assert "confidential" not in second


def test_other_errors_keep_their_traceback() -> None:
    with pytest.raises(ValueError, match="a bug"), command_errors():
        raise ValueError("a bug")


def test_a_decorated_command_keeps_its_return_value() -> None:
    @command_errors()
    def command(name: str) -> str:
        return f"hello {name}"

    assert (command("a"), command("b")) == ("hello a", "hello b")


@pytest.mark.parametrize("open_console", [console, error_console])
def test_colours_are_used_on_terminals_without_no_color(
    open_console: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert printed(Terminal(), open_console, monkeypatch) == "\x1b[31mred [bold] :smile:\x1b[0m\n"
    assert printed(io.StringIO(), open_console, monkeypatch) == "red [bold] :smile:\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31" not in printed(Terminal(), open_console, monkeypatch)


def printed(stream: io.StringIO, open_console: object, monkeypatch: pytest.MonkeyPatch) -> str:
    assert callable(open_console)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    open_console().print("red [bold] :smile:", style="red")
    return stream.getvalue()


def test_disk_errors_are_reported_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.sqlite3"
    sqlite3.connect(path).execute("CREATE TABLE t (x)")
    with pytest.raises(sqlite3.OperationalError) as read_only:
        sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True).execute("DROP TABLE t")
    for error in (read_only.value, OSError(errno.ENOSPC, "No space left on device")):
        assert ended(error) == 1
        said = capsys.readouterr().err
        assert said.startswith("error: ") and "room on the disk" in said
    with pytest.raises(sqlite3.OperationalError), command_errors():  # a mistake of ours
        sqlite3.connect(path).execute("SELECT * FROM nowhere")
