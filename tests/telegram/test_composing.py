"""Streaming of composed answers, with a scripted chat model over HTTP."""

from __future__ import annotations

import contextlib
import itertools
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.telegram.core.chat_state import ChatState
from bot.telegram.core.database import BotDatabase
from ingest.pipeline import run_ingest
from ingest.store import open_store
from tests.model_server import ModelServer, Reply
from tests.telegram.conftest import Bot, Launcher
from tests.telegram.people import Person
from tests.telegram.server import BOT, BotApi, Call
from vectorstore.core.settings import StoreSettings

PROMISE = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
PROMISED = "الولايات المتحدة الأمريكية تعهدت بملء مخزون إسرائيل من الصواريخ الاعتراضية"
SENTENCES = (
    PROMISED,
    "جاء التعهد الأمريكي خلال اجتماعات عقدها وزير الدفاع الإسرائيلي بيني غانتس في واشنطن",
    "ثمة خلاف بين غانتس ونتنياهو حول سعي واشنطن للعودة للاتفاق النووي مع إيران",
    "غانتس انتقد تصريحاته وشدد على ضرورة الحفاظ على العلاقات الاستراتيجية مع واشنطن",
)
WHOLE = " ".join(f"{sentence} [1]." for sentence in SENTENCES)
SHOWN = " ".join(f"{sentence}." for sentence in SENTENCES)
STATEMENT = "ماذا قال نتنياهو عن البرنامج النووي الإيراني؟"
ANSWERED = "نتنياهو قال إنه سيختار الاحتكاك مع إدارة الرئيس الأمريكي جو بايدن"
TOWNS = "الزعرور السنديان الخرنوب البلوط الصفصاف العرعر الدفلى الزيزفون الحور الأرز الغار الآس"
STATIONS = [
    f"وفي بلدة {town} قال مدير محطة التنقية إن الأحواض نُظفت في الخريف وإن المضخات القديمة "
    "استُبدلت بأخرى تستهلك نصف ما كانت تستهلكه من الكهرباء، وأضاف أن المياه المعالجة صارت تُنقل "
    "في أنابيب مغلقة إلى بساتين الزيتون القريبة بعدما كانت تُصرف في الوادي، وأن العمال تلقوا "
    "تدريبًا على قياس نقاء المياه مرتين في اليوم، وأن سكان البلدة يستطيعون الاطلاع على نتائج "
    f"القياس في لوحة عند مدخل محطة {town}"
    for town in TOWNS.split()
]
"""Sentences of an article, more than fit into a message."""
_people = itertools.count(60_000)
_groups = itertools.count(1)


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer("NO_ANSWER") as running:
        yield running


@pytest.fixture(scope="module")
def settings(model: ModelServer) -> dict[str, str]:
    return {**model.environment, "RAWI_LLM_CACHE_DAYS": "0", "RAWI_LLM_RETRIES": "0"}


@pytest.fixture(scope="module")
def chats() -> Iterator[BotApi]:
    api = BotApi()
    yield api
    api.close()


@pytest.fixture(scope="module")
def starter(
    chats: BotApi,
    samples_home: Path,
    models_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Launcher]:
    folder = tmp_path_factory.mktemp("composing")
    home, article = folder / "home", folder / "towns.txt"
    shutil.copytree(samples_home, home)
    lines = "".join(f"{line}.\n" for line in STATIONS)
    article.write_text(f"محطات التنقية في بلدات الجبل\n\n{lines}", encoding="utf-8")
    with open_store(StoreSettings(home=home, models_dir=models_dir), writable=True) as store:
        run_ingest(store, [article])
    launcher = Launcher(chats, home, models_dir)
    yield launcher
    launcher.stop()


@pytest.fixture(scope="module")
def composing(starter: Launcher, settings: dict[str, str]) -> Bot:
    return starter(user_rate="1000", timeout="3", more=settings)


@pytest.fixture
def asking(chats: BotApi, composing: Bot) -> Person:
    chats.faults.clear()
    return Person(chats, next(_people))


