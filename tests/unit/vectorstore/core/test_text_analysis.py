from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.core import text_analysis
from vectorstore.core.text_analysis import AnalysedText


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("الإسرائيلي", "الاسراييلي"),
        ("مَكْتَبَةٌ", "مكتبه"),
        ("كـــتاب", "كتاب"),
        ("على", "علي"),
        ("آذار", "اذار"),
        ("٢٠٢١", "2021"),
        ("۱۴۰۰", "1400"),
        ("مسؤول", "مسوول"),
        ("Reuters", "reuters"),
        ("ﻻ", "لا"),
    ],
)
def test_spelling_variants_are_normalised(typed: str, printed: str) -> None:
    assert text_analysis.normalise(typed) == printed


def test_a_question_without_hamza_or_diacritics_has_the_grams_of_the_article() -> None:
    assert AnalysedText("أَمِيرُ الإمارات").grams == AnalysedText("امير الامارات").grams


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10,000 دولار", ["10000", "دولار"]),
        ("١٠٬٠٠٠", ["10000"]),
        ("3.5%", ["3.5"]),
        ("٣٫٥", ["3.5"]),
        ("قال: «نعم»، ثمّ صمت!", ["قال", "نعم", "ثم", "صمت"]),
        ("l'Élysée", ["l'élysée"]),
        ("F-16", ["f", "16"]),
        ("؟!…", []),
    ],
)
def test_words_and_numbers(text: str, expected: list[str]) -> None:
    assert text_analysis.words(text) == expected


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        (("الصواريخ", "والصواريخ", "بالصواريخ", "صواريخ"), "صواريخ"),
        (("المعلمون", "معلمين", "المعلمات"), "معلم"),
        (("rockets", "rocket"), "rocket"),
        (("countries", "country"), "country"),
    ],
)
def test_forms_of_a_word_share_a_stem(words: tuple[str, ...], stem: str) -> None:
    assert {text_analysis.stem(text_analysis.normalise(word)) for word in words} == {stem}


def test_stop_words_do_not_count_unless_there_is_nothing_else() -> None:
    assert AnalysedText("من هو رئيس الوزراء؟").content_words == ("رييس", "الوزراء")
    assert AnalysedText("من هو؟").content_words == ("من", "هو")
    assert AnalysedText("who is the president").stems == ("president",)


def test_a_text_is_analysed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    analysed = AnalysedText("الفيضانات في السودان")
    assert analysed.words == ("الفيضانات", "في", "السودان")
    monkeypatch.setattr(text_analysis, "normalise", None)
    assert analysed.words == ("الفيضانات", "في", "السودان")
    assert analysed.stems == ("فيضان", "سود")
    assert AnalysedText.of(analysed) is analysed


def test_a_word_of_one_letter_still_has_a_gram() -> None:
    assert text_analysis.word_grams("x") == ("_x_",)
    assert text_analysis.word_grams("") == ("__",)


@given(st.text())
def test_any_text_gives_terms_without_spaces(text: str) -> None:
    analysed = AnalysedText(text)
    terms = [*analysed.words, *analysed.grams, *analysed.stems]
    assert all(terms)
    assert not any(character.isspace() for term in terms for character in term)
