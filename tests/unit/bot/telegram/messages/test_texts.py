"""The bot's texts in both languages, and their plural forms."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bot.telegram.messages.texts import article_count, day_count, truncate_title

PROMPTS = Path(__file__).resolve().parents[5] / "prompts"


@pytest.mark.parametrize(
    ("count", "arabic"),
    [
        (1, "مقال واحد"),
        (2, "مقالان"),
        (3, "3 مقالات"),
        (10, "10 مقالات"),
        (11, "11 مقالًا"),
        (99, "99 مقالًا"),
        (100, "100 مقال"),
        (102, "102 مقال"),
        (103, "103 مقالات"),
        (1111, "1,111 مقالًا"),
    ],
)
def test_arabic_counts_articles_in_five_ways(count: int, arabic: str) -> None:
    assert article_count(count, "ar") == arabic


@pytest.mark.parametrize(
    ("count", "arabic"),
    [
        (1, "يوم واحد"),
        (2, "يومين"),
        (7, "7 أيام"),
        (7.0, "7 أيام"),
        (10, "10 أيام"),
        (11, "11 يومًا"),
        (30, "30 يومًا"),
        (100, "100 يوم"),
        (365, "365 يومًا"),
        (1000, "1,000 يوم"),
        (0.5, "0.5 يوم"),
    ],
)
def test_arabic_counts_days_in_five_ways(count: float, arabic: str) -> None:
    assert day_count(count, "ar") == arabic
    number = arabic.split()[0]
    assert day_count(count, "en") == {1: "one day", 2: "two days"}.get(int(count), f"{number} days")


def test_a_title_on_a_button_is_cut_between_words() -> None:
    title = "ارتفاع حصيلة سيول وادي القطا إلى 21 قتيلًا وإقالة مدير الإنذار المبكر"
    short = truncate_title(title)
    assert len(short) <= 48
    assert title.startswith(short.removesuffix("…") + " ")


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    def flat(language: str) -> dict[str, set[str]]:
        loaded = tomllib.loads((PROMPTS / language / "telegram.toml").read_text(encoding="utf-8"))
        return {
            f"{section}.{key}": set(re.findall(r"\{(\w+)\}", value))
            for section, texts in loaded.items()
            for key, value in texts.items()
        }

    assert flat("ar") == flat("en")
