"""The bot continues after updates that cannot be built."""

from __future__ import annotations

import json
from typing import Any

from bot.telegram.app.application import ALLOWED_UPDATES
from bot.telegram.core.database import BotDatabase
from tests.telegram.conftest import Launcher
from tests.telegram.people import Person
from tests.telegram.raw_updates import INCOMPLETE_POLL, damaged_often
from tests.telegram.server import BotApi
from tests.telegram.test_life import PROMISE, PROMISED, fetch, free_port

SKIPPED = "rawi_telegram_updates_skipped_total"


def incomplete(person: Person) -> dict[str, Any]:
    """A private message with a poll that lacks required fields."""
    return {"message": person.message(poll=INCOMPLETE_POLL)}


def test_polling_goes_on_after_updates_that_cannot_be_built(api: BotApi, start: Launcher) -> None:
    port = free_port()
    bot = start(health_port=str(port), metrics="true", user_rate="1000")
    stranger, reader = Person(api, 61), Person(api, 62)
    last = api.push(incomplete(stranger))
    skipped = bot.wait_for("update skipped")
    assert (skipped["update"], skipped["kind"], skipped["error"]) == (last, "message", "TypeError")
    for kind in ALLOWED_UPDATES:
        for number in range(8):
            damaged = damaged_often(kind, number)
            damaged.pop("update_id", None)
            last = api.push(damaged)
    assert PROMISED in reader.ask(PROMISE).text
    assert str(INCOMPLETE_POLL["question"]) not in bot.raw_log()
    figures = fetch(f"http://127.0.0.1:{port}/metrics")[1].decode()
    assert f'{SKIPPED}{{kind="message"}}' in figures
    assert bot.stop() == 0
    asked_for = max(int(call.params.get("offset", 0)) for call in api.of("getUpdates"))
    assert asked_for > last, "they would come again"

    bot = start()
    assert PROMISED in Person(api, 63).ask(PROMISE).text
    assert not [line for line in bot.log() if line["event"] == "update skipped"]


def test_the_webhook_acknowledges_updates_that_cannot_be_built(
    api: BotApi, start: Launcher
) -> None:
    port = free_port()
    bot = start(mode="webhook", webhook_url=f"http://127.0.0.1:{port}", webhook_port=str(port))
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
    assert bot.stop() == 0


def test_stored_updates_that_cannot_be_built_do_not_end_the_next_start(
    api: BotApi, start: Launcher
) -> None:
    stranger, reader = Person(api, 61), Person(api, 62)
    bad = {"update_id": 300_000, **incomplete(stranger)}
    good = {"update_id": 300_002, "message": reader.message(PROMISE)}
    database = BotDatabase(start.home / "telegram.sqlite3")
    for raw in (bad, good):
        database.run(
            "INSERT INTO updates (id, payload, received) VALUES (?, ?, 0)",
            (raw["update_id"], json.dumps(raw)),
        )
    database.run("INSERT INTO updates (id, payload, received) VALUES (300001, 'cut of', 0)")
    bot = start()
    assert PROMISED in reader.next_message().text
    skipped = {line["update"] for line in bot.log() if line["event"] == "update skipped"}
    assert skipped == {300_000, 300_001}
    assert bot.stop() == 0
    assert database.rows("SELECT id FROM updates WHERE payload IS NOT NULL") == []
    database.close()
