"""A small web site on loopback whose pages a test writes, and which remembers what it was asked."""

from __future__ import annotations

import gzip
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

Answer = Callable[["Handler"], None]


@dataclass
class Site:
    """``pages`` by path: bytes or text (with a 200), a status, or a function that answers."""

    pages: dict[str, bytes | str | int | Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)
    etags: bool = True
    port: int = 0

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        self.site.asked.append(self.path)
        self.site.headers.append(dict(self.headers))
        answer = self.site.pages.get(self.path.partition("?")[0], 404)
        if callable(answer):
            answer(self)
        elif isinstance(answer, int):
            self.say(answer)
        else:
            self.give(answer)

    def give(self, content: bytes | str, kind: str = "text/html; charset=utf-8") -> None:
        data = content.encode() if isinstance(content, str) else content
        etag = f'"{hash(data)}"'
        if self.site.etags and self.headers.get("If-None-Match") == etag:
            self.say(304)
            return
        self.say(200, ("Content-Type", kind), ("ETag", etag), body=data)

    def say(self, status: int, *headers: tuple[str, str], body: bytes = b"") -> None:
        self.site.answers.append((self.path, status))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def redirect(to: str) -> Answer:
    return lambda handler: handler.say(302, ("Location", to))


def bomb(megabytes: int) -> Answer:
    packed = gzip.compress(b"<html>" + b" " * megabytes * 1_000_000)
    return lambda handler: handler.say(200, ("Content-Encoding", "gzip"), body=packed)


def endless(handler: Handler) -> None:
    """A page that never ends, a few bytes at a time."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(600):
        try:
            handler.wfile.write(b"<p>...</p>")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def flaky(failures: int, content: str) -> Answer:
    """Fails so many times before it answers."""
    left = [failures]

    def answer(handler: Handler) -> None:
        if left[0]:
            left[0] -= 1
            handler.say(503, ("Retry-After", "0"))
        else:
            handler.give(content)

    return answer


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def served() -> Iterator[Site]:
    """A site that answers until the end of the ``with``."""
    site = Site()
    handler = type("SiteHandler", (Handler,), {"site": site})
    with _Server(("127.0.0.1", 0), handler) as server:
        site.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()