def unmarked(text: str) -> str:
    """An answer without the numbers of its sources: which those are, the composer's tests say."""
    return re.sub(r" \[\d+\]", "", text)


def in_group(api: BotApi, person: int) -> Person:
    number = -1_008_000_000 - next(_groups)
    chat = {"id": number, "type": "supergroup", "title": "مجموعة"}
    return Person(api, person, chat=chat)


def slowly(*held: tuple[int, Callable[[], object]], pause: float = 0.08) -> Reply:
    """``WHOLE`` in some fifty pieces, of which ``held`` ones wait until something has happened.

    The first sentence is whole after fifteen of them, the second after twenty-eight.
    """
    return Reply(WHOLE, piece=7, pause=pause, held=held)


def drafts(person: Person, *, taken: bool = True) -> list[Call]:
    calls = person.api.of("sendMessageDraft", person.seen)
    return [
        c for c in calls if c.params["chat_id"] == person.chat["id"] and (c.status == 200) is taken
    ]


def begins(person: Person) -> list[Call]:
    """Attempts to send the beginning of an answer."""
    calls = person.api.of("sendMessage", person.seen)
    return [c for c in calls if c.params["chat_id"] == person.chat["id"] and c.status]


def growing(person: Person) -> Call:
    """Wait for the first sign of an answer that is being written."""

    def found(calls: list[Call]) -> list[Call]:
        return [
            c
            for c in calls
            if c.method in ("sendMessageDraft", "sendMessage")
            and c.params["chat_id"] == person.chat["id"]
        ]

    call: Call = person.api.wait(found, since=person.seen)[0]
    return call


def test_in_private_an_answer_is_streamed_as_drafts_and_then_sent(
    asking: Person, model: ModelServer
) -> None:
    model.script(slowly((20, lambda: drafts(asking)), (45, lambda: len(drafts(asking)) > 1)))
    reply = asking.ask(PROMISE)
    answer, *sources = reply.text.split("\n\n")
    assert unmarked(answer) == SHOWN
    heads = [part[1:4] for part in sources if part.startswith("\u200f[")]
    assert heads == sorted({f"[{n}]" for n in re.findall(r"\[(\d)\]", answer)})
    assert heads
    assert reply.marked("expandable_blockquote")
    assert any(label.startswith("السياق [1]") for label in reply.buttons)

    grown = drafts(asking)
    assert len(grown) >= 2, "nothing was to be seen before the whole answer"
    assert len({c.params["draft_id"] for c in grown}) == 1
    assert grown[0].params["draft_id"] != 0
    assert all(b.text.startswith(a.text) for a, b in pairwise(grown))
    assert answer.startswith(grown[-1].text)
    assert len(grown) <= 2 + (grown[-1].at - grown[0].at) / 0.8, "too many calls"
    (sent,) = [c for c in asking.api.of("sendMessage", asking.seen) if c.status == 200]
    assert all(c.at < sent.at for c in grown), "a draft came after the answer"


def test_in_a_group_an_answer_is_streamed_by_few_edits_of_one_message(
    asking: Person, model: ModelServer
) -> None:
    member = in_group(asking.api, asking.id)
    model.script(slowly((20, lambda: begins(member)), pause=0.15))
    question = member.send(f"@{BOT['username']} {PROMISE}")
    begun = growing(member)
    assert begun.method == "sendMessage"
    assert begun.params["reply_parameters"]["message_id"] == question["message_id"]
    assert begun.text.endswith(" …")
    reply = member.next_edit(containing=SENTENCES[-1])
    assert unmarked(reply.text).startswith(SHOWN)
    assert reply.marked("expandable_blockquote")
    assert "👍" in reply.buttons
    calls = member.api.of("editMessageText", member.seen)
    assert 1 <= len(calls) <= 4
    assert len(member.api.of("sendMessage", member.seen)) == 1


