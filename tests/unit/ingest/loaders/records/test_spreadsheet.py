"""Spreadsheets: a row is an article, as in a CSV."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.articles.loader_protocol import LoadResult
from ingest.loaders import discover

TEXT = "افتتح وزير النقل أمس جسر النورس، الذي يربط ضفتي نهر سلوى."


def load(path: Path) -> list[LoadResult]:
    return [loaded for file in discover([path], max_bytes=10**7) for loaded in file.load()]


def saved(path: Path, **sheets: list[list[Any]]) -> Path:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def test_a_row_is_an_article_with_its_columns_in_either_language(tmp_path: Path) -> None:
    head = ["العنوان", "النص", "التاريخ", "المصدر", "قسم", "عدد"]
    row = ["افتتاح الجسر", f"{TEXT}\n{TEXT}", datetime(2026, 3, 1, 9), "المرفأ", "محليات", 3.0]
    (first, second) = load(saved(tmp_path / "a.xlsx", s=[head, row, [], ["ب", TEXT, "2026-03-02"]]))
    article = first.article
    assert article is not None and article.id == "a.xlsx#2"
    assert (article.title, article.text) == ("افتتاح الجسر", f"{TEXT}\n{TEXT}")
    assert (article.source, article.published_at) == ("المرفأ", datetime(2026, 3, 1, 9))
    assert article.metadata == {"قسم": "محليات", "عدد": "3"}
    assert second.article is not None and second.article.id == "a.xlsx#4"
    assert second.article.published_at == datetime(2026, 3, 2)


def test_a_large_copy_of_the_data_for_pivot_tables_is_not_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", s=[["title", "text"], ["أ", TEXT]])
    with zipfile.ZipFile(path, "a") as package:
        cache = "".join(f"<r><x v='{n}'/></r>" for n in range(500_000))
        package.writestr("xl/pivotCache/pivotCacheRecords1.xml", f"<p>{cache}</p>")
    (loaded,) = load(path)
    assert loaded.article is not None, loaded.problem


def test_every_sheet_of_articles_is_read_and_others_are_passed_over(tmp_path: Path) -> None:
    found = load(
        saved(
            tmp_path / "a.xlsx",
            notes=[["to do", "when"], ["x", "y"]],
            news=[["title", "text"], ["أ", TEXT], ["ب", None], ["ج", "#N/A"]],
            more=[["id", "body"], ["m7", TEXT]],
        )
    )
    assert [f.article.id if f.article else (f.place[-11:], f.problem) for f in found] == [
        "a.xlsx#news!2",
        ("xlsx:news!3", "no text"),
        ("xlsx:news!4", "no text"),
        "m7",
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([["title", "date"], ["a", "b"]], "no column with the articles' text"),
        ([["title", "text"]], "a table without rows"),
        ([], "no column with the articles' text"),
    ],
)
def test_what_is_no_table_of_articles_is_said(
    tmp_path: Path, rows: list[list[str]], problem: str
) -> None:
    (loaded,) = load(saved(tmp_path / "a.xlsx", s=rows))
    assert loaded.problem == problem and loaded.remedy


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.mark.parametrize(
    ("sheet", "problem"),
    [
        ("<worksheet", "a broken spreadsheet"),
        (
            f'<!--{"x" * 70_000}--><!DOCTYPE a [<!ENTITY b "c">]>{SHEET}</worksheet>',
            "a document type in xl/worksheets/sheet1.xml, as XML bombs have",
        ),
        (
            f'{SHEET}<dimension ref="A1:XFD1048576"/><sheetData><row r="1048576">'
            '<c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
            "no column with the articles' text",
        ),
    ],
)
@pytest.mark.slow
def test_a_hostile_sheet_is_said(tmp_path: Path, sheet: str, problem: str) -> None:
    path = saved(tmp_path / "a.xlsx", s=[["title", "text"], ["a", TEXT]])
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    (loaded,) = load(path)
    assert loaded.problem == problem and loaded.remedy


def test_a_title_may_stand_above_the_names_of_the_columns(tmp_path: Path) -> None:
    rows = [["أخبار شهر أيار"], [], ["عنوان الخبر", "نص الخبر"], ["افتتاح الجسر", TEXT]]
    (loaded,) = load(saved(tmp_path / "a.xlsx", s=rows))
    assert loaded.article is not None and loaded.article.id == "a.xlsx#4"
    assert (loaded.article.title, loaded.article.text) == ("افتتاح الجسر", TEXT)
