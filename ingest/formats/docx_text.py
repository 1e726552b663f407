"""The text of a Word document as Word shows it, from its XML.

python-docx leaves out tracked insertions, content controls, text boxes and notes; mammoth shows
hidden text and drops text boxes without a VML fallback; docx2python keeps moved text twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ingest.articles.document_builder import DocumentProperties
from ingest.core.errors import LoadError
from ingest.formats.safe_xml import parse_xml
from ingest.formats.zip_archive import Package
from ingest.text.markup import table_row

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATED = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "rPr", "pPr", "sectPr")}
_SKIPPED.add(_FALLBACK)  # the second form of the same content
_INLINE = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_MAX_DEPTH = 20  # nested tables and text boxes


class WordDocument:
    """The document in the package of a ``.docx``.

    Raises:
        LoadError: on opening, it is no Word document or broken.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        main = self._main_part()
        self._folder = main.rpartition("/")[0]
        self._body = _part(package, main).find(f"{_W}body")
        if self._body is None:
            raise LoadError("not_word")
        self._lists = _list_formats(self._optional("numbering.xml"))
        self._styles = _styles(self._optional("styles.xml"))
        self._counts: Counter[tuple[str, int]] = Counter()

    def properties(self) -> DocumentProperties:
        """The document properties."""
        if "docProps/core.xml" not in self._package:
            return DocumentProperties()
        try:
            root = parse_xml(self._package.read("docProps/core.xml"), "docProps/core.xml")
        except LoadError:
            return DocumentProperties()  # the text may be intact
        found = {_local(child): (child.text or "").strip() for child in root}
        return DocumentProperties(
            title=found.get("title"),
            author=found.get("creator"),
            created=found.get("created"),
            modified=found.get("modified"),
        )

    def text(self) -> str:
        """Paragraphs separated by blank lines, list items and rows on lines, notes at the end.

        Titles and headings are paragraphs.
        """
        blocks = list(self._blocks(self._body, 0))
        for name, tag in (("footnotes.xml", "footnote"), ("endnotes.xml", "endnote")):
            root = self._optional(name)
            for note in root.iter(f"{_W}{tag}") if root is not None else ():
                if note.get(f"{_W}type") is None:  # others are separator lines
                    blocks += [block for block in self._blocks(note, 0) if block.strip()]
        return "\n\n".join(blocks)

    def _main_part(self) -> str:
        """The name of the part with the text, which depends on the program."""
        if "_rels/.rels" in self._package:
            for relation in parse_xml(self._package.read("_rels/.rels"), "_rels/.rels"):
                if relation.tag == _RELATED and relation.get("Type", "").endswith("officeDocument"):
                    return str(relation.get("Target", "")).lstrip("/")
        return "word/document.xml"

    def _optional(self, name: str) -> Any:
        path = f"{self._folder}/{name}"
        return _part(self._package, path) if path in self._package else None

    def _blocks(self, parent: Any, depth: int) -> Iterator[str]:
        """The paragraphs, lists and tables in ``parent`` in their order."""
        items: list[str] = []
        for child in _unwrapped(parent):
            block, is_item = "", False
            if child.tag == f"{_W}p":
                block, is_item = self._paragraph(child, depth)
            elif child.tag == f"{_W}tbl" and depth < _MAX_DEPTH:
                block = self._table(child, depth + 1)
            if not block.strip():
                continue
            if is_item:
                items.append(block)
                continue
            if items:
                yield "\n".join(items)
                items = []
            yield block
        if items:
            yield "\n".join(items)

    def _paragraph(self, paragraph: Any, depth: int) -> tuple[str, bool]:
        """The text of a paragraph and of the text boxes in it; whether it is a list item."""
        words, boxes = [], []
        for piece in _pieces(paragraph):
            if isinstance(piece, str):
                words.append(piece)
            elif depth < _MAX_DEPTH:
                boxes += list(self._blocks(piece, depth + 1))
        text = "".join(words).strip()
        mark = self._mark(paragraph) if text else ""
        return "\n\n".join(filter(None, [mark + text, *boxes])), bool(mark) and not boxes

    def _table(self, table: Any, depth: int) -> str:
        rows = []
        for row in _unwrapped(table):
            if row.tag != f"{_W}tr":
                continue
            cells = [c for c in _unwrapped(row) if c.tag == f"{_W}tc"]
            texts = ["\n\n".join(self._blocks(cell, depth)) for cell in cells]
            # A single cell is a frame around text.
            rows.append(texts[0] if len(texts) == 1 else table_row(texts))
        return "\n".join(filter(str.strip, rows))

    def _mark(self, paragraph: Any) -> str:
        """The bullet or number of a list item; empty for other paragraphs."""
        properties = paragraph.find(f"{_W}pPr")
        style = _value(properties, "pStyle") if properties is not None else None
        number = properties.find(f"{_W}numPr") if properties is not None else None
        which, level = self._styles.get(style or "", (None, 0))
        if number is not None:
            which = _value(number, "numId") or which
            level = _whole(_value(number, "ilvl"), level)
        if which in (None, "0"):
            return ""
        form = self._lists.get((which, level), "bullet")
        if form in ("bullet", "none"):
            return "" if form == "none" else "- "
        self._counts[which, level] += 1
        for deeper in [k for k in self._counts if k[0] == which and k[1] > level]:
            del self._counts[deeper]
        return f"{self._counts[which, level]}. "


