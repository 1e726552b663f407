"""Anything at all, given to the loaders and the chunker.

RAWI_TEST_FUZZ_ROUNDS says how many rounds of 40 examples each test takes; the examples of a round
are the same in every run.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ingest.articles.loader_protocol import LoadResult
from ingest.core.limits import Limits
from ingest.loaders import discover
from ingest.text.boilerplate import boilerplate_spans
from ingest.text.chunking import Chunker
from tests.integration.hostile_files import TEXT, a_docx, an_epub, an_xlsx, packed
from tests.pdf_maker import a_pdf
from vectorstore.core.types import Article

TIMES = int(os.environ.get("RAWI_TEST_FUZZ_ROUNDS", "2"))
LIMITS = Limits(file_bytes=2_000_000, unpacked_bytes=20_000_000, entries=200, parse_seconds=20)
EXAMPLES = 40
ROUND = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

RECORD = json.dumps({"id": "a", "title": "جسر", "text": TEXT, "date": "2021-06-04", "x": [1, {}]})
PAGE = (
    '<html><head><meta charset="utf-8"><title>جسر</title><script type="application/ld+json">'
    '{"@type":"NewsArticle","datePublished":"2024-03-07"}</script></head><body><article>'
    f"<h1>جسر</h1><p>{TEXT}</p><ul><li>أ<li>ب</ul><table><tr><td>1<td>2</table></article></html>"
)
ITEM = f"<item><title>جسر</title><description>{TEXT}</description></item>"
SEEDS: dict[str, bytes] = {
    ".txt": f"جسر جديد\n\n4 يونيو 2021\n\n{TEXT}\n".encode(),
    ".md": f"---\ntitle: جسر\ntags: [a, b]\n---\n# جسر\n\n* {TEXT}\n> [x](y)\n".encode(),
    ".html": PAGE.encode(),
    ".xml": f"<rss><channel>{ITEM}</channel></rss>".encode(),
    ".json": f"[{RECORD}, {RECORD}]".encode(),
    ".jsonl": f"{RECORD}\n{RECORD}\n".encode(),
    ".csv": f'title,text,date\nجسر,"{TEXT}",2021-06-04\n'.encode(),
    ".pdf": a_pdf([TEXT[:60], TEXT[60:]], Title="جسر", CreationDate="D:2024"),
    ".docx": a_docx("جسر", TEXT),
    ".xlsx": an_xlsx(),
    ".epub": an_epub(),
    ".zip": packed({"a.txt": TEXT, "b.json": RECORD, "c.zip": packed({"d.md": TEXT})}),
}
PACKAGES = (".docx", ".xlsx", ".epub", ".zip")
JUNK = st.sampled_from(
    [
        b"",
        b"\x00",
        b"\xff\xfe",
        b"<",
        b"]]>",
        b"&a;",
        b'"',
        b"[" * 99,
        b"{",
        b"\n",
        b"-1",
        b"9" * 20,
    ]
) | st.binary(max_size=8)
# Where (a share of the whole), how many bytes go, what comes in their place.
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), JUNK), max_size=6)


def fuzz(factor: int, prop: Callable[..., None], *examples: st.SearchStrategy[Any]) -> None:
    """Try ``prop`` with other examples in each of ``factor`` times the rounds asked for."""
    for number in range(factor * TIMES):
        seed(number)(ROUND(given(*examples)(prop)))()


def changed(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for share, length, piece in changes:
        at = int(share * len(data))
        data = data[:at] + piece + data[at + length :]
    return data


def repacked(data: bytes, which: float, changes: list[tuple[float, int, bytes]]) -> bytes:
    """A package with one of its parts changed, whose checksums are right all the same."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts: dict[str, bytes | str] = {n: package.read(n) for n in package.namelist()}
    name = list(parts)[min(int(which * len(parts)), len(parts) - 1)]
    part = parts[name]
    assert isinstance(part, bytes)
    return packed({**parts, name: changed(part, changes)})


def loaded_from(path: Path, data: bytes) -> list[LoadResult]:
    path.write_bytes(data)
    return [loaded for file in discover([path], limits=LIMITS) for loaded in file.load()]


def check(found: list[LoadResult]) -> None:
    """That each is an article fit for the store, or a line on why it is none."""
    assert found
    for loaded in found:
        assert loaded.place and "\x00" not in loaded.place
        if loaded.article is None:
            told = (
                loaded.skipped if loaded.problem is None else f"{loaded.problem}; {loaded.remedy}"
            )
            assert told and told.strip("; ") and "\n" not in told, loaded
            assert loaded.skipped or loaded.remedy, loaded
            continue
        article = loaded.article
        assert article.id and article.text.strip() and "\n" not in article.title
        for text in (article.id, article.title, article.text, article.original or ""):
            text.encode("utf-8")
            assert "\x00" not in text
        json.dumps(dict(article.metadata), allow_nan=False).encode("utf-8")
        assert article.content_hash


@pytest.mark.slow
@pytest.mark.parametrize("kind", SEEDS)
def test_a_file_that_was_changed_anywhere(kind: str, tmp_path: Path) -> None:
    def prop(changes: list[tuple[float, int, bytes]], which: float, inside: bool) -> None:
        data = SEEDS[kind]
        if inside and kind in PACKAGES:
            data = repacked(data, which, changes)
        else:
            data = changed(data, changes)
        check(loaded_from(tmp_path / f"a{kind}", data))

    fuzz(1, prop, CHANGES, st.floats(0, 1), st.booleans())


@pytest.mark.slow
def test_any_bytes_under_any_name(tmp_path: Path) -> None:
    def prop(kind: str, other: str, noise: bytes, length: int) -> None:
        data = SEEDS[other][:length] + noise
        check(loaded_from(tmp_path / f"a{kind}", data))

    kinds = st.sampled_from(list(SEEDS))
    fuzz(2, prop, kinds, kinds, st.binary(), st.integers(0, 99))


PIECES = [
    *("اقرأ أيضا: ", "خبر طويل عن المدينة.", "كلمة", " ", "\n", "\n\n", ".", "؟", "…", "، ", "؛"),
    *(
        "-----",
        "👩‍👩‍👧",
        "🇸🇾",
        "é",
        "\u0301",
        "\u064e\u0651",
        "\u200c",
        "\ufffd",
        "a",
        "ﷺ",
        "للمزيد:",
        "1. ",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=80).map("".join)


@pytest.mark.slow
def test_any_text_is_cut_into_exact_passages() -> None:
    def prop(text: str, budget: int, lengths: list[int]) -> None:
        cycle = itertools.cycle(lengths)
        starts = list(itertools.takewhile(lambda at: at < len(text), itertools.accumulate(cycle)))
        passages = Chunker(lambda _: starts, budget)(Article(id="a", title="", text=text))
        covered = set[int]()
        end = 0
        for number, passage in enumerate(passages):
            assert passage.index == number and end <= passage.start < passage.end <= len(text)
            assert text[passage.start : passage.end] == passage.text
            covered.update(range(passage.start, passage.end))
            end = passage.end
        teasers = {
            at for start, stop in boilerplate_spans(text, frozenset()) for at in range(start, stop)
        }
        missing = [at for at, c in enumerate(text) if not c.isspace() and at not in covered]
        assert set(missing) <= teasers
        assert passages or not text.strip()

    fuzz(8, prop, TEXTS, st.integers(1, 60), st.lists(st.integers(1, 9), min_size=1, max_size=9))
