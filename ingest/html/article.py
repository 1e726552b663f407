"""A web page as an article: its main text by trafilatura, and what its head says."""

from __future__ import annotations

import logging
import re
from typing import Any

from ingest.articles.builder import article_from_record
from ingest.core.errors import LoadError
from ingest.html.encoding import decode_page
from vectorstore.core.text_analysis import normalise
from vectorstore.core.types import Article

MAX_PAGE_CHARACTERS = 8_000_000
"""Of a page; a larger one is no article."""
LEAST_TEXT = 60
"""Characters of a main text; less than this is what remains of a menu."""
_LEAD_LENGTH = range(40, 700)
_LEAD = re.compile(r"(?:^|[\s_-])(?:lead|lede|standfirst|chapo|intro)(?:$|[\s_-])", re.IGNORECASE)
_SKELETON = re.compile(r"<(?:html|body|article|p|div|h1|meta|title|!doctype)\b", re.IGNORECASE)
# What stands below articles on every page of a site, about the site.
_NOTICE = re.compile(
    r"إرشادات الاستخدام|سياسة الخصوصية|شروط (?:ال)?استخدام|(?:لا تعبر|تعبر فقط) عن (?:رأي|وجهة)"
    r"|(?:جميع|كافة) (?:ال)?حقوق(?: \w+)? محفوظة|all rights reserved|terms of use|privacy policy"
    r"|^©",
    re.IGNORECASE,
)
_NOTICE_LENGTH = 450
_LAST_LINES = 4
_RULE_OF_TABLE = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+$")
_ROW = re.compile(r"^\| (.*?) ?\|$")


def article_of_page(
    data: bytes,
    *,
    url: str | None,
    fallback_id: str,
    origin: str,
    charset: str | None = None,
    known: dict[str, Any] | None = None,
) -> Article:
    """The article on a page.

    Its id is the canonical address that the page gives (believed within its own site alone), else
    ``url``, else ``fallback_id``. ``known`` are fields of its record that are known from elsewhere
    (a feed), for what the page does not tell.

    Raises:
        LoadError: it is no HTML, or no article is on it, but a login or the like.
    """
    from lxml import etree, html

    from ingest.html.error_pages import reject_error_page
    from ingest.html.head import read_head

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
    head = read_head(tree, text, url)
    body = _without_title(_main_text(text, url), head.title or "")
    lead = _lead(tree, body)
    if lead:
        body = f"{lead}\n{body}"
    if len(body) < LEAST_TEXT:
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
    for _ in range(_LAST_LINES):
        if lines and len(lines[-1]) <= _NOTICE_LENGTH and _NOTICE.search(lines[-1]):
            lines.pop()
    rows = (_ROW.sub(r"\1", line.rstrip()) for line in lines if not _RULE_OF_TABLE.match(line))
    return "\n".join(rows).strip()


def _without_title(body: str, title: str) -> str:
    """``body`` without the headline, where it was taken for its first line."""
    first, _, rest = body.partition("\n")
    return rest.lstrip() if rest and normalise(first) == normalise(title) else body


def _lead(tree: Any, body: str) -> str | None:
    """The paragraph that some sites set above the text, where it was not taken for a part of it."""
    spaced = " ".join(body.split())
    for element in tree.iter("p", "div", "h2"):
        marks = f"{element.get('itemprop') or ''} {element.get('class') or ''}"
        if "description" not in marks.split() and not _LEAD.search(marks):
            continue
        text = " ".join(element.text_content().split())
        if len(text) in _LEAD_LENGTH and re.search(r"[.!؟…]$", text):
            return None if text in spaced else text
    return None
