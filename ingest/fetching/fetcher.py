"""One file from the web, with everything that can go wrong on the way."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.core.errors import LoadError
from ingest.core.settings import IngestSettings
from ingest.fetching.address_guard import GuardedTransport, Resolve, resolve
from ingest.fetching.robots import Robots
from ingest.fetching.time_limits import TOO_LONG

REDIRECTS = 5
ATTEMPTS = 3
BACK_OFF = (1.0, 4.0)
"""Seconds before the second and third attempt."""
PATIENCE = 5
"""Addresses of one host in a row that may get no answer, before it is left alone."""
LONGEST_WAIT = 60.0
"""Seconds that a ``Retry-After`` is obeyed; a server that asks for more is given up."""
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_ROBOTS_BYTES = 512_000
_ALL_OF_IT = 3
"""How many times the timeout for an answer all of it may take."""
_DAY = 86_400.0


class FetchError(LoadError):
    """An address could not be fetched.

    Attributes:
        status: The server's last word, if it had one.
        wait: Seconds that it asks to be left alone, a day at most.
    """

    def __init__(
        self, problem: str, remedy: str, status: int | None = None, wait: float = 0.0
    ) -> None:
        super().__init__(problem, remedy)
        self.status = status
        self.wait = wait


class _SilentError(FetchError):
    """A server did not answer, or not to the end."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave.

    Attributes:
        url: Where it was in the end, after redirects.
        data: The content, decompressed; empty when ``unchanged``.
        content_type: Media type, lower case, without parameters.
        charset: The one the header declares.
        unchanged: The server says it is what ``etag`` and ``modified`` of the last time describe.
        etag, modified: To ask with the next time.
    """

    url: str
    data: bytes = b""
    content_type: str = ""
    charset: str | None = None
    unchanged: bool = False
    etag: str | None = None
    modified: str | None = None


class Fetcher:
    """Fetches, one request at a time. A context manager."""

    def __init__(
        self,
        settings: IngestSettings | None = None,
        *,
        resolver: Resolve = resolve,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings or IngestSettings()
        transport = GuardedTransport(
            self.settings.private_host_names,
            longest=_ALL_OF_IT * self.settings.fetch_timeout,
            resolver=resolver,
        )
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(self.settings.fetch_timeout),
            headers={"User-Agent": self.settings.user_agent, "Accept-Encoding": "gzip"},
            follow_redirects=False,
            trust_env=False,
        )
        self._robots = Robots(self.settings.user_agent, self._rules)
        self._sleep = sleep
        self._next: dict[str, float] = {}
        self._silent: dict[str, int] = {}
        self._mute: dict[str, FetchError] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """What is at ``url``; with ``etag`` or ``modified`` of the last time, only if it changed.

        Raises:
            FetchError: it cannot be had, or not within the limits.
            LoadError: the address is none that is fetched, or its host is in a private network.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        limit = int(self.settings.fetch_max_mb * 1_000_000)
        return self._followed(url, headers, limit, obey=self.settings.robots)

    def _followed(self, url: str, headers: dict[str, str], limit: int, *, obey: bool) -> Fetched:
        seen = set()
        for _ in range(REDIRECTS + 1):
            url = _web(url)
            if url in seen:
                raise FetchError("redirects in a circle", "check the address in a browser")
            seen.add(url)
            if obey and not self._robots.allow(url):
                raise self._refused(url)
            target, fetched = self._asked(url, headers, limit, polite=obey)
            if fetched is not None:
                return fetched
            url = _redirected(url, target)
        raise FetchError(f"more than {REDIRECTS} redirects", "give the address they lead to")

    def _asked(
        self, url: str, headers: dict[str, str], limit: int, *, polite: bool
    ) -> tuple[str, Fetched | None]:
        """Where ``url`` redirects, or what it holds; attempts that may help are repeated."""
        host = urlsplit(url).netloc
        silent = self._silent.get(host, 0)
        if silent >= PATIENCE:
            said = f"the server of {host} has failed {silent} times in a row, and is asked no more"
            raise FetchError(said, "try later")
        try:
            found = self._attempted(url, headers, limit, polite=polite)
        except FetchError as error:
            busy = isinstance(error, _SilentError) or error.status in _AGAIN
            self._silent[host] = silent + 1 if busy else 0
            raise
        self._silent[host] = 0
        return found

    def _attempted(
        self, url: str, headers: dict[str, str], limit: int, *, polite: bool
    ) -> tuple[str, Fetched | None]:
        for attempt in range(ATTEMPTS):
            self._wait_turn(url, polite=polite)
            last = attempt == ATTEMPTS - 1
            try:
                with self._client.stream("GET", url, headers=headers) as response:
                    status = response.status_code
                    if status in _AGAIN and not last:
                        pause = _retry_after(response)
                        if pause is None or pause <= LONGEST_WAIT:
                            self._sleep(pause if pause is not None else BACK_OFF[attempt])
                            continue
                    return self._taken(url, response, limit)
            except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
                if last or "no such host" in str(error) or TOO_LONG in str(error):
                    raise _SilentError(_why(error), "check the address, or try later") from error
                self._sleep(BACK_OFF[attempt])
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                raise FetchError(f"cannot be fetched ({error})", "check the address") from error
        raise AssertionError("the last attempt returns or raises")

    def _taken(self, url: str, response: httpx.Response, limit: int) -> tuple[str, Fetched | None]:
        status = response.status_code
        if response.has_redirect_location:
            return response.headers["location"], None
        if status == httpx.codes.NOT_MODIFIED:
            return "", Fetched(url, unchanged=True)
        if status != httpx.codes.OK:
            gone = "check the address, or remove the article if it is gone"
            remedy = gone if status in (404, 410) else "try later"
            wait = min(_retry_after(response) or 0.0, _DAY)
            said = f"the server says {status} {response.reason_phrase}"
            raise FetchError(said, remedy, status, wait)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return "", Fetched(
            url,
            b"".join(_within(response, limit)),
            kind,
            response.charset_encoding,
            etag=response.headers.get("etag"),
            modified=response.headers.get("last-modified"),
        )

    def _rules(self, url: str) -> str | None:
        """A robots.txt: empty when the site has none, None when it cannot be asked."""
        try:
            fetched = self._followed(url, {}, _ROBOTS_BYTES, obey=False)
        except FetchError as error:
            missing = error.status is not None and 400 <= error.status < 500 and error.status != 429
            if missing:
                return ""
            self._mute[urlsplit(url).netloc] = error
            return None
        return fetched.data.decode("utf-8", "replace")

    def _refused(self, url: str) -> FetchError:
        """Why a site's rules do not let us ask: by what they say, or because they are away."""
        mute = self._mute.get(urlsplit(url).netloc)
        if mute is None:
            return FetchError("its robots.txt does not allow it", "leave the address out")
        problem = f"the server cannot say what it allows (robots.txt: {mute.problem})"
        return FetchError(problem, "try later", wait=mute.wait)

    def _wait_turn(self, url: str, *, polite: bool) -> None:
        host = urlsplit(url).netloc
        pause = self._next.get(host, 0.0) - time.monotonic()
        if pause > 0:
            self._sleep(pause)
        asked_for = self._robots.delay(url) if polite else 0.0
        self._next[host] = time.monotonic() + max(self.settings.fetch_delay, asked_for)


