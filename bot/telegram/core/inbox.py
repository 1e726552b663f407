"""Messages on their way in: each written down first, dealt with once, none lost by a kill."""

from __future__ import annotations

import asyncio
import json
import time

from telegram import Bot, Update

from bot.telegram.core.database import BotDatabase
from bot.telegram.core.metrics import Metrics
from bot.telegram.core.update_parsing import build_update, skip

ATTEMPTS = 2
"""Starts of the bot that try the same message; one that ends the process each time is given up."""
KNOWN_FOR = 48 * 3600.0
"""Seconds that ids of finished messages are kept; Telegram repeats none after 24 hours."""


class Inbox(asyncio.Queue[object]):
    """The queue between what fetches updates and what handles them, with a journal under it.

    Telegram regards an update as delivered when the next ones are asked for, which happens after
    ``put`` has returned; by then it is on disk. While ``size`` updates are waiting or in hand,
    ``put`` waits, and further ones stay with Telegram.
    """

    def __init__(self, database: BotDatabase, size: int) -> None:
        super().__init__()
        self._database = database
        self._room = asyncio.Semaphore(size)
        self.under_way = 0
        """Updates that are queued or being handled."""

    async def put(self, item: object, raw: object = None) -> None:
        """Queue an update, unless it has been here before; waits while too many are under way.

        ``raw`` is the update as received, which is what the journal keeps: ``Update.to_json``
        leaves out empty lists, without which some updates cannot be built again.
        """
        if isinstance(item, Update):
            await self._room.acquire()
            if not self._is_new(item, json.dumps(raw) if raw else item.to_json()):
                self._room.release()
                return
            self.under_way += 1
        await super().put(item)

    def _is_new(self, update: Update, payload: str) -> bool:
        return bool(
            self._database.run(
                "INSERT OR IGNORE INTO updates (id, payload, received) VALUES (?, ?, ?)",
                (update.update_id, payload, time.time()),
            )
        )

    def finished(self, update: Update) -> None:
        """Forget what the update said; only its id stays, to know it again."""
        self.forget(update.update_id)
        self.under_way -= 1
        self._room.release()

    def forget(self, update_id: int) -> None:
        """Erase what an update said; it will not be handled again."""
        self._database.run("UPDATE updates SET payload = NULL WHERE id = ?", (update_id,))

    def unfinished(self, bot: Bot, metrics: Metrics) -> tuple[list[Update], list[Update]]:
        """Updates that an earlier run did not finish: those to handle now, those to give up.

        Those that cannot be built (another version may have stored them) are counted in
        ``metrics`` and forgotten.
        """
        again: list[Update] = []
        hopeless: list[Update] = []
        for number, payload, attempts in self._database.rows(
            "SELECT id, payload, attempts FROM updates WHERE payload IS NOT NULL ORDER BY id"
        ):
            update = _stored(number, payload, bot, metrics)
            if update is None:
                self.forget(number)
            else:
                (again if attempts < ATTEMPTS else hopeless).append(update)
        self._database.run("UPDATE updates SET attempts = attempts + 1 WHERE payload IS NOT NULL")
        return again, hopeless

    def forget_old(self) -> None:
        """Forget the ids of messages that were finished long ago."""
        self._database.run(
            "DELETE FROM updates WHERE payload IS NULL AND received < ?",
            (time.time() - KNOWN_FOR,),
        )

    async def put_again(self, update: Update) -> None:
        """Queue an update that is already written down."""
        await self._room.acquire()
        self.under_way += 1
        await super().put(update)


def _stored(number: int, payload: str | bytes, bot: Bot, metrics: Metrics) -> Update | None:
    """The update of a row, under the id of the row; None when it cannot be built."""
    try:
        raw = json.loads(payload)
    except (ValueError, TypeError, RecursionError) as error:
        skip({"update_id": number}, error, metrics)
        return None
    return build_update(
        {**raw, "update_id": number} if isinstance(raw, dict) else raw, bot, metrics
    )
