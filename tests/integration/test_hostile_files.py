"""A folder of hostile files: each has its line, nothing hangs or grows, all good ones go in."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import rawi_command, rawi_environment
from tests.integration.hostile_files import bad_files, good_files, special_files

MOST_MEGABYTES = 2_000
"""Of the process that ingests and of the one that reads PDFs, each; the model has its share."""


@pytest.mark.slow
def test_each_hostile_file_has_its_line_and_the_good_ones_go_in(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    good, bad = good_files(), bad_files()
    for name, content in {**good, **{name: data for name, (data, _) in bad.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    special, sockets = special_files(folder)
    expected = {**{name: said for name, (_, said) in bad.items()}, **special}
    assert len(expected) >= 50
    outside = {path.name for path in tmp_path.iterdir()}

    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        running = subprocess.Popen(
            rawi_command("ingest", folder, "--json"),
            stdout=stdout,
            stderr=stderr,
            env=rawi_environment(),
        )
        _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    for listening in sockets:
        listening.close()
    assert running.returncode == 1, err.read_text()[-3000:]
    report = json.loads(out.read_text(encoding="utf-8"))
    assert used.ru_maxrss / 1024 < MOST_MEGABYTES

    said: dict[str, str] = {}
    for failure in report["failures"]:
        name = os.path.relpath(failure["place"].partition(".zip/")[0], folder)
        for suffix in (".zip", ""):
            if name + suffix in expected:
                name += suffix
                break
        name = name.split(":")[0].split("#")[0]
        said.setdefault(name, failure["problem"])
        assert failure["problem"].strip() and failure["remedy"].strip(), failure
        assert "\n" not in failure["problem"] + failure["remedy"]
        assert "loader broke" not in failure["problem"], failure
    assert {n: said.get(n) for n in expected if not said.get(n, "").startswith(expected[n])} == {}
    assert set(said) == set(expected)
    assert report["added"] == len(good)
    assert {path.name for path in tmp_path.iterdir()} - outside <= {"home", "out", "err"}
