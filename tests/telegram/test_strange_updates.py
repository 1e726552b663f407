"""The bot continues after updates that cannot be built."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from bot.telegram.app.application import ALLOWED_UPDATES
from bot.telegram.core.database import BotDatabase
from tests.telegram.conftest import Launcher, fetch, free_port
from tests.telegram.people import Person
from tests.telegram.raw_updates import INCOMPLETE_POLL, damaged_often
from tests.telegram.server import BotApi
from tests.telegram.test_life import PROMISE, PROMISED

SKIPPED = "rawi_telegram_updates_skipped_total"


def incomplete(person: Person) -> dict[str, Any]:
    """A private message with a poll that lacks required fields."""
    return {"message": person.message(poll=INCOMPLETE_POLL)}


def test_polling_and_the_next_start_go_on_after_updates_that_cannot_be_built(
    api: BotApi, start: Launcher
) -> None:
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

    # So does the next start, after those that are stored.
    waiting = Person(api, 63)
    bad = {"update_id": 300_000, **incomplete(stranger)}
    good = {"update_id": 300_002, "message": waiting.message(PROMISE)}
    with contextlib.closing(BotDatabase(start.home / "telegram.sqlite3")) as database:
        for raw in (bad, good):
            database.run(
                "INSERT INTO updates (id, payload, received) VALUES (?, ?, 0)",
                (raw["update_id"], json.dumps(raw)),
            )
        database.run("INSERT INTO updates (id, payload, received) VALUES (300001, 'cut of', 0)")
        bot = start()
        assert PROMISED in waiting.next_message().text
        again = {line["update"] for line in bot.log() if line["event"] == "update skipped"}
        assert again == {300_000, 300_001}, "those of the first run are over"
        assert bot.stop() == 0
        assert database.rows("SELECT id FROM updates WHERE payload IS NOT NULL") == []
