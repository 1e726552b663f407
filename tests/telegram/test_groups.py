"""Groups and topics: the bot speaks when it is spoken to, and keeps conversations apart."""

from __future__ import annotations

import itertools

import pytest

from tests.telegram.conftest import Bot
from tests.telegram.people import BotMessage, Person
from tests.telegram.server import BOT, BotApi, Call

NAME = f"@{BOT['username']}"
PROMISE = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
STATEMENT = "ماذا قال نتنياهو عن البرنامج النووي الإيراني؟"
_groups = itertools.count(1)


def member(api: BotApi, person: int, group: int, topic: int | None = None) -> Person:
    chat = {"id": group, "type": "supergroup", "title": "مجموعة", "is_forum": topic is not None}
    return Person(api, person, chat=chat, topic=topic)


@pytest.fixture
def group(shared_bot: Bot) -> int:
    return -1_009_000_000 - next(_groups)


def sent(api: BotApi, group: int, since: int) -> list[Call]:
    return [c for c in api.of("sendMessage", since) if c.params["chat_id"] == group]


def test_messages_not_addressed_to_the_bot_are_not_answered(shared_api: BotApi, group: int) -> None:
    someone = member(shared_api, 8_001, group)
    since = len(shared_api.calls)
    someone.send(STATEMENT)
    someone.send(f"{NAME} {STATEMENT}")
    answer = someone.next_message()
    assert "[1]" in answer.text
    assert len(sent(shared_api, group, since)) == 1


def test_in_a_busy_group_messages_among_members_do_not_count_against_questions(
    shared_api: BotApi, group: int
) -> None:
    someone = member(shared_api, 8_020, group)
    shared_api.fail("sendMessage", chat=group, delay=1.0)  # the first answer is on its way so long
    someone.send(f"{NAME} {STATEMENT}")
    since = someone.seen
    for n in range(10):
        shared_api.push({"message": someone.message(f"كلام بين الأعضاء {n}")})
    shared_api.push({"message": someone.message(f"{NAME} {PROMISE}")})
    someone.next_message(2)
    notices = [call.text for call in sent(shared_api, group, since)]
    assert len(notices) == 2
    assert "الولايات المتحدة الأمريكية تعهدت بملء مخزون" in notices[1], "it was turned away"


def test_media_addressed_to_the_bot_are_answered(shared_api: BotApi, group: int) -> None:
    someone = member(shared_api, 8_021, group)
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
    since = len(shared_api.calls)
    someone.send(photo=photo, caption=PROMISE)  # for the others
    name = {"type": "mention", "offset": 0, "length": len(NAME)}
    someone.send(photo=photo, caption=f"{NAME} {PROMISE}", caption_entities=[name])
    answer = someone.next_message()
    assert "[1]" in answer.text
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 2}
    someone.send(voice=voice, reply_to_message=answer.message)
    assert someone.next_message().text == "لا أقرأ إلا النصوص؛ اكتب سؤالك من فضلك."
    assert len(sent(shared_api, group, since)) == 2


def test_an_answer_in_a_group_replies_to_its_question(shared_api: BotApi, group: int) -> None:
    someone = member(shared_api, 8_002, group)
    since = len(shared_api.calls)
    question = someone.send(f"/ask@{BOT['username']} {STATEMENT}")
    someone.next_message()
    (call,) = sent(shared_api, group, since)
    assert call.params["reply_parameters"]["message_id"] == question["message_id"]
    assert call.params["reply_parameters"]["quote"] == STATEMENT


def test_a_question_edited_meanwhile_is_still_replied_to(shared_api: BotApi, group: int) -> None:
    someone = member(shared_api, 8_003, group)
    question = someone.message(f"{NAME} {STATEMENT}")
    shared_api.messages[(group, question["message_id"])] = {**question, "text": "شيء آخر"}
    shared_api.push({"message": question})
    assert "[1]" in someone.next_message().text
    (refused, taken) = sent(shared_api, group, 0)
    assert "quote" in refused.params["reply_parameters"]
    assert taken.params["reply_parameters"]["message_id"] == question["message_id"]


