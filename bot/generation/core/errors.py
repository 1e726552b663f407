"""Errors of chat models."""

from __future__ import annotations

from typing import Literal

from vectorstore.core.errors import RawiError

FailureReason = Literal[
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
"""The values of ``Answer.model.fell_back``. They are part of the JSON format."""


class ModelUnusableError(RawiError):
    """The configured chat model cannot be used; the message says how to fix it."""


class ModelFailedError(Exception):
    """A call of the chat model failed.

    Attributes:
        reason: The kind of failure.
        retryable: Whether the same call may succeed later.
        retry_after: Seconds to wait before that, if the server named them.
    """

    def __init__(
        self,
        reason: FailureReason,
        detail: str = "",
        *,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: FailureReason = reason
        self.retryable = retryable
        self.retry_after = retry_after
