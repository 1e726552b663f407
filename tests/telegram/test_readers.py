"""Readers' commands, questions and buttons, with the bot as a process and the Bot API over HTTP."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.telegram.conftest import Bot, environment
from tests.telegram.people import Person
from tests.telegram.server import BOT, BotApi

PROMISE = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
PROMISED = "إن الولايات المتحدة الأمريكية تعهدت بملء مخزون إسرائيل من الصواريخ الاعتراضية"
PROMISER = "الولايات المتحدة الأمريكية"
SEED = "000_c25f10eea034f5a5.txt"


def article(name: str) -> str:
    return (ROOT / "samples" / name).read_text(encoding="utf-8")


def test_start_greets_in_arabic_with_questions_that_have_answers(reader: Person) -> None:
    reply = reader.ask("/start")
    assert reply.text.startswith("أهلًا بك! أنا الراوي")
    assert len(reply.buttons) == 3
    reader.press(reply, next(iter(reply.buttons)))
    assert reader.next_message().text.startswith("❓ ماذا جاء في خبر «")
    answer = reader.next_message(2)
    assert "«" in answer.marked("blockquote")[0]
    assert answer.links()


def test_start_greets_users_of_an_english_telegram_in_english(
    shared_api: BotApi, shared_bot: Bot
) -> None:
    assert Person(shared_api, 7_001, language="en").ask("/start").text.startswith("Hello!")


def test_an_answer_cites_the_exact_words_with_title_source_and_date(reader: Person) -> None:
    reply = reader.ask(PROMISE)
    assert f"«{PROMISED}" in reply.text or PROMISED in reply.text
    assert "[1]" in reply.text
    (passage, *_) = reply.marked("expandable_blockquote")
    assert PROMISED in passage
    assert reply.marked("bold").count(PROMISER) == 2, "in the quote, and in its passage"
    for line in passage.split("\n"):
        assert line in article(SEED)
    assert "4 يونيو 2021، 16:57" in reply.text
    (title, address) = next(iter(reply.links().items()))
    assert title.rstrip("…") in article(SEED)
    assert address.startswith(f"https://t.me/{BOT['username']}?start=source-")


def test_the_bot_types_before_it_answers(reader: Person, shared_api: BotApi) -> None:
    since = len(shared_api.calls)
    reader.ask(PROMISE)
    methods = [c.method for c in shared_api.calls[since:] if c.params.get("chat_id") == reader.id]
    assert methods.index("sendChatAction") < methods.index("sendMessage")


def test_a_title_without_url_links_to_a_message_with_the_passage(reader: Person) -> None:
    reply = reader.ask(PROMISE)
    address = next(iter(reply.links().values()))
    shown = reader.ask(f"/start {address.partition('start=')[2]}")
    assert any(PROMISED in part for part in shown.marked("blockquote"))


def test_a_button_shows_the_context_of_the_quote(reader: Person) -> None:
    reply = reader.ask(PROMISE)
    reader.press(reply, "السياق [1]")
    shown = reader.next_message()
    (around,) = shown.marked("blockquote")
    assert PROMISED in around
    assert PROMISER in shown.marked("bold")
    assert len(around) > len(reply.marked("expandable_blockquote")[0])


def test_a_follow_up_uses_the_question_before_it_until_new(reader: Person) -> None:
    reader.ask("ماذا قال نتنياهو عن البرنامج النووي الإيراني؟")
    assert "غانتس انتقد تصريحاته" in reader.ask("ومن انتقد تصريحاته؟").text
    assert reader.ask("/new").text == "بدأنا محادثة جديدة. ما سؤالك؟"
    assert "غانتس انتقد تصريحاته" not in reader.ask("ومن انتقدها؟").text


def test_a_refusal_offers_the_nearest_articles(reader: Person) -> None:
    reply = reader.ask("كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟")
    assert reply.text.startswith("لم أجد في المقالات ما يجيب عن هذا السؤال.")
    assert "قد تفيدك هذه المقالات" in reply.text
    first = reply.text.split("\n\n")[2].split("\n")[0]
    reader.press(reply, "📄 1")
    shown = reader.next_message()
    assert first.partition("1. ")[2] in shown.text
    assert shown.marked("blockquote")


def test_an_english_reply_on_an_arabic_article_keeps_both_directions(reader: Person) -> None:
    reader.press(reader.ask("/language"), "English")
    reader.next_edit()
    reply = reader.ask(PROMISE)
    assert reply.text.startswith("The articles say (in Arabic):")
    assert "\u200e[1] \u2068" in reply.text
    assert "4 June 2021" in reply.text


def test_sources_show_number_and_dates_of_articles(reader: Person) -> None:
    reply = reader.ask("/sources")
    assert reply.text.startswith("عندي ")
    # Ten, or more and older ones after the editors' tests: Arabic counts them otherwise.
    assert re.search(r"عندي \d+ مقال(ات|ًا)، من \d+ \w+ \d{4} إلى \d+ \w+ ", reply.text), reply.text
    assert reply.marked("text_link")


def test_language_is_chosen_by_a_button_and_stored(reader: Person) -> None:
    reply = reader.ask("/language")
    assert list(reply.buttons) == ["لغة السؤال", "العربية", "English"]
    reader.press(reply, "English")
    assert reader.next_edit().text == "I will answer in English."
    assert reader.ask(PROMISE).text.startswith("The articles say (in Arabic):")
    assert reader.ask("/help").text.startswith("Write your question")


def test_privacy_says_what_is_stored_and_forget_me_deletes_it(
    reader: Person, shared_bot: Bot
) -> None:
    reply = reader.ask(PROMISE)
    assert "بعد 30 يومًا." in reader.ask("/privacy").text
    asked = reader.ask("/forget_me")
    reader.press(asked, "نعم")
    assert reader.next_edit().text == "حُذف كل ما كنت أحتفظ به عنك."
    assert str(reader.id) not in _tables(shared_bot.home)
    reader.press(reply, "السياق [1]")
    assert reader.next_message().text == "لم يعد هذا متاحًا؛ أعد السؤال من فضلك."


def _tables(home: Path) -> str:
    """Everything the bot's database holds about people, as text."""
    db = sqlite3.connect(home / "telegram.sqlite3")
    rows = [
        db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        for table in ("people", "threads", "answers", "messages", "feedback")
    ]
    db.close()
    return repr(rows)


