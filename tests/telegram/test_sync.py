"""Background sync of sources, and what editors see of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.newssite import page, rss, story, title
from tests.site import Site, served
from tests.telegram.conftest import EDITOR, StartBot
from tests.telegram.people import Person
from tests.telegram.server import BotApi


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        yield site


def notices(api: BotApi) -> list[str]:
    """Notices to the editor, in order."""
    sent = [c.text for c in api.of("sendMessage", 0) if c.params["chat_id"] == EDITOR]
    return [text for text in sent if text.startswith(("⚠️", "✅"))]


def until(found: Callable[[], object]) -> None:
    """Wait until ``found()`` is true."""
    end = time.monotonic() + 240
    while not found():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_due_sources_are_synced_and_failures_are_notified_once(
    api: BotApi, start: StartBot, site: Site, tmp_path: Path
) -> None:
    site.pages |= {f"/a/{n}": page(n) for n in range(1, 6)}
    site.pages["/feed"] = rss(site, [1, 2, 3])
    site.pages["/other"] = 404
    toml = tmp_path / "home" / "sources.toml"
    toml.write_text(
        f'[sources.harbour]\nlabel = "المرفأ"\nfrom = "{site.url("/feed")}"\nevery = "1s"\n'
        f'[sources."الجبل"]\nfrom = "{site.url("/other")}"\nevery = "1s"\n'
        f'[sources.bad]\nfrom = "{site.url("/feed")}"\nevery = "often"\n',
        "utf-8",
    )
    bot = start(sync="true", user_rate="1000")
    failing = "الجبل: ⚠️ تتعذّر قراءته (لا صفحة في هذا الرابط: "
    editor, reader = Person(api, EDITOR), Person(api, 77)
    until(lambda: len(notices(api)) == 2)
    bot.wait_for("source synced")
    while failing not in (found := editor.ask("/ingest").text):
        time.sleep(0.5)  # it is just being tried again
    assert "لا يجري إدخال شيء الآن." in found and "المصادر:" in found
    assert "المرفأ: محدَّث" in found or "المرفأ: تجري قراءته الآن" in found
    assert "bad" in found and "often" in found

    # A reader is answered from what has come, without anybody's doing.
    assert story(2)[0] in reader.ask(f"ماذا جاء في خبر «{title(2)}»؟").text
    site.pages["/feed"] = rss(site, [2, 3, 4])
    asked = site.asked.count("/other")
    until(lambda: site.asked.count("/other") > asked)

    site.pages["/other"] = rss(site, [5])
    until(lambda: len(notices(api)) > 2)
    mistake, failure, recovery = notices(api)
    assert mistake.startswith("⚠️ في ملف المصادر خطأ: ") and "often" in mistake
    assert failure.startswith("⚠️ لم أستطع قراءة المصدر الجبل: لا صفحة في هذا الرابط")
    assert recovery.startswith("✅ عادت قراءة المصدر الجبل ممكنة")
    assert story(5)[0] in reader.ask(f"ماذا جاء في خبر «{title(5)}»؟").text
    assert story(4)[0] in reader.ask(f"ماذا جاء في خبر «{title(4)}»؟").text
    assert bot.stop() == 0
