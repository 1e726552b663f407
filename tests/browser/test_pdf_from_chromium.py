"""A PDF as people make them: an Arabic page that a browser printed."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ingest.loaders import discover

STORY = [
    "أعلنت الوزارة (الجمعة 4/6/2021) عن افتتاح الجسر F16 الجديد فوق النهر بعد أعمال استمرت عامين "
    "كاملين، وقال الوزير إن نسبة الإنجاز بلغت 95.5% وإن الكلفة 1,250,000 دينار لأول مرّةٍ "
    "منذُ عام 2019.",
    "«هذا إنجاز كبير للأهالي»، أضاف الوزير لقناة BBC News وغيرها من وسائل الإعلام، وأثنى على "
    "الأولاد والآباء والأمهات الذين حضروا إلى المكان منذ الصباح الباكر.",
    "ومن المقرر أن تعبر أولى الحافلات الجسر صباح الأحد المقبل.",
]


@pytest.fixture
def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("This machine has no Chromium: apt-get install chromium")
        pytest.skip("This machine has no Chromium: apt-get install chromium")
    return found


def printed(chromium: str, folder: Path, style: str) -> Path:
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in STORY)
    (folder / "page.html").write_text(
        f"<html dir=rtl lang=ar><meta charset=utf-8><title>افتتاح الجسر الجديد</title>"
        f"<style>{style}</style><body><h1>افتتاح الجسر الجديد</h1>{paragraphs}</body></html>",
        encoding="utf-8",
    )
    subprocess.run(
        [
            chromium,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={folder / 'page.pdf'}",
            str(folder / "page.html"),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return folder / "page.pdf"


@pytest.mark.parametrize(
    "style", ["body { font: 13px sans-serif }", "body { column-count: 2 } h1 { column-span: all }"]
)
def test_a_printed_page_reads_as_it_was_written(chromium: str, tmp_path: Path, style: str) -> None:
    (file,) = discover([printed(chromium, tmp_path, style)])
    (loaded,) = file.load()
    article = loaded.article
    assert article is not None, loaded.problem
    assert article.title == "افتتاح الجسر الجديد"
    assert article.text.split("\n\n") == STORY
