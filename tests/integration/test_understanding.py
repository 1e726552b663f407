"""What readers ask of the samples: each kind of question gets its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest

from bot.core.models import Answer
from bot.core.settings import BotSettings
from bot.engine import Engine, new_thread_id
from vectorstore.core.settings import StoreSettings

TODAY = date(2026, 3, 4)
QUAKE = [
    "quake-1-first-report",
    "quake-2-toll-64",
    "quake-3-toll-117",
    "quake-4-search-ends",
    "quake-5-jasmine-inquiry",
    "quake-6-final-toll",
]


@pytest.fixture(scope="module")
def engine(filled_samples: StoreSettings) -> Iterator[Engine]:
    settings = BotSettings(today=TODAY)
    with Engine.open(store_settings=filled_samples, settings=settings) as opened:
        yield opened


def cited(answer: Answer) -> list[str]:
    """Ids of the cited articles, each once."""
    return list(dict.fromkeys(citation.article_id for citation in answer.citations))


def days(answer: Answer) -> list[date]:
    """The days on which the cited articles were published."""
    return [c.published_at.date() for c in answer.citations if c.published_at is not None]


def asked(engine: Engine, *messages: str) -> list[Answer]:
    """The answers to ``messages``, one after the other in a new conversation."""
    thread = new_thread_id()
    return [engine.ask(message, thread=thread) for message in messages]


# -- each kind of question -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "article", "holds"),
    [
        ("كم يبلغ طول كابل الكهرباء البحري مع تالانا؟", "power-link-paper", "118 كيلومترًا"),
        ("كم كان عمق مركز زلزال السفوح؟", "quake-1-first-report", "11 كيلومترًا"),
        ("بكم اشترى السروة الغواص؟", "transfer-3-signed", "3.1 مليون دينار"),
        ("كم سعر كيلو الطماطم الآن؟", "tomato-3-february", "0.75 دينار"),
    ],
)
def test_a_fact_is_quoted_from_the_report_that_has_it_now(
    engine: Engine, question: str, article: str, holds: str
) -> None:
    answer = engine.ask(question)
    assert answer.mode == "quoted"
    assert cited(answer)[0] == article
    assert holds in answer.text


def test_a_yes_no_question_is_answered_with_yes_or_no(engine: Engine) -> None:
    answer = engine.ask("هل يدعم هاتف نبراس زد الجيل الخامس؟")
    assert (answer.intent, answer.verdict) == ("yes_no", "yes")
    assert answer.text.startswith("نعم")
    assert cited(answer) == ["https://ufuq.example/reviews/nibras-z"]


def test_another_storys_lead_below_an_article_is_not_quoted(engine: Engine) -> None:
    answer = engine.ask("هل فازت هالة البرقوقي برئاسة بلدية نورسة؟")
    assert cited(answer) == ["mayor-2-result"]
    assert answer.verdict != "no"


def test_a_list_names_the_items(engine: Engine) -> None:
    answer = engine.ask("من هم المرشحون لرئاسة بلدية نورسة؟")
    assert (answer.intent, cited(answer)[0]) == ("list", "mayor-1-campaign")
    for name in ("هالة البرقوقي", "نزار الكحيلي", "سمية الدوغان"):
        assert name in answer.text


def test_a_comparison_gives_both_sides(engine: Engine) -> None:
    answer = engine.ask("قارن بين بطارية مدار 5 وبطارية نبراس زد")
    assert answer.intent == "comparison"
    assert "5,200" in answer.text
    assert "3,900" in answer.text
    assert len(cited(answer)) == 2


def test_a_comparison_says_of_which_side_it_found_nothing(engine: Engine) -> None:
    answer = engine.ask("قارن بين بطارية مدار 5 وبطارية زنبق 9")
    assert "5,200" in answer.text
    assert len(cited(answer)) == 1
    assert "لم أجد في المقالات جوابًا عن «بطارية زنبق 9»" in answer.text


def test_one_sentence_that_tells_of_both_sides_is_quoted_once(engine: Engine) -> None:
    answer = engine.ask("من نال أصواتا أكثر هالة البرقوقي أم نزار الكحيلي؟")
    quotes = [citation.quote for citation in answer.citations]
    assert len(quotes) == len(set(quotes)) == 1
    assert "البرقوقي" in quotes[0] and "الكحيلي" in quotes[0]


def test_those_that_did_are_no_answer_to_who_did_not(engine: Engine) -> None:
    answer = engine.ask("أي دول لم توقع اتفاق مؤتمر المياه؟")
    assert not any("وقعت" in c.quote and "لم" not in c.quote for c in answer.citations)


def test_a_summary_is_of_one_article_and_short(engine: Engine) -> None:
    answer = engine.ask("لخّص لي خبر مكتبة باب الملح")
    assert (answer.mode, cited(answer)) == ("summary", ["library-reopens"])
    assert sum(len(citation.quote) for citation in answer.citations) <= 700


@pytest.mark.parametrize(
    "question", ["ما آخر حصيلة لقتلى زلزال السفوح؟", "آخر شي بخصوص زلزال السفوح"]
)
def test_the_latest_of_a_story_is_told_by_its_newest_report(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert cited(answer) == ["quake-6-final-toll"]
    assert "152 قتيلًا" in answer.text
    assert "15 فبراير 2026" in answer.text


@pytest.mark.parametrize("question", ["ماذا حدث في زلزال السفوح؟", "زلزال السفوح"])
def test_an_overview_begins_with_the_newest_and_tells_what_led_to_it(
    engine: Engine, question: str
) -> None:
    answer = engine.ask(question)
    assert answer.mode == "overview"
    newest, *earlier = days(answer)
    assert newest == date(2026, 2, 15)
    assert len(earlier) >= 2
    assert earlier == sorted(earlier)
    assert set(cited(answer)) <= set(QUAKE)


def test_a_timeline_has_a_line_for_each_report_oldest_first(engine: Engine) -> None:
    answer = engine.ask("رتّب لي أحداث زلزال السفوح زمنيًا")
    assert (answer.mode, cited(answer)) == ("timeline", QUAKE)
    assert days(answer) == sorted(days(answer))


def test_the_timeline_of_one_report_is_its_summary(engine: Engine) -> None:
    answer = engine.ask("رتّب لي أحداث مكتبة باب الملح زمنيًا")
    assert (answer.mode, cited(answer)) == ("summary", ["library-reopens"])


@pytest.mark.parametrize(
    "question", ["أعطني أخبار الرياضة", "جديد الرياضة؟", "آخر مستجدات الرياضة", "رياضة"]
)
def test_the_headlines_of_a_section_are_of_that_section(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert (answer.mode, answer.intent) == ("headlines", "browse")
    assert "match-2-derby" in cited(answer)
    assert "quake-6-final-toll" not in cited(answer)
    assert days(answer) == sorted(days(answer), reverse=True)


def test_as_many_headlines_come_as_were_asked_for(engine: Engine) -> None:
    assert len(engine.ask("أعطني أربعة أخبار اقتصادية").citations) == 4


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("أخبار اليوم", TODAY, TODAY),
        ("ما أخبار أمس؟", date(2026, 3, 3), date(2026, 3, 3)),
        ("أهم أخبار الأسبوع", date(2026, 2, 25), TODAY),
    ],
)
def test_the_headlines_of_a_period_are_of_that_period(
    engine: Engine, question: str, first: date, last: date
) -> None:
    answer = engine.ask(question)
    assert answer.mode == "headlines"
    assert answer.citations
    assert all(first <= day <= last for day in days(answer))


def test_the_headlines_of_a_source_are_of_that_source(engine: Engine) -> None:
    answer = engine.ask("أخبار صحيفة البريد الجديد")
    assert answer.mode == "headlines"
    assert {citation.source for citation in answer.citations} == {"صحيفة البريد الجديد"}


def test_the_collection_is_described_from_the_catalogue(engine: Engine) -> None:
    count = len(engine.store.catalogue.article_ids())
    assert str(count) in engine.ask("كم مقالًا عندك؟").text
    sources = engine.ask("ما هي مصادرك؟")
    assert sources.mode == "collection"
    assert "وكالة الساحل للأنباء" in sources.text
    assert cited(engine.ask("ما أحدث خبر عندك؟")) == ["storm-2-damage"]


def test_an_article_is_described_from_what_is_stored_of_it(engine: Engine) -> None:
    answer = engine.ask("متى نُشر خبر كابل الكهرباء البحري؟")
    assert (answer.mode, cited(answer)) == ("article", ["power-link-paper"])
    assert "27 فبراير 2026" in answer.text


def test_an_opinion_is_not_given_but_what_was_written_is_offered(engine: Engine) -> None:
    answer = engine.ask("ما رأيك في سالم الغيداق؟")
    assert (answer.mode, answer.citations) == ("opinion", ())
    assert "لا رأي لي" in answer.text
    assert any(s.article_id.startswith("customs-") for s in answer.suggestions)


def test_a_false_premise_is_put_right(engine: Engine) -> None:
    answer = engine.ask("لماذا خفض محافظ البنك المركزي قيمة الدينار؟")
    assert (answer.verdict, cited(answer)) == ("no", ["central-bank-denial"])
    assert answer.text.startswith("ليس كذلك")
    assert "نفى محافظ البنك المركزي" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟",
        "كم عدد سكان طوكيو؟",
        "من مدرب منتخب البرازيل؟",
        "متى افتتحت مدرسة الموسيقى في نورسة؟",
        "بكم وصل الدولار اليوم؟",
        "هل زار رئيس البرازيل مؤتمر المياه في دار السرو؟",
        "أيهما أطول هالة البرقوقي أم سالم الغيداق؟",
        "أخبار كورونا",
        "آخر سعر للدولار",
        "تطورات محاكمة هالة البرقوقي بتهمة التجسس",
    ],
)
def test_what_no_article_tells_is_refused(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.refused
    assert answer.citations == ()


def test_a_refusal_offers_what_was_written_on_the_topic(engine: Engine) -> None:
    answer = engine.ask("ما سبب زلزال السفوح؟")
    assert answer.refused
    assert "هذا ما كُتب عن الموضوع" in answer.text
    assert {s.article_id for s in answer.suggestions} <= {*QUAKE, "gastro-camps"}
    assert all(s.published_at is not None for s in answer.suggestions)


# -- commands --------------------------------------------------------------------------------------


def test_more_goes_through_the_headlines_to_the_last_and_repeats_none(engine: Engine) -> None:
    thread = new_thread_id()
    pages = [engine.ask("أعطني آخر الأخبار", thread=thread)]
    while pages[-1].has_more:
        pages.append(engine.ask("المزيد", thread=thread))
        assert (pages[-1].mode, pages[-1].command) == ("headlines", "more")
    shown = [citation.article_id for page in pages for citation in page.citations]
    assert len(shown) == len(set(shown))
    assert len(pages) > 3
    every_day = [day for page in pages for day in days(page)]
    assert every_day == sorted(every_day, reverse=True)
    end = engine.ask("المزيد", thread=thread)
    assert (end.mode, end.text) == ("smalltalk", "هذا كل ما عندي في ذلك.")


def test_more_of_a_quote_is_what_follows_it_in_its_article(engine: Engine) -> None:
    answer, more, further = asked(
        engine, "من القاضية التي أصدرت الحكم على سالم الغيداق؟", "المزيد", "أكمل"
    )
    quotes = [one.citations[0] for one in (answer, more, further)]
    assert {quote.article_id for quote in quotes} == {"customs-3-verdict"}
    for before, after in pairwise(quotes):
        assert before.end <= after.start


def test_more_after_a_refusal_goes_on_with_the_articles_on_the_topic(engine: Engine) -> None:
    refused, more = asked(engine, "ما سبب زلزال السفوح؟", "المزيد")
    assert refused.refused
    assert cited(more) == [suggestion.article_id for suggestion in refused.suggestions]
    assert len(re.findall(r"^• \d+ \w+ 20\d\d: «", more.text, re.MULTILINE)) == len(cited(more))


def test_more_after_a_refusal_without_any_has_nothing_to_go_on_with(engine: Engine) -> None:
    refused, more = asked(engine, "كم عدد سكان طوكيو؟", "المزيد")
    assert refused.refused
    assert (more.mode, more.citations, more.suggestions) == ("smalltalk", (), ())


def test_a_summary_can_be_made_shorter(engine: Engine) -> None:
    summary, shorter = asked(engine, "لخص لي قصة زلزال السفوح", "باختصار")
    assert (shorter.mode, shorter.command) == ("summary", "shorter")
    assert cited(shorter) == cited(summary)
    length, shorter_length = (
        sum(len(citation.quote) for citation in one.citations) for one in (summary, shorter)
    )
    assert shorter_length < length


def test_the_source_of_the_last_answer_is_named_with_its_date_and_address(engine: Engine) -> None:
    _, answer = asked(engine, "بكم اشترى السروة الغواص؟", "وين المصدر؟")
    assert (answer.mode, answer.command) == ("sources", "source")
    for part in ("موقع ملاعب سيليمار", "29 يناير 2026", "https://malaeb.example/transfers/"):
        assert part in answer.text


def test_the_last_answer_is_given_again_in_the_other_language_and_back(engine: Engine) -> None:
    answer, english, arabic = asked(
        engine, "كم كان عمق مركز زلزال السفوح؟", "بالإنجليزي", "بالعربي"
    )
    assert [one.language for one in (answer, english, arabic)] == ["ar", "en", "ar"]
    assert english.command == arabic.command == "language"
    assert "not translated" in english.text
    spans = [[(c.article_id, c.start, c.end) for c in a.citations] for a in (answer, arabic)]
    assert spans[0] == spans[1]


def test_the_last_answer_is_repeated(engine: Engine) -> None:
    answer, repeated = asked(engine, "بكم اشترى السروة الغواص؟", "أعد الجواب")
    assert repeated.command == "repeat"
    assert [c.quote for c in repeated.citations] == [c.quote for c in answer.citations]


def test_a_correction_asks_the_last_question_of_what_it_names(engine: Engine) -> None:
    _, corrected = asked(engine, "كم صوتًا نالت البرقوقي؟", "لا، أقصد الكحيلي")
    assert corrected.command == "correction"
    assert corrected.standalone_question.startswith("كم صوتًا نالت الكحيلي؟")
    assert "39,875" in corrected.text


@pytest.mark.parametrize("command", ["المزيد", "باختصار", "ما المصدر؟", "بالإنجليزية"])
def test_a_command_before_any_answer_asks_for_a_question(engine: Engine, command: str) -> None:
    (answer,) = asked(engine, command)
    assert (answer.mode, answer.citations) == ("smalltalk", ())


def test_a_command_after_small_talk_acts_on_the_answer_before_it(engine: Engine) -> None:
    answer, thanks, source = asked(engine, "بكم اشترى السروة الغواص؟", "شكرا", "ما المصدر؟")
    assert thanks.mode == "smalltalk"
    assert (source.mode, cited(source)) == ("sources", cited(answer))


# -- conversations ---------------------------------------------------------------------------------


def test_a_follow_up_is_read_against_the_article_just_cited(engine: Engine) -> None:
    _, service, _, stadium = asked(
        engine,
        "كم كلف كابل الكهرباء البحري؟",
        "متى يدخل الخدمة؟",
        "من فاز بكأس السواحل؟",
        "وفي أي ملعب؟",
    )
    assert "2029" in service.text
    assert "ملعب الميناء" in stadium.text


def test_a_refused_continuation_is_answered_by_itself(engine: Engine) -> None:
    """Whatever the classifier took it for: its answer is that of the question alone."""
    for question in ("كم كان عمق مركز زلزال السفوح؟", "ما رقم قميص تيم الغواص؟"):
        alone = engine.ask(question)
        _, after = asked(engine, "من فاز بكأس السواحل؟", f"و{question}")
        assert cited(after)[:1] == cited(alone)[:1]


INDEPENDENT = [
    "كم كان عمق مركز زلزال السفوح؟",
    "من القاضية التي أصدرت الحكم على سالم الغيداق؟",
    "ما رقم قميص تيم الغواص في ناديه الجديد؟",
    "كم يبلغ طول كابل الكهرباء البحري مع تالانا؟",
    "من المرشحون لرئاسة بلدية نورسة؟",
    "لخّص لي خبر مكتبة باب الملح",
    "ما رأيك في إضراب الحافلات؟",
    "أعطني أخبار الرياضة",
    "كم مقالًا عندك؟",
    "كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟",
    "متى نُشر خبر كابل الكهرباء البحري؟",
    "رتّب لي أحداث زلزال السفوح زمنيًا",
    "من فاز بكأس السواحل عام 2022؟",
    "لماذا تعترض جمعية حماية الأعماق على الكابل؟",
]


@pytest.mark.parametrize("step", [3, 5])
def test_an_unrelated_conversation_changes_no_answer(engine: Engine, step: int) -> None:
    count = len(INDEPENDENT)
    questions = [INDEPENDENT[i * step % count] for i in range(count)]
    assert set(questions) == set(INDEPENDENT)
    for question, answer in zip(questions, asked(engine, *questions), strict=True):
        alone = engine.ask(question)
        assert (answer.mode, answer.text) == (alone.mode, alone.text), question


# -- Latin letters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("akhbar el riyada", "أخبار الرياضة"),
        ("shu a5bar el zelzal", "شو أخبار الزلزال"),
        ("Hofhv hgvdhqm", "أخبار الرياضة"),
        (";l fgyj pwdgm .g.hg hgst,p?", "كم بلغت حصيلة زلزال السفوح؟"),
    ],
)
def test_arabic_in_latin_letters_is_answered_as_arabic(
    engine: Engine, typed: str, meant: str
) -> None:
    answer, expected = engine.ask(typed), engine.ask(meant)
    assert answer.language == "ar"
    assert not answer.refused
    assert (answer.mode, answer.text) == (expected.mode, expected.text)


@pytest.mark.parametrize("typed", ["qwrtz plkmn xcvbd", "asdkjh qwlkej zxmcn"])
def test_what_nobody_can_read_is_asked_for_in_arabic_or_english(engine: Engine, typed: str) -> None:
    answer = engine.ask(typed)
    assert answer.refused
    assert (answer.citations, answer.suggestions) == ((), ())
    assert "بالحروف العربية أو بالإنجليزية" in answer.text


def test_english_is_not_taken_for_arabizi(engine: Engine) -> None:
    answer = engine.ask("Give me the latest sports news")
    assert (answer.mode, answer.language) == ("headlines", "en")
    assert "match-2-derby" in cited(answer)


# -- what can be relied on in every answer ---------------------------------------------------------


def test_every_quote_stands_in_its_article_and_every_marker_has_its_citation(
    engine: Engine,
) -> None:
    for question in INDEPENDENT:
        answer = engine.ask(question)
        for citation in answer.citations:
            article = engine.store.get(citation.article_id)
            assert article is not None
            assert article.text[citation.start : citation.end] == citation.quote
        markers = {int(number) for number in re.findall(r"\[(\d+)\]", answer.text)}
        assert markers == {citation.marker for citation in answer.citations}
        articles = {c.marker: c.article_id for c in answer.citations}
        assert len(set(articles.values())) == len(articles)
