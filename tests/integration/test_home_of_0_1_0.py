"""A home and a backup of version 0.1.0 open and go on: store, conversations, sources, Telegram.

``tests/data/home-0.1.0`` holds seven articles, five conversations, an undo history, sources with
their state, and the bot's database with an update that had not been answered.
"""

from __future__ import annotations

import itertools
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Typed
from tests.telegram.conftest import Launcher
from tests.telegram.people import Person
from tests.telegram.server import BotApi

DATA = Path(__file__).parents[1] / "data" / "home-0.1.0"
ARTICLES = {
    "brief.txt",
    "http://almarfa.example/news/1",
    "https://coast.example.org/nature/record-turtle-nests",
    "https://mina.example.org/2024/lighthouse",
    "https://t.me/marsa/77",
    "lighthouse.txt",
    "solar-desalination-2023",
}
SOLAR = "solar-desalination-2023"
SETTINGS = {  # what the home keeps for days only is kept for the test
    "RAWI_STORE_UNDO_DAYS": "36500",
    "RAWI_TELEGRAM_KEEP_DAYS": "36500",
    "RAWI_BOT_TODAY": "2026-12-01",
}

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def old_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with tarfile.open(DATA / "home.tar.xz") as archive:
        archive.extractall(home, filter="data")
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    return home


@pytest.fixture
def ask(old_home: Path, typed: Typed) -> Ask:
    def run(question: str, *options: str) -> dict[str, Any]:
        result = typed("ask", question, "--json", *options)
        assert result.exit_code == 0, result.stderr
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    return run


def cited(answer: dict[str, Any]) -> set[str]:
    return {citation["article_id"] for citation in answer["citations"]}


def test_the_store_is_in_order_and_nothing_is_rebuilt(
    old_home: Path, typed: Typed, ask: Ask
) -> None:
    check = typed("store", "check")
    assert check.exit_code == 0, check.output
    listed = json.loads(typed("articles", "list", "--json").stdout)
    assert {article["id"] for article in listed} == ARTICLES
    answer = ask("كم لترًا تنتج محطة تحلية المياه يوميًا؟")
    assert answer["mode"] == "quoted" and cited(answer) == {SOLAR}
    assert "2,400 لتر" in answer["answer"]
    assert {p.name for p in (old_home / "store").iterdir() if p.is_dir()} == {
        "lexical-1",
        "vectors-1",
    }


def test_an_answer_names_the_copies_of_its_story_and_a_near_miss_is_refused(ask: Ask) -> None:
    answer = ask("كم بلغت كلفة ترميم منارة رأس الصدف؟")
    assert cited(answer) == {"https://mina.example.org/2024/lighthouse"}
    assert [copy["article_id"] for copy in answer["citations"][0]["also_in"]] == ["lighthouse.txt"]
    refusal = ask("كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟")
    assert refusal["mode"] == "refusal" and refusal["suggestions"]


@pytest.mark.parametrize(
    ("reply", "article"), [("2", "http://almarfa.example/news/1"), ("نعم", SOLAR)]
)
def test_a_reply_picks_from_what_was_offered_by_the_old_version(
    ask: Ask, reply: str, article: str
) -> None:
    answer = ask(reply, "--thread", "demo")
    assert answer["mode"] == "quoted" and cited(answer) == {article}
    assert cited(ask("ومن يشرف عليها؟", "--thread", "telegram:10001:0")) == {SOLAR}


def test_a_follow_up_leans_on_the_old_turns_and_the_next_on_both(ask: Ask) -> None:
    answer = ask("وكم بلغت كلفة بنائها؟", "--thread", "demo")
    assert cited(answer) == {SOLAR} and "(" in answer["standalone_question"]
    assert cited(ask("ومن يشرف عليها؟", "--thread", "demo")) == {SOLAR}
    english = ask("And who advises the charity?", "--thread", "english")
    assert cited(english) == {"https://coast.example.org/nature/record-turtle-nests"}


def test_sources_keep_their_state_and_a_run_of_then_can_be_undone(
    old_home: Path, typed: Typed
) -> None:
    listed = json.loads(typed("sources", "list", "--json").stdout)["sources"]
    sources = {source["name"]: source for source in listed}
    assert set(sources) == {"المرفأ", "desk", "away", "later"}
    assert sources["desk"]["articles"] == 4 and sources["المرفأ"]["articles"] == 1
    runs = json.loads(typed("ingest", "runs", "--limit", "0", "--json").stdout)
    assert len(runs) == 15
    (updated,) = [run for run in runs if run.get("updated")]
    undone = typed("ingest", "undo", updated["id"], "--yes")
    assert undone.exit_code == 0, undone.stderr
    shown = typed("articles", "show", "lighthouse.txt")
    assert "257" in shown.stdout


def test_a_backup_of_then_is_restored(home: Path, typed: Typed) -> None:
    restored = typed("store", "restore", DATA / "store-backup", "--yes")
    assert restored.exit_code == 0, restored.stderr
    listed = json.loads(typed("articles", "list", "--json").stdout)
    assert {article["id"] for article in listed} == ARTICLES


def test_the_bot_answers_what_the_old_one_left_and_goes_on_with_its_conversations(
    old_home: Path, models_dir: Path
) -> None:
    api = BotApi()
    api.ids, api.update_ids = itertools.count(9_000), itertools.count(700_000)  # after the old ones
    start = Launcher(api, old_home, models_dir)
    try:
        reader = Person(api, 10_001)
        bot = start(keep_days="36500", more={"RAWI_BOT_TODAY": "2026-12-01"})
        assert "منارة رأس الصدف" in reader.next_message().text
        assert "طالبات يبنين محطة شمسية" in reader.ask("وكم بلغت كلفة بنائها؟").text
        assert not [line for line in bot.log() if line["level"] == "ERROR"]
    finally:
        start.stop()
        api.close()
