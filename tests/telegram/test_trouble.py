"""Failures of Telegram and the network lose no answer and do not affect other chats."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.telegram.conftest import Bot
from tests.telegram.people import Person
from tests.telegram.server import BotApi, Call

PROMISE = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
STATEMENT = "ماذا قال نتنياهو عن البرنامج النووي الإيراني؟"
PROMISED = "الولايات المتحدة الأمريكية تعهدت بملء مخزون"


@pytest.fixture
def other(shared_api: BotApi, reader: Person) -> Person:
    return Person(shared_api, reader.id + 500_000)


def test_a_chat_that_telegram_delays_is_answered_and_delays_no_other(
    shared_api: BotApi, reader: Person, other: Person
) -> None:
    shared_api.fail(
        "sendMessage",
        chat=reader.id,
        times=1_000,
        status=429,
        description="Too Many Requests: retry after 1",
        parameters={"retry_after": 1},
    )
    reader.send(PROMISE)

    def tries(calls: list[Call]) -> list[Call]:
        sent = [c for c in calls if c.method == "sendMessage"]
        return [c for c in sent if c.params["chat_id"] == reader.id]

    shared_api.wait(tries, since=reader.seen)
    assert PROMISED in other.ask(PROMISE).text, "the other chat had to wait as well"
    shared_api.wait(lambda calls: len(tries(calls)) >= 2, since=reader.seen)
    shared_api.faults.clear()
    assert PROMISED in reader.next_message().text
    pauses = [b.at - a.at for a, b in pairwise(tries(shared_api.calls[reader.seen :]))]
    assert all(pause >= 1 for pause in pauses), "Telegram asked us to wait"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"drop": True, "times": 2}, id="dropped connections"),
        pytest.param({"status": 500, "times": 2}, id="internal errors"),
        pytest.param({"status": 502, "times": 1}, id="bad gateway"),
        pytest.param({"delay": 4.0, "drop": True}, id="no reply in time"),
    ],
)
def test_an_answer_whose_sending_failed_is_sent_again(
    shared_api: BotApi, reader: Person, fault: dict[str, object]
) -> None:
    shared_api.fail("sendMessage", chat=reader.id, **fault)
    assert PROMISED in reader.ask(PROMISE).text


def test_a_failing_typing_action_does_not_prevent_the_answer(
    shared_api: BotApi, reader: Person
) -> None:
    shared_api.fail("sendChatAction", chat=reader.id, status=500, times=3)
    assert PROMISED in reader.ask(PROMISE).text


def test_polling_goes_on_after_errors(shared_api: BotApi, reader: Person, other: Person) -> None:
    shared_api.fail("getUpdates", drop=True)
    shared_api.fail("getUpdates", status=502)
    other.send("شكرا")  # ends the poll that is under way, so that the next ones fail
    other.next_message()
    assert PROMISED in reader.ask(PROMISE).text


def test_rejected_formatting_is_sent_as_plain_text_and_logged(
    shared_api: BotApi, shared_bot: Bot, reader: Person
) -> None:
    shared_api.fail(
        "sendMessage", chat=reader.id, status=400, description="Bad Request: can't parse entities"
    )
    reply = reader.ask(PROMISE)
    assert PROMISED in reply.text
    assert reply.message["entities"] == []
    assert "formatting refused" in [line["event"] for line in shared_bot.log()]


def test_the_id_of_an_unexpected_error_is_in_the_reply_and_in_the_log(
    shared_api: BotApi, shared_bot: Bot, reader: Person
) -> None:
    shared_api.fail(
        "sendMessage", chat=reader.id, times=2, status=400, description="Bad Request: strange"
    )
    reply = reader.ask(PROMISE)
    found = re.search(r"سُجّل بالرقم ([0-9a-f]{8})", reply.text)
    assert found, reply.text
    (line,) = [e for e in shared_bot.log() if e.get("error_id") == found[1]]
    assert "Strange" in line["traceback"]
    assert PROMISED in reader.ask(PROMISE).text, "the bot does not answer any more"


def test_a_user_who_blocked_the_bot_causes_no_error(
    shared_api: BotApi, shared_bot: Bot, reader: Person, other: Person
) -> None:
    shared_api.blocked.add(reader.id)
    reader.send(PROMISE)
    assert PROMISED in other.ask(PROMISE).text
    line = shared_bot.wait_for("cannot write there")
    assert line["level"] == "info"


def test_a_group_without_write_permission_causes_no_error(
    shared_api: BotApi, shared_bot: Bot, reader: Person
) -> None:
    chat = {"id": -1_007_000_001, "type": "supergroup", "title": "مجموعة صامتة"}
    member = Person(shared_api, reader.id, chat=chat)
    shared_api.fail(
        "sendMessage",
        chat=chat["id"],
        times=9,
        status=400,
        description="Bad Request: not enough rights to send text messages to the chat",
    )
    since = len(shared_bot.log())
    member.send(f"/ask {PROMISE}")
    shared_bot.wait_for("cannot write there", since=since)
    assert PROMISED in reader.ask(PROMISE).text
    assert "unexpected error" not in [line["event"] for line in shared_bot.log()[since:]]


def test_an_answer_whose_message_was_deleted_is_sent_anew_after_an_edit(
    shared_api: BotApi, reader: Person
) -> None:
    message = reader.send("كم بلغت حصيلة السيول؟")
    first = reader.next_message()
    del shared_api.messages[(reader.id, first.id)]
    reader.edit(message, PROMISE)
    assert PROMISED in reader.next_message().text


def test_a_flood_is_limited_and_delays_nobody_else(
    shared_api: BotApi, reader: Person, other: Person
) -> None:
    reader.seen = len(shared_api.calls)
    # Telegram delays all answers to the reader until the other one has been answered.
    shared_api.fail(
        "sendMessage",
        chat=reader.id,
        times=1_000,
        status=429,
        description="Too Many Requests: retry after 1",
        parameters={"retry_after": 1},
    )
    for number in range(30):
        question = reader.message(f"من تعهد بملء مخزون الصواريخ {number}؟")
        shared_api.push({"message": question})
    assert PROMISED in other.ask(PROMISE).text
    shared_api.faults.clear()
    texts = [reader.next_message(number).text for number in range(1, 8)]
    assert len([text for text in texts if "ولم أقرأ ما زاد عليها" in text]) == 1


def test_the_questions_of_one_chat_are_answered_in_order(
    shared_api: BotApi, reader: Person
) -> None:
    reader.seen = len(shared_api.calls)
    for question in (PROMISE, "شكرا", STATEMENT, "مع السلامة"):
        shared_api.push({"message": reader.message(question)})
    texts = [reader.next_message(n).text for n in (1, 2, 3, 4)]
    assert PROMISED in texts[0]
    assert texts[1] == "على الرحب والسعة!"
    assert "[1]" in texts[2]
    assert texts[3] == "مع السلامة!"


def test_logs_are_json_without_texts_and_token(shared_bot: Bot, reader: Person) -> None:
    reader.ask(PROMISE)
    raw = shared_bot.raw_log()
    assert len(shared_bot.log()) == len([line for line in raw.splitlines() if line.strip()])
    assert "مخزون" not in raw
    assert "TEST-token" not in raw
    assert any(e["event"] == "question" and e["person"] == reader.id for e in shared_bot.log())
