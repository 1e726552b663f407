"""A model server with scripted replies, streamed over real HTTP: OpenAI's protocol, and others.

``with ModelServer("افتتح الوزير الجسر [1].") as server`` and, in the environment or the settings,
``RAWI_LLM=openai:scripted`` with ``RAWI_LLM_BASE_URL=server.url``. Each request takes the next
reply; the last one is given again and again. A reply is a text, a ``Reply`` that says how it comes
or fails, or a function of the request that gives one of these.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.dialects import Dialect, dialect_of


@dataclass(frozen=True)
class Reply:
    """How one request is answered.

    Attributes:
        text: What the model says.
        piece: Characters per chunk.
        delay: Seconds before the first chunk.
        pause: Seconds between chunks.
        status: An HTTP error instead of an answer.
        headers: Beside it.
        drop_after: The connection is reset after so many chunks.
        stop_after: The stream ends without ``[DONE]`` after so many chunks.
        hang_after: Nothing more comes after so many chunks, until the server is closed.
        raw_after: After so many chunks this comes instead of a well-formed one.
        raw: See ``raw_after``.
        endless: The text is said again and again.
        held: Pairs of a chunk's number and what must be true before it goes out, so that a test
            does not depend on how fast the reader of the stream is.
    """

    text: str = ""
    piece: int = 7
    delay: float = 0.0
    pause: float = 0.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop_after: int | None = None
    stop_after: int | None = None
    hang_after: int | None = None
    raw_after: int | None = None
    raw: str = ""
    endless: bool = False
    held: tuple[tuple[int, Callable[[], object]], ...] = ()

    def pieces(self) -> Iterator[str]:
        while True:
            for at in range(0, len(self.text), self.piece):
                yield self.text[at : at + self.piece]
            if not self.endless:
                return


Scripted = str | Reply | Callable[[dict[str, Any]], "str | Reply"]


class ModelServer:
    """The server, in threads of its own."""

    def __init__(self, *replies: Scripted) -> None:
        self.replies: list[Scripted] = list(replies)
        self.requests: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.keys: list[str] = []
        self.contacts = 0
        self.broken_off = 0
        self.broke_off = threading.Event()
        """Set when a client closes the connection before all has been said."""
        self.closing = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"model": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make Rawi use this server."""
        return {"RAWI_LLM": "openai:scripted", "RAWI_LLM_BASE_URL": self.url}

    def script(self, *replies: Scripted) -> None:
        """Let these be the replies from now on."""
        with self._lock:
            self.replies = list(replies)

    def prompts(self) -> list[str]:
        """The last message of each request."""
        return [request["messages"][-1]["content"] for request in self.requests]

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reply_to(self, request: dict[str, Any]) -> Reply:
        with self._lock:
            self.requests.append(request)
            scripted = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if callable(scripted):
            scripted = scripted(request)
        return Reply(scripted) if isinstance(scripted, str) else scripted


class _Handler(BaseHTTPRequestHandler):
    model: ModelServer

    def do_GET(self) -> None:
        self.model.contacts += 1
        self._error(404, {})

    def do_POST(self) -> None:
        self.model.contacts += 1
        self.model.authorizations.append(self.headers.get("authorization", ""))
        named = ("authorization", "x-api-key", "x-goog-api-key")
        self.model.keys.append(" ".join(self.headers.get(name, "") for name in named))
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        dialect = dialect_of(self.path.partition("?")[0])
        if dialect is None:
            self._error(404, {})
            return
        request = json.loads(body)
        reply = self.model.reply_to(request)
        time.sleep(reply.delay)
        if reply.status != 200:
            self._error(reply.status, reply.headers)
            return
        try:
            self._stream(request, reply, dialect)
        except (BrokenPipeError, ConnectionResetError):
            self.model.broken_off += 1
            self.model.broke_off.set()

    def _stream(self, request: dict[str, Any], reply: Reply, dialect: Dialect) -> None:
        self.send_response(200)
        self.send_header("content-type", dialect.content_type)
        self.end_headers()
        self._write(dialect.begin())
        said = 0
        for number, piece in enumerate(reply.pieces()):
            if number == reply.drop_after:
                self._reset()
                return
            if number == reply.stop_after:
                return
            if number == reply.hang_after:
                self.model.closing.wait(60)
                return
            if number == reply.raw_after:
                self._write(reply.raw)
            for at, happened in reply.held:
                if number == at:
                    self._wait_until(happened)
            self._write(dialect.piece(piece))
            said += 1
            time.sleep(reply.pause)
            if self.model.closing.is_set():
                return
        read = len(json.dumps(request.get("messages") or request.get("contents"))) // 4
        self._write(dialect.end(request, read, said))

    def _wait_until(self, happened: Callable[[], object]) -> None:
        end = time.monotonic() + 120
        while not happened() and not self.model.closing.is_set() and time.monotonic() < end:
            time.sleep(0.02)

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def _reset(self) -> None:
        """As when the server is killed: the connection is reset, not closed."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def _error(self, status: int, headers: dict[str, str]) -> None:
        body = json.dumps({"error": {"message": "scripted", "type": "scripted"}}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests read what was asked, not a log."""
