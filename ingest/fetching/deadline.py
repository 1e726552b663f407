"""Connections with a deadline, so that a server sending a byte now and then cannot block for ever.

A timeout of httpx bounds one read from the network. The deadline bounds a connection as a whole:
TLS handshake, headers and body.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore


class DeadlineExceededError(httpcore.ReadTimeout):
    """A connection has lasted longer than it may."""


class DeadlineBackend(httpcore.SyncBackend):
    """Opens connections that last ``max_seconds`` at most."""

    def __init__(self, max_seconds: float) -> None:
        self.max_seconds = max_seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; the time begins now."""
        deadline = time.monotonic() + self.max_seconds
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _DeadlineStream(stream, deadline)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, self._remaining(timeout))
        except httpcore.ReadTimeout:
            self._remaining(timeout)
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._remaining(timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._remaining(timeout))
        return _DeadlineStream(stream, self._deadline)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _remaining(self, timeout: float | None) -> float:
        """The smaller of ``timeout`` and the seconds until the deadline.

        Raises:
            DeadlineExceededError: the deadline has passed.
        """
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise DeadlineExceededError("deadline exceeded")
        return remaining if timeout is None else min(timeout, remaining)
