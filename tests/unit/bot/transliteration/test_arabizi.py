from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.transliteration.arabizi import question_words, spellings, to_arabic
from vectorstore.core.text_analysis import normalise, stem, words

KNOWN = frozenset(map(stem, words("زلزال السفوح حكومة النهضة الرياضة مدير سد انتحر محمد صلاح حلب")))


def stem_weights(stems: Sequence[str]) -> Mapping[str, tuple[float, bool]]:
    """A collection that has the words of ``KNOWN``."""
    return {s: (3.0 if s in KNOWN else 9.0, s in KNOWN) for s in stems}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("leh inta7ar modir sad el nahda", "ليه انتحر مدير سد النهضة"),
        ("akhbar mohamed salah", "اخبار محمد صلاح"),
        ("7okoma", "حكومة"),
        ("shu akhbar 7alab?", "شو اخبار حلب؟"),
        ("el zelzal, el sofou7", "الزلزال، السفوح"),
    ],
)
def test_the_spelling_that_the_articles_or_common_questions_have_is_preferred(
    typed: str, meant: str
) -> None:
    found = to_arabic(typed, stem_weights)
    assert normalise(found.text) == normalise(meant)
    assert found.known_share == 1.0


def test_numbers_stay_numbers() -> None:
    assert to_arabic("zelzal 2026", stem_weights).text == "زلزال 2026"


def test_the_share_of_known_words_tells_what_cannot_be_read() -> None:
    assert to_arabic("qwrtz plkmn xcvbd", stem_weights).known_share == 0.0
    assert to_arabic("zelzal qwrtz", stem_weights).known_share == 0.5
    assert to_arabic("?!", stem_weights).known_share == 0.0


def test_spellings_are_ordered_by_their_cost_and_limited() -> None:
    found = spellings("moustashfayat")
    costs = [cost for _, cost in found]
    assert costs == sorted(costs)
    assert len(found) == len({form for form, _ in found}) <= 96
    assert "حلب" in dict(spellings("7alab"))


def test_a_doubled_consonant_is_written_once() -> None:
    assert "محمد" in dict(spellings("mohammed"))


def test_dialects_question_words_are_known_without_articles() -> None:
    assert {"شو", "وين", "ليش", "ازاي"} <= set(question_words())
