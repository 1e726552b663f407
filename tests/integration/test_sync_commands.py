"""``rawi sync`` and ``rawi sources``, in this process, over real HTTP."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli.doctor import check_sources
from ingest.store import open_store
from ingest.sync import Source, read_sources
from ingest.sync.scheduler import source_lock
from ingest.sync.watch import Watch
from rawi import app
from tests.conftest import ROOT
from tests.integration.newssite import page, rss, story, title, urlset
from tests.site import Handler, Site, served
from vectorstore.catalogue.articles import Catalogue
from vectorstore.core.errors import StoreBusyError
from vectorstore.core.locks import WriterLock
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article
from vectorstore.store import ArticleStore

Rawi = Callable[..., Result]


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        site.pages |= {f"/a/{n}": page(n) for n in range(1, 9)}
        site.pages["/feed"] = rss(site, [1, 2, 3])
        yield site


@pytest.fixture
def rawi(home: Path, embedded: list[str], monkeypatch: pytest.MonkeyPatch) -> Rawi:
    monkeypatch.setenv("RAWI_INGEST_PRIVATE_HOSTS", "127.0.0.1")
    monkeypatch.setenv("RAWI_INGEST_FETCH_DELAY", "0")
    monkeypatch.setattr("ingest.fetching.fetcher.BACKOFF_SECONDS", (0.0, 0.0))
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def toml(home: Path) -> Path:
    home.mkdir()
    return home / "sources.toml"


def synced(done: Result) -> dict[str, dict[str, Any]]:
    """The sources of a ``sync --json``, by name."""
    return {source["name"]: source for source in json.loads(done.stdout)["sources"]}


def listed(rawi: Rawi) -> dict[str, dict[str, Any]]:
    return {s["name"]: s for s in json.loads(rawi("sources", "list", "--json").stdout)["sources"]}


def articles() -> dict[str, Article]:
    with open_store() as store:
        found = map(store.get, store.catalogue.article_ids())
        return {article.id: article for article in found if article}


def fill(folder: Path, numbers: range) -> None:
    folder.mkdir(exist_ok=True)
    for n in numbers:
        text = "\n\n".join(story(n))
        (folder / f"{n}.md").write_text(f"# {title(n)}\n\n{text}\n", "utf-8")


def test_a_page_is_added_as_its_feed_and_synced_from_then_on(
    rawi: Rawi, site: Site, toml: Path
) -> None:
    toml.write_text("# مصادرنا\n\n[sources.old]  # قديم\nfrom = 'gone'\nenabled = false\n", "utf-8")
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{name}" href="{href}">'
        for name, href in (("تعليقات", "/comments"), ("الأخبار", "/feed"), ("رياضة", "/sport"))
    )
    site.pages["/"] = f"<html><head>{links}</head><body>الرئيسية</body></html>"
    added = rawi("sources", "add", site.url("/"), "--name", "المرفأ", "--every", "15m")
    assert added.exit_code == 0, added.output
    assert "Found: feed, 3 articles" in added.stderr and site.url("/sport") in added.stderr
    text = toml.read_text("utf-8")
    assert text.startswith("# مصادرنا\n\n[sources.old]  # قديم\n")
    assert f'[sources."المرفأ"]\nfrom = "{site.url("/feed")}"\nevery = "15m"\n' in text
    assert listed(rawi)["المرفأ"]["status"] == "new"

    done = rawi("sync", "--json")
    assert done.exit_code == 0, done.output
    assert list(synced(done)) == ["المرفأ"] and json.loads(done.stdout)["added"] == 3
    row = listed(rawi)["المرفأ"]
    assert (row["status"], row["articles"], row["problem"]) == ("ok", 3, None)
    assert row["last_success"] < row["next"]
    table = rawi("sources", "list").stdout
    assert "المرفأ" in table and "15m" in table and "off" in table

    site.asked.clear()
    quiet = rawi("sync", "--due")
    assert (quiet.exit_code, quiet.output, site.asked) == (0, "", [])
    site.pages["/feed"] = rss(site, [2, 3, 4])
    site.pages["/a/2"] = page(2, 2)
    shown = rawi("sync", "المرفأ")
    assert shown.stdout.splitlines()[1].split()[1:8] == ["1", "1", "1", "1", "0", "0", "done"]
    assert site.url("/a/1") in articles()


def test_a_feed_that_a_page_names_in_the_old_way_is_found_and_no_other_scheme(
    rawi: Rawi, site: Site, toml: Path
) -> None:
    hrefs = ["http://[bad/feed", "file:///etc/passwd", site.url("/feed").replace("http:", "feed:")]
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs
    )
    site.pages["/"] = f"<html><head>{links}</head><body>الرئيسية</body></html>"
    added = rawi("sources", "add", site.url("/"))
    assert added.exit_code == 0, added.output
    assert f'from = "{site.url("/feed")}"' in toml.read_text("utf-8")
    assert "passwd" not in added.output and "bad" not in added.output


def test_a_folder_is_added_by_its_whole_path_and_a_second_time_refused(
    rawi: Rawi, toml: Path, tmp_path: Path
) -> None:
    fill(tmp_path / "work" / "desk", range(2))
    assert rawi("sources", "add", "desk").exit_code == 0
    assert f'[sources.desk]\nfrom = "{tmp_path}/work/desk"' in toml.read_text("utf-8")
    again = rawi("sources", "add", "desk", "--name", "other")
    assert again.exit_code == 2 and "the source desk is the same place" in again.stderr
    assert rawi("sources", "add", "nowhere").exit_code == 1
    bad = rawi("sources", "add", "nowhere", "--no-check", "--every", "often")
    assert bad.exit_code == 2 and "every: 'often' is no time" in bad.stderr
    assert rawi("sources", "add", "nowhere", "--no-check", "--name", "desk").exit_code == 2
    assert toml.read_text("utf-8").count("\n[sources.") == 1


def test_check_says_what_each_source_would_give_and_ingests_nothing(
    rawi: Rawi, site: Site, toml: Path, tmp_path: Path
) -> None:
    fill(tmp_path / "desk", range(3))
    (tmp_path / "desk" / "x.exe").write_bytes(b"MZ")
    site.pages["/map.xml"] = urlset([site.url("/a/9"), site.url("/a/4")])
    site.pages["/"] = '<link rel="alternate" type="application/atom+xml" href="/feed"><p>لا شيء</p>'
    places = {
        "feed": site.url("/feed"),
        "map": site.url("/map.xml"),
        "page": site.url("/a/5"),
        "front": site.url("/"),
        "away": site.url("/away"),
        "desk": tmp_path / "desk",
        "nowhere": "nowhere",
    }
    toml.write_text("".join(f'[sources.{n}]\nfrom = "{p}"\n' for n, p in places.items()), "utf-8")
    done = rawi("sources", "check", "--json")
    assert done.exit_code == 1
    found = {one["name"]: one for one in json.loads(done.stdout)}
    kinds = {name: (one["kind"], one["articles"]) for name, one in found.items() if one["kind"]}
    assert kinds == {
        "feed": ("feed", 3),
        "map": ("sitemap", 2),
        "page": ("page", 1),
        "desk": ("files", 3),
    }
    assert found["feed"]["example"] == title(3) and found["feed"]["newest"].startswith("2026-01-01")
    assert found["map"]["example"] == title(4)
    assert "1 files cannot be read" in found["desk"]["problem"]
    assert site.url("/feed") in found["front"]["remedy"]
    assert "404" in found["away"]["problem"] and "no such" in found["nowhere"]["problem"]
    assert rawi("sources", "check", "feed", "page").exit_code == 0
    assert not (toml.parent / "store").exists()


def test_a_check_ends_in_a_word_on_each_source_whatever_a_server_sends(
    rawi: Rawi, site: Site, toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(data: bytes, url: str = "", charset: str | None = None) -> None:
        raise ZeroDivisionError("of all things")

    far = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
    site.pages["/busy"] = lambda handler: handler.say(429, ("Retry-After", far))
    toml.write_text(
        f'[sources.odd]\nfrom = "{site.url("/feed")}"\n'
        f'[sources.busy]\nfrom = "{site.url("/busy")}"\n'
        f'[sources.page]\nfrom = "{site.url("/a/5")}"\n',
        "utf-8",
    )
    monkeypatch.setattr("ingest.html.feeds.feed_entries", broken)
    done = rawi("sources", "check", "--json")
    assert done.exit_code == 1
    odd, busy, fine = json.loads(done.stdout)
    assert odd["problem"] == "the loader broke (ZeroDivisionError: of all things)"
    assert odd["kind"] is None and odd["remedy"]
    assert "429" in busy["problem"] and fine["problem"] is None
    added = rawi("sources", "add", site.url("/feed"))
    assert added.exit_code == 1 and "error:" in added.stderr and "of all things" in added.stderr


def test_what_is_wrong_with_one_source_stops_no_other(
    rawi: Rawi, site: Site, toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text(
        f'[sources.bad]\nfrom = "{site.url("/feed")}"\nevery = "x"\n'
        f'[sources.down]\nfrom = "{site.url("/down")}"\n'
        f'[sources.busy]\nfrom = "{site.url("/busy")}"\n'
        f'[sources.news]\nfrom = "{site.url("/feed")}"\n',
        "utf-8",
    )
    site.pages["/down"] = 500
    site.pages["/busy"] = lambda handler: handler.say(429, ("Retry-After", "7200"))
    done = rawi("sync", "--json")
    assert done.exit_code == 1
    assert "sources.toml: bad: every: 'x' is no time like" in done.stderr
    assert {n: s["status"] for n, s in synced(done).items()} == {
        "down": "failed",
        "busy": "failed",
        "news": "done",
    }
    assert json.loads(done.stdout)["problems"][0]["field"] == "every"
    rows = listed(rawi)
    assert rows["down"]["status"] == "failing" and "500" in rows["down"]["problem"]
    assert rows["busy"]["next"] > rows["down"]["next"]
    site.asked.clear()
    assert rawi("sync", "--due").exit_code == 1  # bad is still bad
    assert site.asked == []  # and the others are left alone until their time has come
    site.pages["/down"] = rss(site, [5])
    assert rawi("sync", "down").exit_code == 0
    assert listed(rawi)["down"]["status"] == "ok"
    assert rawi("sync", "bad").exit_code == 2
    assert rawi("sync", "other").exit_code == 2


def test_a_disk_that_is_away_or_empty_removes_nothing_unless_told_so(
    rawi: Rawi, toml: Path, tmp_path: Path
) -> None:
    desk = tmp_path / "desk"
    fill(desk, range(15))
    toml.write_text(f'[sources.desk]\nfrom = "{desk}"\n', "utf-8")
    assert json.loads(rawi("sync", "--json").stdout)["added"] == 15
    desk.rename(tmp_path / "away")
    away = rawi("sync", "--json")
    assert away.exit_code == 1 and "no such file" in synced(away)["desk"]["problem"]
    desk.mkdir()
    for _ in range(2):
        empty = rawi("sync", "--json")
        assert empty.exit_code == 1
        (failure,) = synced(empty)["desk"]["failures"]
        assert failure["problem"].startswith("15 of its 15 articles are gone at once")
        assert failure["remedy"] == "if that is right: rawi sync desk --yes"
    assert len(articles()) == 15
    meant = synced(rawi("sync", "--yes", "--json"))["desk"]
    assert (meant["gone"], meant["removed"], len(articles())) == (15, 15, 0)
    assert rawi("ingest", "undo", meant["run"], "--yes").exit_code == 0
    assert len(articles()) == 15


def test_an_article_that_another_source_has_stays(
    rawi: Rawi, site: Site, toml: Path, tmp_path: Path
) -> None:
    site.pages["/other"] = rss(site, [2, 3, 4])
    toml.write_text(
        f'[sources.one]\nfrom = "{site.url("/feed")}"\ngone = "remove"\n'
        f'[sources.two]\nfrom = "{site.url("/other")}"\ngone = "remove"\n',
        "utf-8",
    )
    rawi("sync")
    site.pages["/feed"] = rss(site, [3])
    one = synced(rawi("sync", "one", "--json"))["one"]
    assert (one["gone"], one["removed"]) == (2, 1)
    assert set(articles()) == {site.url(f"/a/{n}") for n in (2, 3, 4)}
    site.pages["/other"] = rss(site, [3, 4])
    two = synced(rawi("sync", "two", "--json"))["two"]
    assert (two["gone"], two["removed"]) == (1, 1)
    gone = rawi("sources", "remove", "two", "--articles", "--yes")
    assert gone.exit_code == 0 and "Removed two and 1 of its articles" in gone.stdout
    assert set(articles()) == {site.url("/a/3")} and list(listed(rawi)) == ["one"]
    assert rawi("sources", "remove", "two").exit_code == 2


def test_what_is_gone_is_removed_later_where_the_store_could_not_be_written(
    rawi: Rawi, site: Site, toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text(f'[sources.one]\nfrom = "{site.url("/feed")}"\ngone = "remove"\n', "utf-8")
    rawi("sync")
    site.pages["/feed"] = rss(site, [2, 3])

    def busy(store: ArticleStore, article_ids: list[str]) -> list[str]:
        raise StoreBusyError("Others have been writing for long.")

    with monkeypatch.context() as others:
        others.setattr(ArticleStore, "remove", busy)
        assert synced(rawi("sync", "--json"))["one"]["status"] == "failed"
        removal = rawi("sources", "remove", "one", "--articles", "--yes")
        assert removal.exit_code == 1 and "Others have been writing" in removal.stderr
    assert len(articles()) == 3
    assert synced(rawi("sync", "--json"))["one"]["removed"] == 1
    assert set(articles()) == {site.url("/a/2"), site.url("/a/3")}
    assert synced(rawi("sync", "--json"))["one"]["gone"] == 0
    removal = rawi("sources", "remove", "one", "--articles", "--yes")
    assert removal.exit_code == 0 and "Removed one and 2 of its articles" in removal.stdout
    assert articles() == {} and listed(rawi) == {}


def test_an_empty_feed_or_a_broken_part_of_a_sitemap_removes_nothing(
    rawi: Rawi, site: Site, toml: Path
) -> None:
    site.pages["/map"] = (
        f"<sitemapindex><sitemap><loc>{site.url('/m1')}</loc></sitemap>"
        f"<sitemap><loc>{site.url('/m2')}</loc></sitemap></sitemapindex>"
    )
    site.pages["/m1"] = urlset([site.url("/a/4")])
    site.pages["/m2"] = urlset([site.url("/a/5"), site.url("/a/6")])
    toml.write_text(
        f'[sources.feed]\nfrom = "{site.url("/feed")}"\ngone = "remove"\n'
        f'[sources.map]\nfrom = "{site.url("/map")}"\ngone = "remove"\n',
        "utf-8",
    )
    assert json.loads(rawi("sync", "--json").stdout)["added"] == 6
    site.pages |= {"/feed": rss(site, []), "/m2": 500}
    done = synced(rawi("sync", "--json"))
    assert done["feed"]["status"] == "failed" and "empty feed" in done["feed"]["problem"]
    assert done["map"]["failed"] == 1 and len(articles()) == 6


def test_half_a_feed_or_a_page_in_the_place_of_a_sitemap_removes_nothing(
    rawi: Rawi, site: Site, toml: Path
) -> None:
    site.pages["/map"] = (
        f"<sitemapindex><sitemap><loc>{site.url('/m1')}</loc></sitemap>"
        f"<sitemap><loc>{site.url('/m2')}</loc></sitemap></sitemapindex>"
    )
    site.pages["/m1"] = urlset([site.url("/a/4")])
    site.pages["/m2"] = urlset([site.url("/a/5"), site.url("/a/6")])
    site.pages["/flat"] = flat = urlset([site.url("/a/7"), site.url("/a/8")])
    toml.write_text(
        "".join(
            f'[sources.{name}]\nfrom = "{site.url(f"/{name}")}"\ngone = "remove"\n'
            for name in ("feed", "map", "flat")
        ),
        "utf-8",
    )
    assert json.loads(rawi("sync", "--json").stdout)["added"] == 8
    feed = rss(site, [1, 2, 3])
    site.pages |= {
        "/feed": feed[: feed.rindex("<item>")],
        "/m2": "<!DOCTYPE html><html><body><p>الموقع تحت الصيانة</p></body></html>",
        "/flat": flat[: flat.index("</url>") + len("</url>")],
    }
    done = synced(rawi("sync", "--json"))
    assert [done[name]["gone"] for name in ("feed", "map", "flat")] == [0, 0, 0]
    assert "no readable sitemap" in done["map"]["failures"][0]["problem"]
    assert len(articles()) == 8
    site.pages |= {"/feed": rss(site, [1, 2]), "/m2": "<urlset/>", "/flat": flat}
    done = synced(rawi("sync", "--json"))
    assert [done[name]["removed"] for name in ("feed", "map", "flat")] == [1, 2, 0]


@pytest.mark.parametrize("remembered", [True, False])
def test_a_page_in_the_place_of_a_feed_removes_nothing_and_is_no_article(
    rawi: Rawi, site: Site, toml: Path, remembered: bool
) -> None:
    toml.write_text(f'[sources.one]\nfrom = "{site.url("/feed")}"\ngone = "remove"\n', "utf-8")
    assert synced(rawi("sync", "--json"))["one"]["added"] == 3
    before = articles()
    if not remembered:
        (toml.parent / "fetched.sqlite3").unlink()
    site.pages["/feed"] = "<html><body><p>" + "الموقع تحت الصيانة. " * 9 + "</p></body></html>"
    done = synced(rawi("sync", "--json"))["one"]
    assert (done["status"], done["gone"], done["added"]) == ("failed", 0, 0)
    assert "a page in the place of the feed" in done["problem"]
    assert articles() == before


def test_a_link_that_leads_nowhere_and_a_page_that_breaks_us_stop_no_other(
    rawi: Rawi, site: Site, toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ingest.html

    def breaks(data: bytes, **more: Any) -> Article:
        if b"/a/2" in str(more["url"]).encode():
            raise IndexError("list index out of range")
        return read(data, **more)

    read = ingest.html.article_from_page
    monkeypatch.setattr("ingest.html.article_from_page", breaks)
    site.pages["/feed"] = rss(site, [1, 2, 3]).replace(site.url("/a/1"), "http://[bad/1")
    toml.write_text(f'[sources.feed]\nfrom = "{site.url("/feed")}"\n', "utf-8")
    (done,) = synced(rawi("sync", "--json")).values()
    assert (done["status"], done["added"], done["failed"]) == ("done", 1, 2)
    problems = {failure["place"]: failure["problem"] for failure in done["failures"]}
    assert problems["http://[bad/1"] == "no web address"
    assert "IndexError" in problems[site.url("/a/2")]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_file_whose_name_is_no_utf8_stays_when_it_cannot_be_read(
    rawi: Rawi, toml: Path, tmp_path: Path
) -> None:
    fill(tmp_path / "desk", range(1))
    named = tmp_path / "desk" / os.fsdecode("خبر.md".encode("cp1256"))
    (tmp_path / "desk" / "0.md").rename(named)
    toml.write_text(f'[sources.desk]\nfrom = "{tmp_path}/desk"\n', "utf-8")
    assert synced(rawi("sync", "--json"))["desk"]["added"] == 1
    named.write_bytes(b"\x00\x01\x02" * 100)
    done = synced(rawi("sync", "--json"))["desk"]
    assert (done["failed"], done["removed"]) == (1, 0) and len(articles()) == 1


def test_what_a_person_removes_stays_away_until_it_is_put_in_by_name(
    rawi: Rawi, site: Site, toml: Path, tmp_path: Path
) -> None:
    fill(tmp_path / "desk", range(20, 22))
    toml.write_text(
        f'[sources.news]\nfrom = "{site.url("/feed")}"\n'
        f'[sources.desk]\nfrom = "{tmp_path / "desk"}"\n',
        "utf-8",
    )
    first = synced(rawi("sync", "--json"))
    assert rawi("articles", "remove", site.url("/a/1"), "20.md", "--yes").exit_code == 0
    for _ in range(2):
        done = synced(rawi("sync", "--json"))
        news, desk = done["news"], done["desk"]
        assert (news["added"], news["unchanged"], news["skipped"], news["gone"]) == (0, 2, 1, 0)
        assert (desk["added"], desk["unchanged"], desk["skipped"], desk["gone"]) == (0, 1, 1, 0)
    assert set(articles()) == {site.url("/a/2"), site.url("/a/3"), "21.md"}
    assert [row["articles"] for row in listed(rawi).values()] == [2, 1]
    assert rawi("ingest", site.url("/a/1")).exit_code == 0
    site.pages["/a/1"] = page(1, 2)
    assert synced(rawi("sync", "news", "--json"))["news"]["updated"] == 1
    rawi("ingest", "undo", first["news"]["run"], "--yes")  # but for what changed since
    assert synced(rawi("sync", "news", "--json"))["news"]["skipped"] == 2
    assert set(articles()) == {site.url("/a/1"), "21.md"}


def test_what_a_person_removes_stays_away_under_another_name_too(
    rawi: Rawi, toml: Path, tmp_path: Path
) -> None:
    desk = tmp_path / "desk"
    fill(desk, range(3))
    rows = [f"{title(n)},{story(n)[0]}" for n in range(10, 13)]
    (desk / "t.csv").write_text("\n".join(["title,text", *rows]), "utf-8")
    toml.write_text(f'[sources.desk]\nfrom = "{desk}"\n', "utf-8")
    assert synced(rawi("sync", "--json"))["desk"]["added"] == 6
    assert rawi("articles", "remove", "0.md", "t.csv#3", "--yes").exit_code == 0
    (desk / "0.md").rename(desk / "renamed.md")
    (desk / "t.csv").write_text("\n".join(["title,text", f"جديد,{story(20)[0]}", *rows]), "utf-8")
    for _ in range(2):
        done = synced(rawi("sync", "--json"))["desk"]
        assert done["skipped"] == 2
        told = {article.title for article in articles().values()}
        assert told == {title(1), title(2), "جديد", title(10), title(12)}
    assert rawi("ingest", desk / "renamed.md").exit_code == 0
    assert synced(rawi("sync", "--json"))["desk"]["unchanged"] == 6


def test_another_story_in_a_file_whose_article_was_removed_goes_in(
    rawi: Rawi, toml: Path, tmp_path: Path
) -> None:
    desk = tmp_path / "desk"
    fill(desk, range(1))
    toml.write_text(f'[sources.desk]\nfrom = "{desk}"\n', "utf-8")
    rawi("sync")
    rawi("articles", "remove", "0.md", "--yes")
    corrected = f"# {title(0)}\n\n{story(0)[0]} وصححت الأرقام.\n"
    (desk / "0.md").write_text(corrected, "utf-8")
    assert synced(rawi("sync", "--json"))["desk"]["skipped"] == 1, "the same story, corrected"
    (desk / "0.md").write_text(f"# {title(5)}\n\n{story(5)[0]}\n", "utf-8")
    assert synced(rawi("sync", "--json"))["desk"]["added"] == 1
    assert [article.title for article in articles().values()] == [title(5)]


def test_what_a_removal_that_was_killed_took_out_stays_away(
    rawi: Rawi, site: Site, toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text(f'[sources.news]\nfrom = "{site.url("/feed")}"\n', "utf-8")
    rawi("sync")
    site.pages["/feed"] = rss(site, [1, 2, 3, 4])
    second = synced(rawi("sync", "--json"))["news"]["run"]
    with monkeypatch.context() as killed:  # between the removal and the end of its run
        killed.setattr(Catalogue, "end_run", lambda catalogue, run: None)
        rawi("ingest", "undo", second, "--yes")
        rawi("articles", "remove", site.url("/a/1"), "--yes")
    assert set(articles()) == {site.url("/a/2"), site.url("/a/3")}
    for _ in range(2):
        done = synced(rawi("sync", "--json"))["news"]
        assert (done["added"], done["skipped"]) == (0, 2)
    assert rawi("ingest", site.url("/a/1")).exit_code == 0
    site.pages["/a/1"] = page(1, 2)
    done = synced(rawi("sync", "--json"))["news"]
    assert (done["updated"], done["skipped"]) == (1, 1)


def test_what_a_person_brings_back_stays_until_it_has_come_and_gone_again(
    rawi: Rawi, toml: Path, tmp_path: Path
) -> None:
    desk = tmp_path / "desk"
    fill(desk, range(3))
    toml.write_text(f'[sources.desk]\nfrom = "{desk}"\n', "utf-8")
    assert json.loads(rawi("sync", "--json").stdout)["added"] == 3
    (desk / "1.md").unlink()
    removal = synced(rawi("sync", "--json"))["desk"]
    assert removal["removed"] == 1
    assert rawi("ingest", "undo", removal["run"], "--yes").exit_code == 0
    for _ in range(2):
        done = synced(rawi("sync", "--json"))["desk"]
        assert (done["gone"], done["removed"]) == (0, 0)
    assert len(articles()) == 3
    fill(desk, range(1, 2))
    assert synced(rawi("sync", "--json"))["desk"]["unchanged"] == 3
    (desk / "1.md").unlink()
    assert synced(rawi("sync", "--json"))["desk"]["removed"] == 1


def test_when_nobody_waits_old_pages_are_asked_for_more_rarely_than_new_ones(
    rawi: Rawi, site: Site, toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = datetime(2026, 1, 1, 9, tzinfo=UTC).timestamp()  # and an hour later for each
    toml.write_text(f'[sources.news]\nfrom = "{site.url("/feed")}"\nevery = "1m"\n', "utf-8")

    def asked_at(hours: float, *arguments: str) -> list[str]:
        monkeypatch.setattr(time, "time", lambda: published + 3600 * hours)
        site.asked.clear()
        report = synced(rawi("sync", *arguments, "--json"))["news"]
        assert report["added"] + report["unchanged"] == 3 and not report["failed"]
        return [path for path in site.asked if path.startswith("/a/")]

    assert asked_at(11) == ["/a/3", "/a/2", "/a/1"]
    # They are 8, 9 and 10 hours old: the next look is due after 48, 54 and 60 minutes and a bit.
    assert asked_at(11.5, "--due") == []
    assert asked_at(11.95, "--due") == ["/a/3"]
    assert asked_at(12.2, "--due") == ["/a/2", "/a/1"]
    assert asked_at(12.3) == ["/a/3", "/a/2", "/a/1"]  # somebody asks by hand
    assert asked_at(2000, "--due") == ["/a/3", "/a/2", "/a/1"]
    assert asked_at(2023, "--due") == []
    assert asked_at(2025, "--due") == ["/a/3", "/a/2", "/a/1"]


def test_a_watch_outlives_a_store_that_is_busy_for_long(
    rawi: Rawi, toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "desk", range(1))
    toml.write_text(f'[sources.desk]\nfrom = "{tmp_path}/desk"\n', "utf-8")
    assert rawi("sync").exit_code == 0
    monkeypatch.setenv("RAWI_STORE_LOCK_TIMEOUT", "0.1")
    (toml.parent / "store" / "vectors-9").mkdir()  # as while indexes are made anew
    rounds: list[float] = []

    def once(watch: Watch) -> Iterator[list[Source]]:
        yield watch.selected
        rounds.extend(watch._scheduled.values())

    monkeypatch.setattr(Watch, "__iter__", once)
    with WriterLock(toml.parent / "store", "write", 1).hold():
        watched = rawi("sync", "--watch")
    assert watched.exit_code == 0, watched.output
    assert "The watch goes on." in watched.stderr and len(rounds) == 1


def test_publisher_and_language_are_those_of_the_source_also_when_it_changes_its_mind(
    rawi: Rawi, site: Site, toml: Path
) -> None:
    text = f'[sources.news]\nfrom = "{site.url("/feed")}"\nsource = "NAME"\nlanguage = "fa"\n'
    for name, counted in (("صحيفة", "added"), ("صحيفة", "unchanged"), ("جريدة", "updated")):
        toml.write_text(text.replace("NAME", name), "utf-8")
        assert synced(rawi("sync", "--json"))["news"][counted] == 3
        assert {(a.source, a.language) for a in articles().values()} == {(name, "fa")}


def test_two_syncs_at_once_take_turns_or_the_second_says_so(
    rawi: Rawi, site: Site, toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text(f'[sources.news]\nfrom = "{site.url("/feed")}"\n', "utf-8")
    held = source_lock(read_sources(toml).sources["news"], StoreSettings(), 5)
    fill(tmp_path / "desk", range(2))
    with toml.open("a", encoding="utf-8") as out:
        out.write(f'[sources.desk]\nfrom = "{tmp_path / "desk"}"\n')
    with held.hold():
        monkeypatch.setenv("RAWI_STORE_LOCK_TIMEOUT", "0.2")
        late = rawi("sync", "--json")
        assert late.exit_code == 1 and synced(late)["news"]["status"] == "busy"
        assert "another process is syncing it" in late.stderr
        assert synced(late)["desk"]["added"] == 2  # which nobody else is at
        assert rawi("sync", "--due").exit_code == 0  # it will be done; cron need not hear of it
        assert "/feed" not in site.asked
        monkeypatch.setenv("RAWI_STORE_LOCK_TIMEOUT", "60")
    asked = threading.Event()

    def feed(handler: Handler) -> None:
        asked.set()
        handler.give(rss(site, [1, 2, 3]))

    site.pages["/feed"] = feed
    done: list[Result] = []
    with held.hold():
        waiting = threading.Thread(target=lambda: done.append(rawi("sync", "news", "--json")))
        waiting.start()
        assert not asked.wait(0.3)
    waiting.join(240)
    assert synced(done[0])["news"]["added"] == 3


def test_doctor_names_sources_that_fail_or_that_nothing_syncs(
    rawi: Rawi, site: Site, toml: Path
) -> None:
    def finding() -> tuple[str, str]:
        found = check_sources(StoreSettings())
        return found.severity, f"{found.message}; {found.remediation}"

    assert finding()[0] == "ok"
    text = f'[sources.news]\nfrom = "{site.url("/feed")}"\n'
    toml.write_text(text, "utf-8")
    assert finding()[0] == "warning" and "or ever: news; rawi sync" in finding()[1]
    rawi("sync")
    assert finding() == ("ok", "1 sources are up to date; ")
    site.pages["/feed"] = 404
    rawi("sync")
    assert finding()[0] == "warning" and "failing: news: the server says 404" in finding()[1]
    toml.write_text(text.replace("from", "form"), "utf-8")
    assert finding()[0] == "warning" and "news: form: unknown" in finding()[1]


def test_the_example_in_the_documentation_is_a_file_of_sources(tmp_path: Path) -> None:
    example = (ROOT / "docs" / "sync.md").read_text("utf-8").split("```toml")[1].split("```")[0]
    (tmp_path / "sources.toml").write_text(example, "utf-8")
    file = read_sources(tmp_path / "sources.toml")
    assert list(file.sources) == ["المرفأ", "archive", "desk"] and file.problems == ()


def test_without_sources_it_is_said_how_to_add_one(rawi: Rawi, home: Path) -> None:
    done = rawi("sync")
    assert done.exit_code == 2 and "rawi sources add" in done.stderr
    assert "rawi sources add" in rawi("sources", "list").stderr
    home.mkdir(exist_ok=True)
    (home / "sources.toml").write_text("[sources.x\n", "utf-8")
    broken = rawi("sync")
    assert broken.exit_code == 2 and "is no TOML that can be read" in broken.stderr
