"""Measures ingest speed: Rawi against the plain LangChain recipe, in one run.

    pip install -e '.[bench]'        # in an environment of its own: it brings the recipe's packages
    python benchmarks/ingest_speed.py DATA [--articles 300] [--rounds 1] [--turns 10 40]
                                      [--models DIR]

DATA is a folder of ``.jsonl`` files, or one, with ``text`` (and ``title``) on each line. Where it
holds too few articles they are taken again under other ids, with a word of their own in every
passage, so that nothing is embedded twice.

Both sides get the same texts and the same model (multilingual-e5-small, the default), each in a
process of its own:

- **rawi**: ``rawi ingest``'s own code, as it is, int8 where the machine has it; cleaning, dates,
  copies and teasers included, catalogue, vectors and lexical index written;
- **recipe**: RecursiveCharacterTextSplitter (1,000 characters, 200 of them overlapping) →
  HuggingFaceEmbeddings (fp32) → Chroma.from_documents, as every tutorial has it.

They take turns *within* a round, so that whatever else runs on a shared machine slows both alike:
one works, the other is stopped. ``--turns`` are the lengths of Rawi's and of the recipe's turns, in
seconds; in the ratio of their times, both end at about the same time. When one has ended, the other
goes on alone. Only the seconds that a side was running are counted.

Printed per round: seconds (without imports and loading the model, which are given beside it), CPU
seconds and peak memory of the whole process, articles and passages per second, the machine's load
(mean over the side's turns, its own threads included), how many times Rawi is faster, and how near
it comes to what large int8 products reach on this machine (median of a try before each of Rawi's
turns). How far it is goes to the standard error stream every three minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from vectorstore.embedding.default_model.model_cache import ensure_model
from vectorstore.embedding.speed import gflop, matmul_ceilings

CHUNK, OVERLAP = 1_000, 200
_LEAST_CHARACTERS = 200  # of an article
_WORDS_BETWEEN_MARKS = 40  # in an article taken again: fewer than any passage has
_PROGRESS_SECONDS = 180


def records(data: Path, count: int) -> Iterator[dict[str, str]]:
    """``count`` articles with distinct ids and texts."""
    files = sorted(data.rglob("*.jsonl")) if data.is_dir() else [data]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    real = [json.loads(line) for line in lines if line.strip()]
    real = [r for r in real if len(str(r.get("text") or "")) >= _LEAST_CHARACTERS]
    if not real:
        raise SystemExit(f"{data}: no articles (lines with a text)")
    for n in range(count):
        record, again = real[n % len(real)], n // len(real)
        text = str(record["text"])
        if again:
            text = "\n".join(_marked(line.split(), f"({again}-{n})") for line in text.splitlines())
        yield {"id": f"a{n}", "title": str(record.get("title") or ""), "text": text}


def _marked(words: list[str], mark: str) -> str:
    """``text`` with ``mark`` inserted after every few words, and at its end."""
    starts = range(0, len(words), _WORDS_BETWEEN_MARKS)
    return " ".join(" ".join([*words[i : i + _WORDS_BETWEEN_MARKS], mark]) for i in starts)


def mark(name: str) -> None:
    """Signal the parent process, which takes the time."""
    print(json.dumps({"mark": name}), flush=True)


def rawi(file: Path, work: Path, models: Path) -> dict[str, Any]:
    """Ingest ``file`` as the command does."""
    from ingest.pipeline import run_ingest
    from ingest.store import open_store
    from vectorstore.core.settings import StoreSettings

    with open_store(StoreSettings(home=work, models_dir=models), writable=True) as store:
        embedder = store.embedder
        mark("loaded")
        report = run_ingest(store, [file])
        mark("done")
        ids = sorted(store.catalogue.passage_ids())
        work_done = 0.0
        for start in range(0, len(ids), 256):  # in batches, to use little memory
            passages = store.catalogue.retrieve(ids[start : start + 256]).values()
            work_done += sum(gflop(len(embedder.token_starts(p.text)) + 4) for p in passages)
    return {
        "articles": report.added,
        "passages": report.passages,
        "gflop": work_done,
        "engine": embedder.engine,
    }


def recipe(file: Path, work: Path, models: Path) -> dict[str, Any]:
    """The recipe of LangChain's tutorials."""
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    model = ensure_model(models, want_openvino=False).sentence_transformers
    embeddings = HuggingFaceEmbeddings(
        model_name=str(model),
        # What a hub's copy is; the folder is half as wide, which is slow on a processor.
        model_kwargs={"model_kwargs": {"dtype": "float32"}},
    )
    mark("loaded")
    articles = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    documents = [Document(f"{a['title']}\n{a['text']}", metadata={"id": a["id"]}) for a in articles]
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
    chunks = splitter.split_documents(documents)
    Chroma.from_documents(chunks, embeddings, persist_directory=str(work))
    mark("done")
    return {"articles": len(articles), "passages": len(chunks), "engine": "sentence-transformers"}


SIDES = {"rawi": rawi, "recipe": recipe}


