"""The article's metadata in JSON-LD (schema.org), which most news sites have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import html

_ARTICLE = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report)$")
_MAX_NODES = 2_000


def article_data(tree: html.HtmlElement) -> dict[str, Any]:
    """The first article of the page's JSON-LD; empty without one."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            document = json.loads(_without_marks(script.text or ""), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(document):
            kinds = node.get("@type")
            if any(_ARTICLE.search(str(kind)) for kind in _as_list(kinds)):
                return node
    return {}


def _without_marks(text: str) -> str:
    """JSON without the CDATA and comment marks around it."""
    return re.sub(r"^\s*(?://)?<!\[CDATA\[|(?://)?\]\]>\s*$|^\s*<!--|-->\s*$", "", text).strip(
        "; \n"
    )


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
    """All objects in ``document``, outer ones first."""
    queue = [document]
    for _ in range(_MAX_NODES):
        if not queue:
            return
        value = queue.pop(0)
        if isinstance(value, dict):
            yield value
            queue += [v for v in value.values() if isinstance(v, (dict, list))]
        elif isinstance(value, list):
            queue += value


def names(value: Any) -> str | None:
    """The names of persons or organisations, joined."""
    found = []
    for item in _as_list(value):
        name = item.get("name") if isinstance(item, dict) else item
        name = name[0] if isinstance(name, list) and name else name
        if isinstance(name, str) and name.strip() and "://" not in name:
            found.append(" ".join(name.split()))
    return "، ".join(dict.fromkeys(found)) or None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
