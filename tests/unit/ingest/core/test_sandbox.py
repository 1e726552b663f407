"""A parser in a process of its own: what happens to it stays there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.core.errors import LoadError
from ingest.core.sandbox import SandboxedProcess

CHILD = """
import json, os, sys, time
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "hang": time.sleep(600)
    if request["do"] == "live": print("", "", "", sep="\\n", flush=True)
    while request["do"] == "chatter": print(flush=True); time.sleep(0.01)
    if request["do"] == "crash": os._exit(11)
    if request["do"] == "abort": os.abort()
    if request["do"] == "half": print('{"half"', end="", flush=True); os._exit(0)
    special = {"devour": {"exhausted": True}, "break": {"broken": "ValueError: x"}}
    print(json.dumps(special.get(request["do"], {"pid": os.getpid()})), flush=True)
"""


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxedProcess]:
    (tmp_path / "child_of_a_test.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    running = SandboxedProcess("child_of_a_test", 10**9)
    yield running
    running.close()


def test_what_lies_where_the_command_is_called_is_not_run(
    sandbox: SandboxedProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "json.py").write_text("raise SystemExit('not the one meant')")
    monkeypatch.chdir(tmp_path / "here")
    assert sandbox.request({"do": "work"}, 60)["pid"]


def test_the_process_is_kept_while_all_goes_well(sandbox: SandboxedProcess) -> None:
    first = sandbox.request({"do": "work"}, 60)
    assert sandbox.request({"do": "live"}, 60) == first != {"pid": os.getpid()}


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("crash", "breaks its reader, or takes too much memory"),
        ("abort", "breaks its reader, or takes too much memory"),
        ("half", "breaks its reader, or takes too much memory"),
        ("devour", "breaks its reader, or takes too much memory"),
        ("break", "cannot be read (ValueError: x)"),
    ],
)
def test_what_goes_wrong_is_said_and_the_next_file_is_read(
    sandbox: SandboxedProcess, what: str, problem: str
) -> None:
    sandbox.request({"do": "work"}, 60)
    with pytest.raises(LoadError) as caught:
        sandbox.request({"do": what}, 60)
    assert caught.value.problem == problem and caught.value.remedy
    assert sandbox.request({"do": "work"}, 60)["pid"]


@pytest.mark.parametrize("what", ["hang", "chatter"])
def test_a_file_that_takes_for_ever_is_given_up(sandbox: SandboxedProcess, what: str) -> None:
    before = sandbox.request({"do": "work"}, 60)
    with pytest.raises(LoadError, match=r"no end to reading it: 0\.1 seconds without a page"):
        sandbox.request({"do": what}, 0.1)
    after = sandbox.request({"do": "work"}, 60)
    assert after != before
    with pytest.raises(ProcessLookupError):
        os.kill(before["pid"], 0)


def test_a_process_that_died_between_two_files_is_replaced(sandbox: SandboxedProcess) -> None:
    before = sandbox.request({"do": "work"}, 60)
    os.kill(before["pid"], 9)
    os.waitid(os.P_PID, before["pid"], os.WEXITED | os.WNOWAIT)
    assert sandbox.request({"do": "work"}, 60) != before
