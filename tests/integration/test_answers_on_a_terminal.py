"""Composed answers grow on a terminal; what is left on the screen is the checked answer alone."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from tests.conftest import rawi_command, rawi_environment
from tests.model_server import ModelServer, Reply
from vectorstore.core.settings import StoreSettings

QUESTION = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
FIRST = "الولايات المتحدة الأمريكية تعهدت بملء مخزون إسرائيل من الصواريخ الاعتراضية"
SECOND = "جاء التعهد الأمريكي خلال اجتماعات عقدها وزير الدفاع الإسرائيلي بيني غانتس في واشنطن"
INVENTED = "وقد أهدت السويد إسرائيل سبعين دبابة"
COLUMNS = 60


@pytest.fixture
def asking(
    filled_samples: StoreSettings,
    model_server: ModelServer,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> ModelServer:
    """The samples, and a scripted model in the environment."""
    monkeypatch.setenv("RAWI_HOME", str(filled_samples.home))
    for name, value in model_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RAWI_LLM_CACHE_DAYS", "0")
    monkeypatch.setenv("RAWI_LLM_RETRIES", "0")
    return model_server


def on_terminal(*arguments: str, typed: str = "", term: str = "xterm") -> str:
    """All that the command writes to a terminal of its own, with the codes that move the cursor."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    environment = {**rawi_environment(), "TERM": term}
    del environment["COLUMNS"]
    process = subprocess.Popen(
        rawi_command(*arguments),
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    os.close(theirs)
    assert process.stdin is not None
    process.stdin.write(typed.encode())
    process.stdin.close()
    written = b""
    try:
        while more := os.read(ours, 65536):
            written += more
    except OSError:  # its end of the terminal is closed
        pass
    os.close(ours)
    assert process.wait(240) == 0
    return written.decode()


def screen(written: str) -> str:
    """What a reader sees in the end: lines are kept, cleared and written over as the codes say."""
    lines, at = [""], 0
    for code, direction, character in re.findall(
        r"\x1b\[([?\d;]*)([A-Za-z])|([^\x1b])", written, flags=re.DOTALL
    ):
        if direction == "A":
            at -= int(code or 1)
        elif direction == "K":
            lines[at] = ""
        elif character == "\n":
            at += 1
            lines += [""] * (at + 1 - len(lines))
        elif character and character != "\r":
            lines[at] += character
    return "\n".join(lines)


def spoken(text: str) -> str:
    """``text`` however a terminal has broken its lines."""
    return " ".join(text.split())


def test_an_answer_grows_and_then_stands_there_once(asking: ModelServer) -> None:
    asking.script(f"{FIRST} [1]. {INVENTED} [1]. {SECOND} [1].")
    written = on_terminal("ask", QUESTION)
    frames = spoken(re.sub(r"\x1b\[[?\d;]*[A-Za-z]", " ", written))
    assert frames.startswith(f"{FIRST}. [1] … "), "it was not shown as soon as it was checked"
    assert INVENTED not in frames
    left = spoken(screen(written))
    assert re.match(rf"{FIRST}\. \[1\] {SECOND}\. \[\d\] المصادر", left), left
    assert left.count(FIRST) == left.count(SECOND) == 1
    assert "…" not in left


def test_of_an_answer_that_breaks_off_nothing_is_left(asking: ModelServer) -> None:
    asking.script(Reply(f"{FIRST} [1]. {SECOND} [1].", drop_after=14))
    written = on_terminal("chat", typed=f"{QUESTION}\n")
    left = screen(written)
    assert f"{FIRST}. [1]" in spoken(written), "there was nothing to break off"
    assert f"{FIRST}. [1]" not in spoken(left)
    assert left.startswith("«")


def test_where_lines_cannot_be_written_anew_the_answer_comes_whole(asking: ModelServer) -> None:
    asking.script(f"{FIRST} [1]. {SECOND} [1].")
    written = on_terminal("ask", QUESTION, term="dumb")
    assert spoken(written).count(FIRST) == 1
    piped = subprocess.run(
        rawi_command("ask", QUESTION), capture_output=True, env=rawi_environment(), check=True
    ).stdout.decode()
    assert piped.startswith(f"{FIRST}. [1] {SECOND}. [")
    assert "\x1b" not in piped
