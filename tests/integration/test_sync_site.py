"""A news site of 330 pages, a folder and their sources: synced, changed, synced again."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.core.report import Observer
from ingest.core.settings import IngestSettings
from ingest.fetching import Fetcher
from ingest.store import open_store
from ingest.sync import read_sources
from ingest.sync.reports import SourceReport
from ingest.sync.scheduler import open_sync, sync_locked
from tests.integration import newssite
from tests.integration.newssite import REBINDING, TRAPS, page, rss, sitemap_index, story, urlset
from tests.site import Site, redirect, served
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

PAGES = 300
ENCODED = (301, 302, 303)
TWIN_MOVED = 20


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        yield site


@pytest.fixture
def store(home: Path, embedded: list[str]) -> Iterator[ArticleStore]:
    with open_store(StoreSettings(), writable=True) as opened:
        yield opened


class Editor:
    """Who keeps the sources, and syncs them over real HTTP."""

    def __init__(self, store: ArticleStore, toml: Path) -> None:
        self.store, self.toml = store, toml
        self.answers = itertools.cycle([["93.184.216.34"], ["127.0.0.1"]])

    def resolve(self, host: str, port: int) -> list[str]:
        if host == REBINDING:  # a public address first, ours a moment later
            return next(self.answers)
        return ["127.0.0.1"] if host in ("127.0.0.1", "localhost") else [host]

    def sync(self, *names: str, **more: Any) -> dict[str, SourceReport]:
        settings = IngestSettings(
            private_hosts="127.0.0.1", fetch_delay=0, fetch_timeout=2, fetch_max_mb=1
        )
        file = read_sources(self.toml)
        fetcher = Fetcher(settings, resolver=self.resolve, sleep=lambda seconds: None)
        with fetcher, open_sync(file.sources, store=self.store, fetcher=fetcher, **more) as context:
            return {
                source.name: sync_locked(source, context, Observer())
                for source in file.select(list(names))
            }


def counts(report: SourceReport) -> tuple[int, ...]:
    """added, updated, unchanged, gone, removed, failed"""
    return tuple(report.counts().values())


def text(store: ArticleStore, article_id: str) -> str:
    article = store.get(article_id)
    assert article is not None, article_id
    return article.text


def test_every_figure_agrees_when_a_site_and_a_folder_change(
    store: ArticleStore, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    toml = tmp_path / "sources.toml"
    toml.write_text(
        f'[sources.news]\nfrom = "{site.url("/feed.xml")}"\nsource = "المرفأ نيوز"\n'
        f'[sources."الأرشيف"]\nfrom = "{site.url("/sitemap.xml")}"\ngone = "remove"\n'
        'max_links = 1000\n[sources.desk]\nfrom = "desk"\n'
        f'[sources.broken]\nfrom = "{site.url("/nothing.xml")}"\n',
        "utf-8",
    )
    editor = Editor(store, toml)

    # -- a site as one finds it ---------------------------------------------------------------
    newssite.lay_traps(site)
    site.pages |= {f"/a/{n}": page(n) for n in range(1, PAGES + 1)}
    newssite.encoded(site, ENCODED)
    traps = [site.url(path) for path in TRAPS]
    traps.append(f"http://{REBINDING}:{site.port}/a/1")
    named = [site.url(f"/a/{n}") for n in (*range(1, PAGES + 1), *ENCODED)]
    site.pages["/feed.xml"] = rss(site, range(261, PAGES + 1))
    site.pages["/sitemap.xml"] = sitemap_index(
        [site.url("/sitemap-news.xml"), site.url("/sitemap-old.xml.gz")]
    )
    site.pages["/sitemap-news.xml"] = urlset(named[200:])
    # What is wrong stands among what is right.
    old = [*named[:200]]
    for at, trap in enumerate(traps):
        old.insert(at * 10, trap)
    site.pages["/sitemap-old.xml.gz"] = gzip.compress(urlset(old).encode())
    for n in range(15):
        (folder / f"{n}.md").write_text(
            f"# {newssite.title(600 + n)}\n\n" + "\n".join(story(600 + n))
        )
    (folder / "broken.json").write_text("{")

    first = editor.sync()
    assert counts(first["news"]) == (40, 0, 0, 0, 0, 0)
    assert counts(first["الأرشيف"]) == (263, 0, 40, 0, 0, len(traps))
    assert counts(first["desk"]) == (15, 0, 0, 0, 0, 1)
    assert [report.status for report in first.values()] == ["done", "done", "done", "failed"]
    assert "404" in str(first["broken"].error)
    said = {failure.place: failure.problem for failure in first["الأرشيف"].failures}
    for path, problem in TRAPS.items():
        assert problem in said[site.url(path)], path
    assert "private network" in said[traps[-1]]
    assert store.catalogue.counts()["articles"] == 318 and store.check() == []
    for number in (1, 150, 300, *ENCODED):
        assert text(store, site.url(f"/a/{number}")) == "\n".join(story(number))
    info = store.catalogue.info(site.url("/a/300"))
    assert info is not None and info.source == "المرفأ نيوز"
    assert "/private/1" not in site.asked and "/a/1?rebound" not in site.asked

    # -- the same again: nothing is sent twice, nothing is embedded ---------------------------
    site.pages["/sitemap-old.xml.gz"] = gzip.compress(urlset(named[:200]).encode())
    site.answers.clear()
    again = editor.sync("news", "الأرشيف", "desk")
    assert counts(again["news"]) == (0, 0, 40, 0, 0, 0)
    assert counts(again["الأرشيف"]) == (0, 0, 303, 0, 0, 0)
    assert counts(again["desk"]) == (0, 0, 15, 0, 0, 1)
    assert sum(path.startswith("/a/") for path, _ in site.answers) == 343
    sent = sorted(path for path, status in site.answers if status != 304)
    assert sent == ["/robots.txt", "/sitemap-old.xml.gz"]  # the one that is not the same

    # -- the news of a day --------------------------------------------------------------------
    changed, deleted, gone410 = range(1, 11), range(11, 16), range(16, 18)
    unlisted, moved, relisted = range(21, 29), range(31, 35), range(41, 44)
    new = range(304, 316)
    site.pages |= {f"/a/{n}": page(n, 2) for n in changed}
    site.pages |= {f"/a/{n}": 404 for n in deleted} | {f"/a/{n}": 410 for n in gone410}
    site.pages |= {f"/a/{n}": redirect(f"/b/{n}") for n in (*moved, *relisted)}
    site.pages |= {f"/b/{n}": page(n) for n in (*moved, *relisted)}
    site.pages |= {f"/a/{n}": page(n) for n in new}
    site.pages |= {"/a/299": page(299, 2), "/a/298": 503}
    site.pages["/feed.xml"] = rss(site, range(276, 316))
    relisted_urls = {site.url(f"/a/{n}"): site.url(f"/b/{n}") for n in relisted}
    left = [u for u in named if u not in {site.url(f"/a/{n}") for n in unlisted}]
    left = [relisted_urls.get(address, address) for address in left]
    site.pages["/sitemap-news.xml"] = urlset([*left[180:], *(site.url(f"/a/{n}") for n in new)])
    site.pages["/sitemap-old.xml.gz"] = gzip.compress(urlset(left[:180]).encode())
    (folder / "0.md").unlink()
    (folder / "1.md").rename(folder / "renamed.md")
    (folder / "2.md").write_text(f"# {newssite.title(602)}\n\n" + "\n".join(story(602, 2)))
    (folder / "new.md").write_text(f"# {newssite.title(650)}\n\n" + "\n".join(story(650)))

    day = editor.sync()
    # The feed has 12 new, 1 changed, 1 that cannot be had now; 15 it names no more stay.
    assert counts(day["news"]) == (12, 1, 26, 15, 0, 1)
    # The sitemap leads to all: 10 changed, 4 moved (their address is another), 3 named anew at
    # another address (which are new, and the old ones gone), 7 deleted and 8 not named any more.
    assert counts(day["الأرشيف"]) == (3, 14, 282, 18, 18, 1)
    assert counts(day["desk"]) == (2, 1, 12, 2, 2, 1)
    for n in (*deleted, *gone410, *unlisted, *relisted):
        assert store.get(site.url(f"/a/{n}")) is None
    for n in moved:
        article = store.get(site.url(f"/a/{n}"))
        assert article is not None and article.url == site.url(f"/b/{n}")
    assert text(store, site.url("/a/298")) == "\n".join(story(298))
    assert text(store, site.url("/a/5")) == "\n".join(story(5, 2))
    assert store.catalogue.counts()["articles"] == 318 + 12 + 3 - 18 + 2 - 2
    assert store.check() == []

    # -- and again: all is as it was ----------------------------------------------------------
    site.pages["/a/298"] = page(298)
    calm = editor.sync("news", "الأرشيف", "desk")
    assert counts(calm["news"]) == (0, 0, 40, 0, 0, 0)
    assert counts(calm["الأرشيف"]) == (0, 0, 300, 0, 0, 0)
    assert counts(calm["desk"]) == (0, 0, 15, 0, 0, 1)
