"""Fetching over real HTTP: limits, manners, and no way into private networks."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ingest.core.errors import LoadError
from ingest.core.settings import IngestSettings
from ingest.fetching import Fetcher, FetchError
from tests.site import Handler, Site, bomb, endless, flaky, redirect, served


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        yield site


def fetcher(**settings: object) -> Fetcher:
    given = {"private_hosts": "127.0.0.1", "fetch_delay": 0, "fetch_timeout": 2, **settings}
    return Fetcher(IngestSettings(**given), sleep=lambda seconds: None)  # type: ignore[arg-type]


def test_a_page_comes_with_its_address_kind_and_charset(site: Site) -> None:
    site.pages["/a"] = "<html>نص</html>"
    with fetcher(user_agent="Rawi test") as fetch:
        found = fetch.fetch(site.url("/a#part"))
    assert found.data.decode() == "<html>نص</html>"
    assert (found.url, found.content_type, found.charset) == (site.url("/a"), "text/html", "utf-8")
    assert site.headers[-1]["User-Agent"] == "Rawi test"
    assert site.asked == ["/robots.txt", "/a"]


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    site.pages["/a"] = "<html>نص</html>"
    with fetcher() as fetch:
        first = fetch.fetch(site.url("/a"))
        assert fetch.fetch(site.url("/a"), etag=first.etag).unchanged
        site.pages["/a"] = "<html>نص آخر</html>"
        assert not fetch.fetch(site.url("/a"), etag=first.etag).unchanged


def test_redirects_are_followed_but_not_for_ever(site: Site) -> None:
    site.pages["/old"] = redirect("/new")
    site.pages["/new"] = "<html>هنا</html>"
    site.pages["/loop"] = redirect("/pool")
    site.pages["/pool"] = redirect("/loop")
    for n in range(9):
        site.pages[f"/{n}"] = redirect(f"/{n + 1}")
    with fetcher() as fetch:
        assert fetch.fetch(site.url("/old")).url == site.url("/new")
        with pytest.raises(FetchError, match="circle"):
            fetch.fetch(site.url("/loop"))
        with pytest.raises(FetchError, match="more than 5 redirects"):
            fetch.fetch(site.url("/0"))
        site.pages["/nowhere"] = redirect("http://[nowhere")
        with pytest.raises(FetchError, match="redirects to no web address"):
            fetch.fetch(site.url("/nowhere"))


@pytest.mark.parametrize(
    "wait",
    [
        "\u00b2",
        "soon",
        "-5",
        "Mon, 01 Jan 99999 00:00:00 GMT",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    ],
)
def test_a_server_that_says_nonsense_of_when_to_come_again_is_asked_again(
    site: Site, wait: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.fetching.fetcher.BACKOFF_SECONDS", (0.0, 0.0))
    site.pages["/busy"] = lambda handler: handler.say(429, ("Retry-After", wait))
    with fetcher() as fetch, pytest.raises(FetchError, match="the server says 429"):
        fetch.fetch(site.url("/busy"))
    assert site.asked.count("/busy") == 3


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost:9/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.2]/",
        "http://0/",
        "http://2130706434/",
        "http://0x7f000002/",
    ],
)
def test_neither_an_address_nor_a_redirect_leads_into_a_private_network(
    site: Site, target: str
) -> None:
    site.pages["/away"] = redirect(target)
    with fetcher() as fetch:
        for url in (target, site.url("/away")):
            with pytest.raises(LoadError, match="private network"):
                fetch.fetch(url)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.example/", "gopher://x", "//"])
def test_only_the_web_is_fetched(site: Site, target: str) -> None:
    site.pages["/away"] = redirect(target)
    with fetcher() as fetch:
        for url in (target, site.url("/away")):
            with pytest.raises(FetchError):
                fetch.fetch(url)


def test_a_name_that_resolves_anew_leads_nowhere_else(site: Site) -> None:
    """DNS rebinding: the address that was checked is the one that is asked."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    settings = IngestSettings(fetch_delay=0, fetch_timeout=0.2, robots=False)

    def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    fetching = Fetcher(settings, resolver=rebinding, sleep=lambda seconds: None)
    with fetching as fetch, pytest.raises(LoadError):
        fetch.fetch(f"http://rebind.example:{site.port}/")
    assert site.asked == [] and answers == [["127.0.0.1"]]


def test_one_private_address_among_others_is_enough_to_refuse() -> None:
    settings = IngestSettings(fetch_delay=0, robots=False)
    mixed = Fetcher(settings, resolver=lambda host, port: ["93.184.216.34", "10.1.1.1"])
    with mixed as fetch, pytest.raises(LoadError, match="private network"):
        fetch.fetch("http://mixed.example/")


