"""Conversations over a small archive: dates, offers, comparisons, names and lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from bot.conversation.turns import Turn
from bot.core.models import Answer
from bot.core.settings import BotSettings
from bot.engine import Engine
from ingest.store import chunker_for, open_store
from tests.integration.bulletins import archive
from vectorstore.core import text_analysis
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Filters

TODAY = date(2021, 6, 9)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Engine]:
    settings = StoreSettings(home=tmp_path_factory.mktemp("home"), models_dir=models_dir)
    with open_store(settings, writable=True) as store:
        chunk = chunker_for(store.embedder)
        store.put_many([(article, chunk(article)) for article in archive()])
    with Engine.open(store_settings=settings, settings=BotSettings(today=TODAY)) as opened:
        yield opened


def cited(answer: Answer) -> list[str]:
    return [citation.article_id for citation in answer.citations]


# -- dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("ماذا حدث لجسر الفنار أمس؟", "bridge-closed"),
        ("شو صار بجسر الفنار مبارح؟", "bridge-closed"),
        ("ما أخبار جسر الفنار في أيار 2021؟", "bridge-opened"),
        ("ما آخر أخبار جسر الفنار؟", "bridge-closed"),
        ("What is the latest on the fire in the timber market?", "fire-later"),
        ("كم عدد جرحى حريق سوق الأخشاب؟", "fire-later"),
        ("كم جريحًا أوقع حريق سوق الأخشاب في 1 يونيو؟", "fire-first"),
        ("كم عاملًا قتل في الانفجار الذي وقع في 4 كانون الثاني؟", "harbour-blast"),
    ],
)
def test_the_article_of_the_date_that_is_asked_for(
    engine: Engine, question: str, article: str
) -> None:
    assert cited(engine.ask(question))[:1] == [article]


def test_the_newer_report_is_preferred_and_the_answer_says_of_when_it_is(engine: Engine) -> None:
    answer = engine.ask("كم عدد جرحى حريق سوق الأخشاب؟")
    assert answer.text.startswith("بحسب خبر نُشر في 4 يونيو 2021:")
    assert "تسعة" in answer.text


def test_an_answer_about_one_story_of_one_date_does_not_speak_of_dates(engine: Engine) -> None:
    assert "نُشر" not in engine.ask("من صمم جسر الفنار؟").text


def test_the_callers_dates_win_over_those_in_the_question(engine: Engine) -> None:
    may = Filters(until=archive()[0].published_at)
    answer = engine.ask("ما آخر أخبار جسر الفنار أمس؟", filters=may)
    assert set(ref.article_id for ref in answer.retrieved) <= {"bridge-opened", "harbour-blast"}


def test_nothing_of_that_date_is_said_and_what_lies_outside_is_offered(engine: Engine) -> None:
    refusal = engine.ask("من صمم جسر الفنار الأسبوع الماضي؟", thread="outside")
    assert refusal.refused
    assert "بين 30 مايو 2021 و5 يونيو 2021" in refusal.text
    assert "bridge-opened" in {s.article_id for s in refusal.suggestions}
    answer = engine.ask("نعم", thread="outside")
    assert answer.standalone_question == "من صمم جسر الفنار؟"
    assert "ليان الصافي" in answer.text


def test_the_news_of_a_day_are_how_its_articles_begin(engine: Engine) -> None:
    answer = engine.ask("ما أخبار اليوم؟", thread="days")
    assert cited(answer) == ["council"]
    assert cited(engine.ask("وأمس؟", thread="days")) == ["bridge-closed"]


# -- replies to offers -----------------------------------------------------------------------------


def test_the_news_of_a_month_from_one_source_are_of_that_month(engine: Engine) -> None:
    question = "ماذا حدث في جسر الفنار في أيار 2021؟"
    answer = engine.ask(question, filters=Filters(sources=("صحيفة الفنار",)))
    assert cited(answer) == cited(engine.ask(question)) == ["bridge-opened"]


def test_a_number_picks_an_article_under_a_refusal_and_tells_how_it_begins(engine: Engine) -> None:
    refusal = engine.ask("كم سعر تذكرة القطار بين طوكيو وأوساكا؟", thread="pick")
    assert refusal.refused
    for number, suggestion in enumerate(refusal.suggestions, 1):
        engine.ask("كم سعر تذكرة القطار بين طوكيو وأوساكا؟", thread=f"pick-{number}")
        answer = engine.ask(str(number), thread=f"pick-{number}")
        assert cited(answer) == [suggestion.article_id]
        assert answer.text.startswith("لا يجيب هذا المقال عن سؤالك السابق")


def test_after_a_pick_the_conversation_goes_on_about_that_article(engine: Engine) -> None:
    refusal = engine.ask("ما لون سيارة المرواني؟", thread="go on")
    assert refusal.refused
    place = [s.article_id for s in refusal.suggestions].index("bridge-opened") + 1
    engine.ask(f"رقم {place}", thread="go on")
    answer = engine.ask("كم كلف؟", thread="go on")
    assert cited(answer)[:1] == ["bridge-opened"]
    assert "18 مليون" in answer.text


def test_no_is_an_answer_to_an_offer(engine: Engine) -> None:
    engine.ask("كم سعر تذكرة القطار بين طوكيو وأوساكا؟", thread="no")
    answer = engine.ask("لا شكرا", thread="no")
    assert (answer.mode, answer.text) == ("smalltalk", "حسنًا. ما سؤالك؟")


# -- topics ----------------------------------------------------------------------------------------


def test_a_conversation_shifts_returns_and_compares(engine: Engine) -> None:
    def ask(question: str) -> Answer:
        return engine.ask(question, thread="shift")

    assert cited(ask("كم كلفة جسر الفنار؟")) == ["bridge-opened"]
    assert "ليان الصافي" in ask("ومين صممه؟").text
    assert cited(ask("كم تقدر خسائر حريق سوق الأخشاب؟"))[:1] == ["fire-later"]
    assert "تماس كهربائي" in ask("وما سببه؟").text
    back = ask("نرجع إلى الجسر، من افتتحه؟")
    assert "المرواني" in back.text
    assert "fire-later" not in cited(back)


def test_a_comparison_sets_the_last_two_answers_side_by_side(engine: Engine) -> None:
    engine.ask("كم كلفة جسر الفنار؟", thread="compare")
    engine.ask("كم تقدر خسائر حريق سوق الأخشاب؟", thread="compare")
    answer = engine.ask("أيهما أكبر؟", thread="compare")
    assert cited(answer) == ["bridge-opened", "fire-later"]
    assert "18 مليون" in answer.text
    assert "بخمسة ملايين" in answer.text


def test_a_conversation_may_change_its_language(engine: Engine) -> None:
    engine.ask("من صمم جسر الفنار؟", thread="language")
    answer = engine.ask("and how much did it cost?", thread="language")
    assert answer.language == "en"
    assert cited(answer)[:1] == ["bridge-opened"]


def test_a_new_topic_is_not_dragged_into_the_old_one(engine: Engine) -> None:
    engine.ask("من صمم جسر الفنار؟", thread="new")
    answer = engine.ask("بكم رفع المجلس رواتب المعلمين؟", thread="new")
    assert cited(answer)[:1] == ["council"]
    assert "الفنار" not in answer.standalone_question


# -- names, dialects, numbers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "article", "holds"),
    [
        ("بمن التقى غانتسون في القمة؟", "summit", "بلنكو"),
        ("من هو بلينكو؟", "summit", "بلنكو"),
        ("ماذا قالت لجنة التحقيق عن بلينكو؟", "harbour-blast", "المسؤولية"),
        ("كم محطة رصد سينشئ جانتسون؟", "summit", "12"),
        ("وعد بتمويل ٥ محطات مين؟", "summit", "جانتسون"),
        ("مين صمم جسر الفنار؟", "bridge-opened", "ليان الصافي"),
        ("ليه اتقفل جسر الفنار؟", "bridge-closed", "تشقق"),
        ("فين جسر الفنار؟", "bridge-opened", "نورسان"),
        ("امتى اتفتح جسر الفنار؟", "bridge-opened", "الأحد"),
        ("شو سبب حريق سوق الأخشاب؟", "fire-later", "تماس"),
        ("قديش كلف جسر الفنار؟", "bridge-opened", "18 مليون"),
        ("وين صار حريق الأخشاب؟", "fire-later", "سوق الأخشاب"),
        ("كام واحد اتصاب في حريق سوق الخشب؟", "fire-later", "تسعة"),
        ("كم يستغرق إصلاح الجسر، 6 أسابيع؟", "bridge-closed", "ستة أسابيع"),
        ("كم نسبة رفع رواتب المعلمين؟", "council", "سبعة في المئة"),
        ("ما هو ال budget الذي أقره مجلس نورسان للمدارس؟", "council", "ميزانية"),
        ("Who opened the Fanar bridge in Norsan?", "bridge-opened", "المرواني"),
        ("اعطيني اسم وزير الاشغال اللي افتتح الجسر", "bridge-opened", "المرواني"),
    ],
)
def test_names_dialects_and_numbers_meet_the_articles_spelling(
    engine: Engine, question: str, article: str, holds: str
) -> None:
    answer = engine.ask(question)
    assert article in cited(answer)
    assert holds in answer.text


def test_a_bare_reply_to_nothing_is_told_so(engine: Engine) -> None:
    engine.ask("كم سعر تذكرة القطار بين طوكيو وأوساكا؟", thread="bare")
    engine.ask("لا", thread="bare")
    answer = engine.ask("نعم", thread="nothing before")
    assert (answer.mode, answer.text) == ("smalltalk", "لم أعرض عليك شيئًا تختاره. ما سؤالك؟")


# -- answers of several parts ----------------------------------------------------------------------


def test_a_list_draws_on_several_sentences(engine: Engine) -> None:
    answer = engine.ask("ما أهم قرارات مجلس نورسان؟")
    assert set(cited(answer)) == {"council"}
    assert "رواتب المعلمين" in answer.text
    assert "النقل المجاني" in answer.text


def test_a_comparison_draws_on_both_articles(engine: Engine) -> None:
    answer = engine.ask("قارن بين كلفة جسر الفنار وخسائر حريق سوق الأخشاب")
    assert cited(answer) == ["bridge-opened", "fire-later"]
    assert "18 مليون" in answer.text
    assert "بخمسة ملايين" in answer.text


def test_a_language_that_is_set_holds_whatever_the_questions_are_in(engine: Engine) -> None:
    """One reader's setting changes nothing for others, and the thread goes on."""
    first = engine.ask("كم عدد جرحى حريق سوق الأخشاب؟", thread="set", language="en")
    refused = engine.ask("ما اسم ملكة بلاد الثلج؟", thread="set", language="en")
    others = engine.ask("كم عدد جرحى حريق سوق الأخشاب؟")
    assert (first.language, refused.language, others.language) == ("en", "en", "ar")
    assert "published on 4 June 2021" in first.text
    assert refused.refused and refused.text.isascii()


