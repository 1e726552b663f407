from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.loaders import discover
from ingest.text.arabic_text import (
    expand_presentation_forms,
    repair_arabic,
    repair_brackets,
    to_logical_order,
)
from vectorstore.core.types import Article

SEEN = (
    ".ةريبكلا ةنيدملا يف 95.5 ةبسنلاو ،سمأ تلصو F-16 ةرئاط 25 نإ )ةديدج( ريزولا لاق",
    "قال الوزير (جديدة) إن 25 طائرة F-16 وصلت أمس، والنسبة 95.5 في المدينة الكبيرة.",
)
PRINTED = "ﻓﻲ ﻣﺪﻳﻨﺔ ﻛﺒﻴﺮﺓ ﺍﻟﺴﻼﻡ ﻭﻻ ﻏﻴﺮ"
TYPED = "في مدينة كبيرة السلام ولا غير"


def ingested(path: Path, content: str) -> Article:
    path.write_text(content, encoding="utf-8")
    ((article,),) = [
        [loaded.article for loaded in file.load()] for file in discover([path], max_bytes=10**6)
    ]
    assert article is not None
    return article


@pytest.mark.parametrize(
    ("stored", "read", "repairs"),
    [
        (SEEN[0], SEEN[1], ("visual order",)),
        (f"{SEEN[0]}\nBBC World News ةانق", f"{SEEN[1]}\nقناة BBC World News", ("visual order",)),
        (PRINTED, TYPED, ("presentation forms",)),
        (PRINTED[::-1], TYPED, ("visual order", "presentation forms")),
        (SEEN[1], SEEN[1], ()),
        ("قال ﷺ ﴿إنا﴾ بسعر ٢٠ ﷼", "قال ﷺ ﴿إنا﴾ بسعر ٢٠ ﷼", ()),
        ("The word ةملك stands here once.", "The word ةملك stands here once.", ()),
        ("إلا مثلا أصلا كلا فضلا حلا", "إلا مثلا أصلا كلا فضلا حلا", ()),
    ],
)
def test_visual_order_and_presentation_forms_are_repaired(
    stored: str, read: str, repairs: tuple[str, ...]
) -> None:
    repaired = repair_arabic(stored)
    assert (repaired.text, repaired.repairs) == (read, repairs)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("2021/6/4 خيراتب", "بتاريخ 2021/6/4"),
        ("رانيد 1,234,567", "1,234,567 دينار"),
        ("BBC ةانق", "قناة BBC"),
        ("The town of ليخنلا ىسرم is small", "The town of مرسى النخيل is small"),
        ("ُثلاث"[::-1], "ُثلاث"),
        ("nothing Arabic", "nothing Arabic"),
    ],
)
def test_numbers_and_latin_words_keep_their_order(line: str, read: str) -> None:
    assert to_logical_order(line) == read


@pytest.mark.parametrize(
    ("mixed_up", "right"),
    [
        (")جديدة( و (أ(", "(جديدة) و (أ)"),
        ("»نعم«، قال", "«نعم»، قال"),
        ("1) أولا", "1) أولا"),
        ("(أ (ب) ج)", "(أ (ب) ج)"),
    ],
)
def test_brackets_open_before_they_close(mixed_up: str, right: str) -> None:
    assert repair_brackets(mixed_up) == right


@pytest.mark.parametrize("kind", ["txt", "html", "json"])
def test_every_loader_repairs_and_notes_it_in_the_metadata(tmp_path: Path, kind: str) -> None:
    paragraph = f"{PRINTED} {PRINTED} {PRINTED}."
    content = {
        "txt": f"ﺍﻟﻌﻨﻮﺍﻥ\n\nﺍﻟﺨﻤﻴﺲ 7 ﻣﺎﺭﺱ 2024\n\n{paragraph}\n",
        "html": f"<html><title>ﺍﻟﻌﻨﻮﺍﻥ</title><body><article><p>{paragraph}</p></article></html>",
        "json": json.dumps({"title": "ﺍﻟﻌﻨﻮﺍﻥ", "text": paragraph}),
    }[kind]
    article = ingested(tmp_path / f"a.{kind}", content)
    assert (article.title, article.text) == ("العنوان", f"{TYPED} {TYPED} {TYPED}.")
    assert article.metadata["repaired"] == ["presentation forms"]
    assert (article.published_at is not None) == (kind == "txt")


def test_tables_and_lists_of_a_page_stay_readable(tmp_path: Path) -> None:
    story = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد فوق النهر بعد أعمال استمرت عامين كاملين."
    article = ingested(
        tmp_path / "a.html",
        f"<html><title>الجسر</title><body><article><p>{story}</p><ul><li>تخفيف الازدحام</li>"
        "<li>ربط الضفتين</li></ul><table><tr><th>المدينة</th><th>العدد</th></tr>"
        f"<tr><td>مرسى النخيل</td><td>1,234</td></tr></table><p>{story[:70]}</p></article></html>",
    )
    assert article.text.split("\n")[1:5] == [
        "- تخفيف الازدحام",
        "- ربط الضفتين",
        "المدينة | العدد",
        "مرسى النخيل | 1,234",
    ]


def test_tables_and_lists_in_markup_within_text_stay_readable(tmp_path: Path) -> None:
    text = "<p>النتائج:</p><ul><li>الأول<li>الثاني</ul><table><tr><td>أ<td><td>3</table>"
    article = ingested(tmp_path / "a.json", json.dumps({"title": "ت", "text": text}))
    assert article.text == "النتائج:\n\n- الأول\n\n- الثاني\n\nأ | | 3"


@given(st.text(alphabet="ابة لاى ()«»12.,/ab \u064e\ufefb\n", max_size=60) | st.text(max_size=60))
def test_repair_keeps_every_character_of_any_text(text: str) -> None:
    lost = sorted(expand_presentation_forms(text)) if repair_arabic(text).repairs else sorted(text)
    kept = sorted(repair_arabic(text).text)
    brackets = set("()[]{}«»‹›")
    assert [c for c in lost if c not in brackets] == [c for c in kept if c not in brackets]
    for line in text.split("\n"):
        assert sorted(to_logical_order(line)) == sorted(line)
