"""Updates by webhook: from Telegram alone, and also those that cannot be built."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.telegram.app.application import ALLOWED_UPDATES
from tests.telegram.conftest import Bot, Launcher, fetch, free_port
from tests.telegram.people import Person
from tests.telegram.raw_updates import damaged_often
from tests.telegram.server import TOKEN, BotApi
from tests.telegram.test_life import PROMISE, PROMISED
from tests.telegram.test_strange_updates import incomplete


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    api = BotApi()
    yield api
    api.close()


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def bot(
    api: BotApi,
    port: int,
    samples_home: Path,
    models_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bot]:
    """A bot whose first attempt to set its webhook fails."""
    home = tmp_path_factory.mktemp("webhook") / "home"
    shutil.copytree(samples_home, home)
    start = Launcher(api, home, models_dir)
    api.fail("setWebhook", drop=True)
    yield start(mode="webhook", webhook_url=f"http://127.0.0.1:{port}", webhook_port=str(port))
    start.stop()


def test_updates_that_cannot_be_built_are_acknowledged(api: BotApi, bot: Bot) -> None:
    assert api.webhook is not None
    url, secret = api.webhook["url"], api.webhook["secret_token"]
    stranger, reader = Person(api, 61), Person(api, 62)
    bad = [{"update_id": 400_000, **incomplete(stranger)}, {"update_id": "x"}, [], 7, None]
    bad += [damaged_often(kind, 1) | {"update_id": 400_001} for kind in ALLOWED_UPDATES]
    for raw in bad:
        body = json.dumps(raw).encode()
        assert fetch(url, body, secret=secret)[0] == 200, "Telegram would send it again"
    assert PROMISED in reader.ask(PROMISE).text
    skipped = [line for line in bot.log() if line["event"] == "update skipped"]
    assert (skipped[0]["update"], skipped[0]["kind"]) == (400_000, "message")


def test_the_webhook_answers_telegram_and_nobody_else(api: BotApi, bot: Bot, port: int) -> None:
    address = f"http://127.0.0.1:{port}"
    assert api.webhook is not None
    url, secret = api.webhook["url"], api.webhook["secret_token"]
    assert len(url.rpartition("/")[2]) >= 32, "the path could be guessed"
    assert TOKEN not in url

    reader = Person(api, 21)
    assert PROMISED in reader.ask(PROMISE).text
    assert fetch(f"{address}/ready")[0] == 200
    assert fetch(f"{address}/webhook", b"{}")[0] == 404
    forged = json.dumps({"update_id": 9, "message": reader.message(PROMISE)}).encode()
    since = len(api.calls)
    assert fetch(url, forged)[0] == 403
    assert fetch(url, forged, secret="x" * 40)[0] == 403
    assert fetch(url, b"not json", secret=secret)[0] == 400
    assert fetch(url, b"x" * 2_000_000, secret=secret)[0] in (0, 400, 413)
    assert PROMISED in reader.ask(PROMISE).text
    assert len([c for c in api.of("sendMessage", since) if PROMISED in c.text]) == 1
    assert secret not in bot.raw_log()
    assert bot.stop() == 0
