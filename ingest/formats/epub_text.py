"""The chapters of EPUB books in reading order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ingest.core.errors import LoadError
from ingest.formats.safe_xml import parse_xml
from ingest.formats.zip_archive import Package, printable_name
from ingest.html.element_text import element_text, local_name

MIN_CHAPTER_LENGTH = 80
"""Fewest characters of a chapter; covers and half titles have fewer."""

_PAGES = ("application/xhtml+xml", "text/html")
_CONTENTS = "application/x-dtbncx+xml"
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A text file of a book; ``name`` is its path in the package."""

    name: str
    title: str
    text: str


class Book:
    """The book in the package of an ``.epub``.

    Raises:
        LoadError: on opening, it is no book or broken.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        path = _package_document(package)
        self._folder = posixpath.dirname(path)
        self._document = parse_xml(package.read(path), printable_name(path))
        self._encrypted_files = _encrypted_files(package)

    def fields(self) -> dict[str, str]:
        """The Dublin Core metadata; several creators are joined."""
        found: dict[str, list[str]] = {}
        for element in self._document.iter():
            text = " ".join((element.text or "").split())
            if text and "/dc/elements/" in str(element.tag):
                found.setdefault(local_name(element), []).append(text)
            elif text and element.get("property") == "dcterms:modified":
                found.setdefault("modified", []).append(text)
        return {n: "، ".join(v) if n == "creator" else v[0] for n, v in found.items()}

    def chapters(self) -> Iterator[Chapter | LoadError]:
        """The files of the spine; an error in the place of one that cannot be read.

        Tables of contents and pages with little text are left out.
        """
        items = {i.get("id"): i for i in self._document.iter() if local_name(i) == "item"}
        labels = self._labels(items.values())
        spine = [i.get("idref") for i in self._document.iter() if local_name(i) == "itemref"]
        for item in (items.get(idref) for idref in dict.fromkeys(spine)):
            if item is None or item.get("media-type") not in _PAGES:
                continue
            if "nav" in (item.get("properties") or "").split():
                continue
            name = _resolve(self._folder, item.get("href") or "")
            try:
                chapter = self._chapter(name, labels.get(name))
            except LoadError as error:
                yield LoadError("at_place", place=printable_name(name), cause=error)
                continue
            if len(chapter.text) >= MIN_CHAPTER_LENGTH:
                yield chapter

    def _labels(self, items: Iterable[Any]) -> dict[str, str]:
        """The title of each file in the table of contents; its first entry counts."""
        labels: dict[str, str] = {}
        for item in items:
            is_list = item.get("media-type") == _CONTENTS
            if not is_list and "nav" not in (item.get("properties") or "").split():
                continue
            name = _resolve(self._folder, item.get("href") or "")
            try:
                root = (parse_xml if is_list else _page)(self._package.read(name), name)
            except LoadError:
                continue  # titles are taken from headings
            for href, label in _entries(root):
                if label:
                    labels.setdefault(_resolve(posixpath.dirname(name), href), label)
        return labels

    def _chapter(self, name: str, label: str | None) -> Chapter:
        if name in self._encrypted_files:
            raise LoadError("protected_book")
        root = _page(self._package.read(name), name)
        body = next((e for e in root.iter() if local_name(e) == "body"), root)
        heading = next((e for e in body.iter() if local_name(e) in ("h1", "h2", "h3")), None)
        own = next((e for e in root.iter() if local_name(e) == "title"), None)
        title = label or _words(heading) or _words(own)
        return Chapter(name, title, element_text(body))


def _resolve(folder: str, href: str) -> str:
    """The path in the package of ``href`` in a file of ``folder``."""
    try:
        path = unquote(urlsplit(href).path)
    except ValueError:
        path = href
    return posixpath.normpath(posixpath.join(folder, path))


def _entries(root: Any) -> Iterator[tuple[str, str]]:
    """The links and labels of a table of contents, in EPUB 3 or EPUB 2 form."""
    for element in root.iter():
        name = local_name(element)
        if name == "a" and element.get("href"):
            yield element.get("href"), _words(element)
        elif name == "navpoint":
            target = next((e.get("src") for e in element if local_name(e) == "content"), None)
            label = next((e for e in element if local_name(e) == "navlabel"), None)
            if target:
                yield target, _words(label)


def _page(data: bytes, name: str) -> Any:
    """The tree of a page, by the HTML parser because some are no valid XML."""
    from lxml import etree, html

    from ingest.html.page_encoding import decode_page

    text = decode_page(data).text.replace("\x00", "")
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = html.document_fromstring(_without_declaration(text), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise LoadError("unreadable_chapter") from error
    return root


def _without_declaration(text: str) -> str:
    text = text.lstrip("\ufeff \t\r\n")
    return text.partition("?>")[2] if text.startswith("<?xml") else text


def _words(element: Any) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _package_document(package: Package) -> str:
    if "META-INF/container.xml" not in package:
        raise LoadError("not_epub")
    root = parse_xml(package.read("META-INF/container.xml"), "META-INF/container.xml")
    for element in root.iter():
        if local_name(element) == "rootfile" and element.get("full-path"):
            return str(element.get("full-path"))
    raise LoadError("no_book")


def _encrypted_files(package: Package) -> frozenset[str]:
    """The encrypted files, without obfuscated fonts."""
    if "META-INF/encryption.xml" not in package:
        return frozenset()
    root = parse_xml(package.read("META-INF/encryption.xml"), "META-INF/encryption.xml")
    encrypted = set()
    for entry in root.iter():
        if local_name(entry) != "encrypteddata":
            continue
        methods = [e.get("Algorithm") for e in entry.iter() if local_name(e) == "encryptionmethod"]
        if not set(methods) <= set(_FONT_OBFUSCATION):
            encrypted |= {
                unquote(e.get("URI") or "")
                for e in entry.iter()
                if local_name(e) == "cipherreference"
            }
    return frozenset(encrypted)
