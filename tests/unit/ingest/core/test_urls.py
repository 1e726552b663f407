from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.core.urls import canonical_url, may_be_article_url, same_site, url_variants

PAGE = "https://news.example/world/2026/story-7"


@pytest.mark.parametrize(
    "url",
    [
        PAGE,
        f"{PAGE}#comments",
        f"{PAGE}?utm_source=feed&utm_medium=rss",
        f"{PAGE}?fbclid=IwAR0x&at_medium=RSS&at_campaign=KARANGA",
        f"{PAGE}?gclid=1#top",
        "HTTPS://News.Example:443/world/2026/story-7",
        "https://reader@news.example/world/2026/story-7",
        f"{PAGE}/amp",
        f"{PAGE}/amp/",
        f"{PAGE}?amp=1",
        f"{PAGE}?outputType=amp",
        "https://news.example/amp/world/2026/story-7",
        "https://amp.news.example/world/2026/story-7",
        "https://m.news.example/world/2026/story-7",
        "https://www.google.com/amp/s/news.example/world/2026/story-7",
        "https://news-example.cdn.ampproject.org/c/s/news.example/world/2026/story-7",
        f"  {PAGE} ",
    ],
)
def test_what_only_says_how_a_reader_came_is_dropped(url: str) -> None:
    assert canonical_url(url) == PAGE


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/story?id=7&page=2",
        "https://news.example:8443/story",
        "https://news.example/قصة/عن-الماء",
        "https://news.example/%D9%82%D8%B5%D8%A9",
        "http://news.example/",
        "https://example.com/amplifier/amp-review",
        "https://m.example/story",
    ],
)
def test_what_may_choose_the_article_stays(url: str) -> None:
    assert canonical_url(url) == url


@pytest.mark.parametrize("text", ["", "story.txt", "mailto:a@b.example", "http://[::1", "tag:x,1"])
def test_what_is_no_web_address_stays_as_it_is(text: str) -> None:
    assert canonical_url(text) == text


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://0/ ?", "http://0/"),
        ("http://a.example/x/amp ?", "http://a.example/x"),
        ("http://amp.m.a.example/", "http://a.example/"),
        ("http://[::1]:80/a#b", "http://[::1]/a"),
    ],
)
def test_no_rule_leaves_work_for_another(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda t: f"https://a.example/{t}"))
def test_a_canonical_address_is_its_own(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


def test_variants_name_the_same_page() -> None:
    found = set(url_variants("https://news.example/قصة"))
    assert {
        "http://www.news.example/قصة/",
        "https://news.example/قصة",
        "http://news.example/%D9%82%D8%B5%D8%A9",
    } <= found


def test_a_front_page_is_no_article() -> None:
    assert not may_be_article_url("https://news.example/") and may_be_article_url(PAGE)
    assert may_be_article_url("https://news.example/?p=7")
    for front in ("", "/ar", "/en/", "/index.html", "/ar/index.php", "/Default.aspx"):
        assert not may_be_article_url(f"https://news.example{front}"), front
    for page in ("/ar/7", "/index/7", "/arabia", "/homes"):
        assert may_be_article_url(f"https://news.example{page}"), page


def test_a_page_speaks_for_its_own_site_alone() -> None:
    assert same_site("https://www.news.example/a", "http://m.news.example/b")
    assert not same_site("https://news.example", "https://evil.example/news.example")
    assert not same_site("https://localhost/a", "https://localhost/b")
    assert not same_site("x", "")