def test_a_named_host_may_be_bound_to_a_port(site: Site) -> None:
    site.pages["/"] = "<html>هنا</html>"
    with fetcher(private_hosts=f"127.0.0.1:{site.port}") as fetch:
        assert fetch.fetch(site.url()).data
        with pytest.raises(LoadError, match="private network"):
            fetch.fetch("http://127.0.0.1:9/")


def test_a_server_that_keeps_failing_is_left_alone_and_no_other_is(site: Site) -> None:
    site.pages |= {"/busy": 503, "/gone": 404, "/a": "<html>هنا</html>"}
    with served() as other, fetcher() as fetch:
        other.pages["/a"] = "<html>هناك</html>"
        for path in ["/gone"] * 9 + ["/busy"] * 4 + ["/gone"] + ["/busy"] * 5:
            with pytest.raises(FetchError, match="the server says"):
                fetch.fetch(site.url(path))
        asked = len(site.asked)
        with pytest.raises(FetchError, match=r"has failed 5 times in a row, and is asked no more"):
            fetch.fetch(site.url("/a"))
        assert len(site.asked) == asked
        assert fetch.fetch(other.url("/a")).data


def test_robots_are_obeyed(site: Site) -> None:
    site.pages["/robots.txt"] = "User-agent: *\nDisallow: /private\nCrawl-delay: 7"
    site.pages["/private/a"] = site.pages["/open"] = "<html></html>"
    waits: list[float] = []
    settings = IngestSettings(private_hosts="127.0.0.1", fetch_delay=0)
    with Fetcher(settings, sleep=waits.append) as fetch:
        with pytest.raises(FetchError, match=r"robots\.txt"):
            fetch.fetch(site.url("/private/a"))
        fetch.fetch(site.url("/open"))
        fetch.fetch(site.url("/open"))
    assert "/private/a" not in site.asked
    assert 4 < max(waits) <= 7  # less the time that has passed since
    with fetcher(robots=False) as fetch:
        assert fetch.fetch(site.url("/private/a")).data


def test_a_site_whose_rules_cannot_be_had_is_left_alone(site: Site) -> None:
    site.pages.update({"/robots.txt": 503, "/a": "<html></html>"})
    with fetcher() as fetch, pytest.raises(FetchError, match=r"robots\.txt"):
        fetch.fetch(site.url("/a"))
    assert "/a" not in site.asked


def test_requests_to_one_host_are_spaced(site: Site) -> None:
    site.pages["/a"] = "<html></html>"
    settings = IngestSettings(private_hosts="127.0.0.1", fetch_delay=0.2)
    begun = time.monotonic()
    with Fetcher(settings) as fetch:
        fetch.fetch(site.url("/a"))
        fetch.fetch(site.url("/a"))
    assert time.monotonic() - begun >= 0.4  # with the robots.txt there are three


def test_what_fails_for_a_moment_is_asked_again(site: Site) -> None:
    site.pages["/a"] = flaky(2, "<html>أخيرا</html>")
    site.pages["/b"] = flaky(9, "<html></html>")
    site.pages["/c"] = 404
    with fetcher() as fetch:
        assert "أخيرا" in fetch.fetch(site.url("/a")).data.decode()
        with pytest.raises(FetchError, match="503"):
            fetch.fetch(site.url("/b"))
        with pytest.raises(FetchError, match="404") as missing:
            fetch.fetch(site.url("/c"))
    assert missing.value.status == 404
    assert [site.asked.count(path) for path in ("/a", "/b", "/c")] == [3, 3, 1]


def test_what_is_too_much_is_cut_off(site: Site) -> None:
    site.pages["/large"] = "x" * 2_000_000
    site.pages["/bomb"] = bomb(300)
    site.pages["/endless"] = endless
    over = threading.Event()
    site.pages["/silent"] = lambda handler: (over.wait(60), None)[1]
    site.pages["/odd"] = lambda handler: handler.say(200, ("Content-Encoding", "br"), body=b"x")
    site.pages["/torn"] = lambda handler: handler.say(200, ("Content-Encoding", "gzip"), body=b"x")
    for path, seconds, problem in (
        ("/large", 60, "larger than 1.0 MB"),
        ("/bomb", 60, "larger than 1.0 MB"),
        ("/endless", 1.5, "too long"),
        ("/silent", 0.4, "in time"),
        ("/odd", 60, "unknown way"),
        ("/torn", 60, "cut off"),
    ):
        with (
            fetcher(fetch_max_mb=1, fetch_timeout=seconds, robots=False) as fetch,
            pytest.raises(FetchError, match=problem),
        ):
            fetch.fetch(site.url(path))
    over.set()


