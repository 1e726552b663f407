"""The bot as a real process, over real HTTP, with the real store on the samples."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.telegram.people import Person
from tests.telegram.server import TOKEN, BotApi

EDITOR = 900_001
CHANNEL = -1_001_234_567_890


class Bot:
    """One process of ``rawi telegram``."""

    def __init__(self, api: BotApi, home: Path, env: dict[str, str]) -> None:
        self.home = home
        self.log_file = home / "bot.log"
        self._at = self.log_file.stat().st_size if self.log_file.exists() else 0
        self._out = self.log_file.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "rawi.py"), "telegram"],
            cwd=home,
            env=env,
            stdout=self._out,
            stderr=self._out,
        )

    def log(self) -> list[dict[str, Any]]:
        """What this process has logged."""
        lines = self.log_file.read_bytes()[self._at :].decode().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def raw_log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def wait_for(self, event: str, timeout: float = 240.0, since: int = 0) -> dict[str, Any]:
        """The first log line with this event, from the one numbered ``since`` on."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = next((line for line in self.log()[since:] if line["event"] == event), None)
            if found is not None:
                return found
            assert self.process.poll() is None, f"the bot has ended:\n{self.raw_log()[-3000:]}"
            time.sleep(0.05)
        raise AssertionError(f"{event!r} was not logged:\n{self.raw_log()[-3000:]}")

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait(60)

    def stop(self, timeout: float = 120.0) -> int:
        """As a supervisor would; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self._out.close()
        return code


StartBot = Callable[..., Bot]


def environment(home: Path, models_dir: Path, **settings: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("RAWI_")}
    return {
        **kept,
        "RAWI_HOME": str(home),
        "RAWI_STORE_MODELS_DIR": str(models_dir),
        "RAWI_INGEST_PRIVATE_HOSTS": "127.0.0.1",
        "RAWI_INGEST_FETCH_DELAY": "0",
        "RAWI_STORE_THREADS": "1",  # threads that wait for each other are slow on a busy machine
        **{f"RAWI_TELEGRAM_{name.upper()}": value for name, value in settings.items()},
    }


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def fetch(url: str, body: bytes | None = None, *, secret: str = "") -> tuple[int, bytes]:
    """Status and body; 0 when the server hangs up."""
    request = urllib.request.Request(url, data=body)  # noqa: S310
    if secret:
        request.add_header("X-Telegram-Bot-Api-Secret-Token", secret)
    try:
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, b""  # the server may hang up on what is too large
    except (urllib.error.URLError, ConnectionError):
        return 0, b""


class Launcher:
    """Starts bots on a home, and stops them in the end."""

    def __init__(self, api: BotApi, home: Path, models_dir: Path) -> None:
        self.api, self.home, self.models_dir = api, home, models_dir
        self.bots: list[Bot] = []

    def __call__(
        self,
        *,
        ready: bool = True,
        home: Path | None = None,
        more: dict[str, str] | None = None,
        **settings: str,
    ) -> Bot:
        """A bot with these settings of Telegram's, and ``more`` of others by their full names."""
        given = {
            "token": TOKEN,
            "api_url": self.api.url,
            "editors": str(EDITOR),
            "channels": str(CHANNEL),
            **settings,
        }
        env = environment(home or self.home, self.models_dir, **given) | (more or {})
        bot = Bot(self.api, home or self.home, env)
        self.bots.append(bot)
        if ready:
            bot.wait_for("ready")
        return bot

    def stop(self) -> None:
        for bot in self.bots:
            if bot.process.poll() is None:
                bot.kill()


@pytest.fixture(scope="session")
def shared_api() -> Iterator[BotApi]:
    api = BotApi()
    yield api
    api.close()


@pytest.fixture(scope="session")
def shared_bot(
    shared_api: BotApi,
    samples_home: Path,
    models_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bot]:
    """One bot for all tests that do not harm it."""
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(samples_home, home)
    start = Launcher(shared_api, home, models_dir)
    yield start(user_rate="1000", timeout="3", more={"RAWI_INGEST_BATCH_ARTICLES": "1"})
    start.stop()


@pytest.fixture
def api() -> Iterator[BotApi]:
    api = BotApi()
    yield api
    api.close()


@pytest.fixture
def start(api: BotApi, samples_home: Path, models_dir: Path, tmp_path: Path) -> Iterator[Launcher]:
    """Starts the bot on a home of this test's own."""
    home = tmp_path / "home"
    shutil.copytree(samples_home, home)
    launcher = Launcher(api, home, models_dir)
    yield launcher
    launcher.stop()


_next_person = iter(range(10_000, 90_000))


@pytest.fixture
def reader(shared_api: BotApi, shared_bot: Bot) -> Person:
    """Somebody who has never written before."""
    return Person(shared_api, next(_next_person))


@pytest.fixture
def editor(shared_api: BotApi, shared_bot: Bot) -> Person:
    return Person(shared_api, EDITOR)
