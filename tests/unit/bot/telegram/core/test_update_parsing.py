"""Updates that cannot be built are skipped, whatever is wrong with them."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot, Update

from bot.telegram.app.polling import poll
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.inbox import Inbox
from bot.telegram.core.metrics import Metrics
from bot.telegram.core.update_parsing import build_update
from tests.telegram.raw_updates import (
    CONTENTS,
    INCOMPLETE_POLL,
    MESSAGE,
    damaged,
    damaged_often,
    raw_update,
)
from tests.telegram.server import TOKEN, BotApi

BOT = Bot("1:A")
ODD_IDS: list[Any] = [None, True, "5", 5.0, -1, 2**63, [], {}]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[BotDatabase]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield database
    database.close()


@pytest.fixture
def api() -> Iterator[BotApi]:
    api = BotApi()
    yield api
    api.close()


def skipped(metrics: Metrics) -> dict[str, float]:
    """How many were skipped, per kind."""
    name = "rawi_telegram_updates_skipped_total"
    lines = [line for line in metrics.text().decode().splitlines() if line.startswith(name)]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def test_there_is_an_example_of_every_kind_and_each_can_be_built() -> None:
    assert set(CONTENTS) == set(Update.ALL_TYPES)
    metrics = Metrics()
    for kind in CONTENTS:
        update = build_update(raw_update(kind), BOT, metrics)
        assert update is not None and getattr(update, kind) is not None, kind
    assert skipped(metrics) == {}


@pytest.mark.parametrize("kind", CONTENTS)
def test_no_damage_to_an_update_raises(kind: str) -> None:
    metrics = Metrics()
    built = failed = 0
    for raw in [*damaged(raw_update(kind)), *(damaged_often(kind, n) for n in range(100))]:
        update = build_update(raw, BOT, metrics)
        if update is None:
            failed += 1
        else:
            built += 1
    assert built and failed
    assert sum(skipped(metrics).values()) == failed


@pytest.mark.parametrize("raw", [None, 7, "x", [], [raw_update("message")], {}])
def test_what_is_no_update_at_all_is_skipped(raw: Any) -> None:
    metrics = Metrics()
    assert build_update(raw, BOT, metrics) is None
    assert skipped(metrics) == {"unknown": 1}


@pytest.mark.parametrize("number", ODD_IDS)
def test_an_update_without_a_usable_id_is_skipped(number: Any) -> None:
    metrics = Metrics()
    assert build_update({"update_id": number, "message": MESSAGE}, BOT, metrics) is None
    assert skipped(metrics) == {"message": 1}


def test_an_update_of_a_kind_not_known_yet_is_no_error() -> None:
    metrics = Metrics()
    assert build_update({"update_id": 1, "video_call": {"from": {"id": 1}}}, BOT, metrics)
    assert skipped(metrics) == {}


def test_the_log_names_the_update_and_the_field_but_not_the_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    message = {**MESSAGE, "text": "سر بيننا", "poll": {**INCOMPLETE_POLL, "question": "سر"}}
    with caplog.at_level(logging.DEBUG):
        build_update({"update_id": 77, "message": message}, BOT, Metrics())
        build_update({"update_id": 78, "message": {**MESSAGE, "date": "سر بيننا"}}, BOT, Metrics())
    first, second = caplog.records
    assert (first.__dict__["update"], first.__dict__["kind"]) == (77, "message")
    assert first.__dict__["error"] == "TypeError"
    assert "allows_revoting" in first.__dict__["problem"]
    assert second.__dict__["update"] == 78
    assert "سر" not in repr([record.__dict__ for record in caplog.records])


def polled(api: BotApi, database: BotDatabase, wanted: set[int]) -> Metrics:
    """Poll over HTTP until the good updates ``wanted`` have been queued, in their order."""
    metrics = Metrics()

    async def run() -> None:
        inbox = Inbox(database, 10_000)
        async with Bot(TOKEN, base_url=f"{api.url}/bot") as bot:
            polling = asyncio.create_task(poll(bot, inbox, metrics, backoff=0.01))
            found: list[int] = []
            while set(found) != wanted:
                getting = asyncio.create_task(inbox.get())
                await asyncio.wait({getting, polling}, return_when="FIRST_COMPLETED", timeout=60)
                assert getting.done(), polling
                update = getting.result()
                assert isinstance(update, Update)
                inbox.finished(update)
                if update.update_id in wanted:
                    found.append(update.update_id)
            assert found == sorted(wanted)
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)

    asyncio.run(run())
    return metrics


def test_a_good_update_between_bad_ones_is_always_delivered(
    api: BotApi, database: BotDatabase
) -> None:
    good = set()
    for kind in CONTENTS:
        for number in range(12):
            bad = damaged_often(kind, number)
            bad.pop("update_id", None)
            api.push(bad)
            good.add(api.push({"message": MESSAGE}))
    last = max(good)
    assert sum(skipped(polled(api, database, good)).values()) > 50
    offsets = [int(call.params.get("offset", 0)) for call in api.of("getUpdates")]
    assert max(offsets) == last + 1, "Telegram was not told that all have arrived"


def test_updates_without_id_hold_up_no_other(api: BotApi, database: BotDatabase) -> None:
    for number in ODD_IDS:
        api.push_raw({"update_id": number, "message": MESSAGE})
    api.push_raw("x")

    def later() -> None:
        api.wait(lambda calls: len([c for c in calls if c.method == "getUpdates"]) > 2)
        api.push({"message": MESSAGE}, update_id=5)

    pushing = threading.Thread(target=later)
    pushing.start()
    assert skipped(polled(api, database, {5}))["message"] >= 2 * len(ODD_IDS)
    pushing.join()


@pytest.mark.parametrize("body", ["[]", '{"ok": true}', '{"ok": true, "result": 7}', "nonsense"])
def test_a_response_that_is_none_is_asked_for_again(
    body: str, api: BotApi, database: BotDatabase
) -> None:
    api.bodies.append(body)
    good = {api.push({"message": MESSAGE})}
    polled(api, database, good)
    assert not api.bodies


@pytest.mark.parametrize("kind", CONTENTS)
def test_what_a_killed_bot_had_not_finished_can_be_built_again(
    kind: str, database: BotDatabase
) -> None:
    async def killed() -> None:
        inbox = Inbox(database, 100_000)
        for number, raw in enumerate([raw_update(kind), *damaged(raw_update(kind))], 1):
            update = build_update(raw := raw | {"update_id": number}, BOT, Metrics())
            if update is not None:
                await inbox.put(update, raw)

    asyncio.run(killed())
    written = database.rows("SELECT count(*) FROM updates")
    metrics = Metrics()
    retry, _ = Inbox(database, 10).unfinished(BOT, metrics)
    assert [(len(retry),)] == written
    assert skipped(metrics) == {}


def test_stored_updates_that_cannot_be_built_are_forgotten_and_the_others_taken_up(
    database: BotDatabase,
) -> None:
    bad = {"update_id": 2, "message": {**MESSAGE, "poll": INCOMPLETE_POLL}}
    stored = [json.dumps(raw_update("message", 1)), json.dumps(bad), "no json", "[]"]
    stored.append(json.dumps(raw_update("message", 999)))
    for number, payload in enumerate(stored, 1):
        database.run(
            "INSERT INTO updates (id, payload, received) VALUES (?, ?, 0)", (number, payload)
        )
    metrics = Metrics()
    retry, give_up = Inbox(database, 10).unfinished(BOT, metrics)
    assert [update.update_id for update in retry] == [1, 5], "by the ids of their rows"
    assert give_up == []
    assert skipped(metrics) == {"message": 1, "unknown": 2}
    left = database.rows("SELECT id FROM updates WHERE payload IS NOT NULL ORDER BY id")
    assert left == [(1,), (5,)]