def test_an_answer_longer_than_a_message_is_split_after_citation_markers(
    asking: Person, model: ModelServer
) -> None:
    model.script(" ".join(f"{line} [1]." for line in STATIONS))
    asking.send("ماذا قال مديرو محطات التنقية في بلدات الجبل عن الأحواض والمضخات؟")
    first = asking.next_message(1)
    second = asking.next_message(2)
    notices = f"{first.text} {second.text}".partition("\n\n\u200f[1]")[0]
    assert len(notices) > 4096
    assert unmarked(notices) == " ".join(f"{line}." for line in STATIONS)
    assert first.text.endswith("]"), "it was cut before the source of a sentence"
    assert second.text.startswith("وفي بلدة")

    def with_buttons(calls: list[Call]) -> list[Call]:
        return [c for c in calls if c.method == "sendMessage" and "reply_markup" in c.params]

    asking.api.wait(with_buttons, since=asking.seen)
    sent = asking.api.of("sendMessage", asking.seen)
    assert with_buttons(sent) == sent[-1:], "buttons belong under the last message"


def test_a_follow_up_uses_the_composed_answer_before_it(asking: Person, model: ModelServer) -> None:
    model.script(f"{ANSWERED} [1].", f"{SENTENCES[3]} [1].")
    asking.ask(STATEMENT)
    assert SENTENCES[3] in asking.ask("ومن انتقد تصريحاته؟").text
    assert "نتنياهو" in model.prompts()[-1]


def test_when_telegram_limits_the_rate_drafts_pause_and_the_answer_is_sent(
    asking: Person, model: ModelServer
) -> None:
    other = Person(asking.api, asking.id + 5_000)
    asked_to_wait = threading.Event()
    held = ((20, asked_to_wait.is_set), (45, lambda: drafts(asking, taken=False)))
    model.script(lambda request: slowly(*held))
    asking.send(PROMISE)
    growing(asking)
    fault = {
        "status": 429,
        "description": "Too Many Requests: retry after 2",
        "parameters": {"retry_after": 2},
        "chat": asking.id,
    }
    asking.api.fail("sendMessageDraft", **fault)
    asking.api.fail("sendMessage", **fault)
    asked_to_wait.set()
    assert SHOWN in unmarked(other.ask(PROMISE).text), "another chat had to wait"
    reply = asking.next_message()
    assert unmarked(reply.text).startswith(SHOWN)
    assert reply.marked("expandable_blockquote")
    (refused,) = drafts(asking, taken=False)
    later = [c for c in drafts(asking) if c.at > refused.at]
    assert all(c.at - refused.at >= 2 for c in later), "Telegram asked us to wait"
    sent = [
        c for c in asking.api.of("sendMessage", asking.seen) if c.params["chat_id"] == asking.id
    ]
    assert [c.status for c in sent] == [429, 200]
    assert sent[1].at - sent[0].at >= 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"drop": True, "times": 2}, id="dropped connections"),
        pytest.param({"status": 500, "times": 3}, id="internal errors"),
        pytest.param({"status": 400, "times": 9, "description": "Bad Request: no"}, id="refused"),
    ],
)
def test_failing_drafts_do_not_prevent_the_answer(
    asking: Person, model: ModelServer, fault: dict[str, object]
) -> None:
    asking.api.fail("sendMessageDraft", chat=asking.id, **fault)
    model.script(slowly())
    assert unmarked(asking.ask(PROMISE).text).startswith(SHOWN)


def test_a_first_draft_with_unknown_result_is_not_sent_again(
    asking: Person, model: ModelServer
) -> None:
    member = in_group(asking.api, asking.id)
    asking.api.fail("sendMessage", chat=member.chat["id"], status=500)
    model.script(slowly((20, lambda: begins(member)), pause=0.15))
    member.send(f"@{BOT['username']} {PROMISE}")
    assert unmarked(member.next_message().text).startswith(SHOWN)
    assert not member.api.of("editMessageText", member.seen)


