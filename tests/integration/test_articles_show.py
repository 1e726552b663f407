"""``rawi articles show``: what was found of an article, where, and how sure that is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.conftest import Typed

STORY = (
    "أعلنت وزارة النقل في مرسى النخيل اليوم عن افتتاح الجسر فوق نهر سلوى بعد أعمال استمرت عامين."
    "\nوقال الوزير سالم الحداد إن الجسر يمتد على 420 مترا ويربط بين ضفتي المدينة للمرة الأولى."
    "\nوأضاف أن كلفة المشروع بلغت 37 مليون دينار مولت من موازنة الدولة ومن قرض ميسر."
)
TEASER = "اقرأ أيضا: انطلاق موسم قطاف الزيتون قبل موعده"
LAST = "ومن المقرر أن تعبر أولى الحافلات الجسر صباح الأحد المقبل بعد انتهاء اختبارات السلامة."
DATA = {
    "@type": "NewsArticle",
    "headline": "افتتاح جسر سلوى",
    "datePublished": "2024-03-07T09:30:00+03:00",
    "dateModified": "2024-03-08T10:00:00+03:00",
    "author": {"name": "ليلى حداد"},
    "publisher": {"name": "المرفأ"},
}


def shown(typed: Typed, article_id: str) -> dict[str, Any]:
    result = typed("articles", "show", article_id, "--json")
    assert result.exit_code == 0, result.stderr
    printed: dict[str, Any] = json.loads(result.stdout)
    return printed


def test_what_was_found_is_told_with_where_and_how_sure(typed: Typed, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    paragraphs = "".join(f"<p>{line}</p>" for line in [*STORY.split("\n"), TEASER, LAST])
    (folder / "page.html").write_text(
        f"<html><head><title>افتتاح جسر سلوى</title><script type='application/ld+json'>"
        f"{json.dumps(DATA)}</script></head><body><article>{paragraphs}</article></body></html>",
        encoding="utf-8",
    )
    copy = f"جسر سلوى يفتتح\n\nالخميس 7 مارس 2024\n\n{STORY}\n{LAST}\n"
    (folder / "copy.txt").write_text(copy, encoding="windows-1256")
    olives = "بدأ المزارعون موسم قطاف الزيتون هذا العام قبل موعده بأسبوعين بسبب الجفاف."
    (folder / "untitled.md").write_text(f"---\ndate: 2024-03-09\n---\n{olives}", encoding="utf-8")
    assert typed("ingest", folder).exit_code == 0

    page = shown(typed, "page.html")
    assert page["found"] == {
        "title": {"from": "source", "sure": "stated"},
        "date": {"from": "json-ld", "sure": "stated"},
        "author": {"from": "source", "sure": "stated"},
        "source": {"from": "source", "sure": "stated"},
    }
    (gap,) = page["left_out"]
    assert gap["text"] == TEASER == page["text"][gap["start"] : gap["end"]]
    assert [other["id"] for other in page["also_in"]] == ["copy.txt"]
    other = shown(typed, "copy.txt")
    assert other["found"]["date"] == {"from": "text", "sure": "read"}
    assert other["metadata"]["encoding"] == "windows-1256" and other["left_out"] == []
    untitled = shown(typed, "untitled.md")
    assert untitled["found"] == {
        "title": {"from": "text", "sure": "guessed"},
        "date": {"from": "source", "sure": "stated"},
    }
    assert untitled["also_in"] == []

    lines = typed("articles", "show", "page.html").stdout.splitlines()
    assert "date       2024-03-07 09:30 +0300 - stated in the page's data (JSON-LD)" in lines
    assert "author     ليلى حداد - stated by the source" in lines
    assert f"left out   {TEASER}" in lines
    assert "also in    copy.txt  جسر سلوى يفتتح" in lines
    assert "modified   2024-03-08T10:00:00+03:00" in lines
    told = typed("articles", "show", "copy.txt").stdout
    assert "encoding   windows-1256" in told and "read from a line of the text" in told
