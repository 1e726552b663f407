"""HTML elements whose content is escaped unless it is markup already."""

from __future__ import annotations

import html
import json
import re
from typing import Any

_NOT_IN_HTML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNSAFE_IN_SCRIPT = re.compile("[<>&\u2028\u2029]")
_VOID = frozenset({"input", "meta", "link", "br"})


class Html(str):
    """A string that is markup already."""

    __slots__ = ()


def escape(value: object) -> Html:
    """``value`` as markup, escaped unless it is ``Html``."""
    if isinstance(value, Html):
        return value
    return Html(html.escape(_NOT_IN_HTML.sub("\ufffd", str(value)), quote=True))


def join(*children: object) -> Html:
    """Concatenate children, ignoring None."""
    return Html("".join(escape(child) for child in children if child is not None))


def tag(name: str, *children: object, **attributes: object) -> Html:
    """An element.

    A trailing underscore of an attribute's name is dropped (``class_``), others become hyphens
    (``aria_label``). True is a bare attribute; None and False are none.

    Example:
        >>> tag("td", "a < b", class_="n")
        '<td class="n">a &lt; b</td>'
    """
    rendered = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{rendered}>")
    return Html(f"<{name}{rendered}>{join(*children)}</{name}>")


def script_json(value: Any) -> Html:
    """``value`` as JSON that is safe inside a ``<script>`` element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = _UNSAFE_IN_SCRIPT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return Html(re.sub("[\x7f\ud800-\udfff]", "\ufffd", text))