def test_questions_of_buttons_in_two_topics_at_a_time_get_an_answer_each(
    asking: Person, model: ModelServer, composing: Bot
) -> None:
    group = in_group(asking.api, asking.id).chat | {"is_forum": True}
    asking.api.chats[group["id"]] = group
    one, two = (Person(asking.api, asking.id + n, chat=group, topic=100 + n) for n in (1, 2))
    model.script(lambda request: f"{PROMISED} [1].")
    replies = [person.ask(f"@{BOT['username']} {PROMISE}") for person in (one, two)]
    asking.api.wait(lambda _: all(reply.buttons for reply in replies))  # until they are complete
    with contextlib.closing(BotDatabase(composing.home / "telegram.sqlite3")) as database:
        question = f"ask:{ChatState(database).button_id(PROMISE)}"
    since = len(asking.api.calls)

    def beginnings() -> list[Call]:
        return [c for c in asking.api.of("sendMessage", since) if c.text.endswith(" …")]

    model.script(lambda request: slowly((20, lambda: len(beginnings()) == 2)))
    one.press_data(replies[0], question)
    asking.api.wait(lambda _: beginnings(), since=since)
    two.press_data(replies[1], question)

    def whole(calls: list[Call]) -> set[int]:
        edits = [c for c in calls if c.method == "editMessageText" and "reply_markup" in c.params]
        found = {int(c.params["message_id"]) for c in edits}
        return found if len(edits) == 2 else set()

    messages = asking.api.wait(whole, since=since)
    topics = {asking.api.messages[(group["id"], m)]["message_thread_id"] for m in messages}
    assert topics == {101, 102}, "one answer was written over the other"


def test_when_the_model_s_stream_breaks_the_answer_is_quoted(
    asking: Person, model: ModelServer
) -> None:
    held = ((24, lambda: drafts(asking)),)
    model.script(Reply(WHOLE, piece=7, pause=0.08, held=held, drop_after=25))
    reply = asking.ask(PROMISE)
    assert drafts(asking), "there was nothing to break off"
    assert reply.text.startswith("«")
    assert PROMISED in reply.text
    assert reply.marked("expandable_blockquote")


def test_new_cancels_the_pending_question(asking: Person, model: ModelServer) -> None:
    model.script(Reply(WHOLE, piece=7, pause=0.08, endless=True), "NO_ANSWER")
    asking.send(PROMISE)
    growing(asking)
    asked_at = asking.seen
    assert asking.ask("/new").text == "بدأنا محادثة جديدة. ما سؤالك؟"
    sent = [c for c in asking.api.of("sendMessage", asked_at) if c.params["chat_id"] == asking.id]
    assert len(sent) == 1, "an answer came that nobody waits for"
    asking.api.wait(lambda _: model.broken_off, timeout=240)  # the model need not go on


def test_the_next_question_cancels_the_pending_one(asking: Person, model: ModelServer) -> None:
    model.script(Reply(WHOLE, piece=7, pause=0.08, endless=True), f"{ANSWERED} [1].")
    first = asking.send(PROMISE)
    growing(asking)
    since = asking.seen
    asking.send(STATEMENT)
    assert asking.next_message(1).text == "تركتُ هذا السؤال لأجيب عن سؤالك الجديد."
    assert ANSWERED in asking.next_message(2).text
    left = next(c for c in asking.api.of("sendMessage", since) if "تركتُ" in c.text)
    assert left.params["reply_parameters"]["message_id"] == first["message_id"]


def test_editing_a_pending_question_answers_its_new_form(
    asking: Person, model: ModelServer
) -> None:
    member = in_group(asking.api, asking.id)
    model.script(Reply(WHOLE, piece=7, pause=0.08, endless=True), f"{ANSWERED} [1].")
    question = member.send(f"@{BOT['username']} {PROMISE}")
    growing(member)
    since = member.seen
    changed = f"@{BOT['username']} {STATEMENT}"
    member.edit(question, changed)
    reply = member.next_edit(containing=ANSWERED)
    assert reply.text.startswith(f"{ANSWERED}. [1]")
    assert len(member.api.of("sendMessage", since)) == 1, "there are two answers"


