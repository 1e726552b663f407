from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.text.cleaning import clean_body, clean_text, clean_title
from tests.growth import grows_linearly


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("فقرة أولى\r\n\r\nثانية\rثالثة", "فقرة أولى\n\nثانية\nثالثة"),
        ("كلمة\u00a0أخرى\tوثالثة", "كلمة أخرى وثالثة"),
        ("سطر   \n\n\n\n\nآخر\n", "سطر\n\nآخر"),
        ("\ufeffخبر\u200f عا\u00adجل\u200b\x00", "خبر عاجل"),
        ("می\u200cروم", "می\u200cروم"),
        ("نص \ud800 ناقص", "نص  ناقص"),
        ("مُحَمَّدٌ ـــ أإآٱ", "مُحَمَّدٌ ـــ أإآٱ"),
    ],
)
def test_invisible_characters_are_removed_and_letters_kept(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<p>أولى</p><p>ثانية</p>", "أولى\n\nثانية"),
        ("سطر<br>آخر<br/>ثالث", "سطر\nآخر\nثالث"),
        ("<b>مهم</b> و<a href='x'>رابط</a>", "مهم ورابط"),
        ("قبل<script>var a = '<p>';</script>بعد", "قبلبعد"),
        ("قبل<!-- لا يُرى -->بعد", "قبلبعد"),
        ("&quot;نعم&quot; &amp; &#1604;&#x627;", '"نعم" & لا'),
        ("&amp;lt;p&amp;gt;نص&amp;lt;/p&amp;gt;", "نص"),
        ("<table><tr><td>أ</td>\n<td>ب</td></tr> <tr><td>ج</td></tr></table>", "أ | ب\n\nج"),
        ("إذا كان a < b و c > d", "إذا كان a < b و c > d"),
        ("قال <غير معروف> ثم مضى", "قال <غير معروف> ثم مضى"),
        ("AT&T و R&D", "AT&T و R&D"),
    ],
)
def test_markup_is_removed_and_text_that_resembles_it_kept(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


STORY = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد بعد أعمال استمرت عامين كاملين."


@pytest.mark.parametrize(
    "opening",
    ["اقرأ أيضا", "اقرأ أيضاً:", "إقرأ أيضا :", "مواضيع ذات صلة", "شاهد أيضا", "Read also:"],
)
def test_a_closing_block_of_other_stories_is_removed(opening: str) -> None:
    block = f"{opening}\nالكنيست يصوت على الحكومة\nأمطار غزيرة في الشمال"
    cleaned = clean_body(f"{STORY}\n\n{block}")
    assert cleaned.text == STORY
    assert cleaned.original is not None
    assert cleaned.original.endswith("أمطار غزيرة في الشمال")


def test_a_teaser_with_its_headline_on_the_same_line_is_removed() -> None:
    assert clean_text(f"{STORY}\nاقرأ أيضا: أمطار غزيرة في الشمال") == STORY


def test_labels_within_a_story_are_kept() -> None:
    said = "قال المعلم لتلاميذه: اقرأوا أيضا ما كتبه القدماء."
    text = f"{said}\n\n{STORY}"
    assert clean_text(text) == text
    text = f"{STORY}\nاقرأ أيضا\n{STORY} {STORY}"
    assert clean_text(text) == text


def test_a_text_of_nothing_but_a_teaser_is_kept() -> None:
    assert clean_text("اقرأ أيضا: أمطار غزيرة") == "اقرأ أيضا: أمطار غزيرة"


def test_an_unchanged_text_has_no_original() -> None:
    assert clean_body(f"{STORY}  \r\n").original is None


def test_a_title_is_one_line_without_markup() -> None:
    assert clean_title(" <b>عنوان</b>\n  من\u00a0سطرين &amp; أكثر ") == "عنوان من سطرين & أكثر"


tokens = st.sampled_from(
    [
        *("نص", " ", "\n", "\n\n\n", "\r\n", "\t", "\u00a0", "\u200f", "\u2028", "\u2029", "\x0b"),
        *("<p>", "</p>", "<br", ">", "<", "<script>", "</script>", "<!--", "-->", "&lt;", "&amp;"),
        *("&#", "&#10;", "&#0;", "&nbsp;", "اقرأ أيضا", "اقرأ أيضا:", ".", "x" * 150, "\ud800"),
    ]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(tokens, max_size=30).map("".join) | st.text(max_size=200))
@example("&" + "amp;" * 3 + "lt;p>")
@example("&lt;&#10;p>")
def test_cleaning_is_idempotent(raw: str) -> None:
    clean = clean_text(raw)
    assert clean_text(clean) == clean
    title = clean_title(raw)
    assert clean_title(title) == title


@settings(deadline=None)
@given(st.text(max_size=200))
def test_clean_text_can_be_stored_and_printed(raw: str) -> None:
    clean = clean_text(raw)
    clean.encode("utf-8")
    assert clean == clean.strip()
    assert "\x00" not in clean and "\r" not in clean and "\n\n\n" not in clean


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<p",
        "<!--",
        "<script>",
        "&lt;",
        "&",
        "\n",
        " ",
        " \n",
        "اقرأ أيضا\n",
        "&#10;<p>",
        "<a ",
    ],
)
def test_time_is_linear_on_hostile_text(unit: str) -> None:
    assert grows_linearly(lambda size: clean_text(unit * (size // len(unit))), 100_000)
