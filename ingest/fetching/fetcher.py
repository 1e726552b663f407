"""HTTP client for pages and feeds: redirects, retries, robots.txt, limits of time and size."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.core.settings import IngestSettings
from ingest.fetching.address_guard import GuardedTransport, Resolve, resolve
from ingest.fetching.errors import FetchError, NoResponseError, network_error, status_error
from ingest.fetching.robots import RobotsRules

MAX_REDIRECTS = 5
MAX_FETCH_ATTEMPTS = 3
BACKOFF_SECONDS = (1.0, 4.0)
"""Seconds before the second and third attempt."""
MAX_HOST_FAILURES = 5
"""Failed requests to one host in a row after which no more are sent to it."""
MAX_RETRY_AFTER = 60.0
"""Longest ``Retry-After`` in seconds that is waited for."""
_RETRY_STATUSES = {408, 425, 429, 500, 502, 503, 504}
_PERMANENT_ERRORS = {"too_slow", "certificate", "tls_failed"}  # another attempt is no use
_MAX_ROBOTS_BYTES = 512_000
_DEADLINE_TIMEOUTS = 3
"""A request and its whole response may take this many times the timeout for one read."""
_SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class FetchResult:
    """A response.

    Attributes:
        url: Final URL, after redirects.
        data: Content, decompressed; empty when ``unchanged``.
        content_type: Media type, lower case, without parameters.
        charset: As declared by the header.
        unchanged: The server confirms that ``etag`` or ``modified`` of the request still hold.
        etag, modified: Validators for a later conditional request.
    """

    url: str
    data: bytes = b""
    content_type: str = ""
    charset: str | None = None
    unchanged: bool = False
    etag: str | None = None
    modified: str | None = None


class Fetcher(AbstractContextManager["Fetcher"]):
    """Fetches URLs, one request at a time. A context manager."""

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
            max_seconds=_DEADLINE_TIMEOUTS * self.settings.fetch_timeout,
            resolver=resolver,
        )
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(self.settings.fetch_timeout),
            headers={"User-Agent": self.settings.user_agent, "Accept-Encoding": "gzip"},
            follow_redirects=False,
            trust_env=False,
        )
        self._robots = RobotsRules(self.settings.user_agent, self._robots_txt)
        self._sleep = sleep
        self._next_request: dict[str, float] = {}  # monotonic time, by host
        self._host_failures: dict[str, int] = {}
        self._robots_errors: dict[str, FetchError] = {}

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def fetch(
        self, url: str, *, etag: str | None = None, modified: str | None = None
    ) -> FetchResult:
        """GET ``url``, conditionally where ``etag`` or ``modified`` are given.

        Raises:
            FetchError: no usable response came, or not within the limits.
            LoadError: the host is in a private network.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        limit = int(self.settings.fetch_max_mb * 1_000_000)
        return self._follow(url, headers, limit, obey_robots=self.settings.robots)

    def _follow(
        self, url: str, headers: dict[str, str], limit: int, *, obey_robots: bool
    ) -> FetchResult:
        seen = set()
        for _ in range(MAX_REDIRECTS + 1):
            url = _checked_url(url)
            if url in seen:
                raise FetchError("redirect_loop")
            seen.add(url)
            if obey_robots and not self._robots.allow(url):
                raise self._robots_error(url)
            response = self._request(url, headers, limit, obey_robots=obey_robots)
            if isinstance(response, FetchResult):
                return response
            try:
                url = urljoin(url, response)
            except ValueError as error:
                raise FetchError("bad_redirect") from error
        raise FetchError("too_many_redirects", limit=MAX_REDIRECTS)

    def _request(
        self, url: str, headers: dict[str, str], limit: int, *, obey_robots: bool
    ) -> FetchResult | str:
        """The response, or the target of a redirect. Counts the host's failures in a row."""
        host = urlsplit(url).netloc
        failures = self._host_failures.get(host, 0)
        if failures >= MAX_HOST_FAILURES:
            raise FetchError("host_given_up", host=host, times=failures)
        try:
            response = self._attempt(url, headers, limit, obey_robots=obey_robots)
        except FetchError as error:
            failed = isinstance(error, NoResponseError) or error.status in _RETRY_STATUSES
            self._host_failures[host] = failures + 1 if failed else 0
            raise
        self._host_failures[host] = 0
        return response

    def _attempt(
        self, url: str, headers: dict[str, str], limit: int, *, obey_robots: bool
    ) -> FetchResult | str:
        for attempt in range(MAX_FETCH_ATTEMPTS):
            self._wait_for_host(url, obey_robots=obey_robots)
            last = attempt == MAX_FETCH_ATTEMPTS - 1
            try:
                with self._client.stream("GET", url, headers=headers) as response:
                    if response.status_code in _RETRY_STATUSES and not last:
                        pause = _retry_after(response)
                        if pause is None or pause <= MAX_RETRY_AFTER:
                            self._sleep(pause if pause is not None else BACKOFF_SECONDS[attempt])
                            continue
                    return _read(url, response, limit)
            except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
                problem = network_error(error)
                if last or problem.code in _PERMANENT_ERRORS:
                    raise problem from error
                self._sleep(BACKOFF_SECONDS[attempt])
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                raise FetchError("fetch_failed", reason=str(error)) from error
        raise AssertionError("the last attempt returns or raises")

    def _robots_txt(self, url: str) -> str | None:
        """A robots.txt: empty when the site has none, None when it cannot be fetched."""
        try:
            fetched = self._follow(url, {}, _MAX_ROBOTS_BYTES, obey_robots=False)
        except FetchError as error:
            if error.status is not None and 400 <= error.status < 500 and error.status != 429:
                return ""
            self._robots_errors[urlsplit(url).netloc] = error
            return None
        return fetched.data.decode("utf-8", "replace")

    def _robots_error(self, url: str) -> FetchError:
        """Why ``url`` may not be fetched: its site's rules, or why these could not be fetched."""
        cause = self._robots_errors.get(urlsplit(url).netloc)
        if cause is None:
            return FetchError("robots")
        if isinstance(cause, NoResponseError):  # what a request for the page would meet as well
            return copy(cause)
        return FetchError("robots_unavailable", wait=cause.wait, cause=cause)

    def _wait_for_host(self, url: str, *, obey_robots: bool) -> None:
        host = urlsplit(url).netloc
        pause = self._next_request.get(host, 0.0) - time.monotonic()
        if pause > 0:
            self._sleep(pause)
        crawl_delay = self._robots.delay(url) if obey_robots else 0.0
        self._next_request[host] = time.monotonic() + max(self.settings.fetch_delay, crawl_delay)


