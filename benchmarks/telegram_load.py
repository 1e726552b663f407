"""Load test of the Telegram bot: many chats at once; then a few while an editor adds articles.

The bot is a real process with the samples; the Bot API is the tests' server over HTTP. Two parts,
a line of JSON for each:

- ``crowd``: 50 chats ask 500 questions at the same moment, as impatient people do. Is any answer
  lost or out of order within its chat, how many come in a second, and how long does one take?
- ``beside_ingest``: readers ask one question after the other, before, while and after 1,000
  articles go in. How much longer do answers take meanwhile?

    python benchmarks/telegram_load.py
    python benchmarks/telegram_load.py --chats 10 --questions 50 --ingest 100    # short
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
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
"""Seconds between a reader's questions."""


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
    part: Callable[[BotApi, argparse.Namespace, list[str], Path], dict[str, Any]],
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
        start(user_rate="100000", total_rate="1000000", waiting=str(given.questions))
        return {"part": part.__name__, **part(api, given, questions, home)}
    finally:
        start.stop()
        api.close()


def crowd(
    api: BotApi, given: argparse.Namespace, questions: list[str], home: Path
) -> dict[str, Any]:
    """All chats send all their questions at once."""
    each = given.questions // given.chats
    people = [Person(api, 10_000 + n) for n in range(given.chats)]
    sent: dict[tuple[int, int], float] = {}
    for turn in range(each):
        for number, person in enumerate(people):
            message = person.message(questions[(turn + number) % len(questions)])
            sent[(person.id, message["message_id"])] = time.time()
            api.push({"message": message})
    api.wait(lambda _: len(_answers(api)) >= len(sent), timeout=1800)
    time.sleep(2)  # answers are recorded just after they are sent
    return _compared(_noted(home), sent, {c.result["message_id"]: c.at for c in _answers(api)})


def _noted(home: Path) -> list[tuple[int, int, int]]:
    """``(chat, question's message, answer's first message)``, in the order of the answers."""
    db = sqlite3.connect(home / "telegram.sqlite3")
    rows = db.execute(
        "SELECT answers.chat, question_message, min(message) FROM answers JOIN messages "
        "ON answer = id WHERE question_message IS NOT NULL GROUP BY id ORDER BY 3"
    ).fetchall()
    db.close()
    return rows


def _compared(
    noted: list[tuple[int, int, int]], sent: dict[tuple[int, int], float], came: dict[int, float]
) -> dict[str, Any]:
    """Check that the answers in each chat are in the order of its questions."""
    newest: dict[int, int] = {}
    disordered, waits = 0, []
    for chat, question, answer in noted:
        disordered += question < newest.get(chat, 0)
        newest[chat] = question
        waits.append(came[answer] - sent[(chat, question)])
    seconds = max(came.values()) - min(sent.values())
    return {
        "questions": len(sent),
        "chats": len({chat for chat, _ in sent}),
        "lost": len(sent) - len(noted),
        "out_of_order": disordered,
        "per_second": round(len(noted) / seconds, 1),
        **_quantiles(waits),
    }


def beside_ingest(
    api: BotApi, given: argparse.Namespace, questions: list[str], home: Path
) -> dict[str, Any]:
    """Readers ask before, during and after an ingest, in the same process."""
    # Ask all questions once, so that caches are warm before and during the ingest alike.
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
    """Seconds of each answer to ``READERS`` people, who keep asking until ``enough``."""
    waits: list[float] = []

    def ask_on(person: Person, order: list[str]) -> None:
        asked = 0
        while not enough(asked):
            person.seen = len(api.calls)
            sent = time.time()
            api.push({"message": person.message(order[asked % len(order)])})
            person.next_message(timeout=120)
            waits.append(time.time() - sent)
            asked += 1
            time.sleep(pause)

    threads = []
    for number in range(READERS):
        order = random.Random(number).sample(questions, len(questions))  # noqa: S311
        person = Person(api, 20_000 + number)
        threads.append(threading.Thread(target=ask_on, args=(person, order)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def _is_done(api: BotApi) -> bool:
    return any(c.text.startswith(("✅", "⚠️")) for c in api.of("editMessageText"))


def _answers(api: BotApi) -> list[Call]:
    """The first message of each answer."""
    return [
        c for c in api.of("sendMessage") if c.status == 200 and not c.text.startswith("\u200f[")
    ]


def _quantiles(waits: list[float]) -> dict[str, float]:
    waits = sorted(waits)
    return {
        "p50_s": round(statistics.median(waits), 3),
        "p95_s": round(waits[int(len(waits) * 0.95)], 3),
    }


def _send_articles(editor: Person, count: int) -> None:
    """An editor sends a file with many distinct articles of about 70 words each."""
    things = ["نيزك", "مركب", "كتاب", "شجرة", "جسر", "مدرسة", "بئر", "قافلة", "منارة", "معرض"]
    towns = ["مرسى النخيل", "رأس الصدف", "وادي اللوز", "تل الزعتر", "عين الحجل", "دير الكروم"]
    records = []
    for n in range(count):
        rng = random.Random(n)  # noqa: S311
        sentences = [
            f"وقال مرصد {rng.choice(towns)} إن عدد ما سُجل من {rng.choice(things)} بلغ "
            f"{rng.randrange(9_999)} خلال {rng.randrange(2, 40)} يومًا."
            for _ in range(5)
        ]
        records.append({"id": f"load-{n}", "title": f"خبر {n}", "text": " ".join(sentences)})
    content = "\n".join(json.dumps(r, ensure_ascii=False) for r in records).encode()
    editor.api.files["load"] = content
    document = {"file_id": "load", "file_unique_id": "load", "file_name": "load.jsonl"}
    editor.send(document={**document, "file_size": len(content)})


if __name__ == "__main__":
    main()