BEGINNINGS = {
    "status": b"HTTP/1.1 2",
    "headers": b"HTTP/1.1 200 OK\r\nX-Word: ",
    "body": b"HTTP/1.1 200 OK\r\n\r\n<html>",
    "size of a part": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
}


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_server_that_sends_a_byte_now_and_then_is_cut_off(site: Site, beginning: bytes) -> None:
    cut_off = threading.Event()

    def dripping(handler: Handler) -> None:
        handler.wfile.write(beginning)
        for _ in range(2_000):
            try:
                handler.wfile.write(b"0")
            except OSError:
                cut_off.set()
                return
            time.sleep(0.02)

    site.pages["/slow"] = dripping
    with (
        fetcher(fetch_timeout=1.5, robots=False) as fetch,
        pytest.raises(FetchError, match="takes too long"),
    ):
        fetch.fetch(site.url("/slow"))
    assert cut_off.wait(240)  # before it had sent all
    assert site.asked.count("/slow") == 1


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that does ``answer`` with each connection, then closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # the server is closed
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def hang_up(connection: socket.socket) -> None:
    connection.recv(1_000)


def stay_silent(connection: socket.socket) -> None:
    while connection.recv(1_000):
        pass


def no_http(connection: socket.socket) -> None:
    connection.recv(1_000)
    connection.sendall(b"220 mail.example ESMTP\r\n")


def failing_lookup(errno: int) -> Callable[[str, int], list[str]]:
    def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(errno, "no")

    return resolver


def code_of(url: str, *, robots: bool = True, **more: Any) -> str:
    settings = IngestSettings(
        private_hosts="127.0.0.1", fetch_delay=0, fetch_timeout=0.5, robots=robots
    )
    with (
        Fetcher(settings, sleep=lambda seconds: None, **more) as fetch,
        pytest.raises(FetchError) as caught,
    ):
        fetch.fetch(url)
    assert caught.value.problem_in("ar") != caught.value.problem
    return caught.value.code


@pytest.mark.parametrize("robots", [True, False])
def test_the_cause_is_named_also_where_the_robots_txt_meets_it_first(robots: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert code_of(f"http://127.0.0.1:{port}/", robots=robots) == "connection_refused"
    for answer, code in (
        (hang_up, "connection_lost"),
        (no_http, "connection_lost"),
        (stay_silent, "timeout"),
    ):
        with listening(answer) as port:
            assert code_of(f"http://127.0.0.1:{port}/", robots=robots) == code
    for errno, code in (
        (socket.EAI_NONAME, "unknown_host"),
        (socket.EAI_AGAIN, "name_lookup_failed"),
    ):
        found = code_of("http://news.example/", robots=robots, resolver=failing_lookup(errno))
        assert found == code


def test_a_name_that_nobody_has_is_no_host() -> None:
    code = code_of("http://no-such-host.invalid/")
    assert code in ("unknown_host", "name_lookup_failed")  # the latter without a name server


def test_statuses_are_told_apart(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.fetching.fetcher.BACKOFF_SECONDS", (0.0, 0.0))
    site.pages |= {"/gone": 410, "/closed": 403, "/broken": 500}
    paths = ("/missing", "/gone", "/closed", "/broken")
    codes = [code_of(site.url(path)) for path in paths]
    assert codes == ["not_found", "not_found", "forbidden", "http_status"]


@contextmanager
def encrypted(folder: Path) -> Iterator[int]:
    """The port of a TLS server whose certificate nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "news.example")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def handshake(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1_000)

    with listening(handshake) as port:
        yield port


@pytest.mark.parametrize("robots", [True, False])
def test_a_certificate_that_nobody_has_signed_is_named(tmp_path: Path, robots: bool) -> None:
    with encrypted(tmp_path) as port:
        assert code_of(f"https://127.0.0.1:{port}/", robots=robots) == "certificate"


def test_https_to_a_server_without_tls_is_named(site: Site) -> None:
    assert code_of(site.url().replace("http:", "https:")) == "tls_failed"


def test_a_password_in_an_address_is_not_sent(site: Site) -> None:
    site.pages["/a"] = "<html></html>"
    with fetcher() as fetch:
        fetch.fetch(site.url("/a").replace("127.", "user:secret@127."))
    assert all("Authorization" not in headers for headers in site.headers)


def header_of(handler: Handler) -> None:
    handler.give(handler.headers["Host"])


def test_the_host_is_named_to_the_server(site: Site) -> None:
    site.pages["/"] = header_of
    settings = IngestSettings(private_hosts="news.example", fetch_delay=0, robots=False)
    with Fetcher(settings, resolver=lambda host, port: ["127.0.0.1"]) as fetch:
        found = fetch.fetch(f"http://news.example:{site.port}/")
    assert found.data.decode() == f"news.example:{site.port}"
