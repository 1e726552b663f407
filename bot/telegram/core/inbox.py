"""Queue of received updates with a journal in the database, so that a killed bot loses none."""

from __future__ import annotations

import asyncio
import json
import time

from telegram import Bot, Update

from bot.telegram.core.database import BotDatabase
from bot.telegram.core.metrics import Metrics
from bot.telegram.core.update_parsing import build_update, skip_update

MAX_ATTEMPTS = 2
"""Starts of the bot that process the same update; it may be what ends the process."""
REMEMBERED_SECONDS = 48 * 3600.0
"""How long ids of finished updates are kept; Telegram repeats none after 24 hours."""


class Inbox(asyncio.Queue[object]):
    """Queue between the receiver and the processor of updates.

    Telegram regards an update as delivered when the next ones are requested, which happens after
    ``put`` has returned; by then it is stored. While ``size`` updates are waiting or being
    processed, ``put`` waits, and further ones stay with Telegram.
    """

    def __init__(self, database: BotDatabase, size: int) -> None:
        super().__init__()
        self._database = database
        self._free = asyncio.Semaphore(size)
        self.in_progress = 0
        """Updates that are waiting or being processed."""

    async def put(self, item: object, raw: object = None) -> None:
        """Store and queue an update, unless it was received before.

        ``raw`` is the decoded JSON as received. It is stored instead of ``Update.to_json``, which
        leaves out empty lists, without which some updates cannot be built again.
        """
        if isinstance(item, Update):
            await self._free.acquire()
            if not self._store(item, json.dumps(raw) if raw else item.to_json()):
                self._free.release()
                return
            self.in_progress += 1
        await super().put(item)

    def _store(self, update: Update, payload: str) -> bool:
        """Store an update; False when its id is known."""
        return bool(
            self._database.run(
                "INSERT OR IGNORE INTO updates (id, payload, received) VALUES (?, ?, ?)",
                (update.update_id, payload, time.time()),
            )
        )

    def finished(self, update: Update) -> None:
        """Erase the content of a processed update; its id stays, to detect repetitions."""
        self.discard(update.update_id)
        self.in_progress -= 1
        self._free.release()

    def discard(self, update_id: int) -> None:
        """Erase the content of an update that will not be processed again."""
        self._database.run("UPDATE updates SET payload = NULL WHERE id = ?", (update_id,))

    def unfinished(self, bot: Bot, metrics: Metrics) -> tuple[list[Update], list[Update]]:
        """Updates that an earlier process did not finish: those to retry, and those to give up.

        Updates that cannot be built (another version may have stored them) are counted in
        ``metrics`` and discarded.
        """
        retry: list[Update] = []
        give_up: list[Update] = []
        for update_id, payload, attempts in self._database.rows(
            "SELECT id, payload, attempts FROM updates WHERE payload IS NOT NULL ORDER BY id"
        ):
            update = _from_row(update_id, payload, bot, metrics)
            if update is None:
                self.discard(update_id)
            else:
                (retry if attempts < MAX_ATTEMPTS else give_up).append(update)
        self._database.run("UPDATE updates SET attempts = attempts + 1 WHERE payload IS NOT NULL")
        return retry, give_up

    def delete_old(self) -> None:
        """Delete the ids of updates that were finished more than ``REMEMBERED_SECONDS`` ago."""
        self._database.run(
            "DELETE FROM updates WHERE payload IS NULL AND received < ?",
            (time.time() - REMEMBERED_SECONDS,),
        )

    async def put_stored(self, update: Update) -> None:
        """Queue an update that is already stored."""
        await self._free.acquire()
        self.in_progress += 1
        await super().put(update)


def _from_row(update_id: int, payload: str | bytes, bot: Bot, metrics: Metrics) -> Update | None:
    """The update of a row, under the id of the row; None when it cannot be built."""
    try:
        raw = json.loads(payload)
    except (ValueError, TypeError, RecursionError) as error:
        skip_update({"update_id": update_id}, error, metrics)
        return None
    if isinstance(raw, dict):
        raw["update_id"] = update_id
    return build_update(raw, bot, metrics)
