"""Takes the README's picture of an evaluation report: its head, and one question opened.

    python -m benchmarks.screenshots.report runs/samples QUESTION docs/images/evaluation-report.png

Needs the Chromium and chromedriver of the system, and the `test` extra for selenium.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from evaluation.core.stored_run import load_run
from evaluation.report import write_report
from tests.chromium import open_chromium, open_page, screenshot

WIDTH = 1160
EXCERPT = """
    for (const name of ["measures", "parts", "refusals", "latency", "configuration"])
      document.getElementById(name).hidden = true;
    for (const more = document.getElementById("more"); !more.hidden;) more.click();
    const rows = [...document.querySelectorAll("#question-rows .row")];
    rows.find((row) => row.dataset.id === arguments[0]).querySelector(".opener").click();
    const at = rows.findIndex((row) => row.dataset.id === arguments[0]);
    for (const row of rows.slice(0, Math.max(0, at - 2))) row.hidden = true;
    for (const row of rows.slice(at + 1)) row.hidden = true;
    document.activeElement.blur();
    document.querySelector(".sheet .wide").hidden = true;
    return document.querySelector(".sheet").getBoundingClientRect().bottom + scrollY + 24;
"""


def main() -> int:
    """Write the report of a run to a temporary folder, open it and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("question", help="id of the question to open")
    parser.add_argument("out", type=Path, help="the PNG to write")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        write_report(load_run(arguments.run), page)
        with open_chromium(Path(folder) / "profile", "--hide-scrollbars") as window:
            open_page(window, page.as_uri(), WIDTH)
            height = int(window.execute_script(EXCERPT, arguments.question))
            window.execute_script("scrollTo(0, 0)")
            picture = screenshot(window, WIDTH, height)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(picture)
    print(f"{arguments.out}: {len(picture) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
