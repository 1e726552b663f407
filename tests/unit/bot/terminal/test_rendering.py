from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

from bot.core.models import Answer, Citation, SuggestedQuestion, Suggestion
from bot.terminal.rendering import answer_lines, format_date, highlighted

CITATION = Citation(
    marker=1,
    article_id="https://example.com/1",
    title="افتتاح جسر",
    url="https://example.com/1",
    source="صحيفة",
    published_at=datetime(2021, 6, 4, 16, 57),
    quote="افتتح الوزير الجسر",
    start=0,
    end=18,
)


def test_dates_are_written_in_the_language_of_the_reply() -> None:
    assert format_date(datetime(2021, 6, 4, 16, 57), "ar") == "4 يونيو 2021، 16:57"
    assert format_date(datetime(2021, 6, 4, 16, 57, tzinfo=UTC), "en") == "4 June 2021, 16:57"
    assert format_date(datetime(2021, 6, 4), "ar") == "4 يونيو 2021"
    assert format_date(None, "ar") == "بلا تاريخ"


def test_quotes_titles_and_addresses_stand_on_lines_of_their_own() -> None:
    answer = Answer(
        text="«افتتح الوزير الجسر» [1]",
        refused=False,
        language="ar",
        mode="quoted",
        question="",
        standalone_question="",
        citations=(CITATION,),
    )
    lines = list(answer_lines(answer))
    assert lines == [
        "«افتتح الوزير الجسر» [1]",
        "",
        "المصادر",
        "[1] افتتاح جسر",
        "    صحيفة · 4 يونيو 2021، 16:57",
        "    https://example.com/1",
    ]
    for line in lines:
        both = re.search("[\u0621-\u064a]", line) and re.search("[A-Za-z]", line)
        assert not both, line


def test_copies_of_a_cited_article_are_named_under_it() -> None:
    copies = (
        Suggestion(article_id="b", title="الجسر مفتوح", source="الساحل", url="https://b.example"),
        Suggestion(article_id="c.txt", title=""),
    )
    answer = Answer(
        text="“The bridge is open” [1]",
        refused=False,
        language="en",
        mode="quoted",
        question="",
        standalone_question="",
        citations=(replace(CITATION, also_in=copies),),
    )
    assert list(answer_lines(answer))[-5:] == [
        "    The same story is also in:",
        "    - الجسر مفتوح",
        "      الساحل",
        "      https://b.example",
        "    - c.txt",
    ]


def test_json_holds_copies_with_their_dates() -> None:
    copy = Suggestion(article_id="b", title="ب", published_at=datetime(2021, 6, 5, tzinfo=UTC))
    answer = Answer(
        text="",
        refused=False,
        language="ar",
        mode="quoted",
        question="",
        standalone_question="",
        citations=(replace(CITATION, also_in=(copy,)),),
    )
    (cited,) = json.loads(json.dumps(answer.to_json()))["citations"]
    assert cited["also_in"] == [
        {
            "article_id": "b",
            "title": "ب",
            "url": None,
            "source": None,
            "published_at": "2021-06-05T00:00:00+00:00",
        }
    ]


def test_a_refusal_offers_the_nearest_articles_as_such() -> None:
    answer = Answer(
        text="لم أجد في المقالات ما يجيب عن هذا السؤال.",
        refused=True,
        language="ar",
        mode="refusal",
        question="",
        standalone_question="",
        suggestions=(Suggestion(article_id="x.txt", title="خبر قريب"),),
    )
    shown = "\n".join(answer_lines(answer))
    assert "اقتراحات لا جواب" in shown
    assert "خبر قريب" in shown
    assert "[1]" not in shown


def test_a_terminal_shows_the_answering_words_in_bold_whatever_the_white_space() -> None:
    citation = Citation(
        marker=1,
        article_id="a",
        title="عنوان",
        url=None,
        source=None,
        published_at=None,
        quote="قتل  35\nشخصا هنا",
        start=50,
        end=66,
        highlight_start=55,
        highlight_end=62,
    )
    line = "«قتل 35 شخصا هنا» [1]"
    assert highlighted(line, [citation]) == "«قتل \x1b[1m35 شخصا\x1b[0m هنا» [1]"
    assert highlighted("سطر آخر", [citation]) == "سطر آخر"


def test_headlines_are_followed_by_their_addresses_only() -> None:
    line = "• افتتاح جسر — صحيفة، 4 يونيو 2021 [1]"
    answer = Answer(
        text=f"أحدث الأخبار:\n{line}",
        refused=False,
        language="ar",
        mode="headlines",
        question="",
        standalone_question="",
        citations=(CITATION,),
    )
    assert list(answer_lines(answer)) == ["أحدث الأخبار:", line, "", "[1] https://example.com/1"]


def test_a_verdict_is_bold_and_questions_to_continue_with_come_last() -> None:
    answer = Answer(
        text="نعم.\n«افتتح الوزير الجسر» [1]",
        refused=False,
        language="ar",
        mode="quoted",
        question="",
        standalone_question="",
        citations=(CITATION,),
        verdict="yes",
        followups=(SuggestedQuestion(text="لخّص هذا الخبر", intent="summary"),),
    )
    lines = list(answer_lines(answer, bold=True))
    assert lines[0] == "\x1b[1mنعم.\x1b[0m"
    assert lines[-3:] == ["", "وللمتابعة اسأل مثلًا:", "- لخّص هذا الخبر"]
