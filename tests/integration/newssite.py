"""A news site of some hundred pages on loopback, with everything that goes wrong on the web."""

from __future__ import annotations

import contextlib
import gzip
import random
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

from tests.site import Handler, Site, bomb, endless, redirect

_START = "مر عا ست قل بن دو شي فر نو كي لم جو حر طا صب غي زه خل ثم وا"
_END = "ان ير وق ام يد لة سن رج فا بل تم كر نا مي دس حب شع لو قي زن"
WORDS = [a + b for a in _START.split() for b in _END.split()]
"""Four hundred words that no language model knows: no story is like another."""
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
REBINDING = "rebind.example"


def story(number: int, version: int = 1) -> list[str]:
    """The paragraphs of an article."""
    chosen = random.Random(number)  # noqa: S311
    words = [chosen.choice(WORDS) for _ in range(34)]
    more = "" if version == 1 else f" وصدر التحديث رقم {version} بعد ذلك بقليل."
    return [
        f"قال {' '.join(words[:16])} في اليوم {number}.",
        f"وأضاف {' '.join(words[16:])} أمس.{more}",
    ]


def title(number: int) -> str:
    chosen = random.Random(-number)  # noqa: S311
    return " ".join(chosen.choice(WORDS) for _ in range(5))


def page(number: int, version: int = 1, charset: str = "utf-8") -> str:
    date = datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(hours=number)
    paragraphs = "".join(f"<p>{line}</p>" for line in story(number, version))
    return (
        f'<html lang="ar"><head><meta charset="{charset}"><title>{title(number)}</title>'
        f'<meta property="article:published_time" content="{date.isoformat()}">'
        '<meta property="og:site_name" content="المرفأ"></head><body><nav>القائمة</nav>'
        f"<article><h1>{title(number)}</h1>{paragraphs}</article></body></html>"
    )


def rss(site: Site, numbers: Iterable[int]) -> str:
    items = "".join(
        f"<item><title>{title(n)}</title><link>{site.url(f'/a/{n}')}</link><pubDate>"
        f"{format_datetime(datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(hours=n))}</pubDate>"
        f"<description>{story(n)[0]}</description></item>"
        for n in numbers
    )
    channel = f"<channel><title>المرفأ</title>{items}</channel>"
    return f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>'


def urlset(addresses: Iterable[str]) -> str:
    urls = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    return f'<?xml version="1.0"?><urlset {_SPACE}>{urls}</urlset>'


def sitemap_index(addresses: Iterable[str]) -> str:
    maps = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return f'<?xml version="1.0"?><sitemapindex {_SPACE}>{maps}</sitemapindex>'


def slow(handler: Handler) -> None:
    """Answers when nobody waits any more."""
    time.sleep(8)
    with contextlib.suppress(OSError):
        handler.say(200, body=b"<html>late</html>")


TRAPS: dict[str, str] = {
    "/private/1": "robots.txt",
    "/private/2": "robots.txt",
    "/loop/a": "circle",
    "/loop/self": "circle",
    "/chain/0": "more than 5 redirects",
    "/slow": "in time",
    "/endless": "too long",
    "/bomb": "larger than",
    "/cut": "cut off",
    "/to/metadata": "private network",
    "/to/lan": "private network",
    "/to/own": "private network",
    "/to/file": "no web address",
    "/error": "500",
    "/missing": "404",
    "/picture": "binary",
    "/menu": "no article",
}
"""Addresses that the site names and that hold no article, with what is said of each."""


def lay_traps(site: Site) -> None:
    """Everything of ``TRAPS``."""
    site.pages["/robots.txt"] = "User-agent: *\nDisallow: /private/\n"
    site.pages["/private/1"] = site.pages["/private/2"] = page(9_001)
    site.pages["/loop/a"], site.pages["/loop/b"] = redirect("/loop/b"), redirect("/loop/a")
    site.pages["/loop/self"] = redirect("/loop/self")
    for n in range(9):
        site.pages[f"/chain/{n}"] = redirect(f"/chain/{n + 1}")
    site.pages["/slow"], site.pages["/endless"], site.pages["/bomb"] = slow, endless, bomb(20)
    cut = gzip.compress(page(9_002).encode())[:-40]
    site.pages["/cut"] = lambda h: h.say(200, ("Content-Encoding", "gzip"), body=cut)
    site.pages["/to/metadata"] = redirect("http://169.254.169.254/latest/meta-data/")
    site.pages["/to/lan"] = redirect("http://10.0.0.1/router")
    site.pages["/to/own"] = redirect(f"http://localhost:{site.port}/a/1")
    site.pages["/to/file"] = redirect("file:///etc/passwd")
    site.pages["/error"], site.pages["/missing"] = 500, 404
    site.pages["/picture"] = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
    site.pages["/menu"] = "<html><body><nav><a href='/'>الرئيسية</a></nav></body></html>"


def encoded(site: Site, numbers: Sequence[int]) -> None:
    """Articles whose encoding is declared wrongly, or not at all, at ``/a/<number>``."""
    lies = (("windows-1256", "utf-8"), ("utf-8", "windows-1256"), ("iso-8859-6", "windows-1252"))
    for number, (real, said) in zip(numbers, lies, strict=True):
        data = page(number, charset=said).encode(real)
        kind = f"text/html; charset={said}"
        site.pages[f"/a/{number}"] = partial(Handler.give, content=data, kind=kind)
