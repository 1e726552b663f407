"""The article on a web page: main text by trafilatura, and the page's metadata."""

from __future__ import annotations

import logging
import re
from typing import Any

from ingest.articles.builder import article_from_record
from ingest.core.errors import LoadError
from ingest.html.page_encoding import decode_page
from vectorstore.core.text_analysis import normalise
from vectorstore.core.types import Article

MAX_PAGE_CHARACTERS = 8_000_000
"""A larger page is no article."""
MIN_ARTICLE_LENGTH = 60
"""Fewest characters of a main text; menus have fewer."""
_LEAD_LENGTH = range(40, 700)
_LEAD = re.compile(r"(?:^|[\s_-])(?:lead|lede|standfirst|chapo|intro)(?:$|[\s_-])", re.IGNORECASE)
_SKELETON = re.compile(r"<(?:html|body|article|p|div|h1|meta|title|!doctype)\b", re.IGNORECASE)
# Legal notices of the site below its articles.
_NOTICE = re.compile(
    r"إرشادات الاستخدام|سياسة الخصوصية|شروط (?:ال)?استخدام|(?:لا تعبر|تعبر فقط) عن (?:رأي|وجهة)"
    r"|(?:جميع|كافة) (?:ال)?حقوق(?: \w+)? محفوظة|all rights reserved|terms of use|privacy policy"
    r"|^©",
    re.IGNORECASE,
)
_MAX_NOTICE_LENGTH = 450
_MAX_NOTICES = 4
_TABLE_RULE = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+$")
_ROW = re.compile(r"^\| (.*?) ?\|$")


def article_from_page(
    data: bytes,
    *,
    url: str | None,
    fallback_id: str,
    origin: str,
    charset: str | None = None,
    known: dict[str, Any] | None = None,
) -> Article:
    """The article on a page.

    Its id is the canonical URL that the page declares, if on the same site, else ``url``, else
    ``fallback_id``. ``known`` are fields from elsewhere (a feed), for those that the page lacks.

    Raises:
        LoadError: it is no HTML, or has no article but, for example, a login form.
    """
    from lxml import etree, html

    from ingest.html.error_pages import reject_error_page
    from ingest.html.page_metadata import read_metadata

    decoded = decode_page(data, charset)
    text = decoded.text.replace("\x00", "").removeprefix("\ufeff")
    if len(text) > MAX_PAGE_CHARACTERS:
        raise LoadError("page_too_large")
    if not _SKELETON.search(text):
        raise LoadError("not_html")
    try:
        tree = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise LoadError("unreadable_html") from error
    head = read_metadata(tree, text, url)
    body = _without_title(_main_text(text, url), head.title or "")
    lead = _lead(tree, body)
    if lead:
        body = f"{lead}\n{body}"
    if len(body) < MIN_ARTICLE_LENGTH:
        raise LoadError("no_article")
    reject_error_page((head.title, tree.findtext(".//title")), body)
    record = {
        **(known or {}),
        **{
            name: value
            for name, value in (
                ("title", head.title),
                ("text", body),
                ("date", head.published_at and head.published_at.isoformat()),
                ("url", head.url),
                ("source", head.source),
                ("author", head.author),
                ("section", head.section),
                ("summary", head.summary),
                ("modified_at", head.modified_at and head.modified_at.isoformat()),
                ("date_from", head.date_from),
                ("encoding", decoded.encoding if decoded.encoding != "utf-8" else None),
            )
            if value
        },
    }
    return article_from_record(record, fallback_id=fallback_id, origin=origin)


def _main_text(text: str, url: str | None) -> str:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = trafilatura.extract(text, url=url, include_comments=False, include_tables=True)
    lines = (found or "").strip().split("\n")
    for _ in range(_MAX_NOTICES):
        if lines and len(lines[-1]) <= _MAX_NOTICE_LENGTH and _NOTICE.search(lines[-1]):
            lines.pop()
    rows = (_ROW.sub(r"\1", line.rstrip()) for line in lines if not _TABLE_RULE.match(line))
    return "\n".join(rows).strip()


def _without_title(body: str, title: str) -> str:
    """``body`` without its first line if that is the headline."""
    first, _, rest = body.partition("\n")
    return rest.lstrip() if rest and normalise(first) == normalise(title) else body


def _lead(tree: Any, body: str) -> str | None:
    """The lead paragraph that some sites put above the text, if it is not in ``body``."""
    spaced = " ".join(body.split())
    for element in tree.iter("p", "div", "h2"):
        marks = f"{element.get('itemprop') or ''} {element.get('class') or ''}"
        if "description" not in marks.split() and not _LEAD.search(marks):
            continue
        text = " ".join(element.text_content().split())
        if len(text) in _LEAD_LENGTH and re.search(r"[.!؟…]$", text):
            return None if text in spaced else text
    return None
