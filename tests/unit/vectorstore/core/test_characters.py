from __future__ import annotations

import re
import unicodedata

import pytest

from vectorstore.core.characters import (
    DIACRITICS,
    DIGIT_VALUES,
    FORMATTING,
    INVISIBLE,
    JOINERS,
    MARKS,
    PRESENTATION_FORMS,
    count_arabic,
    has_arabic,
)


@pytest.mark.parametrize("word", ["جسر", "کتاب", "گفت", "ٹھیک", "مـــد"])
def test_words_of_the_arabic_script_are_arabic(word: str) -> None:
    assert has_arabic(word) and count_arabic(word) == len(word)


@pytest.mark.parametrize("text", ["bridge", "3.5", "٣٫٥", "؟", "\u064e", "\u200f", ""])
def test_digits_marks_and_punctuation_are_not_arabic_letters(text: str) -> None:
    assert not has_arabic(text)


def test_marks_have_no_width_of_their_own_and_invisible_characters_no_shape() -> None:
    every = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    marks = [c for c in every if re.match(f"[{MARKS}]", c)]
    assert {unicodedata.category(c) for c in marks} == {"Mn", "Lm"}  # tatweel is a letter
    assert set(marks) >= {c for c in every if re.match(f"[{DIACRITICS}]", c)}
    invisible = [c for c in every if re.match(f"[{INVISIBLE}]", c)]
    assert {unicodedata.category(c) for c in invisible} <= {"Cf", "Cn"}
    assert not re.search(f"[{FORMATTING}]", JOINERS)


def test_presentation_forms_stand_for_arabic_letters() -> None:
    for form in "ﻣﺪﻳﻨﺔﷺ":
        assert re.match(f"[{PRESENTATION_FORMS}]", form)
        assert has_arabic(unicodedata.normalize("NFKC", form))
    assert "٠١٩۰۱۹".translate(DIGIT_VALUES) == "019019"
