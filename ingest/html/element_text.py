"""The whole text of an XHTML element, for pages without navigation, such as book chapters."""

from __future__ import annotations

import re
from typing import Any

from ingest.text.markup import table_row


def _names(joined: str) -> frozenset[str]:
    return frozenset(joined.split())


_BLOCKS = _names(
    "address article aside blockquote body center dd div dl dt figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr li main nav ol p pre section table tbody tfoot thead tr ul"
)
_INVISIBLE = _names("script style template head title svg math audio video iframe")
_SPACE = re.compile(r"\s+")
_CELLS = frozenset(("td", "th"))


def element_text(root: Any) -> str:
    """The text of ``root``: paragraphs separated by blank lines, list items and rows on lines.

    List items begin with ``-`` or their number; cells are separated by `` | ``.
    """
    reader = _Reader()
    # Iterative, so that deep nesting cannot exhaust the stack.
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, leaving = stack.pop()
        name = local_name(element)
        if leaving:
            reader.leave(name)
        elif name not in _INVISIBLE:
            reader.enter(name, element)
            reader.text(element.text if name else "")
            stack.append((element, True))
            stack += [(child, False) for child in reversed(element)]
            continue
        if element is not root:
            reader.text(element.tail)
    return reader.result()


def local_name(element: Any) -> str:
    """An element's name without namespace; empty for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


class _Reader:
    def __init__(self) -> None:
        self._done: list[str] = []
        self._words: list[str] = []
        self._mark = ""
        self._lists: list[int | None] = []  # number of the last item; None in an unordered list
        self._row: list[str] | None = None
        self._rows: list[int] = []  # nested rows; an inner one is part of a cell
        self._tight = False

    def text(self, text: str | None) -> None:
        self._words.append(_SPACE.sub(" ", text or ""))

    def enter(self, name: str, element: Any) -> None:
        if name == "br":
            self._words.append(" " if self._row is not None else "\n")
        elif name in _CELLS and self._row is not None:
            self._words = [*self._words, " "] if len(self._rows) > 1 else []
        elif name == "tr":
            self._rows.append(1)
            if len(self._rows) == 1:
                self._flush()
                self._row = []
        elif name in ("ol", "ul"):
            self._flush()
            start = element.get("start", "1")
            first = int(start) if start.isdecimal() and len(start) < 7 else 1
            self._lists.append(first - 1 if name == "ol" else None)
        elif name == "li":
            self._flush()
            number = self._lists[-1] if self._lists else None
            if number is not None:
                self._lists[-1] = number + 1
            self._mark = "- " if number is None else f"{number + 1}. "
            self._tight = True
        elif name in _BLOCKS:
            self._flush()

    def leave(self, name: str) -> None:
        if name in _CELLS and self._row is not None and len(self._rows) == 1:
            self._row.append("".join(self._words))
            self._words.clear()
        elif name == "tr" and self._rows:
            self._rows.pop()
            if not self._rows:
                self._words = [table_row(self._row or [])]
                self._row, self._tight = None, True
                self._flush()
        elif name in ("ol", "ul") and self._lists:
            self._flush()
            self._lists.pop()
        elif name in _BLOCKS:
            self._flush()

    def _flush(self) -> None:
        """End a paragraph; within a row it is part of a cell instead."""
        if self._row is not None:
            self._words.append(" ")
            return
        lines = (" ".join(line.split()) for line in "".join(self._words).split("\n"))
        text = "\n".join(filter(None, lines))
        self._words.clear()
        if text:
            self._done.append(("\n" if self._tight else "\n\n") + self._mark + text)
            self._mark, self._tight = "", False

    def result(self) -> str:
        self._row = None
        self._flush()
        return "".join(self._done).strip()
