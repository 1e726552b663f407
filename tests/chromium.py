"""Headless Chromium for tests and screenshots: the system's browser and driver, nothing downloaded.

On Debian: ``apt-get install chromium chromium-driver``.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

MISSING = "This machine has no Chromium: apt-get install chromium chromium-driver"
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-prefers-reduced-motion",  # a click waits for no smooth scrolling
)


def _installed(*names: str) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def find_chromium() -> tuple[str, str] | None:
    """Paths of the browser and of its driver; None where one is missing."""
    browser = _installed("chromium", "chromium-browser", "google-chrome")
    driver = _installed("chromedriver")
    return (browser, driver) if browser and driver else None


@contextmanager
def open_chromium(profile: Path, *flags: str) -> Iterator[webdriver.Chrome]:
    """A browser window with the given profile folder, closed at the end.

    Raises:
        FileNotFoundError: Chromium or its driver is not installed.
    """
    found = find_chromium()
    if found is None:
        raise FileNotFoundError(MISSING)
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in (*_FLAGS, *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    window = webdriver.Chrome(options=options, service=Service(found[1]))
    try:
        yield window
    finally:
        window.quit()


def open_page(window: webdriver.Chrome, address: str, width: int) -> None:
    """Open ``address`` in a viewport of ``width`` pixels."""
    screen = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    window.get(address)


def screenshot(window: webdriver.Chrome, width: int, height: int) -> bytes:
    """The top of the page as PNG, ``width`` × ``height`` pixels, also beyond the viewport."""
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    taken = window.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True}
    )
    return base64.b64decode(taken["data"])
