from __future__ import annotations

from datetime import datetime

import pytest

from ingest.articles.headings import split_heading, title_from_text

BODY = "أعلنت الوزارة اليوم افتتاح الجسر الجديد."


def test_a_title_and_a_date_line_are_split_off() -> None:
    date = datetime(2024, 1, 14)
    line = "الأحد 14 كانون ثاني 2024"
    for text in (f"افتتاح الجسر\n{line}\n{BODY}", f"{line}\nافتتاح الجسر\n\n{BODY}"):
        title, published, body = split_heading(text)
        assert (title, published, body.strip()) == ("افتتاح الجسر", date, BODY)
    assert split_heading(BODY) == ("", None, BODY)
    assert split_heading(" \n ") == ("", None, "")


def test_a_date_deep_in_the_text_is_not_the_articles() -> None:
    text = "عنوان\n\nأ.\n\nب.\n\nج.\n\n4 يونيو 2021\n\nد."
    assert split_heading(text)[1] is None


def test_a_stand_in_title_is_cut_at_a_word() -> None:
    title = title_from_text("كلمة طويلة " * 30)
    assert len(title) <= 80
    assert title.endswith("…")
    assert title.rstrip("…").split()[-1] in {"كلمة", "طويلة"}


@pytest.mark.parametrize(
    "first",
    ["عاجل", "وصلت السفينة.", "جرفت السيول صباح السبت جسرا يربط حي النخيل بوسط المدينة، وفق"],
)
def test_a_line_that_is_no_headline_is_the_beginning_of_the_title(first: str) -> None:
    second = "ما أعلنت السلطات المحلية أمس، وأضافت أن البحث مستمر في مجرى النهر حتى المساء"
    title = title_from_text(f"{first}\n{second}")
    assert title.startswith(f"{first} ما أعلنت") and title.endswith("…")
