from __future__ import annotations

import pytest

from bot.transliteration.keyboard_layout import from_latin_keys


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lh Hofhv lwv?", "ما أخبار مصر؟"),
        ("lk i, iahl ualh,d", "من هو هشام عشماوي"),
        ("Yghk hgsgl", "إلان السلم"),
        ("b", "لا"),
        ("LH", "مأ"),
        ("2026", "2026"),
        ("", ""),
    ],
)
def test_each_key_gives_its_letter_on_the_arabic_layout(typed: str, meant: str) -> None:
    assert from_latin_keys(typed) == meant
