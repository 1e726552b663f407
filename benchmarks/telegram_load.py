"""Many chats ask the Telegram bot at once: is any answer lost or out of order, how fast are they?

The bot is a real process with the articles of a folder; the Bot API is the tests' server over HTTP.
Unless told otherwise, all questions are asked at once, as by impatient people.

    python benchmarks/telegram_load.py                  # 50 chats, 500 questions

How much a patient reader is slowed down while an editor adds articles (compare p50_s):

    python benchmarks/telegram_load.py --chats 1 --questions 40 --in-turn
    python benchmarks/telegram_load.py --chats 1 --questions 40 --in-turn --ingest 1000
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.telegram.conftest import EDITOR, Launcher, environment  # noqa: E402
from tests.telegram.people import Person  # noqa: E402
from tests.telegram.server import BotApi  # noqa: E402

QUESTIONS = [
    "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟",
    "ماذا قال نتنياهو عن البرنامج النووي الإيراني؟",
    "كم طفلًا تستهدف حملة التطعيم ضد الحصبة؟",
    "من أحرز كأس السواحل لكرة القدم؟",
    "ما عاصمة اليابان؟",
]


def main() -> None:
    """Run and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--chats", type=int, default=50)
    options.add_argument("--questions", type=int, default=500)
    options.add_argument("--articles", type=Path, default=ROOT / "samples")
    options.add_argument("--ingest", type=int, default=0, metavar="N")
    options.add_argument("--in-turn", action="store_true", help="wait for an answer, then ask on")
    options.add_argument("--models", type=Path, default=ROOT / ".rawi" / "models")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(given, Path(folder) / "home")


def run(given: argparse.Namespace, home: Path) -> None:
    """Start the bot, ask, count."""
    subprocess.run(
        [sys.executable, str(ROOT / "rawi.py"), "ingest", str(given.articles)],
        env=environment(home, given.models),
        check=True,
        capture_output=True,
    )
    api = BotApi()
    each = given.questions // given.chats
    start = Launcher(api, home, given.models)
    start(user_rate="1000", total_rate="100000", waiting=str(each + 1))
    if given.ingest:
        threading.Thread(target=add_articles, args=(api, given.ingest), daemon=True).start()
        time.sleep(2)
    people = [Person(api, 10_000 + n) for n in range(given.chats)]
    asked: dict[int, list[tuple[float, int]]] = {p.id: [] for p in people}
    begun = time.time()
    for turn in range(each):
        for number, person in enumerate(people):
            which = (turn + number) % len(QUESTIONS)
            message = person.message(QUESTIONS[which])
            asked[person.id].append((time.time(), which))
            api.push({"message": message})
            if given.in_turn:
                person.hear()
                person.seen = len(api.calls)
    wanted = each * given.chats
    api.wait(lambda calls: len(answers(api)) >= wanted, timeout=1800)
    report(api, asked, begun, wanted)
    start.stop()
    api.close()


def answers(api: BotApi) -> list[tuple[int, float, str]]:
    """``(chat, time, text)`` of what readers were sent."""
    return [
        (c.params["chat_id"], c.at, c.text)
        for c in list(api.calls)
        if c.method == "sendMessage" and c.status == 200 and c.params["chat_id"] != EDITOR
    ]


def report(
    api: BotApi, asked: dict[int, list[tuple[float, int]]], begun: float, wanted: int
) -> None:
    """Lost, disordered, throughput and latency; the same question has the same answer."""
    got: dict[int, list[tuple[float, str]]] = {chat: [] for chat in asked}
    for chat, at, text in answers(api):
        got[chat].append((at, text))
    first = {}
    waits, disordered = [], 0
    for chat, questions in asked.items():
        for (sent, number), (at, text) in zip(questions, got[chat], strict=False):
            waits.append(at - sent)
            opening = text.split("\n")[0]
            disordered += first.setdefault(number, opening) != opening
    seconds = max(at for replies in got.values() for at, _ in replies) - begun
    waits.sort()
    line = {
        "questions": wanted,
        "lost": wanted - sum(map(len, got.values())),
        "out_of_order": disordered,
        "per_second": round(wanted / seconds, 1),
        "p50_s": round(statistics.median(waits), 2),
        "p95_s": round(waits[int(len(waits) * 0.95)], 2),
    }
    print(json.dumps(line))


def add_articles(api: BotApi, count: int) -> None:
    """An editor sends a file with many articles."""
    records = [
        {"id": f"load-{n}", "title": f"خبر {n}", "text": f"أعلن المرصد رصد {n} نيزكًا. " * 30}
        for n in range(count)
    ]
    content = "\n".join(json.dumps(r, ensure_ascii=False) for r in records).encode()
    api.files["load"] = content
    document = {"file_id": "load", "file_unique_id": "load", "file_name": "load.jsonl"}
    Person(api, EDITOR).send(document={**document, "file_size": len(content)})


if __name__ == "__main__":
    main()
