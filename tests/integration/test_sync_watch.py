"""``rawi sync`` as a process: watching, interrupted, killed."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from typer.testing import CliRunner

from ingest.store import open_store
from ingest.sync import read_sources
from ingest.sync.state import SyncState
from ingest.sync.watch import COMPLETE_AFTER
from rawi import app
from tests.conftest import rawi_command, rawi_environment
from tests.integration.newssite import page, rss, story, title
from tests.site import Handler, Site, served


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        site.pages |= {f"/a/{n}": page(n) for n in range(1, 40)}
        yield site


@pytest.fixture
def toml(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAWI_INGEST_PRIVATE_HOSTS", "127.0.0.1")
    monkeypatch.setenv("RAWI_INGEST_FETCH_DELAY", "0")
    home.mkdir()
    return home / "sources.toml"


class Syncing:
    """A ``rawi sync`` that runs; ``reports`` are the JSON lines it has printed so far."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            rawi_command("sync", *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=rawi_environment(),
        )
        self.reports: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in filter(lambda line: line.startswith("{"), self.process.stdout or ()):
            self.reports.append(json.loads(line))

    def wait(self, found: Callable[[], Any]) -> Any:
        """What ``found`` gives, as soon as it is anything."""
        end = time.monotonic() + 240
        while not (it := found()):
            assert self.process.poll() is None, "it has ended"
            assert time.monotonic() < end, self.reports
            time.sleep(0.05)
        return it

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(240)

    def total(self, name: str, count: str) -> int:
        """So many articles of a source were ``count``ed since it was started."""
        return sum(report[count] for report in self.reports if report["name"] == name)


@pytest.fixture
def start(toml: Path) -> Iterator[Callable[..., Syncing]]:
    started: list[Syncing] = []

    def begin(*arguments: str) -> Syncing:
        started.append(Syncing(*arguments))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(10)


def texts() -> dict[str, str]:
    with open_store() as store:
        found = map(store.get, store.catalogue.article_ids())
        return {article.title: article.text for article in found if article}


def markdown(number: int) -> str:
    return f"# {title(number)}\n\n" + "\n\n".join(story(number)) + "\n"


def test_a_watched_folder_is_followed_and_the_web_goes_on_beside_it(
    start: Callable[..., Syncing], site: Site, toml: Path, tmp_path: Path
) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "1.md").write_text(markdown(101), "utf-8")
    tries: list[float] = []

    def down(handler: Handler) -> None:
        tries.append(time.monotonic())
        handler.say(404, body=b"")

    site.pages |= {"/feed": rss(site, [1, 2]), "/down": down}
    toml.write_text(
        f'[sources.desk]\nfrom = "{desk}"\n'
        f'[sources.news]\nfrom = "{site.url("/feed")}"\nevery = "1s"\n'
        f'[sources.down]\nfrom = "{site.url("/down")}"\nevery = "1s"\n'
        f'[sources.later]\nfrom = "{tmp_path / "later"}"\n'
        f'[sources.file]\nfrom = "{tmp_path / "single.md"}"\n',
        "utf-8",
    )
    (tmp_path / "single.md").write_text(markdown(104), "utf-8")
    watch = start("--watch", "--json")
    watch.wait(lambda: watch.total("desk", "added") == 1 and watch.total("news", "added") == 2)

    # A file that comes bit by bit is read when it is whole, and not before.
    written = []
    with (desk / "2.md").open("w", encoding="utf-8") as growing:
        text = markdown(102)
        for at in range(0, len(text), 20):
            growing.write(text[at : at + 20])
            growing.flush()
            written.append(time.monotonic())
            time.sleep(0.25)
    watch.wait(lambda: watch.total("desk", "added") == 2)
    watch.wait(lambda: texts()[title(102)].split() == " ".join(story(102)).split())
    if (
        max(b - a for a, b in pairwise(written)) < COMPLETE_AFTER / 2
    ):  # unless we were held up ourselves
        assert watch.total("desk", "updated") == 0
    early = watch.total("desk", "updated")

    # Another is put in its place, one goes, the feed has news, a folder appears.
    part = desk / ".1.md.part"
    part.write_text(markdown(101) + "\nوأضيف سطر أخير.\n", "utf-8")
    part.replace(desk / "1.md")
    (desk / "2.md").unlink()
    site.pages["/feed"] = rss(site, [1, 2, 3])
    (tmp_path / "single.md").write_text(markdown(105), "utf-8")
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "3.md").write_text(markdown(103), "utf-8")
    watch.wait(
        lambda: (
            watch.total("desk", "updated") == early + 1
            and watch.total("desk", "removed") == 1
            and watch.total("news", "added") == 3
            and watch.total("later", "added") == 1
            and watch.total("file", "updated") == 1
        )
    )
    # sources.toml is followed, too; a mistake in it changes nothing.
    with toml.open("a", encoding="utf-8") as out:
        out.write(f'[sources.page]\nfrom = "{site.url("/a/9")}"\n')
    watch.wait(lambda: watch.total("page", "added") == 1)
    assert set(texts()) == {title(n) for n in (1, 2, 3, 9, 101, 103, 105)}
    # The one that fails is asked ever more rarely: after 1, 2, 4, 8 … seconds, or later.
    watch.wait(lambda: len(tries) > 3)
    failures = [r for r in watch.reports if r["name"] == "down"]
    assert failures and {r["status"] for r in failures} == {"failed"}
    pauses = [b - a for a, b in pairwise(tries)]
    assert all(pause > 0.9 * 2**n for n, pause in enumerate(pauses)), pauses
    assert watch.end(signal.SIGINT) == 130


def test_a_sync_that_is_killed_or_interrupted_is_finished_by_the_next(
    start: Callable[..., Syncing],
    embedded: list[str],
    site: Site,
    toml: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAWI_INGEST_BATCH_ARTICLES", "4")
    numbers = range(1, 25)
    site.pages["/feed"] = rss(site, numbers)
    toml.write_text(
        f'[sources.news]\nfrom = "{site.url("/feed")}"\ngone = "remove"\n', encoding="utf-8"
    )
    source = read_sources(toml).sources["news"]
    # The newest come first: the first sync ends at the seventh article, the second at the 17th.
    for at, number, code in ((18, signal.SIGKILL, -9), (8, signal.SIGINT, 130)):
        reached, go_on = Event(), Event()

        def stuck(handler: Handler, at: int = at, here: Event = reached, on: Event = go_on) -> None:
            here.set()
            on.wait(240)
            handler.give(page(at))

        site.pages[f"/a/{at}"] = stuck
        broken = start()
        assert reached.wait(240)
        assert broken.end(number) == code
        go_on.set()
        site.pages[f"/a/{at}"] = page(at)
        with SyncState(toml.parent) as state:
            assert state.get("news").status(source) == "new" and state.get("news").due(source) == 0
    site.pages["/feed"] = rss(site, numbers[:-1])  # the newest was there when it was broken off
    done = CliRunner().invoke(app, ["sync", "--due", "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["added"] + report["unchanged"] == 23 and report["unchanged"] > 4
    assert (report["gone"], report["removed"], report["failed"]) == (1, 1, 0)
    assert set(texts()) == {title(n) for n in numbers[:-1]}
    with open_store() as store:
        assert store.check() == []