def test_an_answer_is_replaced_only_when_the_new_one_is_complete(
    asking: Person, model: ModelServer
) -> None:
    model.script(f"{ANSWERED} [1].", Reply(WHOLE, piece=7, pause=0.08, endless=True))
    question = asking.send(STATEMENT)
    first = asking.next_message()
    text, buttons = first.text, first.buttons
    assert ANSWERED in text
    assert "👍" in buttons
    asking.edit(question, PROMISE)
    since = asking.seen

    def typed_on(calls: list[Call]) -> bool:
        """By the second time, some seconds later, there are sentences that could be shown."""
        return len([c for c in calls if c.method == "sendChatAction"]) >= 2

    asking.api.wait(typed_on, since=since)
    assert asking.ask("/new").text == "بدأنا محادثة جديدة. ما سؤالك؟"
    assert not asking.api.of("editMessageText", since)
    assert (first.text, first.buttons) == (text, buttons)

    model.script(f"{PROMISED} [1].")
    asking.edit(question, PROMISE)
    again = asking.next_edit(containing=PROMISED)
    assert again.id == first.id
    assert "👍" in again.buttons


def test_thanks_do_not_cancel_the_pending_question(asking: Person, model: ModelServer) -> None:
    thanked = threading.Event()
    model.script(slowly((20, thanked.is_set)))
    asking.send(PROMISE)
    growing(asking)
    number = asking.api.push({"message": asking.message("شكرا")})
    asking.api.wait(
        lambda calls: [c for c in calls if int(c.params.get("offset", 0)) > number]
    )  # it has arrived
    thanked.set()
    assert unmarked(asking.next_message(1).text).startswith(SHOWN)
    assert asking.next_message(2).text == "على الرحب والسعة!"


def test_privacy_says_where_the_model_runs(asking: Person) -> None:
    last_line = asking.ask("/privacy").text.split("\n")[-1]
    assert last_line == "ويصوغ الأجوبة نموذج لغوي على جهاز صاحب البوت، فلا يُرسَل سؤالك إلى غيره."


def test_inline_queries_and_greetings_do_not_call_the_model(
    asking: Person, model: ModelServer
) -> None:
    before = len(model.requests)
    asking.ask("/start")
    query = {"id": "78", "from": asking.user, "query": PROMISE, "offset": ""}
    since = len(asking.api.calls)
    asking.api.push({"inline_query": query})
    call = asking.api.wait(
        lambda calls: [c for c in calls if c.method == "answerInlineQuery"], since=since
    )[0]
    assert PROMISED in call.params["results"][0]["description"]
    assert len(model.requests) == before


def test_a_question_the_model_cannot_answer_is_refused_with_the_nearest_articles(
    asking: Person, model: ModelServer
) -> None:
    model.script("NO_ANSWER")
    reply = asking.ask("كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟")
    assert reply.text.startswith("لم أجد في المقالات ما يجيب عن هذا السؤال.")
    assert [label for label in reply.buttons if label.startswith("📄 ")]


def test_a_kill_during_streaming_leaves_one_complete_answer(
    asking: Person,
    composing: Bot,
    starter: Launcher,
    model: ModelServer,
    settings: dict[str, str],
) -> None:
    member = in_group(asking.api, asking.id + 7_000)
    killed = threading.Event()
    model.script(lambda request: slowly((35, killed.is_set)))
    asking.send(PROMISE)
    growing(asking)
    member.send(f"@{BOT['username']} {PROMISE}")
    member.next_edit()
    composing.kill()
    killed.set()
    model.script(lambda request: slowly())
    begun = time.time()
    again = starter(user_rate="1000", timeout="3", more=settings)
    assert unmarked(asking.next_message().text).startswith(SHOWN)
    edited = asking.api.wait(
        lambda calls: [
            c
            for c in calls
            if c.method == "editMessageText" and c.at > begun and unmarked(c.text).startswith(SHOWN)
        ],
        since=member.seen,
    )[0]
    assert edited.params["chat_id"] == member.chat["id"]
    messages = [m for (chat, _), m in asking.api.messages.items() if chat == member.chat["id"]]
    assert len([m for m in messages if m["from"]["id"] == BOT["id"]]) == 1
    assert again.stop() == 0
