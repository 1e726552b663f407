"""Why no answer was composed."""

from __future__ import annotations

from typing import Literal

from vectorstore.core.errors import RawiError

Reason = Literal[
    "timeout",
    "busy",
    "server",
    "connection",
    "malformed",
    "refused",
    "empty",
    "unsupported",
    "declined",
    "paused",
]
"""What stands in ``Answer.model.fell_back``: a name per kind of failure, the same for ever."""


class ModelUnusableError(RawiError):
    """The chat model that the settings name cannot be used; the message says what to do."""


class ModelFailedError(Exception):
    """The model gave nothing that can be shown; ``reason`` says why.

    ``again`` says whether the same call may go well a little later, after ``wait`` seconds where
    the server named them.
    """

    def __init__(
        self, reason: Reason, detail: str = "", *, again: bool = False, wait: float | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.again = again
        self.wait = wait
