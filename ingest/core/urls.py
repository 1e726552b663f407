"""Canonical URLs: no tracking parameters, AMP or mobile variants, fragments.

The canonical form is stored, shown to readers and compared. Only what is known not to select the
page is removed; an unknown parameter may select the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"utm_\w+|at_(?:medium|campaign|custom\d|link_\w+|format|ptr_\w+|bbc_team|campaign_type)"
    r"|(?:fb|gc|dc|msc|yc|twc|ttc|oc)lid|gclsrc|gbraid|wbraid|igshid|igsh|mc_[ce]id|_ga|_gl|_hs\w+"
    r"|ocid|cmpid|cmp|smid|xtor|ns_\w+|s_cid|sref|soc_(?:src|trk)|ref_(?:src|url)|fbc\w*|wt\.\w+"
    r"|__twitter_impression|guccounter|guce_\w+|mkt_tok|vero_\w+|spm|amp_(?:js_v|gsa)|usqp"
    r"|traffic_source|ito|intcid|icid|rss|src_channel",
    re.IGNORECASE,
)
_AMP_FLAG = re.compile(r"amp|outputtype|output|m", re.IGNORECASE)
_AMP_VALUE = re.compile(r"1|true|amp|", re.IGNORECASE)
_TWIN_HOST = re.compile(r"(?:amp|m|mobile)\.(?=[^.]+\.[^.]+)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^(?:www\.)?google\.[\w.]+$|\.cdn\.ampproject\.org$", re.IGNORECASE)
_CACHED = re.compile(r"^/(?:amp/|(?:v|c|i)/)(?P<secure>s/)?(?P<rest>[^/]+\.[^/]+(?:/.*)?)$")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_url(place: str) -> bool:
    """Whether ``place`` is an HTTP URL."""
    return place.lower().startswith(("http://", "https://"))


def canonical_url(url: str) -> str:
    """The canonical form of an HTTP URL; anything else unchanged. Idempotent.

    Scheme and host in lower case; without default port, user name, fragment and tracking
    parameters. AMP and mobile variants and copies in an AMP cache become the page itself.
    """
    while (simpler := _simplified(url)) != url:  # what one rule removes may uncover another's
        url = simpler
    return url


def _simplified(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in _DEFAULT_PORTS or not host:
        return url
    cached = _CACHED.match(parts.path) if _AMP_CACHE.search(host) else None
    if cached:
        scheme = "https" if cached["secure"] else "http"
        host, slash, path = cached["rest"].partition("/")
        return str(urlunsplit((scheme, host, slash + path, parts.query, "")))
    scheme = parts.scheme.lower()
    host = _TWIN_HOST.sub("", host, count=1) if _TWIN_HOST.match(host) else host
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    return urlunsplit((scheme, netloc, _path(parts), _query(parts.query), ""))


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    path = re.sub(r"^/amp/(?=.)", "/", path, flags=re.IGNORECASE)
    path = re.sub(r"(?<=.)/amp/?$", "", path, flags=re.IGNORECASE) or "/"
    return re.sub(r"\.amp(?=\.html?$|$)", "", path, flags=re.IGNORECASE)


def _query(query: str) -> str:
    """``query`` without tracking and AMP parameters; the rest verbatim, in its order."""
    remaining = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        flag = _AMP_FLAG.fullmatch(name) and _AMP_VALUE.fullmatch(value)
        if part and not _TRACKING.fullmatch(unquote(name)) and not flag:
            remaining.append(part)
    return "&".join(remaining)


def url_variants(url: str) -> Iterator[str]:
    """Other URLs of the same page: scheme, ``www.``, trailing slash, percent-encoding."""
    parts = urlsplit(url)
    host = parts.netloc
    bare = host.removeprefix("www.")
    paths = {parts.path, parts.path.rstrip("/") or "/", f"{parts.path.rstrip('/')}/"}
    paths |= {unquote(path) for path in paths} | {quote(unquote(path)) for path in paths}
    for scheme in ("https", "http"):
        for netloc in (bare, f"www.{bare}"):
            for path in sorted(paths):
                yield urlunsplit((scheme, netloc, path, parts.query, ""))


_FRONT = re.compile(
    r"/*(?:(?:ar|en|fr|es|de|tr|fa|he|ur|arabic|english|francais)/*)?"
    r"(?:(?:index|home|default)(?:\.\w{2,5})?/*)?",
    re.IGNORECASE,
)


def may_be_article_url(url: str) -> bool:
    """Whether ``url`` may be an article's, and not a front page (``/``, ``/ar/``)."""
    parts = urlsplit(url)
    return not _FRONT.fullmatch(parts.path) or bool(parse_qsl(parts.query))


def same_site(one: str, other: str) -> bool:
    """Whether the host of one URL is that of the other, or a subdomain of it."""
    a, b = (_site(url) for url in (one, other))
    return bool(a and b) and (a == b or a.endswith(f".{b}") or b.endswith(f".{a}"))


def _site(url: str) -> str:
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return host if "." in host.strip(".") else ""
