"""Articles on web pages, as sites write them."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.core.errors import LoadError
from ingest.html import article_from_page
from ingest.html.page_encoding import decode_page
from ingest.loaders.documents.html import HtmlLoader
from vectorstore.core.types import Article

PARAGRAPHS = [
    "افتتح وزير النقل أمس جسر النورس الذي يربط ضفتي نهر سلوى بعد عامين من الأشغال الشاقة.",
    "وقال الوزير إن كلفة الجسر بلغت أربعين مليون دينار دفعتها الدولة من ميزانية الطرق.",
    "ومن المقرر أن تعبره عشرة آلاف سيارة كل يوم، وأن يخفف الزحام عن وسط المدينة القديمة.",
]
BODY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
URL = "https://www.news.example/story/7"


def page(head: str = "", body: str = "", title: str = "افتتاح جسر النورس - المرفأ") -> str:
    return (
        f'<!DOCTYPE html><html lang="ar"><head><title>{title}</title>{head}</head><body>'
        f'<nav><ul><li><a href="/">الرئيسية</a></li><li><a href="/s">رياضة</a></li></ul></nav>'
        f"<article>{body or BODY}</article><footer>جميع الحقوق محفوظة</footer></body></html>"
    )


def read(html: str | bytes, *, url: str | None = URL, charset: str | None = None) -> Article:
    data = html if isinstance(html, bytes) else html.encode()
    return article_from_page(data, url=url, fallback_id="a.html", origin="/x", charset=charset)


def linked(**fields: object) -> str:
    data = {"@context": "https://schema.org", "@type": "NewsArticle", **fields}
    return f'<script type="application/ld+json">{json.dumps({"@graph": [data]})}</script>'


def test_json_ld_tells_everything() -> None:
    head = linked(
        headline="جسر النورس يفتح أبوابه",
        datePublished="2026-03-01T10:00:00+03:00",
        dateModified="2026-03-02T09:30:00Z",
        author=[{"@type": "Person", "name": "سلمى الحسن"}, {"name": "عمر زين"}],
        publisher={"@type": "Organization", "name": "صحيفة المرفأ"},
        articleSection="محليات",
    )
    article = read(page(head))
    assert article.text == "\n".join(PARAGRAPHS)
    assert article.title == "جسر النورس يفتح أبوابه"
    assert article.published_at == datetime.fromisoformat("2026-03-01T10:00:00+03:00")
    assert (article.author, article.source) == ("سلمى الحسن، عمر زين", "صحيفة المرفأ")
    assert article.language == "ar" and article.id == article.url == URL
    assert article.metadata == {
        "section": "محليات",
        "modified_at": "2026-03-02T09:30:00+00:00",
        "date_from": "json-ld",
    }


@pytest.mark.parametrize(
    ("head", "body", "url", "origin"),
    [
        ('<meta property="article:published_time" content="2026-03-01">', "", URL, "meta"),
        (
            "",
            f'<time itemprop="datePublished" datetime="2026-03-01"></time>{BODY}',
            URL,
            "microdata",
        ),
        ("", f'<time datetime="2026-03-01">منذ يومين</time>{BODY}', URL, "time"),
        ("", "", "https://news.example/2026/world/3/1/bridge", "address"),
        ("", "", "https://news.example/20260301-bridge", "address"),
        ("", f"<span>الأحد 1 آذار/مارس 2026</span>{BODY}", URL, "text"),
        ("", f"<div>نشر في: ١ مارس ٢٠٢٦</div>{BODY}", URL, "text"),
    ],
)
def test_the_date_is_found_where_sites_put_it(head: str, body: str, url: str, origin: str) -> None:
    article = read(page(head, body), url=url)
    assert article.published_at is not None
    assert article.published_at.date() == datetime(2026, 3, 1).date()
    assert article.metadata["date_from"] == origin


def test_a_date_of_the_last_update_is_not_that_of_publishing() -> None:
    article = read(page("", f"<div>آخر تحديث: 4 مارس 2026 02:21</div>{BODY}"))
    assert article.published_at is None
    assert article.metadata["modified_at"] == "2026-03-04T02:21:00"


def test_the_years_of_a_copyright_are_no_date() -> None:
    assert read(page("", f"{BODY}<p>© 2019 المرفأ</p>")).published_at is None


def test_the_canonical_address_counts_within_the_site_alone() -> None:
    own = '<link rel="canonical" href="/story/7?utm_source=x">'
    assert read(page(own), url=f"{URL}/amp").url == "https://www.news.example/story/7"
    front = read(page('<link rel="canonical" href="https://www.news.example/">'), url=None)
    assert (front.id, front.url, front.source) == ("a.html", None, "news.example")
    foreign = '<link rel="canonical" href="https://other.example/stolen">'
    assert read(page(foreign)).id == URL
    assert read(page(foreign), url=None).id == "https://other.example/stolen"
    assert read(page(), url=None).id == "a.html"


def test_the_sites_name_is_no_part_of_the_title() -> None:
    named = '<meta property="og:site_name" content="المرفأ">'
    assert read(page(named)).title == "افتتاح جسر النورس"
    assert read(page("", f"<h1>افتتاح جسر النورس</h1>{BODY}")).title == "افتتاح جسر النورس"
    assert read(page()).source == "news.example"


def test_a_lead_above_the_text_belongs_to_it() -> None:
    lead = "تنتهي اليوم عزلة الضفة الشرقية من المدينة التي دامت أكثر من ستين عاما."
    html = page("", BODY).replace(
        "<article>", f'<div class="story-lead"><p>{lead}</p></div><article>'
    )
    assert read(html).text.split("\n") == [lead, *PARAGRAPHS]


def test_notices_of_the_site_below_the_text_are_left_out() -> None:
    notice = "<p>الآراء الواردة أدناه لا تعبر عن رأي موقع المرفأ، بل تعكس وجهات نظر أصحابها.</p>"
    assert read(page("", BODY + notice)).text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1256", "iso-8859-6", "utf-16"])
@pytest.mark.parametrize(
    "declared", ["", '<meta charset="utf-8">', '<meta charset="windows-1256">']
)
def test_text_is_the_same_in_whatever_encoding(encoding: str, declared: str) -> None:
    text = "\n".join(PARAGRAPHS)
    html = page(declared).replace("©", "")
    assert read(html.encode(encoding)).text == text


def test_a_header_is_believed_where_nothing_speaks_against_it() -> None:
    french = "<html><p>Le maire a été réélu à Besançon.</p></html>".encode("latin-1")
    assert "réélu à Besançon" in decode_page(french, "iso-8859-1").text
    arabic = page().encode("windows-1256")
    assert "جسر النورس" in decode_page(arabic, "iso-8859-1").text
    assert "جسر النورس" in decode_page(arabic, "no-such-charset").text


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"%PDF-1.4 ...", "binary"),
        (b"just text, no markup at all", "no HTML"),
        (b"<html><body><p>short</p></body></html>", "no article"),
        (b"<html>" + b"<div>" * 100_000, "no article|no readable"),
        (b"<html><body><script>alert(1)</script></body></html>", "no article"),
        (b"<html></html><![CDATA[", "no article"),
    ],
)
def test_what_holds_no_article_is_said_plainly(data: bytes, problem: str) -> None:
    with pytest.raises(LoadError, match=problem):
        read(data)


def test_broken_json_ld_does_no_harm() -> None:
    broken = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": </script>'
    deep = '<script type="application/ld+json">' + "[" * 100_000 + "</script>"
    odd = linked(headline=7, datePublished={"a": 1}, author=7, publisher=[None])
    assert read(page(broken + deep + odd)).text == "\n".join(PARAGRAPHS)


def test_a_saved_page_is_an_article(tmp_path: Path) -> None:
    (tmp_path / "bridge.html").write_bytes(page().encode())
    (tmp_path / "empty.html").write_bytes(b"<html></html>")
    (loaded,) = HtmlLoader().load(tmp_path / "bridge.html", root=tmp_path)
    assert loaded.article is not None and loaded.article.id == "bridge.html"
    assert loaded.article.published_at is None
    (failed,) = HtmlLoader().load(tmp_path / "empty.html", root=tmp_path)
    assert failed.problem == "no article found on the page"


def test_utc_dates_stay_aware() -> None:
    head = '<meta property="article:published_time" content="2026-03-01T10:00:00Z">'
    assert read(page(head)).published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_page_that_begins_like_an_address_makes_nobody_fetch_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    def connect(self: socket.socket, address: object) -> None:
        asked.append(address)
        raise OSError("no network here")

    def fetch_url(url: str) -> None:
        asked.append(url)

    monkeypatch.setattr("htmldate.utils.fetch_url", fetch_url)
    monkeypatch.setattr(socket.socket, "connect", connect)
    words = "\n".join(PARAGRAPHS).replace(" ", "\n")
    article = read(f"http://127.0.0.1:9/latest/<html><body><article><p>{words}</p></article>")
    assert "جسر" in article.text and article.published_at is None
    assert asked == []


def test_a_date_is_guessed_from_a_pages_text() -> None:
    told = "<p>نسخة محفوظة، copyright 2026, last seen 2026-03-01 by our archive in Salwa.</p>"
    article = read(page("", BODY + told))
    assert article.metadata["date_from"] == "guess"
    assert article.published_at == datetime(2026, 3, 1)


@pytest.mark.parametrize(
    ("title", "problem"),
    [
        ("الصفحة غير موجودة - المرفأ", "an error page"),
        ("عذراً، الصفحة التي تبحث عنها غير موجودة", "an error page"),
        ("404 | المرفأ", "an error page"),
        ("Page Not Found", "an error page"),
        ("Attention Required! | Cloudflare", "a check for robots"),
        ("Access to this page has been denied", "a check for robots"),
        ("تسجيل الدخول | المرفأ", "a login"),
        ("Sign in to The Harbour", "a login"),
        ("نحن نقدّر خصوصيتك", "a request for consent"),
        ("Before you continue to Google", "a request for consent"),
    ],
)
def test_a_page_in_the_place_of_an_article_is_told_by_its_title(title: str, problem: str) -> None:
    with pytest.raises(LoadError, match=problem):
        read(page(title=title))
    assert read(page(title=title, body=BODY * 6)).text, "a long text is about it"


@pytest.mark.parametrize(
    "title",
    [
        "الحلقة الأخيرة | 404",
        "الصفحة الأولى",
        "تسجيل الدخول إلى المنصة يتعطل ساعات",
        "Not found guilty",
    ],
)
def test_titles_that_only_sound_like_such_a_page_are_articles(title: str) -> None:
    assert read(page(title=title)).title == title


def test_a_request_to_subscribe_is_no_article_but_a_beginning_above_it_is() -> None:
    wall = (
        "<p>هذا المقال متاح للمشتركين فقط. اشترك الآن لمتابعة القراءة.</p><p>لديك حساب؟ ادخل.</p>"
    )
    with pytest.raises(LoadError, match="a request to subscribe"):
        read(page(body=wall))
    assert read(page(body=f"<p>{PARAGRAPHS[0]}</p>{wall}")).text.startswith(PARAGRAPHS[0])
