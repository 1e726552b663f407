"""Whatever a file or a server gives: an article, or a plain word on why it is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.core.errors import LoadError
from ingest.html import article_from_page
from ingest.html.feeds import Entry, detect_document_kind, feed_entries, is_truncated, read_sitemap
from ingest.loaders.records.table import TableLoader
from ingest.loaders.records.telegram_export import is_export, posts
from ingest.text.boilerplate import boilerplate_spans, split_lines

PIECES = [
    *("<html>", "<p>", "</p>", "<div", "<!--", "]]>", "<![CDATA[", "<script>", "</script>", "&#0;"),
    *('<meta charset="', "utf-7", '">', "<title>", "&lt;", "&#x110000;", "\x00", "\ufeff", "ﷺ" * 9),
    *("<rss><channel>", "<item>", "<link>", "http://[", "</item>", "<feed>", "<entry>", "<urlset>"),
    *("<url><loc>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", '{"version":"https://jsonfeed.org/'),
    *('version/1","items":[', "{}", "]}", "اقرأ أيضا: ", "خبر طويل عن المدينة.", "\n", ",", '"'),
    *('<script type="application/ld+json">', '{"@type":"NewsArticle","datePublished":', "[[[["),
    *('<link rel="canonical" href="', "<time datetime='", "2026-13-45", "'>", "\ud800", "</"),
]
junk = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=60).map("".join)
blobs = junk.map(lambda t: t.encode("utf-8", "surrogatepass")) | st.binary(max_size=300)
often = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@often
@given(blobs, st.sampled_from([None, "utf-8", "windows-1256", "utf-16", "rot13", "x" * 99]))
def test_a_page(data: bytes, charset: str | None) -> None:
    try:
        article = article_from_page(
            data, url="https://a.example/x", fallback_id="a", origin="a", charset=charset
        )
    except LoadError as error:
        assert error.problem and error.remedy and "\n" not in error.problem
    else:
        assert article.text and article.url is not None
        json.dumps(dict(article.metadata))


@often
@given(blobs)
@example(b"<html>&#x110000;")
def test_a_feed_and_a_sitemap(data: bytes) -> None:
    assert detect_document_kind(data) in ("feed", "sitemap", "page")
    for read in (feed_entries, read_sitemap):
        try:
            read(data, "https://a.example/")
        except LoadError as error:
            assert error.problem and "\n" not in error.problem


@pytest.mark.parametrize("piece", [b"<urlset ", b"<urlset a=", b"</rss ", b"</a:", b"<"])
def test_whether_a_megabyte_of_beginnings_has_an_end_is_soon_told(piece: bytes) -> None:
    assert is_truncated(b"<urlset>" + piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize("piece", ["<", "< ", "<p a="])
def test_whether_a_megabyte_of_beginnings_is_a_whole_text_is_soon_told(piece: str) -> None:
    assert Entry(url="https://a.example/1", content=piece * (1_000_000 // len(piece))).is_whole
    assert not Entry(url="https://a.example/1", content="<p>" * 300_000).is_whole


def test_a_sitemap_has_its_end_whatever_follows_it() -> None:
    whole = b"<urlset><url><loc>https://a.example/1</loc></url></urlset>"
    assert not is_truncated(whole + b"\n<!-- made in 7 seconds -->" + b" \n" * 100_000)
    assert not is_truncated(b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>')
    assert is_truncated(whole[:-3])


@often
@given(blobs)
def test_a_table(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"title,text\n" + data)
    for loaded in TableLoader().load(path, root=tmp_path):
        assert (loaded.article is None) != (loaded.problem is None)


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@often
@given(st.lists(st.fixed_dictionaries({"type": st.just("message"), "id": values, "text": values})))
def test_an_export(messages: list[object]) -> None:
    document = {"type": "public_channel", "id": 1, "messages": messages}
    assert is_export(document)
    for _, record in posts(document):
        assert record["url"].startswith("https://t.me/")


@often
@given(junk)
def test_teasers_are_whole_lines_in_order(text: str) -> None:
    places = [(line.start, line.end) for line in split_lines(text)]
    found = boilerplate_spans(text)
    assert set(found) <= set(places) and found == sorted(found)