def test_feedback_by_button_and_by_reaction_becomes_a_test_set(
    shared_api: BotApi, shared_bot: Bot, models_dir: Path, tmp_path: Path
) -> None:
    good, bad, reacting = (Person(shared_api, 7_100 + n) for n in range(3))
    reply = good.ask(PROMISE)
    good.press(reply, "👍")
    shared_api.wait(lambda calls: [c for c in calls if c.text == "شكرًا لك!"], since=good.seen)
    reply = bad.ask(PROMISE)
    bad.press(reply, "👎")
    bad.press(bad.next_message(), "المصدر غير مناسب")
    assert bad.next_edit().text == "سجّلتُ ملاحظتك، شكرًا."
    reply = reacting.ask("كم بلغت حصيلة السيول؟")
    reacting.react(reply, "👎")
    reacting.ask("شكرا")

    def rawi(*arguments: str) -> str:
        command = [sys.executable, str(ROOT / "rawi.py"), *arguments]
        env = environment(shared_bot.home, models_dir)
        done = subprocess.run(
            command, cwd=tmp_path, env=env, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    rawi("feedback", "export", "-o", "feedback.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "feedback.jsonl").read_text().splitlines()]
    kinds = [(line["kind"], line.get("note")) for line in lines]
    assert ("feedback-good", None) in kinds
    assert ("feedback-bad", "source") in kinds
    assert ("feedback-bad", None) in kinds
    gold = next(line for line in lines if line["kind"] == "feedback-good")
    assert gold["question"] == PROMISE
    assert gold["answerable"] is True
    assert SEED in gold["relevant_ids"]
    assert any(PROMISED in quote for quote in gold["quotes"])
    unfit = next(line for line in lines if line.get("note") == "source")
    assert SEED in unfit["forbidden_ids"]

    # What was exported is a test set: the answer that was liked is found again, and the source
    # that was not is counted.
    summary = json.loads(rawi("evaluate", "run", "feedback.jsonl", "--out", "run", "--json"))
    assert summary["questions"] == len(lines)
    assert summary["errors"] == 0
    measures = summary["measures"]
    assert measures["article_recall@5"]["value"] == 1.0, measures
    assert measures["contains_gold"]["value"] == 1.0, measures
    assert measures["wrong_source"]["value"] > 0, measures


def test_the_reason_of_a_bad_rating_is_not_stored_for_a_replaced_answer(
    reader: Person, shared_bot: Bot
) -> None:
    message = reader.send("كم بلغت حصيلة السيول؟")
    reader.press(reader.next_message(), "👎")
    reasons = reader.next_message()
    reader.edit(message, PROMISE)
    reader.next_edit(containing=PROMISED)
    reader.press(reasons, "المصدر غير مناسب")
    assert reader.next_edit().text == "لم يعد هذا متاحًا؛ أعد السؤال من فضلك."
    db = sqlite3.connect(shared_bot.home / "telegram.sqlite3")
    reply = db.execute("SELECT count(*) FROM feedback WHERE person = ?", (reader.id,)).fetchone()
    db.close()
    assert reply == (0,)


def test_an_edited_question_is_answered_anew_in_the_same_message(
    reader: Person, shared_api: BotApi
) -> None:
    message = reader.send("كم بلغت حصيلة السيول؟")
    first = reader.next_message()
    reader.edit(message, PROMISE)
    again = reader.next_edit()
    assert again.id == first.id
    assert PROMISED in again.text
    assert not [c for c in shared_api.of("sendMessage", reader.seen) if c.status == 200]


def test_a_follow_up_uses_the_edited_form_of_a_question(reader: Person) -> None:
    message = reader.send("كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟")
    reader.next_message()
    reader.edit(message, "ماذا قال نتنياهو عن البرنامج النووي الإيراني؟")
    reader.next_edit(containing="[1]")
    assert "غانتس انتقد تصريحاته" in reader.ask("ومن انتقد تصريحاته؟").text


def test_a_duplicate_update_is_answered_once(reader: Person, shared_api: BotApi) -> None:
    reader.seen = len(shared_api.calls)
    message = {"message": reader.message(PROMISE)}
    number = shared_api.push(message)
    reader.next_message()
    shared_api.push(message, update_id=number)
    reader_again = Person(shared_api, reader.id)
    reader_again.ask("شكرا")
    answers = [c for c in shared_api.of("sendMessage", reader.seen) if PROMISED in c.text]
    assert len(answers) == 1


ONE = {"file_id": "v", "file_unique_id": "v"}
SIZE = {"width": 9, "height": 9}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"voice": {**ONE, "duration": 2}}, id="voice"),
        pytest.param({"photo": [{**ONE, **SIZE}]}, id="photo"),
        pytest.param(
            {
                "sticker": {
                    **ONE,
                    **SIZE,
                    "type": "regular",
                    "is_animated": False,
                    "is_video": False,
                }
            },
            id="sticker",
        ),
        pytest.param({"location": {"longitude": 35.1, "latitude": 33.2}}, id="place"),
        pytest.param({"contact": {"phone_number": "1", "first_name": "م"}}, id="contact"),
    ],
)
def test_media_are_declined_with_a_friendly_sentence(
    reader: Person, content: dict[str, Any]
) -> None:
    reader.send(**content)
    assert reader.next_message().text == "لا أقرأ إلا النصوص؛ اكتب سؤالك من فضلك."


