"""PDFs: what a reader sees on the page, whatever order its glyphs were stored in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.articles.loader_protocol import LoadResult
from ingest.core.limits import Limits
from ingest.loaders import discover
from tests.pdf_maker import PdfMaker, a_pdf, as_seen
from vectorstore.core.types import Article

LINE = "قال الوزير (أمس) إن 25 طائرة F16 وصلت إلى المدينة، والنسبة 95.5 في 4/6/2021."
FIRST = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد فوق النهر بعد أعمال استمرت"
SECOND = "عامين كاملين وشارك فيها مئات العمال من مدن الساحل والجبل."
STORY = f"{FIRST} {SECOND}"


def load(path: Path, data: bytes, **limits: int) -> LoadResult:
    path.write_bytes(data)
    (loaded,) = [
        loaded for file in discover([path], limits=Limits(**limits)) for loaded in file.load()
    ]
    return loaded


def article_of(path: Path, data: bytes) -> Article:
    article = load(path, data).article
    assert article is not None
    return article


def test_a_line_reads_alike_in_whatever_order_its_glyphs_are_stored(tmp_path: Path) -> None:
    seen = as_seen(LINE)
    maker = PdfMaker().page()
    maker.draw(60, 700, seen)
    for number, glyph in reversed(list(enumerate(seen))):  # as Word writes it: from the right
        maker.draw(60 + 6 * number, 640, [glyph])
    for number in range(len(seen)):  # and in no order at all
        at = (number * 7) % len(seen)
        maker.draw(60 + 6 * at, 580, [seen[at]])
    article = article_of(tmp_path / "a.pdf", maker.save())
    assert article.text.split("\n\n") == [LINE] * 3
    assert article.id == "a.pdf" and article.metadata["pages"] == 1


@pytest.mark.parametrize("ligature", ["لا", "\ufefb", "\ufefc"])
def test_lam_alef_and_other_printed_forms_are_letters(tmp_path: Path, ligature: str) -> None:
    glyphs = [*"ﺍﻟﺴ", ligature, *"ﻡ ﻋﻠﻴﻜﻢ ﻓﻲ ﺍﻟﻤﺪﻳﻨﺔ"]
    maker = PdfMaker().page().draw(60, 700, glyphs[::-1]).draw_leftwards(500, 640, glyphs)
    article = article_of(tmp_path / "a.pdf", maker.save())
    assert article.title == article.text == "السلام عليكم في المدينة"


def test_vowels_stay_on_their_letters_and_gaps_are_spaces(tmp_path: Path) -> None:
    maker = PdfMaker().page().draw(60, 700, as_seen("مدينة"))
    maker.draw(94, 700, as_seen("هذه"))  # 4 points from the word before; no space is drawn
    maker.draw(76, 640, "م").draw(70, 640, "ر").draw(70, 641, "ّ").draw(64, 640, "ة")
    maker.draw(200, 640, [*" English words"])
    article = article_of(tmp_path / "a.pdf", maker.save())
    assert (article.title, article.text) == ("هذه مدينة", "مرّة English words")


def test_lines_of_a_paragraph_are_joined_and_paragraphs_are_not(tmp_path: Path) -> None:
    maker = PdfMaker().page().arabic(545, 800, "افتتاح جسر النورس", 20)
    maker.arabic(545, 770, "الخميس 7 مارس 2024")
    for y in (730, 660):
        maker.arabic(545, y, FIRST).arabic(545, y - 16, SECOND)
    article = article_of(tmp_path / "a.pdf", maker.save())
    assert (article.title, article.text) == ("افتتاح جسر النورس", f"{STORY}\n\n{STORY}")
    assert article.published_at == datetime(2024, 3, 7)
    assert article.metadata["date_from"] == article.metadata["title_from"] == "text"


def test_a_word_parted_at_the_end_of_a_line_is_whole(tmp_path: Path) -> None:
    maker = PdfMaker().page()
    maker.draw(60, 700, "The council said that the new bridge over the Salwa riv-")
    maker.draw(60, 684, "er would be open to all.")
    text = article_of(tmp_path / "a.pdf", maker.save()).text
    assert text == "The council said that the new bridge over the Salwa river would be open to all."


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    maker = PdfMaker().page().arabic(545, 800, "عنوان عريض فوق العمودين معا في الصفحة", 20)
    right = ["أعلنت الوزارة اليوم عن افتتاح الجسر"] * 4
    left = ["بدأ المزارعون موسم قطاف الزيتون هنا"] * 4
    for number, (one, other) in enumerate(zip(right, left, strict=True)):
        y = 770 - 16 * number
        maker.arabic(545, y, one).arabic(285, y, other)
    text = article_of(tmp_path / "a.pdf", maker.save()).text
    assert text.split("\n\n") == [" ".join(right), " ".join(left)]


def test_rows_of_a_table_stay_rows(tmp_path: Path) -> None:
    maker = PdfMaker().page().arabic(545, 800, FIRST).arabic(545, 784, SECOND)
    rows = [("المدينة", "العدد"), ("مرسى النخيل", "1,234"), ("رأس الصدف", "98")]
    for number, (city, count) in enumerate(rows):
        maker.arabic(545, 740 - 20 * number, city).arabic(300, 740 - 20 * number, count)
    text = article_of(tmp_path / "a.pdf", maker.save()).text
    assert text == f"{STORY}\n\nالمدينة | العدد\nمرسى النخيل | 1,234\nرأس الصدف | 98"


def test_heads_feet_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    maker, cities = PdfMaker(), ["النخيل", "الصدف", "المرجان", "اللؤلؤ"]
    for number, city in enumerate(cities, 1):
        maker.page().arabic(545, 820, f"جريدة المرفأ العدد {number + 700}")
        maker.arabic(545, 760, f"أعلنت بلدية {city} اليوم عن افتتاح الجسر الجديد فوق النهر بعد")
        maker.arabic(545, 744, f"أعمال طويلة في {city}.")
        maker.draw(300, 30, str(number)).draw_upwards(20, 300, "DRAFT COPY")
    text = article_of(tmp_path / "a.pdf", maker.save()).text
    assert text.split("\n\n") == [
        f"أعلنت بلدية {city} اليوم عن افتتاح الجسر الجديد فوق النهر بعد أعمال طويلة في {city}."
        for city in cities
    ]


def test_what_the_file_says_of_itself(tmp_path: Path) -> None:
    known = {"Title": "تقرير الجسور", "Author": "ليلى حداد"}
    known["CreationDate"] = "D:20240307093000+03'00'"
    article = article_of(tmp_path / "a.pdf", a_pdf([FIRST, SECOND], **known))
    assert (article.title, article.author) == ("تقرير الجسور", "ليلى حداد")
    assert article.published_at is not None
    assert article.published_at.astimezone(UTC) == datetime(2024, 3, 7, 6, 30, tzinfo=UTC)
    assert article.metadata["date_from"] == "file properties"
    useless = {"Title": "Microsoft Word - 1.docx", "Author": "User", "CreationDate": "D:1980"}
    article = article_of(tmp_path / "b.pdf", a_pdf(["جسر النورس", "", FIRST, SECOND], **useless))
    assert (article.title, article.author, article.published_at) == ("جسر النورس", None, None)


def test_a_page_that_lies_on_its_side_is_read(tmp_path: Path) -> None:
    maker = PdfMaker().page()
    maker.draw_upwards(100, 60, as_seen(FIRST)).draw_upwards(116, 138, as_seen(SECOND))
    assert article_of(tmp_path / "a.pdf", maker.save()).text == STORY


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (PdfMaker().page().save(), "no text in it: a scan or pictures"),
        (PdfMaker().page().draw(9, 9, [chr(0xE000 + n) for n in range(9)]).save(), "its fonts do"),
        (a_pdf([STORY])[:300], "damaged, or no PDF"),
        (b"%PDF-1.7\n", "damaged, or no PDF"),
        (b"plain text", "not a PDF"),
    ],
)
def test_what_has_no_text_is_said(tmp_path: Path, data: bytes, problem: str) -> None:
    loaded = load(tmp_path / "a.pdf", data)
    assert loaded.problem is not None and loaded.problem.startswith(problem)
    assert loaded.remedy


def test_a_pdf_may_be_larger_than_other_files(tmp_path: Path) -> None:
    maker = PdfMaker().page().arabic(545, 760, FIRST).arabic(545, 744, SECOND)
    loaded = load(tmp_path / "a.pdf", maker.save() + b"\n%" + b"x" * 500, file_bytes=500)
    assert loaded.article is not None and loaded.article.text == STORY


def test_too_many_pages_are_said(tmp_path: Path) -> None:
    maker = PdfMaker()
    for _ in range(4):
        maker.page().arabic(545, 760, FIRST)
    loaded = load(tmp_path / "a.pdf", maker.save(), pdf_pages=3)
    assert loaded.problem == "4 pages, the limit is 3"
    assert loaded.remedy == "split it, or raise RAWI_INGEST_PDF_PAGES"