def _redirected(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise FetchError("redirects to no web address", "check it in a browser") from error


def _web(url: str) -> str:
    """``url`` without fragment, if it is one that is fetched."""
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        assert parts.port != 0  # noqa: S101 - and that it can be read as a number
    except (ValueError, AssertionError):
        usable = False
    if not usable:
        raise FetchError("no web address", "give one that begins with https://")
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, fragment="").geturl()


def _within(response: httpx.Response, limit: int) -> Iterator[bytes]:
    """The body, decompressed here, because a small one may unfold to gigabytes."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "deflate", ""):
        raise FetchError(f"compressed in an unknown way ({encoding})", "leave the address out")
    unpack = zlib.decompressobj(47) if encoding in ("gzip", "deflate") else None
    size = 0
    for raw in response.iter_raw():
        try:
            data = unpack.decompress(raw, limit - size + 1) if unpack else raw
        except zlib.error as error:
            raise FetchError("damaged compressed data", "try later") from error
        size += len(data)
        if size > limit:
            raise FetchError(
                f"larger than {limit / 1e6:,.1f} MB",
                "leave it out, or raise RAWI_INGEST_FETCH_MAX_MB",
            )
        yield data
    if unpack is not None and not unpack.eof:
        raise FetchError("compressed data that is cut off", "try later")


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _why(error: Exception) -> str:
    if TOO_LONG in str(error):
        return TOO_LONG
    if isinstance(error, httpx.TimeoutException):
        return "the server does not answer in time"
    if "no such host" in str(error):
        return str(error)
    return f"the server cannot be reached ({str(error) or type(error).__name__})"