def _unwrapped(parent: Any) -> Iterator[Any]:
    """The children, content controls and tracked insertions replaced by their own children."""
    waiting = list(reversed(parent))
    while waiting:
        child = waiting.pop()
        if not isinstance(child.tag, str) or child.tag in _SKIPPED:
            continue
        if _local(child) in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"):
            waiting += list(reversed(child))
        else:
            yield child


def _pieces(paragraph: Any) -> Iterator[Any]:
    """The strings of a paragraph's text, and the elements of the text boxes in it."""
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            continue
        name = _local(element)
        if name == "t":
            yield element.text or ""
        elif name in _INLINE:
            yield _INLINE[name]
        elif name == "txbxContent":
            yield element
        elif name != "r" or not _hidden(element):
            waiting += list(reversed(element))


def _hidden(run: Any) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish")
    return mark is not None and mark.get(f"{_W}val") not in ("0", "false")


def _list_formats(root: Any) -> dict[tuple[str, int], str]:
    """The number format (``bullet``, ``decimal`` …) of each list and level."""
    if root is None:
        return {}
    levels: dict[str, dict[int, str]] = {}
    for abstract in root.iter(f"{_W}abstractNum"):
        levels[abstract.get(f"{_W}abstractNumId", "")] = {
            _whole(level.get(f"{_W}ilvl"), 0): _value(level, "numFmt") or "bullet"
            for level in abstract.iter(f"{_W}lvl")
        }
    return {
        (number.get(f"{_W}numId", ""), level): form
        for number in root.iter(f"{_W}num")
        for level, form in levels.get(_value(number, "abstractNumId") or "", {}).items()
    }


def _styles(root: Any) -> dict[str, tuple[str | None, int]]:
    """The list and level of each paragraph style that belongs to a list."""
    found = {}
    for style in root.iter(f"{_W}style") if root is not None else ():
        number = style.find(f"{_W}pPr/{_W}numPr")
        name = (_value(style, "name") or "").lower()
        if number is not None and not name.startswith("heading"):
            found[style.get(f"{_W}styleId", "")] = (
                _value(number, "numId"),
                _whole(_value(number, "ilvl"), 0),
            )
    return found


def _part(package: Package, name: str) -> Any:
    data = package.read(name)
    # Strict OOXML differs in the namespace only.
    return parse_xml(data.replace(_STRICT.encode(), _TRANSITIONAL.encode()), name)


def _value(parent: Any, name: str) -> str | None:
    child = parent.find(f"{_W}{name}")
    return None if child is None else child.get(f"{_W}val")


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 4 else default


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
