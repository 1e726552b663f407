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

HOLD_LOCK = """
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
    command = [sys.executable, "-c", HOLD_LOCK, str(tmp_path)]
    both = [subprocess.Popen([*command, name], cwd=ROOT) for name in "ab"]
    assert [process.wait(240) for process in both] == [0, 0]
    log = (tmp_path / "log").read_text()
    pairs = [log[i : i + 2] for i in range(0, len(log), 2)]
    assert set(pairs) == {"aa", "bb"}, "the processes overlapped"
    changes = sum(one != next_ for one, next_ in pairwise(pairs))
    assert changes >= 8, f"one process kept the other waiting: {log}"


def test_the_lock_is_reentrant(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, "write", 5)
    with lock.hold(), lock.hold():
        pass
    with WriterLock(tmp_path, "write", 0.2).hold():
        assert True, "the lock was released"


def test_a_timeout_raises_store_busy(tmp_path: Path) -> None:
    with (
        WriterLock(tmp_path, "write", 5).hold(),
        pytest.raises(StoreBusyError, match="RAWI_STORE_LOCK_TIMEOUT"),
        WriterLock(tmp_path, "write", 0.2).hold(),
    ):
        raise AssertionError("the lock is held twice")


def test_threads_exclude_each_other(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, "write", 0.2)
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with lock.hold():
            taken.set()
            done.wait(240)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(240)
    with pytest.raises(StoreBusyError), lock.hold():
        raise AssertionError("the lock is held twice")
    assert thread.is_alive(), "it waited until the other was done"
    done.set()
    thread.join()
    with lock.hold():
        assert not thread.is_alive()


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, "write", 0.2)
    with pytest.raises(RuntimeError, match="inside"), lock.hold():
        raise RuntimeError("inside")
    with WriterLock(tmp_path, "write", 0.2).hold():
        assert True, "the lock was released"
