"""The process: start, stop, kill, a second instance; polling and webhook."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.model_server import ModelServer
from tests.site import Handler, served
from tests.telegram.conftest import EDITOR, Launcher, environment, fetch, free_port
from tests.telegram.people import Person
from tests.telegram.server import TOKEN, BotApi, Call
from tests.telegram.test_editors import LIGHTHOUSE, card, upload

# Several starts of the bot and of its worker, which has a low priority: minutes on a busy machine.
pytestmark = pytest.mark.timeout(900)

PROMISE = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
PROMISED = "الولايات المتحدة الأمريكية تعهدت بملء مخزون"
STATEMENT = "ماذا قال نتنياهو عن البرنامج النووي الإيراني؟"


def sending(api: BotApi, person: Person) -> None:
    """Wait until the bot is about to send this person something."""

    def found(calls: list[Call]) -> list[Call]:
        return [c for c in calls if c.method == "sendMessage" and c.params["chat_id"] == person.id]

    api.wait(found, since=person.seen)


def test_neither_a_kill_nor_sigterm_loses_an_answer_or_the_conversation(
    api: BotApi, start: Launcher
) -> None:
    bot = start()
    reader = Person(api, 1)
    assert "[1]" in reader.ask(STATEMENT).text
    api.fail("sendMessage", delay=20.0, drop=True)
    reader.send("ومن انتقد تصريحاته؟")
    sending(api, reader)
    bot.kill()
    api.faults.clear()
    bot = start()
    assert "غانتس انتقد تصريحاته" in reader.next_message().text

    api.fail("sendMessage", delay=2.0)
    reader.send(PROMISE)
    sending(api, reader)
    assert bot.stop() == 0
    assert PROMISED in reader.next_message().text


def test_a_kill_during_ingest_loses_no_article(api: BotApi, start: Launcher) -> None:
    small = {"RAWI_INGEST_BATCH_ARTICLES": "1"}
    bot = start(more=small)
    editor = Person(api, EDITOR)
    records = [
        {
            "id": f"kill-{n}",
            "title": f"خبر المرصد رقم {n}",
            "text": f"أعلن المرصد رقم {n} رصد {n + 100} نيزكًا هذا العام. " * 3,
        }
        for n in range(12)
    ]
    content = "\n".join(json.dumps(r, ensure_ascii=False) for r in records).encode()
    upload(editor, "stars.jsonl", content)
    before = stored(start.home)
    end = time.monotonic() + 600
    while stored(start.home) == before:
        assert time.monotonic() < end, "nothing was taken in"
        time.sleep(0.01)
    bot.kill()
    assert stored(start.home) < before + 12, "it was done already"
    start(more=small)
    added, updated, unchanged, refused = map(int, re.findall(r"\d+", card(editor).text))
    assert (added + unchanged, updated, refused) == (12, 0, 0)
    checked = subprocess.run(
        [sys.executable, str(ROOT / "rawi.py"), "store", "check"],
        env=environment(start.home, start.models_dir),
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "المقالات 1–8 من 12" in editor.ask("/articles المرصد").text


def stored(home: Path) -> int:
    """Number of articles in the store."""
    catalogue = f"{(home / 'store' / 'catalogue.sqlite3').as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(catalogue, uri=True, timeout=60)) as db:
        return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])


def test_a_supervisor_that_ends_all_processes_at_once_loses_no_job(
    api: BotApi, start: Launcher
) -> None:
    bot = start()
    editor = Person(api, EDITOR)
    asked, over = threading.Event(), threading.Event()

    def held(handler: Handler) -> None:
        asked.set()
        over.wait(240)
        paragraphs = "".join(f"<p>{line}</p>" for line in LIGHTHOUSE.split(". "))
        handler.give(f"<html><head><title>منارة رأس الموج</title></head>{paragraphs}</html>")

    with served() as site:
        site.pages["/lighthouse"] = held
        editor.send(site.url("/lighthouse"))
        assert asked.wait(240)
        for child in psutil.Process(bot.process.pid).children(recursive=True):
            child.terminate()
        assert bot.stop() == 0
        over.set()
        start()
        assert card(editor).text.startswith("✅ أُضيف المقال")


def test_a_second_instance_of_a_bot_ends_with_a_clear_error(
    api: BotApi, start: Launcher, samples_home: Path, tmp_path: Path
) -> None:
    first = start()
    second = start(ready=False)
    assert second.process.wait(240) == 1, "two may not share a home"
    assert "This bot is already running" in second.raw_log()
    assert PROMISED in Person(api, 3).ask(PROMISE).text

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(samples_home, elsewhere)
    bots = [first, start(home=elsewhere)]
    end = time.monotonic() + 240
    while all(bot.process.poll() is None for bot in bots):
        assert time.monotonic() < end
        time.sleep(0.1)
    ended, left = sorted(bots, key=lambda bot: bot.process.poll() is None)
    assert ended.process.returncode == 1
    assert "This bot is already running elsewhere. Stop one of the two." in ended.raw_log()

    # The other one goes on until its token is taken back.
    reader = Person(api, 4)
    assert PROMISED in reader.ask(PROMISE).text
    api.fail("getUpdates", status=401, description="Unauthorized", times=9)
    reader.send("شكرا")
    assert left.process.wait(240) == 1
    assert "Telegram does not accept the token" in left.raw_log()


def test_a_wrong_token_is_explained_and_never_shown(api: BotApi, start: Launcher) -> None:
    wrong = TOKEN.replace("TEST", "WRNG")
    bot = start(ready=False, token=wrong)
    assert bot.process.wait(240) == 1
    assert "Telegram does not accept the token in RAWI_TELEGRAM_TOKEN" in bot.raw_log()
    assert wrong not in bot.raw_log()
    assert "Traceback" not in bot.raw_log()


def test_a_private_bot_with_limits_health_checks_and_metrics(api: BotApi, start: Launcher) -> None:
    port = free_port()
    api.fail("getMe", status=502, times=1)
    api.fail("deleteWebhook", status=502, times=1)
    start(
        readers="11, 12, 13", user_rate="2", total_rate="4", health_port=str(port), metrics="true"
    )
    assert fetch(f"http://127.0.0.1:{port}/health")[0] == 200
    assert fetch(f"http://127.0.0.1:{port}/ready")[0] == 200

    stranger, reader, other, last = (Person(api, n) for n in (10, 11, 12, 13))
    assert "10" in stranger.ask(PROMISE).text
    assert "هذا البوت خاص" in stranger.ask("/start").text

    greeting = reader.ask("/start")
    example = next(iter(greeting.buttons))
    reply = reader.ask(PROMISE)
    assert PROMISED in reply.text
    for message, button in ((reply, "السياق"), (greeting, example)):  # forwarded messages, say
        stranger.press(message, button)
        notices = api.wait(
            lambda calls: [c for c in calls if c.method == "answerCallbackQuery"],
            since=stranger.seen,
        )
        assert "هذا البوت خاص" in notices[0].text
    assert "[1]" in reader.ask(STATEMENT).text
    assert reader.ask(PROMISE).text.startswith("مهلًا! وصلتني منك أسئلة كثيرة")
    reader.press(greeting, example)
    api.push({"message": reader.message("/help")})
    assert "سؤالك" in reader.next_message(1).text, "a question was shown that is not answered"
    assert PROMISED in other.ask(PROMISE).text
    assert PROMISED in last.ask(PROMISE).text
    assert last.ask(PROMISE).text.startswith("يسأل الآن كثيرون")

    status, figures = fetch(f"http://127.0.0.1:{port}/metrics")
    assert status == 200
    assert b'rawi_questions_total{mode="quoted"} 4' in figures
    assert b'rawi_limited_total{limit="user_rate"} 2' in figures
    assert b'rawi_limited_total{limit="total_rate"} 1' in figures
    assert b'rawi_stage_seconds_count{stage="retrieve"} 4' in figures


def test_settings_are_read_again_without_a_restart(api: BotApi, start: Launcher) -> None:
    env = start.home / ".env"
    env.write_text(f"RAWI_TELEGRAM_EDITORS={EDITOR}\nRAWI_TELEGRAM_WORKERS=2\n")
    bot = start(editors="")
    editor, promoted = Person(api, EDITOR), Person(api, 31)
    assert promoted.ask("/stats").text == "هذا الأمر للمحررين وحدهم."
    assert "لم يتغير" in editor.ask("/reload").text

    env.write_text("RAWI_TELEGRAM_EDITORS=31\nRAWI_TELEGRAM_USER_RATE=1\nRAWI_TELEGRAM_WORKERS=3\n")
    now, later = editor.ask("/reload").text.split("\n")
    assert "RAWI_TELEGRAM_EDITORS, RAWI_TELEGRAM_USER_RATE" in now
    assert "RAWI_TELEGRAM_WORKERS" in later
    assert "إعادة تشغيل البوت" in later
    assert "المقالات: " in promoted.ask("/stats").text
    assert editor.ask("/stats").text == "هذا الأمر للمحررين وحدهم."
    assert PROMISED in promoted.ask(PROMISE).text
    assert promoted.ask(PROMISE).text.startswith("مهلًا!")
    api.wait(lambda _: (31, "ar") in api.commands and (EDITOR, "ar") not in api.commands)

    same = "RAWI_TELEGRAM_EDITORS=31\nRAWI_TELEGRAM_USER_RATE=99\nRAWI_TELEGRAM_WORKERS=2\n"
    with ModelServer(f"{PROMISED} إسرائيل من الصواريخ الاعتراضية [1].") as model:
        composing = f"{same}RAWI_BOT_CITATIONS=1\nRAWI_LLM_BASE_URL={model.url}\n"
        env.write_text(f"{composing}RAWI_LLM=openai:scripted\nRAWI_STORE_LOCK_TIMEOUT=60\n")
        now, later = promoted.ask("/reload").text.split("\n")
        assert "RAWI_TELEGRAM_USER_RATE, RAWI_BOT_CITATIONS, RAWI_LLM, RAWI_LLM_BASE_URL" in now
        assert "RAWI_STORE_LOCK_TIMEOUT" in later
        reply = promoted.ask(PROMISE)
        assert reply.text.startswith(f"{PROMISED} إسرائيل من الصواريخ الاعتراضية. [1]")
        env.write_text(f"{composing}RAWI_LLM=gpt\n")
        assert "RAWI_LLM: " in promoted.ask("/reload").text
        assert promoted.ask(PROMISE).text.startswith(f"{PROMISED} إسرائيل"), "it was taken over"
    env.write_text(same)
    assert "RAWI_LLM, RAWI_LLM_BASE_URL" in promoted.ask("/reload").text
    reply = promoted.ask(PROMISE)
    assert reply.text.startswith("«")

    env.write_text("RAWI_TELEGRAM_EDITORS=31\nRAWI_TELEGRAM_USER_RATE=many\n")
    refusal = promoted.ask("/reload").text
    assert refusal.startswith("في الإعدادات خطأ، فأبقيتها كما كانت: ")
    assert "RAWI_TELEGRAM_USER_RATE" in refusal
    env.write_text("RAWI_TELEGRAM_EDITOR=31\n")
    assert "Did you mean RAWI_TELEGRAM_EDITORS?" in promoted.ask("/reload").text
    assert bot.stop() == 0
