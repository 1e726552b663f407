"""A folder of hostile files: each has its line, nothing hangs or grows, all good ones go in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import rawi_command, rawi_environment
from tests.integration.hostile_files import bad_files, good_files, special_files

MOST_MEGABYTES = 2_000
"""Of the process that ingests and of the one that reads PDFs, each; the model has its share."""

# Linux counts the memory of the process that starts another as that one's own at first, and that of
# pytest has grown by then. This one is small, and tells the most its children took, in kilobytes.
MEASURED = """
import resource, subprocess, sys
ran = subprocess.run(sys.argv[2:])
with open(sys.argv[1], "w") as told:
    told.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(ran.returncode)
"""


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

    out, err, peak = (tmp_path / name for name in ("out", "err", "peak"))
    with out.open("w") as stdout, err.open("w") as stderr:
        ran = subprocess.run(
            [sys.executable, "-c", MEASURED, peak, *rawi_command("ingest", folder, "--json")],
            stdout=stdout,
            stderr=stderr,
            env=rawi_environment(),
            check=False,
        )
    for listening in sockets:
        listening.close()
    assert ran.returncode == 1, err.read_text()[-3000:]
    report = json.loads(out.read_text(encoding="utf-8"))
    assert int(peak.read_text()) / 1024 < MOST_MEGABYTES

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
    assert {path.name for path in tmp_path.iterdir()} - outside <= {"home", "out", "err", "peak"}
