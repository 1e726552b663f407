"""Many chats ask the Telegram bot at once; then a few go on while an editor adds 1,000 articles.

The bot is a real process with the samples; the Bot API is the tests' server over HTTP. Two parts,
a line of JSON for each:

- ``crowd``: 50 chats ask 500 questions at the same moment, as impatient people do. Is any answer
  lost or out of order within its chat, how many come in a second, and how long does one take?
- ``beside_ingest``: readers ask one question after the other, before, while and after 1,000
  articles go in. How much longer do answers take meanwhile?

    python benchmarks/telegram_load.py
    python benchmarks/telegram_load.py --chats 10 --questions 50 --ingest 100    # quickly
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.telegram.conftest import EDITOR, Launcher, environment  # noqa: E402
from tests.telegram.people import Person  # noqa: E402
from tests.telegram.server import BotApi, Call  # noqa: E402

READERS = 2
PATIENT = 60
"""Questions of the readers before the ingest, and as many after it."""
PAUSE = 0.5
"""Seconds that a reader takes to read an answer."""
LIMITS = {"user_rate": "100000", "total_rate": "1000000"}


def main() -> None:
    """Run both parts and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--chats", type=int, default=50)
    options.add_argument("--questions", type=int, default=500)
    options.add_argument("--ingest", type=int, default=1000, metavar="N")
    options.add_argument("--only", choices=("crowd", "beside_ingest"))
    options.add_argument("--models", type=Path, default=ROOT / ".rawi" / "models")
    given = options.parse_args()
    text = (ROOT / "samples" / "testset.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    questions = [line["question"] for line in lines if "question" in line]
    parts = [part for part in (crowd, beside_ingest) if given.only in (None, part.__name__)]
    for part in parts:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            print(json.dumps(_with_bot(Path(folder) / "home", given, questions, part)), flush=True)


def _with_bot(
    home: Path,
    given: argparse.Namespace,
    questions: list[str],
    part: Callable[[BotApi, argparse.Namespace, list[str]], dict[str, Any]],
) -> dict[str, Any]:
    subprocess.run(
        [sys.executable, str(ROOT / "rawi.py"), "ingest", str(ROOT / "samples")],
        env=environment(home, given.models),
        check=True,
        capture_output=True,
    )
    api = BotApi()
    start = Launcher(api, home, given.models)
    try:
        start(**LIMITS, waiting=str(given.questions))
        return {"part": part.__name__, **part(api, given, questions)}
    finally:
        start.stop()
        api.close()


def crowd(api: BotApi, given: argparse.Namespace, questions: list[str]) -> dict[str, Any]:
    """Everybody asks everything at once; each question of a chat is another one."""
    each = given.questions // given.chats
    people = [Person(api, 10_000 + n) for n in range(given.chats)]
    asked: dict[int, list[tuple[float, str]]] = {p.id: [] for p in people}
    begun = time.time()
    for turn in range(each):
        for number, person in enumerate(people):
            question = questions[(turn + number) % len(questions)]
            asked[person.id].append((time.time(), question))
            api.push({"message": person.message(question)})
    wanted = each * given.chats
    api.wait(lambda calls: len(_answers(calls)) >= wanted, timeout=1800)
    got: dict[int, list[tuple[float, str]]] = {chat: [] for chat in asked}
    for chat, at, text in _answers(api.calls):
        got[chat].append((at, text))
    return _compared(asked, got, begun)


def _compared(
    asked: dict[int, list[tuple[float, str]]], got: dict[int, list[tuple[float, str]]], begun: float
) -> dict[str, Any]:
    """The same question has the same answer, so an answer in another's place shows."""
    usual: dict[str, str] = {}
    waits, disordered = [], 0
    for chat, questions in asked.items():
        for (sent, question), (at, text) in zip(questions, got[chat], strict=False):
            waits.append(at - sent)
            opening = text.split("\n")[0]
            disordered += usual.setdefault(question, opening) != opening
    wanted = sum(map(len, asked.values()))
    seconds = max(at for replies in got.values() for at, _ in replies) - begun
    return {
        "questions": wanted,
        "chats": len(asked),
        "lost": wanted - sum(map(len, got.values())),
        "out_of_order": disordered,
        "per_second": round(wanted / seconds, 1),
        **_quantiles(waits),
    }


def beside_ingest(api: BotApi, given: argparse.Namespace, questions: list[str]) -> dict[str, Any]:
    """Readers ask before, during and after an ingest, in the same process."""
    # Once through all questions first: what they need is then known, before as during the ingest.
    _readers(api, questions, lambda asked: asked >= len(questions), pause=0)
    before = _readers(api, questions, lambda asked: asked >= PATIENT // READERS)
    editor = Person(api, EDITOR)
    begun = time.time()
    _send_articles(editor, given.ingest)
    while_ingesting = _readers(api, questions, lambda asked: _is_done(api))
    seconds = time.time() - begun
    after = _readers(api, questions, lambda asked: asked >= PATIENT // READERS)
    quiet = _quantiles(before + after)
    busy = _quantiles(while_ingesting)
    return {
        "articles": given.ingest,
        "ingest_seconds": round(seconds),
        "quiet": {"questions": len(before + after), **quiet},
        "ingesting": {"questions": len(while_ingesting), **busy},
        "p50_ratio": round(busy["p50_s"] / quiet["p50_s"], 2),
        "p95_ratio": round(busy["p95_s"] / quiet["p95_s"], 2),
    }


def _readers(
    api: BotApi, questions: list[str], enough: Callable[[int], bool], pause: float = PAUSE
) -> list[float]:
    """Seconds that each answer to ``READERS`` people took, who ask on until it is ``enough``."""
    waits: list[float] = []

    def ask_on(person: Person, order: list[str]) -> None:
        asked = 0
        while not enough(asked):
            person.seen = len(api.calls)
            sent = time.time()
            api.push({"message": person.message(order[asked % len(order)])})
            person.hear(timeout=120)
            waits.append(time.time() - sent)
            asked += 1
            time.sleep(pause)

    threads = []
    for number in range(READERS):
        order = random.Random(number).sample(questions, len(questions))  # noqa: S311 - an order
        person = Person(api, 20_000 + number)
        threads.append(threading.Thread(target=ask_on, args=(person, order)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def _is_done(api: BotApi) -> bool:
    return any(c.text.startswith(("✅", "⚠️")) for c in api.of("editMessageText"))


def _answers(calls: list[Call]) -> list[tuple[int, float, str]]:
    """``(chat, time, text)`` of what readers were sent: of each answer the first message."""
    return [
        (c.params["chat_id"], c.at, c.text)
        for c in list(calls)
        if c.method == "sendMessage" and c.status == 200 and not c.text.startswith("\u200f[")
    ]


def _quantiles(waits: list[float]) -> dict[str, float]:
    waits = sorted(waits)
    return {
        "p50_s": round(statistics.median(waits), 3),
        "p95_s": round(waits[int(len(waits) * 0.95)], 3),
    }


def _send_articles(editor: Person, count: int) -> None:
    """An editor sends a file with many articles, of some 70 words each, no two alike."""
    things = ["نيزك", "مركب", "كتاب", "شجرة", "جسر", "مدرسة", "بئر", "قافلة", "منارة", "معرض"]
    towns = ["مرسى النخيل", "رأس الصدف", "وادي اللوز", "تل الزعتر", "عين الحجل", "دير الكروم"]
    records = []
    for n in range(count):
        chance = random.Random(n)  # noqa: S311 - invented news
        sentences = [
            f"وقال مرصد {chance.choice(towns)} إن عدد ما سُجل من {chance.choice(things)} بلغ "
            f"{chance.randrange(9_999)} خلال {chance.randrange(2, 40)} يومًا."
            for _ in range(5)
        ]
        records.append({"id": f"load-{n}", "title": f"خبر {n}", "text": " ".join(sentences)})
    content = "\n".join(json.dumps(r, ensure_ascii=False) for r in records).encode()
    editor.api.files["load"] = content
    document = {"file_id": "load", "file_unique_id": "load", "file_name": "load.jsonl"}
    editor.send(document={**document, "file_size": len(content)})


if __name__ == "__main__":
    main()