def _read(url: str, response: httpx.Response, limit: int) -> FetchResult | str:
    """The content of a response, or the target of a redirect."""
    status = response.status_code
    if response.has_redirect_location:
        return response.headers["location"]
    if status == httpx.codes.NOT_MODIFIED:
        return FetchResult(url, unchanged=True)
    if status != httpx.codes.OK:
        wait = min(_retry_after(response) or 0.0, _SECONDS_PER_DAY)
        raise status_error(status, response.reason_phrase, wait)
    return FetchResult(
        url,
        b"".join(_decompressed(response, limit)),
        response.headers.get("content-type", "").partition(";")[0].strip().lower(),
        response.charset_encoding,
        etag=response.headers.get("etag"),
        modified=response.headers.get("last-modified"),
    )


def _checked_url(url: str) -> str:
    """``url`` without user name and fragment.

    Raises:
        FetchError: it is no HTTP URL with a host and a valid port.
    """
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise FetchError("not_web_address")
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, fragment="").geturl()


def _decompressed(response: httpx.Response, limit: int) -> Iterator[bytes]:
    """The body in chunks. httpx would decompress a small body to gigabytes before any limit."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "deflate", ""):
        raise FetchError("unknown_compression", encoding=encoding)
    decompressor = zlib.decompressobj(47) if encoding in ("gzip", "deflate") else None
    size = 0
    for raw in response.iter_raw():
        try:
            data = decompressor.decompress(raw, limit - size + 1) if decompressor else raw
        except zlib.error as error:
            raise FetchError("damaged_compression") from error
        size += len(data)
        if size > limit:
            raise FetchError("download_too_large", limit_bytes=limit)
        yield data
    if decompressor is not None and not decompressor.eof:
        raise FetchError("truncated_compression")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of a ``Retry-After`` header, which gives them or a date; None without a valid one."""
    value = response.headers.get("retry-after", "")
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
