from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.transliteration.latin_script import in_arabic_script, latin_script
from vectorstore.core.text_analysis import normalise, stem, words

KNOWN = frozenset(map(stem, words("القاهرة هشام عشماوي مدير سد النهضة")))


def stem_weights(stems: Sequence[str]) -> Mapping[str, tuple[float, bool]]:
    """A collection that has the words of ``KNOWN``."""
    return {s: (3.0 if s in KNOWN else 9.0, s in KNOWN) for s in stems}


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("What happened in Cairo?", "english"),
        ("Who is Hisham Ashmawy?", "english"),
        ("Trump", "english"),
        ("What is the latest toll of the earthquake?", "english"),
        ("leh inta7ar modir sad el nahda", "arabizi"),
        ("akhbar mohamed salah", "arabizi"),
        ("kam 3adad el 2atla", "arabizi"),
        ("lh Hofhv hgrhivm?", "layout"),
        ("lk i, iahl ualh,d", "layout"),
        ("ما أخبار القاهرة؟", None),
        ("ما هو ال budget؟", None),
        ("2024", None),
        ("؟!", None),
    ],
)
def test_english_arabizi_and_the_wrong_layout_are_told_apart(text: str, script: str | None) -> None:
    assert latin_script(text) == script


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("lh Hofhv hgrhivm?", "ما أخبار القاهرة؟"),
        ("lk i, iahl ualh,d", "من هو هشام عشماوي"),
        ("leh modir sad el nahda", "ليه مدير سد النهضة"),
        ("What happened in Cairo?", "What happened in Cairo?"),
        ("ما أخبار القاهرة؟", "ما أخبار القاهرة؟"),
    ],
)
def test_only_arabic_in_latin_letters_is_turned_into_arabic(typed: str, read: str) -> None:
    found = in_arabic_script(typed, stem_weights)
    assert found is not None
    assert normalise(found) == normalise(read)


@pytest.mark.parametrize("typed", ["qwrtz plkmn xcvbd", "asdkjh qwlkej zxmcn"])
def test_what_gives_no_known_words_is_not_read_at_random(typed: str) -> None:
    assert in_arabic_script(typed, stem_weights) is None
