"""Word documents, written by the usual library, read as their readers see them."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import OxmlElement

from ingest.articles.loader_protocol import LoadResult
from ingest.loaders import discover

STORY = "افتتح وزير النقل أمس جسر النورس، الذي يربط ضفتي نهر سلوى."
LATER = "وقال الوزير إن الأعمال استمرت عامين كاملين."


def load(path: Path) -> list[LoadResult]:
    return [loaded for file in discover([path], max_bytes=10**7) for loaded in file.load()]


def saved(document: Any, path: Path, **properties: Any) -> Path:
    document.core_properties.created = properties.pop("created", datetime(1980, 1, 1))
    document.core_properties.author = properties.pop("author", "python-docx")
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    document.save(str(path))
    return path


def text_of(document: Any, path: Path) -> str:
    (loaded,) = load(saved(document, path))
    assert loaded.article is not None, loaded.problem
    return loaded.article.text


def test_headings_paragraphs_lists_and_tables_are_readable(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("افتتاح الجسر", 0)
    document.add_paragraph(STORY)
    document.add_heading("الأهداف", 1)
    document.add_paragraph("تخفيف الازدحام", style="List Bullet")
    document.add_paragraph("ربط الضفتين", style="List Bullet")
    document.add_paragraph("الدراسة", style="List Number")
    document.add_paragraph("التنفيذ", style="List Number")
    table = document.add_table(rows=0, cols=2)
    for cells in (("المدينة", "العدد"), ("مرسى النخيل", "1,234"), ("رأس الصدف", "")):
        row = table.add_row().cells
        row[0].text, row[1].text = cells
    document.add_paragraph(LATER)
    (loaded,) = load(saved(document, tmp_path / "a.docx"))
    article = loaded.article
    assert article is not None and article.id == "a.docx"
    assert article.title == "افتتاح الجسر"
    assert article.text == (
        f"{STORY}\n\nالأهداف\n\n- تخفيف الازدحام\n- ربط الضفتين\n1. الدراسة\n2. التنفيذ\n\n"
        f"المدينة | العدد\nمرسى النخيل | 1,234\nرأس الصدف\n\n{LATER}"
    )
    assert article.published_at is None and article.author is None, "nobody set either"


def test_properties_give_title_author_and_date(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(STORY)
    path = saved(
        document,
        tmp_path / "a.docx",
        title="جسر النورس",
        author="ليلى حداد",
        created=datetime(2024, 3, 7, 9, 30),
        modified=datetime(2024, 3, 8, 10, 0),
    )
    (loaded,) = load(path)
    article = loaded.article
    assert article is not None
    assert (article.title, article.author, article.text) == ("جسر النورس", "ليلى حداد", STORY)
    assert article.published_at == datetime(2024, 3, 7, 9, 30, tzinfo=UTC)
    assert article.metadata["date_from"] == article.metadata["title_from"] == "file properties"
    assert article.metadata["modified_at"].startswith("2024-03-08T10:00")


def test_a_date_line_counts_more_than_the_day_of_the_file(tmp_path: Path) -> None:
    document = docx.Document()
    for line in ("افتتاح الجسر", "الخميس 7 مارس 2024", STORY):
        document.add_paragraph(line)
    path = saved(document, tmp_path / "a.docx", title="مستند1", created=datetime(2025, 1, 1))
    (loaded,) = load(path)
    article = loaded.article
    assert article is not None
    assert (article.title, article.text) == ("افتتاح الجسر", STORY)
    assert article.published_at == datetime(2024, 3, 7)
    assert article.metadata["date_from"] == "text"


def test_tracked_changes_controls_boxes_notes_and_hidden_words(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("قال الوزير ")
    for tag, words in (("w:ins", "إن العمل انتهى"), ("w:del", "إن العمل لم ينته")):
        change, run = OxmlElement(tag), OxmlElement("w:r")
        text = OxmlElement("w:t" if tag == "w:ins" else "w:delText")
        text.text = words
        run.append(text)
        change.append(run)
        paragraph._p.append(change)
    hidden = paragraph.add_run(" سر")
    hidden.font.hidden = True
    link, run, text = (OxmlElement(tag) for tag in ("w:hyperlink", "w:r", "w:t"))
    text.text, _ = " أمس.", run.append(text)
    link.append(run)
    paragraph._p.append(link)
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    inner = document.add_paragraph(LATER)._p
    inner.getparent().replace(inner, control)
    control.append(content)
    content.append(inner)
    holder, box = document.add_paragraph("صورة الجسر"), OxmlElement("w:txbxContent")
    boxed = document.add_paragraph("تعليق في مربع")._p
    box.append(boxed)
    holder._p.add_r().append(box)
    assert text_of(document, tmp_path / "a.docx") == (
        f"قال الوزير إن العمل انتهى أمس.\n\n{LATER}\n\nصورة الجسر\n\nتعليق في مربع"
    )


def test_a_table_of_one_cell_is_a_frame(tmp_path: Path) -> None:
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = STORY
    cell.add_paragraph(LATER)
    assert text_of(document, tmp_path / "a.docx") == f"{STORY}\n\n{LATER}"


def rewritten(path: Path, name: str, change: bytes | None, to: bytes = b"") -> Path:
    """``path`` with ``change`` in the part ``name`` replaced; the part left out for None."""
    with zipfile.ZipFile(path) as old:
        parts = {info: old.read(info) for info in old.namelist()}
    if change is None:
        del parts[name]
    else:
        assert change in parts[name]
        parts[name] = parts[name].replace(change, to)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part, data in parts.items():
            new.writestr(part, data)
    return path


@pytest.mark.parametrize(
    ("name", "change", "to", "problem"),
    [
        ("word/document.xml", None, b"", "incomplete: word/document.xml is missing"),
        ("word/document.xml", b"</w:body>", b"", "broken XML in word/document.xml"),
        (
            "word/document.xml",
            b"<w:document",
            b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><w:document',
            "a document type in word/document.xml, as XML bombs have",
        ),
    ],
)
def test_a_broken_document_is_said(
    tmp_path: Path, name: str, change: bytes | None, to: bytes, problem: str
) -> None:
    document = docx.Document()
    document.add_paragraph(STORY)
    (loaded,) = load(rewritten(saved(document, tmp_path / "a.docx"), name, change, to))
    assert loaded.problem == problem and loaded.remedy


def test_what_is_no_word_document_is_said(tmp_path: Path) -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as package:
        package.writestr("readme.txt", "x")
    for data, problem in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "locked with a password, or an office"),
        (b"%PDF-1.7\n", "not a Word document"),
        (other.getvalue(), "incomplete: word/document.xml is missing"),
        (other.getvalue()[:40], "not a ZIP, or cut off"),
    ):
        (tmp_path / "a.docx").write_bytes(data)
        (loaded,) = load(tmp_path / "a.docx")
        assert loaded.problem is not None and loaded.problem.startswith(problem)
