"""Requests of buttons: another page of a list, and the summary or timeline of an article."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from bot.core.models import Answer, SuggestedQuestion
from bot.core.settings import BotSettings
from bot.engine import Engine
from vectorstore.core.settings import StoreSettings

NEWS = "آخر الأخبار"
TOLL = "كم بلغ عدد ضحايا الزلزال في آخر حصيلة؟"
PAGE = 7


@pytest.fixture(scope="module")
def engine(filled_samples: StoreSettings) -> Iterator[Engine]:
    bot = BotSettings(today=date(2026, 3, 4))
    with Engine.open(store_settings=filled_samples, settings=bot) as opened:
        yield opened


def cited(answer: Answer) -> list[str]:
    return [citation.article_id for citation in answer.citations]


def test_more_goes_on_where_the_page_shown_last_ends(engine: Engine) -> None:
    first = engine.ask(NEWS, thread="pages", turn_id="1")
    assert first.next_offset == PAGE
    page = engine.ask(
        first.standalone_question, thread="pages", turn_id="1", edited=True, offset=PAGE
    )
    third = engine.ask("المزيد", thread="pages", turn_id="2")
    assert [a.next_offset for a in (page, third)] == [2 * PAGE, 3 * PAGE]
    assert len({*cited(first), *cited(page), *cited(third)}) == 3 * PAGE
    back = engine.ask(first.standalone_question, thread="pages", turn_id="1", edited=True, offset=0)
    assert (back.text, cited(back)) == (first.text, cited(first))


def test_a_page_of_an_earlier_list_leaves_the_last_turn_alone(engine: Engine) -> None:
    first = engine.ask(NEWS, thread="earlier", turn_id="1")
    asked = engine.ask(TOLL, thread="earlier", turn_id="2")
    engine.ask(first.standalone_question, thread="earlier", turn_id="1", edited=True, offset=PAGE)
    source = engine.ask("وين المصدر؟", thread="earlier", turn_id="3")
    assert cited(source) == cited(asked)[:1]


def test_a_page_needs_no_conversation(engine: Engine) -> None:
    first = engine.ask(NEWS)
    page = engine.ask(
        first.standalone_question, thread="new", turn_id="1", edited=True, offset=PAGE
    )
    assert page.mode == "headlines"
    assert set(cited(page)).isdisjoint(cited(first))


def test_no_items_are_left_beyond_the_end(engine: Engine) -> None:
    first = engine.ask(NEWS, thread="end", turn_id="1")
    beyond = engine.ask(
        first.standalone_question, thread="end", turn_id="1", edited=True, offset=10_000
    )
    assert (beyond.mode, beyond.citations) == ("smalltalk", ())


def test_suggested_questions_are_answered_for_the_article_of_their_answer(engine: Engine) -> None:
    asked = engine.ask(TOLL, thread="suggested", followups=True)
    offered = {question.intent: question for question in asked.followups}
    assert set(offered) == {"timeline", "summary"}
    engine.ask("كم مقالًا عندك؟", thread="suggested")
    for intent, question in offered.items():
        answer = engine.ask(question.text, thread="suggested", chosen=question, followups=True)
        assert (answer.mode, answer.intent) == (intent, intent)
        assert asked.citations[0].article_id in cited(answer)
        assert intent not in {q.intent for q in answer.followups}


def test_questions_are_suggested_only_when_wanted_and_for_articles(engine: Engine) -> None:
    assert engine.ask(TOLL).followups == ()
    for question in ("شكرا", NEWS, "كم مقالًا عندك؟", "ما عاصمة أستراليا؟"):
        assert engine.ask(question, followups=True).followups == ()


def test_a_suggestion_for_an_article_that_is_gone_is_no_error(engine: Engine) -> None:
    gone = SuggestedQuestion(text="لخّص هذا الخبر", intent="summary", article_id="gone")
    assert engine.ask(gone.text, thread="gone", chosen=gone).text
