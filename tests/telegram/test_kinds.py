"""Each kind of question, with its formatting and buttons, and what the buttons do."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telegram.conftest import Bot, Launcher
from tests.telegram.people import BotMessage, Person
from tests.telegram.server import BotApi

TODAY = {"RAWI_BOT_TODAY": "2026-03-04"}
MORE, BACK, SUMMARY, TIMELINE = "المزيد", "السابق", "ملخص", "تسلسل الأحداث"
RATING = ["👍", "👎"]
GONE = "لم يعد هذا متاحًا؛ أعد السؤال من فضلك."
SPORT = "أعطني أربعة أخبار رياضية"
TOLL = "كم بلغ عدد ضحايا الزلزال في آخر حصيلة؟"
_ids = itertools.count(40_000)


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    api = BotApi()
    yield api
    api.close()


@pytest.fixture(scope="module")
def start(
    api: BotApi, samples_home: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Launcher]:
    home = tmp_path_factory.mktemp("kinds") / "home"
    shutil.copytree(samples_home, home)
    launcher = Launcher(api, home, models_dir)
    yield launcher
    launcher.stop()


@pytest.fixture(scope="module")
def bot(start: Launcher) -> Bot:
    """A bot for which it is a day in March 2026, when the newest sample was published."""
    return start(user_rate="1000", more=TODAY)


@pytest.fixture
def reader(api: BotApi, bot: Bot) -> Person:
    return Person(api, next(_ids))


def titles(message: BotMessage) -> list[str]:
    return list(message.links())


def test_a_fact_is_quoted_with_one_block_of_source_and_small_buttons(reader: Person) -> None:
    reply = reader.ask(TOLL)
    assert "152 قتيلًا" in reply.text.split("\n\n")[0]
    assert reply.text.count("الحصيلة النهائية لزلزال السفوح 152 قتيلًا وصندوق") == 1
    assert len(reply.marked("expandable_blockquote")) == 1
    assert list(reply.buttons) == ["السياق [1]", TIMELINE, SUMMARY, *RATING]


def test_a_follow_up_is_answered_in_the_article_just_cited(reader: Person) -> None:
    reader.ask("كم دفع السروة لضم تيم الغواص؟")
    reply = reader.ask("كم رقم قميصه؟")
    assert "القميص رقم 9" in reply.text.split("\n\n")[0]


def test_a_verdict_comes_first_and_in_bold(reader: Person) -> None:
    reply = reader.ask("هل ظهرت الكوليرا في مخيمات كفر اللوز؟")
    assert reply.text.startswith("لا.\n«")
    assert reply.marked("bold")[0] == "لا."


def test_items_of_a_list_are_bold(reader: Person) -> None:
    reply = reader.ask("من المرشحون لرئاسة بلدية نورسة؟")
    assert any("سمية الدوغان" in part for part in reply.text.split("\n\n")[:1])
    assert any("هالة البرقوقي" in bold for bold in reply.marked("bold"))


def test_a_comparison_names_both_sides_in_bold(reader: Person) -> None:
    reply = reader.ask("قارن بين بطارية مدار 5 وبطارية نبراس زد")
    bold = reply.marked("bold")
    assert [b for b in bold if b.endswith(":")] == ["بطارية مدار 5:", "بطارية نبراس زد:"]
    assert "5,200" in reply.text
    assert "3,900" in reply.text


def test_a_summary_is_a_quote_with_its_source_once(reader: Person) -> None:
    reply = reader.ask("لخّص لي خبر الحكم على مدير جمارك نورسة السابق")
    assert reply.text.startswith("أهم ما جاء في خبر نُشر في ")
    (quote,) = reply.marked("blockquote")
    assert 2 <= quote.count("«") <= 6
    assert "[1]" not in reply.text
    (title,) = titles(reply)
    assert reply.text.count(title) == 1


def test_an_overview_gives_the_newest_report_and_dated_lines_before_it(reader: Person) -> None:
    reply = reader.ask("زلزال السفوح")
    assert reply.text.startswith("أحدث ما نُشر عن الموضوع، في 15 فبراير 2026:")
    (newest,) = reply.marked("blockquote")
    assert "152 قتيلًا" in newest
    days = [bold for bold in reply.marked("bold") if bold.endswith("2026")]
    assert days[0] == "2 فبراير 2026"
    assert len(titles(reply)) == len(days) + 1
    assert not reply.marked("expandable_blockquote")


def test_a_timeline_has_a_bold_date_for_each_line_and_a_line_for_each_source(
    reader: Person,
) -> None:
    reply = reader.ask("رتب لي أحداث زلزال السفوح زمنيًا")
    assert reply.text.startswith("ما نُشر عن الموضوع، من الأقدم إلى الأحدث:")
    days = reply.marked("bold")
    assert [day.split()[0] for day in days] == sorted((d.split()[0] for d in days), key=int)
    sources = reply.text.split("\n\n")[-1].split("\n")
    assert len(days) == len(titles(reply)) == len(sources) >= 4
    assert all(line.split(" · ")[1] for line in sources)
    assert "(الاثنين 2 فبراير 2026)" not in reply.text, "the date stands before the quote"


def test_headlines_are_links_and_paging_edits_the_message(reader: Person, api: BotApi) -> None:
    first = reader.ask(SPORT)
    assert first.text.startswith("أحدث أخبار الرياضة:")
    assert len(titles(first)) == 4
    assert all(first.text.count(title) == 1 for title in titles(first))
    assert "[1]" not in first.text
    assert list(first.buttons) == [MORE, *RATING]
    shown = first.text
    reader.press(first, MORE)
    second = reader.next_edit(containing="وأيضًا:")
    assert second.id == first.id
    assert set(titles(second)).isdisjoint(shown.split("\n"))
    assert list(second.buttons) == [BACK, *RATING]
    reader.press(second, BACK)
    back = reader.next_edit(containing="أحدث أخبار الرياضة:")
    assert (back.id, back.text) == (first.id, shown)
    assert not [c for c in api.of("sendMessage", reader.seen) if c.status == 200]


def test_more_in_words_goes_on_where_the_button_has_left_off(reader: Person) -> None:
    first = reader.ask("آخر الأخبار")
    seen = titles(first)
    reader.press(first, MORE)
    second = reader.next_edit(containing="وأيضًا:")
    seen += titles(second)
    third = reader.ask(MORE)
    assert third.text.startswith("وأيضًا:")
    assert set(seen).isdisjoint(titles(third))


def test_a_page_can_be_turned_by_others_and_after_other_questions(
    reader: Person, api: BotApi, bot: Bot
) -> None:
    first = reader.ask(SPORT)
    reader.ask(TOLL)
    other = Person(api, next(_ids), chat=reader.chat)
    other.press(first, MORE)
    assert other.next_edit(containing="وأيضًا:").id == first.id


def test_a_page_can_be_turned_in_a_forgotten_conversation(reader: Person) -> None:
    first = reader.ask(SPORT)
    reader.ask("/new")
    reader.press(first, MORE)
    assert reader.next_edit(containing="وأيضًا:").id == first.id


def test_buttons_of_an_answer_that_is_gone_say_so(reader: Person, api: BotApi) -> None:
    list_of_news, fact = reader.ask(SPORT), reader.ask(TOLL)
    reader.press(reader.ask("/forget_me"), "نعم")
    reader.next_edit()
    for message, label in ((list_of_news, MORE), (fact, SUMMARY)):
        reader.press(message, label)
        (told,) = api.wait(
            lambda calls: [c for c in calls if c.method == "answerCallbackQuery"],
            since=reader.seen,
        )
        assert told.text == GONE


def test_buttons_give_the_summary_and_the_timeline_of_the_article_they_are_under(
    reader: Person,
) -> None:
    fact = reader.ask(TOLL)
    reader.ask("كم مقالًا عندك؟")
    reader.press(fact, SUMMARY)
    summary = reader.next_message()
    assert titles(summary) == titles(fact)
    assert summary.marked("blockquote")
    assert list(summary.buttons) == [TIMELINE, *RATING]
    reader.press(summary, TIMELINE)
    timeline = reader.next_message()
    assert timeline.text.startswith("ما نُشر عن الموضوع، من الأقدم إلى الأحدث:")
    assert titles(fact)[0] in titles(timeline)
    # The conversation goes on with what the button gave.
    assert reader.ask("وين المصدر؟").text.startswith("مصدر الجواب السابق:")


def test_questions_about_the_collection(reader: Person) -> None:
    assert reader.ask("كم مقالًا عندك؟").text.startswith("عندي ")
    newest = reader.ask("ما أحدث خبر عندك؟")
    assert len(titles(newest)) == 1
    assert "4 مارس 2026" in newest.text


def test_a_question_about_an_article_names_it_once(reader: Person) -> None:
    reply = reader.ask("متى نُشر خبر «السجن سبع سنوات للمدير السابق لجمارك نورسة»؟")
    assert reply.text.count("السجن سبع سنوات") == 1
    assert reply.text.endswith("نُشر في 10 فبراير 2026.")
    assert titles(reply) == ["السجن سبع سنوات للمدير السابق لجمارك نورسة"]
    assert list(reply.buttons) == [SUMMARY, *RATING]


def test_commands_act_on_the_last_answer(reader: Person) -> None:
    first = reader.ask("متى تنتهي فترة الانتقالات الشتوية في الدوري السيليماري؟")
    source = reader.ask("وين المصدر؟")
    assert source.text.startswith("مصدر الجواب السابق:")
    assert titles(source) == titles(first)
    assert "http" not in source.text
    reader.ask("لخّص لي خبر الحكم على مدير جمارك نورسة السابق")
    shorter = reader.ask("باختصار")
    assert shorter.marked("blockquote")[0].count("«") <= 2
    assert reader.ask("in English please").text.startswith("The main points of a report published")


def test_an_opinion_is_declined_with_what_was_written(reader: Person) -> None:
    reply = reader.ask("ما رأيك في زلزال السفوح؟")
    assert reply.text.startswith("لا رأي لي")
    assert len(titles(reply)) == 3
    assert list(reply.buttons) == ["📄 1", "📄 2", "📄 3", *RATING]
    reader.press(reply, "📄 2")
    assert titles(reply)[1] in reader.next_message().text


def test_a_refusal_gives_a_dated_list_of_articles_on_the_topic(reader: Person) -> None:
    reply = reader.ask("كم يبلغ راتب رئيسة بلدية نورسة هالة البرقوقي؟")
    assert reply.text.startswith("لا أجد جوابًا مباشرًا عن هذا السؤال.")
    assert "قد تفيدك" not in reply.text
    lines = reply.text.split("\n\n")[1:]
    assert len(lines) == len(titles(reply)) > 0
    assert all("2026" in line.split("\n")[1] for line in lines)


def test_arabizi_is_answered_in_arabic(reader: Person) -> None:
    reply = reader.ask("meen fez bre2aset baladeyet nawrasa?")
    assert "هالة البرقوقي" in reply.text.split("\n\n")[0]


@pytest.mark.parametrize("message", ["مساء الخير", "شكرا", "what can you do?"])
def test_small_talk_has_no_buttons(reader: Person, message: str) -> None:
    assert reader.ask(message).buttons == {}


def test_buttons_work_after_a_restart(reader: Person, bot: Bot, start: Launcher) -> None:
    news, fact = reader.ask(SPORT), reader.ask(TOLL)
    assert bot.stop() == 0
    start(user_rate="1000", more=TODAY)
    reader.press(news, MORE)
    assert reader.next_edit(containing="وأيضًا:").id == news.id
    reader.press(fact, TIMELINE)
    assert titles(fact)[0] in titles(reader.next_message())
