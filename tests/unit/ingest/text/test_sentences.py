from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.text.sentences import split_sentences
from tests.growth import grows_linearly


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def test_arabic_sentences_end_at_full_stop_question_and_exclamation_marks() -> None:
    text = "وصل الوفد صباحا. هل يعود غدا؟ يا لها من رحلة! ثم غادر."
    assert sentences(text) == [
        "وصل الوفد صباحا.",
        "هل يعود غدا؟",
        "يا لها من رحلة!",
        "ثم غادر.",
    ]


def test_a_newline_always_ends_a_sentence() -> None:
    assert sentences("عنوان بلا نقطة\nنص الخبر.\n\nفقرة") == ["عنوان بلا نقطة", "نص الخبر.", "فقرة"]


def test_closing_quotes_and_brackets_stay_with_their_sentence() -> None:
    assert sentences('قال: "لن نعود." ثم صمت.') == ['قال: "لن نعود."', "ثم صمت."]
    assert sentences("(انتهى الأمر.) وبدأ آخر.") == ["(انتهى الأمر.)", "وبدأ آخر."]
    assert sentences("قال «لن نعود.» ثم صمت.") == ["قال «لن نعود.»", "ثم صمت."]


def test_sentences_run_together_by_a_scraper_are_split() -> None:
    assert sentences("أعلنت الوزارة ذلك.وأضافت أنها تدرس الأمر.") == [
        "أعلنت الوزارة ذلك.",
        "وأضافت أنها تدرس الأمر.",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "ارتفع السعر إلى 3.5 دولار للبرميل.",
        "بلغت النسبة ٣.٥ في المئة هذا العام.",
        "ألقى د. أحمد زويل محاضرة.",
        "شارك فيه أ.د. محمود سعيد.",
        "زوروا www.example.com اليوم.",
        "الموعد 4.6.2021 في عمان.",
        "Mr. Smith met Dr. Jones at St. Paul's.",
        "The U.S. Senate voted 51.5 to 48.5 on it.",
        "See e.g. the report, i.e. the long one.",
        "J. K. Rowling wrote it.",
        "It is in No. 10 Downing Street.",
        "Prices rose 2.4% in Jan. 2021 alone.",
    ],
)
def test_numbers_initials_and_abbreviations_do_not_end_a_sentence(sentence: str) -> None:
    assert sentences(sentence) == [sentence]


def test_the_sign_of_the_era_after_a_year_may_end_a_sentence() -> None:
    assert sentences("تأسست عام 1950 م. ثم أغلقت.") == ["تأسست عام 1950 م.", "ثم أغلقت."]


def test_english_sentences() -> None:
    text = 'It ended at 5 p.m. The crowd left. "Will they return?" she asked. Nobody knew!'
    assert sentences(text) == [
        "It ended at 5 p.m.",
        "The crowd left.",
        '"Will they return?" she asked.',
        "Nobody knew!",
    ]


def test_a_semicolon_ends_long_sentences_only() -> None:
    short = "حضر الوزير؛ وغاب النائب."
    assert sentences(short) == [short]
    long = "كلمة " * 30 + "أولى؛ "
    assert len(sentences(long + "وهذه بقية الكلام.")) == 2


def test_list_numbers_stay_with_their_item() -> None:
    assert sentences("1. افتتاح الجسر\n2. تدشين الميناء") == ["1. افتتاح الجسر", "2. تدشين الميناء"]


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from(' \n.؟!؛…»")كلمةABab1٣،'), max_size=200) | st.text())
def test_spans_are_ordered_trimmed_and_hold_every_visible_character(text: str) -> None:
    spans = split_sentences(text)
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())
    for start, end in spans:
        assert text[start:end] and text[start:end] == text[start:end].strip()
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize("last", ["كاملًا", "صباحاً", "عصًا", "كاتبٌ", "مساءً", "قالَ"])
def test_a_word_with_diacritics_ends_its_sentence(last: str) -> None:
    text = f"أعيد بناء الدرج {last}. ومن المقرر أن يُفتتح المتحف."
    assert [text[a:b] for a, b in split_sentences(text)] == [
        f"أعيد بناء الدرج {last}.",
        "ومن المقرر أن يُفتتح المتحف.",
    ]


@pytest.mark.parametrize("unit", [".", "؟ ", "a.", "»", '."', "1.", "؛ ", "("])
def test_time_is_linear_on_hostile_text(unit: str) -> None:
    def split(size: int) -> list[tuple[int, int]]:
        return list(split_sentences(unit * (size // len(unit))))

    assert grows_linearly(split, 60_000)
