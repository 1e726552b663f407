"""Files as no editor would make them, and what is to be said of each."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import docx
import openpyxl

from tests.pdf_maker import PdfMaker, a_pdf

TEXT = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد فوق النهر بعد أعمال استمرت عامين كاملين."
LAUGHS = "".join(
    f'<!ENTITY {n} "{f"&{p};" * 10}">' for p, n in zip("abcdefghi", "bcdefghij", strict=True)
)
ENTITIES = f'<!DOCTYPE x [<!ENTITY a "ha">{LAUGHS}]>'
Parts = Mapping[str, bytes | str]


def packed(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()


def changed(package: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """``package`` with one part changed."""
    with zipfile.ZipFile(io.BytesIO(package)) as old:
        parts = {part: old.read(part) for part in old.namelist()}
    return packed({**parts, name: change(parts[name])})


def a_docx(*lines: str) -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    for line in lines or (TEXT,):
        document.add_paragraph(line)
    document.save(buffer)
    return buffer.getvalue()


def an_xlsx(*rows: list[str]) -> bytes:
    workbook, buffer = openpyxl.Workbook(), io.BytesIO()
    assert workbook.active is not None
    for row in rows or (["title", "text"], ["a", TEXT]):
        workbook.active.append(row)
    workbook.save(buffer)
    return buffer.getvalue()


def an_epub(page: str = "", container: str = "") -> bytes:
    return packed(
        {
            "META-INF/container.xml": container
            or '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
            "b.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>كتاب</dc:title>'
            '<item id="i" href="p.xhtml" media-type="application/xhtml+xml"/>'
            '<itemref idref="i"/></package>',
            "p.xhtml": page or f"<html><body><p>{TEXT}</p></body></html>",
        }
    )


def good_files() -> dict[str, bytes]:
    """An article of each kind, some before and some after the bad ones."""
    row = json.dumps({"title": "خبر", "text": TEXT, "date": "2021-99-99"})
    page = f"<html><title>جسر</title><body><article><p>{TEXT}</p></article></body></html>"
    item = f"<item><title>جسر</title><description>{TEXT}</description></item>"
    return {
        "000.txt": TEXT.encode(),
        "good.pdf": a_pdf([TEXT[:60], TEXT[60:]]),
        "good-count.pdf": a_pdf([TEXT[:60], TEXT[60:]]).replace(b"/Count 1/", b"/Count 99999999/"),
        "good.docx": a_docx(),
        "good.xlsx": an_xlsx(),
        "good.epub": an_epub(),
        "good.zip": packed({"inner.md": f"# جسر\n\n{TEXT}"}),
        "good.html": page.encode(),
        "good.csv": f"title,text\nجسر,{TEXT}\n".encode(),
        "good.json": row.encode(),
        "good.jsonl": row.encode(),
        "good.xml": f"<rss><channel>{item}</channel></rss>".encode(),
        "folder.pdf/good.txt": TEXT.encode("windows-1256"),
        "zzz/zzz.md": f"# جسر\n\n{TEXT} \ud800".encode("utf-8", "surrogatepass"),
    }


def bad_files() -> dict[str, tuple[bytes, str]]:
    """By name: content, and how what is said of it begins."""
    return {
        **dict(_cut_off()),
        **dict(_bombs()),
        **dict(_archives()),
        **dict(_locked()),
        **dict(_mislabelled()),
        **dict(_texts()),
        **dict(_pdfs()),
    }


Bad = Iterator[tuple[str, tuple[bytes, str]]]


def _cut_off() -> Bad:
    yield "cut.pdf", (a_pdf([TEXT])[:400], "damaged, or no PDF")
    whole = (
        ("docx", a_docx(), b"word/document.xml"),
        ("xlsx", an_xlsx(), b"xl/workbook.xml"),
        ("epub", an_epub(), b"b.opf"),
    )
    for suffix, data, part in whole:
        yield f"cut.{suffix}", (data[: len(data) // 2], "not a ZIP, or cut off")
        yield f"empty.{suffix}", (b"", "the file is empty")
        flipped = bytearray(data)
        start = data.index(part) + len(part)
        flipped[start : start + 30] = bytes(30)
        yield f"flipped.{suffix}", (bytes(flipped), "damaged in the ZIP")
    yield "cut.zip", (packed({"a.txt": TEXT})[:-10], "not a ZIP, or cut off")
    for suffix in ("txt", "md", "json", "jsonl", "csv", "html", "xml", "pdf", "zip"):
        yield f"empty.{suffix}", (b"", "the file is empty")


def _bombs() -> Bad:
    much = bytes(80_000_000)
    say_bomb = "unpacks to hundreds of times its size, as a ZIP bomb does"
    yield "bomb.zip", (packed({"bomb.txt": much}), say_bomb)
    yield "bomb.docx", (changed(a_docx(), "word/document.xml", lambda _: much), say_bomb)
    yield "bomb.epub", (changed(an_epub(), "p.xhtml", lambda _: much), f"p.xhtml: {say_bomb}")
    sheet = "xl/worksheets/sheet1.xml"
    yield "bomb.xlsx", (changed(an_xlsx(), sheet, lambda _: much), say_bomb)
    said, laughing = "a document type in ", f"{ENTITIES}<container>&j;</container>"
    head = ENTITIES.encode()
    entity = changed(
        a_docx(), "word/document.xml", lambda d: d.replace(b"<w:document", head + b"<w:document")
    )
    yield "entities.docx", (entity, said)
    yield "entities.xlsx", (changed(an_xlsx(), sheet, lambda d: head + d), said)
    yield "entities.epub", (an_epub(container=laughing), "broken XML in META-INF")
    feed = f"{ENTITIES}<rss><channel><item><title>&j;</title></item></channel></rss>"
    yield "entities.xml", (feed.encode(), "no text")
    depth = 100_000
    deep = b"<w:p>" * depth + b"</w:p>" * depth
    nested = changed(
        a_docx(), "word/document.xml", lambda d: d.replace(b"<w:body>", b"<w:body>" + deep)
    )
    yield "nested.docx", (nested, "broken XML in word/document.xml")
    nest = f"<html><title>x</title><body>{'<div>' * depth}{TEXT}"
    yield "nested.html", (nest.encode(), "no article found on the page")
    yield "nested.json", (b"[" * depth, "JSON nested too deep")
    yield "nested.jsonl", (b'{"text":' * depth + b"\n", "JSON nested too deep")
    yield "nested.md", (b"---\na: " + b"[" * 60 + b"\n---\n" + TEXT.encode(), "front matter nested")
    laughs = "\n".join(
        f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]" for p, n in zip("abcd", "bcde", strict=True)
    )
    anchors = f"---\na: &a [x]\n{laughs}\n---\n{TEXT}"
    yield "anchors.md", (anchors.encode(), "front matter with YAML aliases")


def _archives() -> Bad:
    yield "slip.zip", (packed({"../../evil.txt": TEXT}), "its path leads out of the archive")
    yield "absolute.zip", (packed({"/etc/evil.txt": TEXT}), "its path leads out of the archive")
    yield "drive.zip", (packed({"C:\\evil.txt": TEXT}), "its path leads out of the archive")
    link, buffer = zipfile.ZipInfo("link.txt"), io.BytesIO()
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr(link, "/etc/passwd")
    yield "link.zip", (buffer.getvalue(), "a link, not a file")
    data = packed({"core.txt": TEXT})
    for _ in range(6):
        data = packed({"in.zip": data})
    yield "nested.zip", (data, "archives nested more than 3 deep")
    leaf = packed({f"{n}.zip": b"PK" for n in range(120)}, zipfile.ZIP_STORED)
    yield "branching.zip", (packed({f"{n}.zip": leaf for n in range(1)}), "not a ZIP, or cut off")
    many = packed({f"{n}.txt": "" for n in range(10_001)}, zipfile.ZIP_STORED)
    yield "many.zip", (many, "more than 10,000 files in it")
    yield "nothing.zip", (packed({}), "an empty archive")
    yield "odd.zip", (packed({"a.txt": TEXT}, zipfile.ZIP_LZMA), "packed in an unusual way")


def _locked() -> Bad:
    data = bytearray(packed({"a.txt": TEXT}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    yield "locked.zip", (bytes(data), "encrypted")
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)
    yield "locked.docx", (ole, "locked with a password, or an office document from before .docx")
    yield "locked.xlsx", (ole, "locked with a password, or an office document from before .xlsx")
    key = b"<28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a>"
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/O%s/U%s/P -4>>/ID[<00><00>]/Size" % (key, key)
    yield "locked.pdf", (a_pdf([TEXT]).replace(b"/Size", lock), "locked with a password")
    protected = packed(
        {
            "META-INF/container.xml": '<c><rootfile full-path="b.opf"/></c>',
            "META-INF/encryption.xml": "<e><EncryptedData><EncryptionMethod Algorithm='aes'/>"
            "<CipherReference URI='p.xhtml'/></EncryptedData></e>",
            "b.opf": "<p><item id='i' href='p.xhtml' media-type='text/html'/>"
            "<itemref idref='i'/></p>",
            "p.xhtml": b"\x01\x02",
        }
    )
    yield "locked.epub", (protected, "p.xhtml: protected against copying")


def _mislabelled() -> Bad:
    noise = bytes(range(256)) * 40
    yield "pdf.txt", (a_pdf([TEXT]), "binary, not text (PDF)")
    yield "docx.md", (a_docx(), "binary, not text (ZIP, DOCX, XLSX or EPUB)")
    yield "picture.json", (b"\x89PNG\r\n\x1a\n" + noise, "binary, not text (PNG)")
    yield "gzip.jsonl", (b"\x1f\x8b\x08" + noise, "binary, not text (gzip)")
    yield "program.html", (b"\x7fELF" + noise, "binary, not text (ELF)")
    yield "noise.csv", (noise, "binary, not text")
    yield "zip.docx", (packed({"a.txt": TEXT}), "incomplete: word/document.xml is missing")
    yield "xlsx.docx", (an_xlsx(), "not a Word document")
    yield "docx.xlsx", (a_docx(), "not a spreadsheet")
    yield "docx.epub", (a_docx(), "not an EPUB")
    yield "text.pdf", (TEXT.encode(), "not a PDF")
    yield "text.docx", (TEXT.encode(), "not a Word document")
    yield "text.zip", (TEXT.encode(), "not a ZIP, or cut off")
    yield "text.html", (TEXT.encode(), "no HTML")
    yield "page.xml", (f"<html><body>{TEXT}</body></html>".encode(), "no feed")
    yield "news.doc", (b"\xd0\xcf\x11\xe0", "unsupported kind .doc")
    yield "no-suffix", (TEXT.encode(), "unsupported file without a suffix")


def _texts() -> Bad:
    yield "nul.txt", (TEXT.encode() + bytes(9_000), "binary, not text")
    yield "utf16.txt", (b"\xff\xfe" + b"\x00\xd8" * 30, "damaged utf-16 text")
    yield "blank.txt", (b" \n\xc2\xa0\n" * 99, "no text")
    yield "huge-number.json", (b"[" + b"9" * 10_000 + b"]", "broken JSON (a number too long)")
    yield "surrogate.json", (rb'{"text": "\ud800"}', "no text")
    yield "twice.json", (b'{"text": "a", "text": "b"}', 'the key "text" stands twice')
    yield "number.json", (b'{"text": 7}', "the text is a JSON number")
    yield "columns.csv", (b"a," * 1_000_000 + b"\n" + b"b," * 1_000_000, "no column with")
    field = b'title,text\na,"' + b"x" * 11_000_000
    yield "field.csv", (field, "a broken table (field larger than field limit")
    chat = {"type": "personal_chat", "id": 1, "messages": []}
    yield "result.json", (json.dumps(chat).encode(), "an export of a chat, not of a channel")
    yield "feed.xml", (b"<rss><channel></channel></rss>", "an empty feed")
    yield "line.txt", (b"x" * 70_000_000, "too large: 70.0 MB")


def _pdfs() -> Bad:
    yield "scan.pdf", (PdfMaker().page().save(), "no text in it: a scan or pictures")
    pages = b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"
    loop = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj" + pages
    loop += b"endobj\ntrailer<</Root 1 0 R>>"
    yield "loop.pdf", (loop, "no text in it: a scan or pictures")
    bomb = zlib.compress(b"q " * 100_000_000, 9)
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n" % len(bomb)
    page = PdfMaker().page().save()
    at = page.index(b"<</Length 0>>stream\n")
    bombed = page[:at] + stream + bomb + page[at + len(b"<</Length 0>>stream\n") :]
    yield "bomb.pdf", (bombed, "breaks its reader, or takes too much memory")
    deep = b"%PDF-1.4\n1 0 obj" + b"[" * 500_000 + b"endobj\ntrailer<</Root 1 0 R>>"
    yield "nested.pdf", (deep, "damaged, or no PDF")


def special_files(folder: Path) -> tuple[dict[str, str], list[socket.socket]]:
    """What is no file, made in ``folder``: by name, how what is said begins; sockets to close."""
    os.mkfifo(folder / "pipe.txt")
    (folder / "zero.txt").symlink_to("/dev/zero")
    (folder / "one.txt").symlink_to("two.txt")
    (folder / "two.txt").symlink_to("one.txt")
    (folder / "gone.txt").symlink_to("nowhere.txt")
    (folder / "round").symlink_to(folder)
    listening = socket.socket(socket.AF_UNIX)
    here = os.open(folder, os.O_RDONLY)
    try:  # the names of sockets are short
        listening.bind(f"/proc/self/fd/{here}/socket.txt")
    finally:
        os.close(here)
    expected = {
        "pipe.txt": "not a regular file",
        "zero.txt": "not a regular file",
        "socket.txt": "not a regular file",
        "one.txt": "cannot be read (too many levels of symbolic links)",
        "two.txt": "cannot be read (too many levels of symbolic links)",
        "gone.txt": "no such file or folder",
    }
    if os.geteuid() != 0:  # who may read everything
        (folder / "secret.txt").write_text(TEXT)
        (folder / "secret.txt").chmod(0)
        expected["secret.txt"] = "not allowed to read it"
    return expected, [listening]
