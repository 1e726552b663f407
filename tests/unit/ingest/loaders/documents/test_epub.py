"""Books: a chapter is an article."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from ingest.articles.loader_protocol import LoadResult
from ingest.loaders import discover

TEXT = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد فوق النهر بعد أعمال استمرت عامين كاملين."
OTHER = "بدأ المزارعون موسم قطاف الزيتون هذا العام قبل موعده بأسبوعين بسبب الجفاف الطويل جدا."
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def page(body: str, title: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}</title></head>'
        f"<body>{body}</body></html>"
    )


def book(path: Path, pages: dict[str, str], **more: str) -> Path:
    """An EPUB with these pages; ``more`` are files of META-INF."""
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/'
        f'{"x-dtbncx" if name.endswith(".ncx") else "xhtml"}+xml"'
        f"{' properties=' + chr(34) + 'nav' + chr(34) if name == 'nav.xhtml' else ''}/>"
        for n, name in enumerate(pages)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    document = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<metadata><dc:title>حكايات الساحل</dc:title><dc:creator>ليلى حداد</dc:creator>"
        "<dc:publisher>دار المرفأ</dc:publisher><dc:date>2023-05-01</dc:date>"
        f"<dc:language>ar</dc:language></metadata><manifest>{items}</manifest>"
        f"<spine>{spine}</spine></package>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/epub+zip")
        package.writestr("META-INF/container.xml", CONTAINER)
        package.writestr("OEBPS/book.opf", document)
        for name, content in more.items():
            package.writestr(f"META-INF/{name}.xml", content)
        for name, content in pages.items():
            package.writestr(f"OEBPS/{name.replace('%20', ' ')}", content)
    return path


def load(path: Path) -> list[LoadResult]:
    return [loaded for file in discover([path], max_bytes=10**7) for loaded in file.load()]


def test_each_chapter_is_an_article_that_names_its_book(tmp_path: Path) -> None:
    found = load(
        book(
            tmp_path / "sahel.epub",
            {
                "cover.xhtml": page("<img src='x.jpg'/>"),
                "nav.xhtml": page(f"<nav><ol><li>{TEXT}</li></ol></nav>"),
                "one.xhtml": page(f"<h1>الجسر</h1><p>{TEXT}</p>"),
                "two%20b.xhtml": page(f"<p>{OTHER}</p><ul><li>أولا</li></ul>", "الزيتون"),
            },
        )
    )
    articles = [loaded.article for loaded in found]
    assert [a and a.id for a in articles] == [
        "sahel.epub#OEBPS/one.xhtml",
        "sahel.epub#OEBPS/two b.xhtml",
    ]
    first, second = articles
    assert first is not None and second is not None
    assert (first.title, first.text) == ("حكايات الساحل – الجسر", TEXT)
    assert (second.title, second.text) == ("حكايات الساحل – الزيتون", f"{OTHER}\n- أولا")
    assert (first.author, first.source, first.language) == ("ليلى حداد", "دار المرفأ", "ar")
    assert first.published_at == datetime(2023, 5, 1)
    assert second.metadata["book"] == "حكايات الساحل" and second.metadata["chapter"] == 2


NAV = page("<nav><ol><li><a href='one.xhtml'>عبور النهر</a></li></ol></nav>")
NCX = (
    "<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap><navPoint><navLabel><text>عبور النهر"
    "</text></navLabel><content src='one.xhtml#top'/></navPoint></navMap></ncx>"
)


@pytest.mark.parametrize(("name", "contents"), [("nav.xhtml", NAV), ("toc.ncx", NCX)])
def test_chapters_are_called_as_in_the_table_of_contents(
    tmp_path: Path, name: str, contents: str
) -> None:
    pages = {name: contents, "one.xhtml": page(f"<p>{TEXT}</p>", "حكايات الساحل")}
    pages["two.xhtml"] = page(f"<p>{OTHER}</p>", "حكايات الساحل")
    found = load(book(tmp_path / "a.epub", pages))
    titles = [loaded.article.title for loaded in found if loaded.article]
    assert titles == ["حكايات الساحل – عبور النهر", "حكايات الساحل – 2"]


def test_a_book_of_one_chapter_is_one_article(tmp_path: Path) -> None:
    (loaded,) = load(book(tmp_path / "a.epub", {"one.xhtml": page(f"<p>{TEXT}</p>")}))
    assert loaded.article is not None
    assert (loaded.article.id, loaded.article.title) == ("a.epub", "حكايات الساحل")


def test_a_chapter_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    locked = (
        '<encryption xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
        '<enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/>'
        '<enc:CipherData><enc:CipherReference URI="OEBPS/one.xhtml"/></enc:CipherData>'
        "</enc:EncryptedData></encryption>"
    )
    pages = {name: page(f"<h1>{name}</h1><p>{TEXT}</p>") for name in ("one.xhtml", "two.xhtml")}
    found = load(book(tmp_path / "a.epub", pages, encryption=locked))
    assert [f.article.title if f.article else f.problem for f in found] == [
        "OEBPS/one.xhtml: protected against copying",
        "حكايات الساحل – two.xhtml",
    ]


@pytest.mark.parametrize(
    ("container", "problem"),
    [
        ("<a/>", "an EPUB without a book in it"),
        ("<a", "broken XML in META-INF/container.xml"),
        (CONTAINER.replace("book.opf", "gone.opf"), "incomplete: OEBPS/gone.opf is missing"),
        (
            '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>',
            "a document type in META-INF/container.xml, as XML bombs have",
        ),
    ],
)
def test_what_is_no_book_is_said(tmp_path: Path, container: str, problem: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as package:
        package.writestr("META-INF/container.xml", container)
    (loaded,) = load(tmp_path / "a.epub")
    assert loaded.problem == problem and loaded.remedy


def test_a_book_of_pictures_is_said(tmp_path: Path) -> None:
    (loaded,) = load(book(tmp_path / "a.epub", {"one.xhtml": page("<img src='a.png'/>")}))
    assert loaded.problem == "a book without text"
