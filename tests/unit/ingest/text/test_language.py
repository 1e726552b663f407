from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.text.language import UNKNOWN_LANGUAGE, detect_language, normalise_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("أعلنت الحكومة اليوم عن خطة جديدة لدعم المزارعين في الجنوب.", "ar"),
        ("وصل الرئيس الصيني شي جينبينغ ومعه چيانغ إلى القاهرة.", "ar"),
        ("قالت شركة Apple Inc. إن هاتف iPhone 15 سيصل إلى الأسواق.", "ar"),
        ("دولت امروز اعلام کرد که برنامه جدیدی برای کشاورزان دارد.", "fa"),
        ("حکومت نے آج کسانوں کے لیے ایک نئے منصوبے کا اعلان کیا ہے۔", "ur"),
        ("The government announced a new plan for farmers in the south today.", "en"),
        ("Le gouvernement a annoncé aujourd'hui un nouveau plan pour les agriculteurs.", "fr"),
        ("Hükümet bugün güneydeki çiftçiler için yeni bir plan açıkladı.", "tr"),
        ("הממשלה הודיעה היום על תוכנית חדשה לחקלאים בדרום.", "he"),
        ("Правительство объявило сегодня о новом плане для фермеров юга.", "ru"),
        ("政府は今日、南部の農家のための新しい計画を発表した。", "ja"),
        ("政府今天宣布了一项支持南方农民的新计划。", "zh"),
        ("", UNKNOWN_LANGUAGE),
        ("123 456 !!! 😀", UNKNOWN_LANGUAGE),
        ("https://example.com/a/very/long/path/in/english", UNKNOWN_LANGUAGE),
        ("OK", UNKNOWN_LANGUAGE),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_an_arabic_text_with_an_english_quote_is_arabic() -> None:
    arabic = "قال المتحدث باسم البيت الأبيض للصحفيين في واشنطن مساء أمس ما يلي بالحرف الواحد. "
    assert detect_language(arabic * 4 + "We stand with our allies today and always.") == "ar"


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("ar", "ar"),
        ("AR-EG", "ar"),
        ("ar_SA", "ar"),
        ("Arabic", "ar"),
        ("العربية", "ar"),
        ("eng", "en"),
        ("iw", "he"),
        ("", None),
        ("klingon", None),
    ],
)
def test_language_tags_and_names_are_normalised(tag: str, code: str | None) -> None:
    assert normalise_language(tag) == code


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=100))
def test_detection_is_deterministic_for_any_text(text: str) -> None:
    language = detect_language(text)
    assert len(language) in (2, 3)
    assert detect_language(text) == language
