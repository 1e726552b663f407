"""Errors of fetching: one code for each cause, from HTTP statuses and httpx's exceptions."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpx

from ingest.core.errors import LoadError
from ingest.fetching.deadline import DeadlineExceededError

NOT_FOUND = (404, 410)
FORBIDDEN = (401, 402, 403, 451)


class FetchError(LoadError):
    """A URL could not be fetched.

    Attributes:
        status: HTTP status of the last response, if there was one.
        wait: Seconds to wait before another request, from ``Retry-After``.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        wait: float = 0.0,
        **facts: str | int | float | LoadError,
    ) -> None:
        super().__init__(code, **facts)
        self.status = status
        self.wait = wait


class NoResponseError(FetchError):
    """No response came from the server, or not all of it."""


def status_error(status: int, reason: str, wait: float) -> FetchError:
    """The error for a response whose ``status`` is not 200."""
    code = "http_status"
    if status in NOT_FOUND:
        code = "not_found"
    elif status in FORBIDDEN:
        code = "forbidden"
    return FetchError(code, status=status, wait=wait, answer=f"{status} {reason}".strip())


def network_error(error: httpx.TransportError) -> NoResponseError:
    """The error for an exception of httpx, by what caused it."""
    for cause in _causes(error):
        if isinstance(cause, DeadlineExceededError):
            return NoResponseError("too_slow")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NoResponseError("certificate", reason=cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            return NoResponseError("tls_failed", reason=cause.reason or str(cause))
        if isinstance(cause, ConnectionRefusedError):
            return NoResponseError("connection_refused")
    if isinstance(error, httpx.TimeoutException):
        return NoResponseError("timeout")
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectError):
        return NoResponseError("connection_failed", reason=reason)
    return NoResponseError("connection_lost", reason=reason)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
