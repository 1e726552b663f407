"""Numbers in words, and what only looks like a number."""

from __future__ import annotations

import pytest

from bot.language.number_words import spell_digits
from vectorstore.core.text_analysis import words


@pytest.mark.parametrize("text", ["وصل في 12.6.2018", "الإصدار 1.2.3", "العنوان 192.168.0.1"])
def test_a_date_a_version_and_an_address_stay_as_they_are(text: str) -> None:
    assert spell_digits(words(text)) == words(text)
