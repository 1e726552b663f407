"""Takes the README's picture of an evaluation report: its head, and one question opened.

    python -m benchmarks.report_screenshot runs/samples QUESTION docs/images/evaluation-report.png

Needs the Chromium and chromedriver of the system, and the `test` extra for selenium.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from evaluation.core.stored_run import load_run
from evaluation.report import write_report

WIDTH = 1160
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-prefers-reduced-motion",
)
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
    """Write the report of a run to a folder that goes away, open it and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("question", help="id of the question to open")
    parser.add_argument("out", type=Path, help="the PNG to write")
    arguments = parser.parse_args()
    driver = shutil.which("chromedriver")
    if driver is None:
        print("There is no chromedriver: apt-get install chromium chromium-driver", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        write_report(load_run(arguments.run), page)
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in (*FLAGS, f"--user-data-dir={folder}/profile"):
            options.add_argument(flag)
        window = webdriver.Chrome(options=options, service=Service(driver))
        try:
            picture = _taken(window, page.as_uri(), arguments.question)
        finally:
            window.quit()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(picture)
    print(f"{arguments.out}: {len(picture) / 1000:.0f} kB")
    return 0


def _taken(window: webdriver.Chrome, address: str, question: str) -> bytes:
    screen = {"width": WIDTH, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    window.get(address)
    height = int(window.execute_script(EXCERPT, question))
    window.execute_script("scrollTo(0, 0)")
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
    taken = window.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True}
    )
    return base64.b64decode(taken["data"])


if __name__ == "__main__":
    sys.exit(main())
