"""Pages, feeds and sitemaps of a site, into a real store and again."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote

import docx
import pytest

from ingest.core.report import IngestReport
from ingest.core.settings import IngestSettings
from ingest.pipeline import IngestOptions, run_ingest
from ingest.store import open_store
from tests.integration.conftest import Typed
from tests.integration.newssite import sitemap_index, urlset
from tests.pdf_maker import a_pdf
from tests.site import Site, redirect, served
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

TOPICS = ["جسر النورس", "سباق القوارب", "موسم الزيتون", "معرض الكتاب", "مستشفى الأطفال"]


def text(number: int, more: str = "") -> str:
    topic = TOPICS[number % 5]
    return (
        f"هذا هو الخبر رقم {number} عن {topic} في مدينة مرسى الياسمين كما رواه مراسلنا من هناك.\n"
        f"وقال شهود عيان إن الإقبال على {topic} فاق كل توقع، وإن {number} أسرة جاءت صباحا.{more}"
    )


def page(number: int, more: str = "", head: str = "") -> str:
    paragraphs = "".join(f"<p>{line}</p>" for line in text(number, more).split("\n"))
    return (
        f'<html lang="ar"><head><title>{TOPICS[number % 5]} {number} - المرفأ</title>{head}'
        '<meta property="og:site_name" content="المرفأ"></head><body><nav>القائمة</nav>'
        f"<article><h1>{TOPICS[number % 5]} {number}</h1>{paragraphs}</article></body></html>"
    )


def rss(site: Site, *numbers: int, whole: bool = False) -> str:
    items = ""
    for n in numbers:
        content = f"<content:encoded><![CDATA[{text(n) * 4}]]></content:encoded>" if whole else ""
        items += (
            f"<item><title>{TOPICS[n % 5]} {n}</title><link>{site.url(f'/{n}')}</link>"
            f"<pubDate>Sun, 0{1 + n % 7} Mar 2026 10:00:00 +0300</pubDate>"
            f"<description>مقدمة الخبر {n}</description>{content}</item>"
        )
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/'
        f'content/"><channel><title>المرفأ</title>{items}</channel></rss>'
    )


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        yield site


@pytest.fixture
def store(home: Any, embedded: list[str]) -> Iterator[ArticleStore]:
    with open_store(StoreSettings(), writable=True) as opened:
        yield opened


def ingest(store: ArticleStore, *urls: str, **settings: Any) -> IngestReport:
    given = {"private_hosts": "127.0.0.1", "fetch_delay": 0, **settings}
    options = IngestOptions(settings=IngestSettings(**given))
    return run_ingest(store, [], urls=urls, options=options)


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.failed


def test_a_page_is_an_article_and_the_next_time_the_same(store: ArticleStore, site: Site) -> None:
    date = '<meta property="article:published_time" content="2026-03-01T10:00:00+03:00">'
    site.pages["/7"] = page(7, head=date)
    assert counts(ingest(store, site.url("/7"))) == (1, 0, 0, 0)
    article = store.get(site.url("/7"))
    assert article is not None and article.text == text(7)
    assert (article.title, article.source) == ("موسم الزيتون 7", "المرفأ")
    assert article.published_at is not None and article.origin == site.url("/7")
    assert counts(ingest(store, site.url("/7?utm_source=x"))) == (0, 0, 1, 0)
    assert counts(ingest(store, site.url("/7"))) == (0, 0, 1, 0)
    site.pages["/7"] = page(7, " وجاء المزيد في المساء.", head=date)
    assert counts(ingest(store, site.url("/7"))) == (0, 1, 0, 0)
    assert store.catalogue.article_ids() == [site.url("/7")] and store.check() == []


def test_an_unchanged_page_is_not_sent_again_unless_its_article_is_gone(
    store: ArticleStore, site: Site
) -> None:
    site.pages["/7"] = page(7)
    ingest(store, site.url("/7"))
    ingest(store, site.url("/7"))
    assert "If-None-Match" in site.headers[-1]
    store.remove([site.url("/7")])
    assert counts(ingest(store, site.url("/7"))) == (1, 0, 0, 0)


@pytest.mark.parametrize("first", [True, False])
def test_what_a_run_that_died_had_fetched_is_sent_again(
    store: ArticleStore, site: Site, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    site.pages["/feed"] = rss(site, 1, 2, 3)
    site.pages.update({f"/{n}": page(n) for n in (1, 2, 3)})
    ingest(store, site.url("/2" if first else "/feed"))
    site.pages["/2"] = page(2, " وجاء المزيد في المساء.")

    def die(items: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as dying, pytest.raises(SystemExit):
        dying.setattr(store, "put_many", die)
        ingest(store, site.url("/feed"))
    added = 2 if first else 0
    assert counts(ingest(store, site.url("/feed"))) == (added, 1, 2 - added, 0)
    article = store.get(site.url("/2"))
    assert article is not None and article.text.endswith("في المساء.")
    site.answers.clear()
    assert counts(ingest(store, site.url("/feed"))) == (0, 0, 3, 0)
    assert {status for path, status in site.answers if path != "/robots.txt"} == {304}


def test_a_changed_page_that_is_named_twice_is_sent_once(store: ArticleStore, site: Site) -> None:
    site.pages["/feed"] = rss(site, 1, 2)
    site.pages.update({f"/{n}": page(n) for n in (1, 2)})
    ingest(store, site.url("/feed"))
    site.pages["/2"] = page(2, " وجاء المزيد في المساء.")
    site.answers.clear()
    report = ingest(store, site.url("/2"), site.url("/feed"))
    assert (counts(report), report.duplicates) == ((0, 1, 1, 0), 0)
    assert [status for path, status in site.answers if path == "/2"] == [200, 304]


def test_a_feed_that_came_in_half_is_sent_again(store: ArticleStore, site: Site) -> None:
    site.pages.update({f"/{n}": page(n) for n in (1, 2)})
    whole = rss(site, 1, 2)
    half = whole[: whole.index("</item>") + len("</item>")]

    def torn_once(handler: Any) -> None:
        if handler.headers.get("If-None-Match") == '"1"':
            handler.say(304)
            return
        body = whole if site.asked.count("/feed") > 1 else half
        handler.say(200, ("ETag", '"1"'), body=body.encode())

    site.pages["/feed"] = torn_once
    assert counts(ingest(store, site.url("/feed"))) == (1, 0, 0, 0)
    assert counts(ingest(store, site.url("/feed"))) == (1, 0, 1, 0)


def test_moved_canonical_and_amp_pages_are_one_article(store: ArticleStore, site: Site) -> None:
    link = '<link rel="canonical" href="/7">'
    site.pages.update({"/7": page(7), "/7/amp": page(7, head=link), "/old": redirect("/7")})
    report = ingest(store, site.url("/7/amp"), site.url("/old"), site.url("/7"))
    assert report.added == 1 and store.catalogue.article_ids() == [site.url("/7")]


def test_a_feeds_articles_are_fetched_and_the_newest_first(store: ArticleStore, site: Site) -> None:
    site.pages["/feed"] = rss(site, 1, 2, 3, 4)
    site.pages.update({f"/{n}": page(n) for n in (1, 2, 4)})
    report = ingest(store, site.url("/feed"))
    assert counts(report) == (3, 0, 0, 1)
    assert report.failures[0].place == site.url("/3") and "404" in report.failures[0].problem
    article = store.get(site.url("/2"))
    assert article is not None and article.text == text(2)
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2026-03-03T10:00:00+03:00"
    site.asked.clear()
    assert counts(ingest(store, site.url("/feed"), max_links=2)) == (0, 0, 1, 1)
    assert site.asked == ["/robots.txt", "/feed", "/4", "/3"]


def test_a_feed_and_its_sitemaps_are_not_sent_again_while_they_are_the_same(
    store: ArticleStore, site: Site
) -> None:
    site.pages.update({f"/{n}": page(n) for n in (1, 2, 3)})
    site.pages["/feed"] = rss(site, 1, 2)
    site.pages["/index.xml"] = sitemap_index([site.url("/news.xml")])
    site.pages["/news.xml"] = urlset([site.url("/3")])
    addresses = (site.url("/feed"), site.url("/index.xml"))
    assert counts(ingest(store, *addresses)) == (3, 0, 0, 0)
    site.pages["/1"] = page(1, " وجاء المزيد في المساء.")
    site.answers.clear()
    # The feed does not say that one of its pages changed, and is looked through all the same.
    assert counts(ingest(store, *addresses)) == (0, 1, 2, 0)
    assert [a for a in site.answers if a[1] == 304] == [
        (path, 304) for path in ("/feed", "/2", "/index.xml", "/news.xml", "/3")
    ]
    site.pages["/feed"] = rss(site, 1, 2, 4)
    site.pages["/news.xml"] = urlset([site.url("/3"), site.url("/5")])
    site.pages.update({f"/{n}": page(n) for n in (4, 5)})
    assert counts(ingest(store, *addresses)) == (2, 0, 3, 0)


def test_what_a_feed_holds_whole_is_not_fetched(store: ArticleStore, site: Site) -> None:
    site.pages["/feed"] = rss(site, 1, 2, whole=True)
    assert counts(ingest(store, site.url("/feed"))) == (2, 0, 0, 0)
    assert site.asked == ["/robots.txt", "/feed"]
    assert counts(ingest(store, site.url("/feed"))) == (0, 0, 2, 0)


def test_a_json_feed_is_one_too(store: ArticleStore, site: Site) -> None:
    items = [
        {
            "id": "a",
            "url": site.url("/1"),
            "title": "عنوان",
            "content_html": f"<p>{text(1) * 4}</p>",
            "date_published": "2026-03-01T10:00:00+03:00",
            "authors": [{"name": "سلمى"}],
        }
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "المرفأ", "items": items}
    site.pages["/feed.json"] = json.dumps(feed)
    assert counts(ingest(store, site.url("/feed.json"))) == (1, 0, 0, 0)
    article = store.get(site.url("/1"))
    assert article is not None and (article.author, article.source) == ("سلمى", "المرفأ")


def test_a_sitemap_index_leads_to_the_pages_of_its_sitemaps(
    store: ArticleStore, site: Site
) -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    site.pages["/sitemap.xml"] = (
        f"<sitemapindex {space}><sitemap><loc>{site.url('/news.xml')}</loc></sitemap>"
        "</sitemapindex>"
    )
    urls = "".join(
        f"<url><loc>{site.url(f'/{n}')}</loc><lastmod>2026-03-0{n}</lastmod></url>"
        for n in (1, 2, 3)
    )
    site.pages["/news.xml"] = f"<urlset {space}>{urls}</urlset>"
    site.pages.update({f"/{n}": page(n) for n in (1, 2, 3)})
    assert counts(ingest(store, site.url("/sitemap.xml"))) == (3, 0, 0, 0)
    site.asked.clear()
    assert counts(ingest(store, site.url("/sitemap.xml"))) == (0, 0, 3, 0)
    assert [path for path in site.asked if path.strip("/").isdigit()] == []
    site.pages["/news.xml"] = str(site.pages["/news.xml"]).replace("2026-03-02", "2027-03-02")
    site.pages["/2"] = page(2, " وزاد العدد مساء.")
    assert counts(ingest(store, site.url("/sitemap.xml"))) == (0, 1, 2, 0)


def test_of_many_sitemaps_the_news_come_first_and_a_broken_one_stops_no_other(
    store: ArticleStore, site: Site
) -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    named = {"/2024.xml": "2024-12-31", "/2026.xml": "2026-03-01", "/news.xml": "2026-01-01"}
    site.pages["/sitemap.xml"] = (
        f"<sitemapindex {space}>"
        + "".join(
            f"<sitemap><loc>{site.url(path)}</loc><lastmod>{date}</lastmod></sitemap>"
            for path, date in {**named, "/gone.xml": "2020-01-01"}.items()
        )
        + "</sitemapindex>"
    )
    for n, path in enumerate(named):
        site.pages[path] = f"<urlset {space}><url><loc>{site.url(f'/{n}')}</loc></url></urlset>"
        site.pages[f"/{n}"] = page(n)
    report = ingest(store, site.url("/sitemap.xml"))
    assert counts(report) == (3, 0, 0, 1) and report.failures[0].place == site.url("/gone.xml")
    sitemaps = [path for path in site.asked if path.endswith(".xml")]
    assert sitemaps == ["/sitemap.xml", "/news.xml", "/2026.xml", "/2024.xml", "/gone.xml"]


def test_an_article_that_moves_stays_one_and_is_shown_where_it_is_now(
    store: ArticleStore, site: Site
) -> None:
    site.pages.update({"/feed": rss(site, 1, 2), "/1": page(1), "/2": page(2)})
    ingest(store, site.url("/feed"))
    site.pages.update({"/1": redirect("/news/1"), "/news/1": page(1)})
    site.pages.update({"/2": redirect("/news/2"), "/news/2": page(2, " وأعيد فتحه مساء.")})
    assert counts(ingest(store, site.url("/feed"))) == (0, 2, 0, 0)
    assert store.catalogue.article_ids() == [site.url("/1"), site.url("/2")]
    for n in (1, 2):
        article = store.get(site.url(f"/{n}"))
        assert article is not None and article.url == site.url(f"/news/{n}")
    assert counts(ingest(store, site.url("/feed"))) == (0, 0, 2, 0)
    assert "If-None-Match" in site.headers[-1]
    site.pages["/feed"] = str(site.pages["/feed"]).replace(site.url("/1"), site.url("/news/1"))
    assert counts(ingest(store, site.url("/feed"))) == (0, 0, 2, 0)
    assert len(store.catalogue.article_ids()) == 2


def test_an_old_address_that_leads_elsewhere_changes_no_article(
    store: ArticleStore, site: Site
) -> None:
    site.pages.update({"/feed": rss(site, 1, 2), "/1": page(1), "/2": page(2), "/": page(4)})
    ingest(store, site.url("/feed"))
    words = "غرقت عبارة صغيرة قبالة الساحل ونجا ركابها جميعا كما أعلن خفر السواحل فجر اليوم."
    other = f"<html><head><title>نجاة ركاب عبارة</title></head><body><p>{words}</p></body></html>"
    site.pages.update({"/1": redirect("/"), "/2": redirect("/3"), "/3": other})
    report = ingest(store, site.url("/feed"))
    assert counts(report) == (1, 0, 0, 1) and "front page" in report.failures[0].problem
    article = store.get(site.url("/2"))
    assert article is not None and article.text == text(2)


DATED = '<meta property="article:published_time" content="2026-03-01T10:00:00+03:00">'


def test_what_a_site_puts_before_an_article_does_not_take_its_place(
    store: ArticleStore, site: Site
) -> None:
    site.pages.update({"/feed": rss(site, 7), "/7": page(7, head=DATED)})
    ingest(store, site.url("/feed"))
    words = "نستخدم ملفات تعريف الارتباط لتحسين تجربتك، وبالنقر على قبول فإنك توافق على سياستنا."
    consent = f"<html><head><title>المرفأ</title></head><body><p>{words}</p></body></html>"
    robots = consent.replace("<title>المرفأ", "<title>Just a moment...")
    for other, problem in ((consent, "without a date"), (robots, "a check for robots")):
        site.pages["/7"] = other
        for address in ("/7", "/feed"):
            report = ingest(store, site.url(address))
            assert counts(report) == (0, 0, 0, 1) and problem in report.failures[0].problem
        article = store.get(site.url("/7"))
        assert article is not None and article.text == text(7)
    site.pages["/7"] = page(8, head=DATED)
    assert counts(ingest(store, site.url("/7"))) == (0, 1, 0, 0), "written anew, it is dated"


def test_a_site_that_names_its_front_page_as_every_pages_address_has_many_articles(
    store: ArticleStore, site: Site
) -> None:
    for n in (1, 2, 3):
        site.pages[f"/{n}"] = page(n, head='<link rel="canonical" href="/">')
    site.pages["/feed"] = rss(site, 1, 2, 3)
    assert counts(ingest(store, site.url("/feed"))) == (3, 0, 0, 0)
    assert store.catalogue.article_ids() == [site.url(f"/{n}") for n in (1, 2, 3)]


def test_a_front_page_is_no_article_and_its_feed_is_named(store: ArticleStore, site: Site) -> None:
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    site.pages.update({"/": page(1, head=feed), "/ar/": page(2), "/old": redirect("/")})
    for path, remedy in (("/", site.url("/feed")), ("/ar/", "sitemap"), ("/old", "remove")):
        report = ingest(store, site.url(path))
        assert counts(report) == (0, 0, 0, 1), path
        assert "front page" in report.failures[0].problem and remedy in report.failures[0].remedy
    assert store.catalogue.article_ids() == []


def test_arabic_addresses_and_relative_links_work(store: ArticleStore, site: Site) -> None:
    site.pages[quote("/خبر-7")] = page(7)
    feed = rss(site, 7).replace(site.url("/7"), "/خبر-7")
    site.pages["/feed"] = feed
    assert counts(ingest(store, site.url("/feed"))) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<rss><channel></channel></rss>", "empty feed"),
        ("<urlset></urlset>", "empty sitemap"),
        ("<html><body>لا شيء هنا</body></html>", "no article"),
        ("%PDF-1.7", "damaged"),
        ("GIF89a", "binary"),
        ("", "no HTML"),
        ('<!DOCTYPE x [<!ENTITY a "&#1;"><!ENTITY b "&a;&a;">]><rss>&b;</rss>', "feed"),
    ],
)
def test_what_holds_no_article_is_reported(
    store: ArticleStore, site: Site, content: str, problem: str
) -> None:
    site.pages["/x"] = content
    report = ingest(store, site.url("/x"))
    assert counts(report) == (0, 0, 0, 1) and problem in report.failures[0].problem


def test_a_pdf_or_a_word_document_at_an_address_is_an_article(
    store: ArticleStore, site: Site
) -> None:
    report = a_pdf(["تقرير مجلس الحسابات", "رصد المجلس اختلالات في تدبير المال العام."])
    written, file = docx.Document(), BytesIO()
    for line in ("بلاغ وزارة الصحة", "سجلت الوزارة أربعين إصابة جديدة بالحصبة."):
        written.add_paragraph(line)
    written.save(file)
    site.pages["/report"] = lambda handler: handler.give(report, "application/pdf")
    site.pages["/note.docx"] = file.getvalue()
    for path, title, said in (
        ("/report?utm_source=x", "تقرير مجلس الحسابات", "رصد المجلس اختلالات"),
        ("/note.docx", "بلاغ وزارة الصحة", "أربعين إصابة"),
    ):
        assert counts(ingest(store, site.url(path))) == (1, 0, 0, 0)
        address = site.url(path.partition("?")[0])
        article = store.get(address)
        assert article is not None and said in article.text
        assert (article.title, article.url, article.source) == (title, address, "127.0.0.1")
        assert counts(ingest(store, site.url(path))) == (0, 0, 1, 0)
    site.pages["/feed"] = rss(site, 1).replace(site.url("/1"), site.url("/report"))
    assert counts(ingest(store, site.url("/feed"))) == (0, 0, 1, 0), "it is there already"


def test_what_a_feed_says_of_a_document_counts_before_what_its_file_says(
    store: ArticleStore, site: Site
) -> None:
    report = a_pdf(["الجريدة الرسمية", "رصد المجلس اختلالات في تدبير المال العام."])
    site.pages.update({"/feed": rss(site, 1), "/1": report})
    assert counts(ingest(store, site.url("/feed"))) == (1, 0, 0, 0)
    article = store.get(site.url("/1"))
    assert article is not None and article.published_at is not None
    assert (article.title, article.published_at.day) == ("سباق القوارب 1", 2)


def test_a_private_network_is_not_asked_by_default(store: ArticleStore, site: Site) -> None:
    report = ingest(store, site.url("/7"), private_hosts="")
    assert report.failed == 1 and "RAWI_INGEST_PRIVATE_HOSTS" in report.failures[0].remedy
    assert site.asked == []


def test_the_command_takes_files_and_addresses_together(
    typed: Typed, site: Site, home: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAWI_INGEST_PRIVATE_HOSTS", "127.0.0.1")
    monkeypatch.setenv("RAWI_INGEST_FETCH_DELAY", "0")
    site.pages["/7"] = page(7)
    (tmp_path / "a.html").write_text(page(3), "utf-8")
    (tmp_path / "list.txt").write_text(f"# من الموقع\n{site.url('/7')}\n\n", "utf-8")
    done = typed("ingest", tmp_path / "a.html", "--list", tmp_path / "list.txt", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["added"] == 2
    again = typed("ingest", site.url("/7"), "--json")
    assert json.loads(again.stdout)["unchanged"] == 1
    assert typed("ingest").exit_code == 2


def test_a_feed_whose_items_cannot_be_reached_names_the_true_cause(
    store: ArticleStore, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.fetching.fetcher.BACKOFF_SECONDS", (0.0, 0.0))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    targets = [f"http://127.0.0.1:{port}/{n}" for n in range(7)] + [site.url("/secret")]
    items = "".join(f"<item><title>خبر</title><link>{url}</link></item>" for url in targets)
    site.pages["/feed"] = (
        f'<rss version="2.0"><channel><title>المرفأ</title>{items}</channel></rss>'
    )
    site.pages["/robots.txt"] = "User-agent: *\nDisallow: /secret"
    report = ingest(store, site.url("/feed"))
    assert {failure.place: failure.error.code for failure in report.failures} == {
        **dict.fromkeys(targets[:-1], "connection_refused"),
        targets[-1]: "robots",
    }
    assert report.failures[0].error.problem_in("ar") == "الخادم يرفض الاتصال"