def test_an_album_of_photos_is_declined_once(reader: Person, shared_api: BotApi) -> None:
    since = len(shared_api.calls)
    for _ in range(3):
        reader.send(photo=[{**ONE, **SIZE}], media_group_id="album")
    reader.send("شكرا")
    shared_api.wait(lambda calls: [c for c in calls if "الرحب" in c.text], since=since)
    notices = [c for c in shared_api.of("sendMessage", since) if c.params["chat_id"] == reader.id]
    assert [c.text.split()[0] for c in notices] == ["لا", "على"]


def test_a_file_of_a_reader_is_declined(reader: Person) -> None:
    reader.send(document={"file_id": "d", "file_unique_id": "d", "file_name": "a.txt"})
    assert "للمحررين وحدهم" in reader.next_message().text


def test_an_unknown_command_points_to_help(reader: Person) -> None:
    assert "/help" in reader.ask("/weather").text


def test_inline_mode_offers_cited_passages(reader: Person, shared_api: BotApi) -> None:
    since = len(shared_api.calls)
    query = {"id": "77", "from": reader.user, "query": PROMISE, "offset": ""}
    shared_api.push({"inline_query": query})
    call = shared_api.wait(
        lambda calls: [c for c in calls if c.method == "answerInlineQuery"], since=since
    )[0]
    assert call.status == 200, call.description
    first = call.params["results"][0]
    assert PROMISED in first["description"]
    assert PROMISED in first["input_message_content"]["message_text"]
    assert first["input_message_content"]["message_text"].startswith(f"❓ {PROMISE}")


def test_commands_are_registered_per_language_and_scope(
    shared_api: BotApi, shared_bot: Bot, editor: Person
) -> None:
    editor.ask("/start")  # before that, Telegram knows no chat to show anything in
    help_text = editor.ask("/help").text
    for language in ("", "ar", "en"):
        assert "forget_me" in shared_api.commands[("all_private_chats", language)]
        assert shared_api.commands[("all_group_chats", language)] == ["ask", "sources", "help"]
        mine = shared_api.commands[(editor.id, language)]
        assert mine[-6:] == ["add", "articles", "remove", "stats", "ingest", "reload"]
        assert all(f"/{name}" in help_text for name in mine[-6:])