def test_the_same_question_in_two_topics_starts_two_threads(shared_api: BotApi, group: int) -> None:
    here, there = (member(shared_api, 8_004, group, topic=topic) for topic in (42, 43))
    answer = here.ask(f"{NAME} {STATEMENT}")
    there.ask(f"{NAME} كم بلغت حصيلة السيول؟")
    assert "غانتس انتقد تصريحاته" in reply_to(here, answer, "ومن انتقد تصريحاته؟").text


def reply_to(person: Person, reply: BotMessage, text: str) -> BotMessage:
    person.send(text, reply_to_message=reply.message)
    return person.next_message()


def test_a_reply_to_an_answer_continues_its_thread(shared_api: BotApi, group: int) -> None:
    one, two = (member(shared_api, 8_010 + n, group) for n in range(2))
    first = one.ask(f"/ask {STATEMENT}")
    two.ask("/ask كم بلغت حصيلة السيول؟")
    assert "غانتس انتقد تصريحاته" in reply_to(one, first, "ومن انتقد تصريحاته؟").text


def test_a_new_question_in_a_group_starts_a_thread(shared_api: BotApi, group: int) -> None:
    someone = member(shared_api, 8_020, group)
    someone.ask(f"/ask {STATEMENT}")
    assert "غانتس انتقد تصريحاته" not in someone.ask("/ask ومن انتقدها؟").text


def test_an_answer_stays_in_the_topic_of_its_question(shared_api: BotApi, group: int) -> None:
    someone = member(shared_api, 8_030, group, topic=42)
    reply = someone.ask(f"{NAME} {STATEMENT}")
    assert reply.message["message_thread_id"] == 42


def test_ask_in_reply_to_a_message_asks_its_text(shared_api: BotApi, group: int) -> None:
    one, two = (member(shared_api, 8_040 + n, group) for n in range(2))
    message = one.send(STATEMENT)
    two.send("/ask", reply_to_message=message)
    assert "[1]" in two.next_message().text


def test_ask_in_reply_to_a_selected_part_of_a_message_asks_that_part(
    shared_api: BotApi, group: int
) -> None:
    one, two = (member(shared_api, 8_045 + n, group) for n in range(2))
    message = one.send(f"قرأت اليوم أخبارًا كثيرة عن السيول. {STATEMENT} أظنه قال شيئًا.")
    quote = {"text": STATEMENT, "position": 36, "is_manual": True}
    two.send("/ask", reply_to_message=message, quote=quote)
    answer = two.next_message()
    assert "الاحتكاك" in answer.text


def test_added_to_a_group_the_bot_explains_how_to_address_it(
    shared_api: BotApi, group: int
) -> None:
    someone = member(shared_api, 8_050, group)
    someone.seen = len(shared_api.calls)
    me = {"user": BOT}
    shared_api.push(
        {
            "my_chat_member": {
                "chat": someone.chat,
                "from": someone.user,
                "date": 1,
                "old_chat_member": {**me, "status": "left"},
                "new_chat_member": {**me, "status": "member"},
            }
        }
    )
    assert NAME in someone.next_message().text


def test_a_group_that_became_a_supergroup_is_answered_under_its_new_id(
    shared_api: BotApi, group: int
) -> None:
    new = group - 1_000_000
    someone = member(shared_api, 8_060, group)
    shared_api.chats[new] = {"id": new, "type": "supergroup", "title": "مجموعة"}
    shared_api.fail(
        "sendMessage",
        status=400,
        description="Bad Request: group chat was upgraded to a supergroup chat",
        parameters={"migrate_to_chat_id": new},
    )
    since = len(shared_api.calls)
    someone.send(f"/ask {STATEMENT}")
    (call,) = shared_api.wait(
        lambda calls: [
            c for c in calls if c.method == "sendMessage" and c.params["chat_id"] == new
        ],
        since=since,
    )
    assert "[1]" in call.text
