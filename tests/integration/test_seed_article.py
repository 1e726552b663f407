"""What a reader is told about the seed article, with all samples in the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from bot.core.models import Answer
from bot.core.settings import BotSettings
from bot.engine import Engine
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Filters

SEED = "000_c25f10eea034f5a5.txt"


@pytest.fixture(scope="module")
def engine(filled_samples: StoreSettings) -> Iterator[Engine]:
    with Engine.open(store_settings=filled_samples, settings=BotSettings()) as opened:
        yield opened


def quotes(answer: Answer) -> str:
    assert not answer.refused, answer
    assert {c.article_id for c in answer.citations} == {SEED}
    return "\n".join(c.quote for c in answer.citations)


def test_it_was_published_on_4_june_2021_at_16_57(engine: Engine) -> None:
    article = engine.store.get(SEED)
    assert article is not None
    assert article.published_at == datetime(2021, 6, 4, 16, 57)
    assert article.published_at.tzinfo is None, "the article does not say its time zone"


@pytest.mark.parametrize(
    "question",
    [
        "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟",
        "من تعهّد بملء المخزون الإسرائيلي من الصواريخ؟",
        "مين وعد يملا مخزون اسرائيل من الصواريخ؟",
    ],
)
def test_who_promised_to_refill_the_stock(engine: Engine, question: str) -> None:
    assert "الولايات المتحدة الأمريكية تعهدت بملء مخزون" in quotes(engine.ask(question))


@pytest.mark.parametrize(
    "question",
    [
        "بين أي تاريخين وقعت الحرب على قطاع غزة؟",
        "متى شنّ جيش الاحتلال الحرب على قطاع غزة؟",
    ],
)
def test_between_which_dates_the_war_took_place(engine: Engine, question: str) -> None:
    assert "في الفترة ما بين 10 و21 أيار/مايو" in quotes(engine.ask(question))


@pytest.mark.parametrize(
    "question",
    [
        "بمن اجتمع غانتس في واشنطن؟",
        "من التقى غانتس في واشنطن؟",
        "مع من اجتمع بيني غانتس في واشنطن؟",
    ],
)
def test_whom_gantz_met_in_washington(engine: Engine, question: str) -> None:
    found = quotes(engine.ask(question))
    for name in ("أنتوني بلينكن", "جاك سوليفان", "لويد أوستن"):
        assert name in found


def test_an_english_question_is_answered_in_english_with_the_arabic_words(engine: Engine) -> None:
    answer = engine.ask("Who promised to refill Israel's stock of Iron Dome missiles?")
    assert answer.language == "en"
    assert answer.text.startswith("The articles say (in Arabic):")
    assert "الولايات المتحدة الأمريكية تعهدت" in quotes(answer)


def test_a_follow_up_leans_on_the_question_before(engine: Engine) -> None:
    first = engine.ask("ماذا قال نتنياهو عن البرنامج النووي الإيراني؟", thread="follow-up")
    assert 'إنه سيختار "الاحتكاك"' in quotes(first)
    second = engine.ask("ومن انتقد تصريحاته؟", thread="follow-up")
    assert "نتنياهو" in second.standalone_question
    assert "غانتس انتقد تصريحاته" in quotes(second)


def test_threads_do_not_hear_of_each_other(engine: Engine) -> None:
    engine.ask("ماذا قال نتنياهو عن البرنامج النووي الإيراني؟", thread="one")
    assert "نتنياهو" not in engine.ask("ومتى؟", thread="two").standalone_question


@pytest.mark.parametrize(
    "question",
    [
        "ما هي عاصمة اليابان؟",
        "من فاز بكأس العالم لكرة القدم عام 2018؟",
        "كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟",
        "من هو رئيس وزراء كندا؟",
        "What is the population of Brazil?",
    ],
)
def test_what_no_article_answers_is_refused_with_suggestions(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.refused
    assert answer.mode == "refusal"
    assert answer.citations == ()
    assert answer.suggestions
    assert "[1]" not in answer.text


def test_every_quote_stands_in_its_article_to_the_letter(engine: Engine) -> None:
    for question in ("من تعهد بملء المخزون؟", "كم بلغت حصيلة السيول؟", "من فاز بالكأس؟"):
        for citation in engine.ask(question).citations:
            article = engine.store.get(citation.article_id)
            assert article is not None
            assert article.text[citation.start : citation.end] == citation.quote


def test_a_date_filter_keeps_other_articles_out(engine: Engine) -> None:
    question = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
    assert engine.ask(question, filters=Filters(since=datetime(2022, 1, 1))).refused
    inside = Filters(since=datetime(2021, 6, 1), until=datetime(2021, 6, 30))
    assert "الولايات المتحدة" in quotes(engine.ask(question, filters=inside))


@pytest.mark.parametrize("message", ["", "   ", "؟", "\x00", "🙂"])
def test_a_message_without_words_gets_a_friendly_reply(engine: Engine, message: str) -> None:
    answer = engine.ask(message)
    assert answer.refused
    assert answer.text == "لم يصلني سؤال. اكتب سؤالك عمّا في المقالات."


def test_thanks_are_answered_without_looking_anything_up(engine: Engine) -> None:
    answer = engine.ask("شكرا جزيلا")
    assert answer.mode == "smalltalk"
    assert "retrieve" not in answer.timings_ms
