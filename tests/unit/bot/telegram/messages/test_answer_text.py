"""The text of each kind of answer, as it is formatted for a phone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.core.models import Answer, Citation, Suggestion
from bot.telegram.messages.answer_text import answer_text
from bot.telegram.messages.formatted_text import FSI, PDI, RLM, FormattedText
from bot.telegram.messages.rendering import CitedPassage, answer_messages

URL = "https://example.org/{}"


def citation(marker: int, title: str, quote: str = "اقتباس", **changes: Any) -> Citation:
    fields: dict[str, Any] = {
        "marker": marker,
        "article_id": f"a{marker}",
        "title": title,
        "url": URL.format(marker),
        "source": "صحيفة الساحل",
        "published_at": datetime(2026, 2, marker),
        "quote": quote,
        "start": 0,
        "end": len(quote),
    }
    return Citation(**{**fields, **changes})


def answer(mode: str, text: str, *citations: Citation, **changes: Any) -> Answer:
    fields: dict[str, Any] = {
        "text": text,
        "refused": mode == "refusal",
        "language": "ar",
        "mode": mode,
        "question": "سؤال",
        "standalone_question": "سؤال",
        "citations": citations,
    }
    return Answer(**{**fields, **changes})


def parts(text: FormattedText, kind: str) -> list[str]:
    return [text.text[s.start : s.end] for s in text.spans if s.kind == kind]


def shown(reply: Answer) -> FormattedText:
    (message,) = answer_messages(
        reply, [CitedPassage(c, c.quote, 0, c.url) for c in reply.citations]
    )
    return message


def test_headlines_are_linked_titles_with_source_and_date_below() -> None:
    text = (
        "أحدث الأخبار:\n• افتتاح الجسر — صحيفة الساحل، 1 فبراير 2026 [1]\n"
        "• Bridge opens — The Observer، 2 فبراير 2026 [2]"
    )
    second = citation(2, "Bridge opens", source="The Observer")
    message = shown(answer("headlines", text, citation(1, "افتتاح الجسر"), second))
    assert message.text == (
        f"أحدث الأخبار:\n\n{RLM}• افتتاح الجسر\n{RLM}صحيفة الساحل، 1 فبراير 2026\n\n"
        f"{RLM}• {FSI}Bridge opens{PDI}\n{RLM}{FSI}The Observer{PDI}، 2 فبراير 2026"
    )
    assert [s.url for s in message.spans] == [URL.format(1), URL.format(2)]


def test_a_title_with_brackets_or_without_details_is_linked_too() -> None:
    reply = answer(
        "headlines", "أحدث الأخبار:\n• نتائج [2] أولية [1]", citation(1, "نتائج [2] أولية")
    )
    assert parts(shown(reply), "text_link") == ["نتائج [2] أولية"]
    assert shown(reply).text.endswith("نتائج [2] أولية")


def test_the_address_of_a_source_is_its_link_only() -> None:
    text = f"مصدر الجواب السابق:\nافتتاح الجسر — صحيفة الساحل — 1 فبراير 2026 — {URL.format(1)} [1]"
    message = shown(answer("sources", text, citation(1, "افتتاح الجسر")))
    assert "http" not in message.text
    assert message.text.endswith("صحيفة الساحل — 1 فبراير 2026")


def test_the_dates_of_a_timeline_are_bold_and_its_sources_take_a_line_each() -> None:
    text = "من الأقدم:\n• 1 فبراير 2026: «بدأ.» [1]\n• 2 فبراير 2026: «انتهى في 3 فبراير 2026.» [2]"
    cited = (citation(1, "البداية", "بدأ."), citation(2, "النهاية", "انتهى في 3 فبراير 2026."))
    message = shown(answer("timeline", text, *cited))
    assert parts(message, "bold") == ["1 فبراير 2026", "2 فبراير 2026"]
    assert message.text.endswith(
        f"{RLM}[1] البداية · صحيفة الساحل\n{RLM}[2] النهاية · صحيفة الساحل"
    )
    assert not parts(message, "expandable_blockquote")


def test_the_sentences_of_a_summary_are_one_quote_without_numbers() -> None:
    text = "أهم ما جاء:\n«جملة أولى.» [1]\n«جملة ثانية.» (الأحد 1 فبراير 2026) [1]"
    cited = (citation(1, "الخبر", "جملة أولى."), citation(1, "الخبر", "جملة ثانية."))
    message = shown(answer("summary", text, *cited))
    assert parts(message, "blockquote") == ["«جملة أولى.»\n«جملة ثانية.» (الأحد 1 فبراير 2026)"]
    assert message.text.endswith(f"\n\n{RLM}الخبر · صحيفة الساحل")


def test_a_verdict_is_bold_but_a_quote_without_verdict_is_not() -> None:
    reply = answer("quoted", "نعم.\n«اقتباس» [1]", citation(1, "الخبر"), verdict="yes")
    assert parts(answer_text(reply, {}), "bold") == ["نعم."]
    reply = answer("quoted", "«اقتباس» [1]", citation(1, "الخبر"), verdict="yes")
    assert parts(answer_text(reply, {}), "bold") == []


def test_suggestions_are_a_numbered_list_with_dates() -> None:
    suggested = (
        Suggestion(article_id="a", title="خبر أول", url=URL.format(1), source="صحيفة الساحل"),
        Suggestion(article_id="b", title="خبر ثان", published_at=datetime(2026, 2, 3)),
    )
    message = shown(answer("refusal", "هذا ما كُتب عن الموضوع:", suggestions=suggested))
    assert message.text == (
        f"هذا ما كُتب عن الموضوع:\n\n{RLM}1. خبر أول\nصحيفة الساحل · بلا تاريخ\n\n"
        f"{RLM}2. خبر ثان\n3 فبراير 2026"
    )
    assert parts(message, "text_link") == ["خبر أول"]
    message = shown(answer("refusal", "لم أجد جوابًا.", suggestions=suggested))
    assert "قد تفيدك هذه المقالات" in message.text