# -- the state of a question -----------------------------------------------------------------------


def test_a_checkpoint_holds_what_the_conversation_stores_and_nothing_of_the_question(
    engine: Engine,
) -> None:
    engine.ask("كم كلفة جسر الفنار؟", thread="stored")
    with closing(sqlite3.connect(engine.store.settings.home / "threads.sqlite3")) as database:
        (stored,) = database.execute(
            "SELECT type, checkpoint FROM checkpoints WHERE thread_id = 'stored'"
        ).fetchall()
    values = JsonPlusSerializer().loads_typed(stored)["channel_values"]
    assert set(values) == {"turns", "language"}
    assert Turn.from_json(values["turns"][0]).question == "كم كلفة جسر الفنار؟"


@pytest.mark.parametrize(
    ("question", "words", "thread"),
    [
        ("كم كلفة جسر الفنار؟", "كم كلفة جسر الفنار", None),
        ("ماذا حدث لجسر الفنار أمس؟", "ماذا حدث لجسر الفنار", None),
        ("ما أخبار جسر الفنار في 3 يونيو؟", "أخبار جسر الفنار", None),
        ("قارن بين كلفة الجسر وخسائر الحريق", "قارن بين كلفة", None),
        ("ومن صمم جسر الفنار؟", "من صمم جسر الفنار", "tokens"),
        ("كم محطة رصد؟", "كم محطة رصد", "tokens"),
    ],
)
def test_a_question_is_tokenised_at_most_three_times(
    engine: Engine,
    question: str,
    words: str,
    thread: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if thread is not None:
        engine.ask("كم كلفة جسر الفنار؟", thread=thread)
    texts: list[str] = []

    normalise = text_analysis.normalise

    def counted(text: str) -> str:
        texts.append(text)
        return normalise(text)

    monkeypatch.setattr(text_analysis, "normalise", counted)
    engine.ask(question, thread=thread)
    assert 0 < len([text for text in texts if words in text]) <= 3, texts
