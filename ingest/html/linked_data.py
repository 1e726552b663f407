"""What a page says of its article in JSON-LD (schema.org), as most news sites do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import html

_ARTICLE = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report)$")
_MOST_NODES = 2_000


def article_data(tree: html.HtmlElement) -> dict[str, Any]:
    """The first article of the page's JSON-LD; empty without one."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            document = json.loads(_bare(script.text or ""), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(document):
            kinds = node.get("@type")
            if any(_ARTICLE.search(str(kind)) for kind in _as_list(kinds)):
                return node
    return {}


def _bare(text: str) -> str:
    """JSON without the CDATA and comment marks that some pages put around it."""
    return re.sub(r"^\s*(?://)?<!\[CDATA\[|(?://)?\]\]>\s*$|^\s*<!--|-->\s*$", "", text).strip(
        "; \n"
    )


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
    """All objects of ``document``, outer ones first."""
    waiting = [document]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        value = waiting.pop(0)
        if isinstance(value, dict):
            yield value
            waiting += [v for v in value.values() if isinstance(v, (dict, list))]
        elif isinstance(value, list):
            waiting += value


def names(value: Any) -> str | None:
    """The name of a person or organisation, or of several."""
    found = []
    for item in _as_list(value):
        name = item.get("name") if isinstance(item, dict) else item
        name = name[0] if isinstance(name, list) and name else name
        if isinstance(name, str) and name.strip() and "://" not in name:
            found.append(" ".join(name.split()))
    return "، ".join(dict.fromkeys(found)) or None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
