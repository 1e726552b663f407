from __future__ import annotations

import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from vectorstore.core.errors import StoreBusyError
from vectorstore.core.locks import WriterLock

ROOT = Path(__file__).resolve().parents[4]

TAKE_TURNS = """
import sys, time
from pathlib import Path
from vectorstore.core.locks import WriterLock

folder, name = Path(sys.argv[1]), sys.argv[2]
lock = WriterLock(folder, "write", 240)
(folder / f"{name}.ready").touch()
while len(list(folder.glob("*.ready"))) < 2:
    time.sleep(0.01)
for _ in range(10):
    with lock.hold():
        with (folder / "log").open("a") as log:
            log.write(name)
        time.sleep(0.1)
        with (folder / "log").open("a") as log:
            log.write(name)
"""


def test_processes_exclude_each_other_and_alternate(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TAKE_TURNS, str(tmp_path)]
    both = [subprocess.Popen([*command, name], cwd=ROOT) for name in "ab"]
    assert [process.wait(240) for process in both] == [0, 0]
    log = (tmp_path / "log").read_text()
    pairs = [log[i : i + 2] for i in range(0, len(log), 2)]
    assert set(pairs) == {"aa", "bb"}, "a turn was interrupted"
    changes = sum(one != next_ for one, next_ in pairwise(pairs))
    assert changes >= 8, f"one process kept the other waiting: {log}"


def test_a_turn_may_be_taken_again_inside_itself(tmp_path: Path) -> None:
    turns = WriterLock(tmp_path, "write", 5)
    with turns.hold(), turns.hold():
        pass
    with WriterLock(tmp_path, "write", 0.2).hold():
        assert True, "the turn was given back"


def test_whoever_waits_too_long_is_told(tmp_path: Path) -> None:
    with (
        WriterLock(tmp_path, "write", 5).hold(),
        pytest.raises(StoreBusyError, match="RAWI_STORE_LOCK_TIMEOUT"),
        WriterLock(tmp_path, "write", 0.2).hold(),
    ):
        raise AssertionError("two turns at once")


def test_threads_exclude_each_other_and_are_told_too(tmp_path: Path) -> None:
    turns = WriterLock(tmp_path, "write", 0.2)
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.hold():
            taken.set()
            done.wait(240)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(240)
    with pytest.raises(StoreBusyError), turns.hold():
        raise AssertionError("two turns at once")
    assert thread.is_alive(), "it waited until the other was done"
    done.set()
    thread.join()
    with turns.hold():
        assert not thread.is_alive()


def test_an_error_inside_gives_the_turn_back(tmp_path: Path) -> None:
    turns = WriterLock(tmp_path, "write", 0.2)
    with pytest.raises(RuntimeError, match="inside"), turns.hold():
        raise RuntimeError("inside")
    with WriterLock(tmp_path, "write", 0.2).hold():
        assert True, "the turn was given back"