class Side:
    """One system in a process group of its own, stopped except during its turns.

    Attributes:
        name: A key of ``SIDES``.
        active: Seconds it was running so far.
        ceilings: 10⁹ int8 operations a second that the machine gave before its turns.
    """

    def __init__(self, name: str, file: Path, models: Path) -> None:
        self.name = name
        self.active = 0.0
        self.ceilings: list[float] = []
        self._loads: list[float] = []
        self._marks: dict[str, float] = {}
        self._printed: dict[str, Any] = {}
        self._unread = b""
        self._work = tempfile.TemporaryDirectory()
        command = [sys.executable, __file__, str(file), "--models", str(models)]
        # A group, yet no session of its own: should this process be killed outright, the kernel
        # wakes and hangs up what it left stopped.
        self._process = subprocess.Popen(
            [*command, "--side", name, "--work", self._work.name],
            stdout=subprocess.PIPE,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"},
            process_group=0,
        )
        os.killpg(self._process.pid, signal.SIGSTOP)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # reaches stopped ones, too
            self._process.wait()
        self._work.cleanup()

    def work_for(self, seconds: float) -> bool:
        """Let it run for some seconds; True when it has ended."""
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        begun, before, ended = time.monotonic(), self.active, False
        os.killpg(self._process.pid, signal.SIGCONT)
        while not ended and (left := begun + seconds - time.monotonic()) > 0:
            if select.select([pipe], [], [], left)[0]:
                read = os.read(pipe, 1 << 16)
                self.active = before + time.monotonic() - begun
                ended = not read
                self._take(read)
        if not ended:
            os.killpg(self._process.pid, signal.SIGSTOP)
        self.active = before + time.monotonic() - begun
        self._loads.append(os.getloadavg()[0])
        return ended

    def _take(self, read: bytes) -> None:
        *lines, self._unread = (self._unread + read).split(b"\n")
        for line in lines:
            if line.startswith(b"{"):
                said = json.loads(line)
                if "mark" in said:
                    self._marks[said["mark"]] = self.active
                else:
                    self._printed = said

    def figures(self) -> dict[str, Any]:
        """What it printed, with its seconds, CPU seconds, peak memory (MB) and load, once ended."""
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            raise SystemExit(f"{self.name} failed")
        return {
            **self._printed,
            "loading": self._marks["loaded"],
            "seconds": self._marks["done"] - self._marks["loaded"],
            "cpu": used.ru_utime + used.ru_stime,
            "memory": used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10),
            "load": statistics.mean(self._loads),
        }


def take_turns(file: Path, models: Path, turns: dict[str, float]) -> dict[str, dict[str, Any]]:
    """One round with turns of the given seconds: the figures of each side."""
    found: dict[str, dict[str, Any]] = {}
    with contextlib.ExitStack() as stack:
        sides = [stack.enter_context(Side(name, file, models)) for name in turns]
        told = time.monotonic()
        while len(found) < len(sides):
            for side in sides:
                if side.name in found:
                    continue
                if side.name == "rawi" and (ceiling := matmul_ceilings()[1]):
                    side.ceilings.append(ceiling)
                if side.work_for(turns[side.name]):
                    found[side.name] = side.figures()
                    if side.ceilings:
                        found[side.name]["ceiling"] = statistics.median(side.ceilings)
            if time.monotonic() - told > _PROGRESS_SECONDS:
                told = time.monotonic()
                so_far = (
                    f"{s.name} {s.active:.0f} s{' (ended)' * (s.name in found)}" for s in sides
                )
                print("at work so far:", ", ".join(so_far), file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Run the sides alternately, print figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--turns",
        type=float,
        nargs=2,
        default=[10.0, 40.0],
        metavar="SECONDS",
        help="Rawi's and the recipe's (default: 10 40)",
    )
    parser.add_argument("--models", type=Path, help="folder of prepared models")
    parser.add_argument("--only", choices=SIDES, help="one side alone")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    models = options.models or Path(tempfile.gettempdir()) / "rawi" / "models"
    if options.side:
        print(json.dumps(SIDES[options.side](options.data, options.work, models)), flush=True)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # stops child processes
    ensure_model(models, want_openvino=True, notify=print)
    turns = dict(zip(SIDES, options.turns, strict=True))
    if options.only:
        turns = {options.only: turns[options.only]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "articles.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for record in records(options.data, options.articles):
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
        compare(file, models, options.rounds, turns)


def compare(file: Path, models: Path, rounds: int, turns: dict[str, float]) -> None:
    """Print a line for each side and round, and the ratios."""
    print(
        f"{'':8} {'engine':22} {'articles':>8} {'seconds':>8} {'loading':>8} {'CPU s':>7} "
        f"{'MB':>6} {'art./s':>7} {'pass./s':>7} {'passages':>8} {'load':>5}",
        flush=True,
    )
    ratios, shares = [], []
    for _ in range(rounds):
        found = take_turns(file, models, turns)
        for side, r in found.items():
            print(
                f"{side:8} {r['engine']:22} {r['articles']:8} {r['seconds']:8.1f} "
                f"{r['loading']:8.1f} {r['cpu']:7.1f} {r['memory']:6.0f} "
                f"{r['articles'] / r['seconds']:7.2f} {r['passages'] / r['seconds']:7.1f} "
                f"{r['passages']:8} {r['load']:5.1f}",
                flush=True,
            )
            if "ceiling" in r:
                shares.append(r["gflop"] / r["seconds"] / r["ceiling"])
        if len(found) == len(SIDES):
            ratios.append(found["recipe"]["seconds"] / found["rawi"]["seconds"])
    if ratios:
        print(f"Rawi is {statistics.median(ratios):.1f} times as fast as the recipe.")
    if shares:
        print(f"It reaches {statistics.median(shares):.0%} of this machine's int8 products.")


if __name__ == "__main__":
    main()
