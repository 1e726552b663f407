"""What a run of ingest leaves in a real store, and what it tells about it."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.core.report import Failure, IngestReport, Observer
from ingest.core.settings import IngestSettings
from ingest.loaders import LoadResult
from ingest.loaders.documents.plain_text import PlainTextLoader
from ingest.pipeline import IngestOptions, run_ingest
from ingest.store import chunker_for, chunker_id
from ingest.text.chunking import TAIL_TOLERANCE
from tests.integration.conftest import Opened
from tests.integration.newsroom import stored, stored_info
from vectorstore.catalogue.articles import Catalogue
from vectorstore.embedding import loading
from vectorstore.indexes.tantivy_index import TantivyWriter
from vectorstore.store import ArticleStore


class Listening(Observer):
    """Remembers what a run said."""

    def __init__(self) -> None:
        self.size = self.finished = 0
        self.failures: list[Failure] = []
        self.messages: list[str] = []
        self.batches: list[int] = []

    def discovered(self, files: int, size: int) -> None:
        self.size = size

    def advanced(self, size: int) -> None:
        assert size >= 0
        self.finished += size

    def failed(self, failure: Failure) -> None:
        self.failures.append(failure)

    def message(self, text: str) -> None:
        self.messages.append(text)

    def batch_written(self, report: IngestReport) -> None:
        self.batches.append(report.added + report.updated)


@pytest.fixture
def store(opened: Opened) -> ArticleStore:
    return opened(chunker_id=chunker_id())


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def lines(*records: tuple[str, str]) -> str:
    return "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in records)


def ingest(store: ArticleStore, *paths: Path, batch: int = 64, **options: Any) -> IngestReport:
    settings = IngestSettings(batch_articles=batch)
    return run_ingest(store, paths, options=IngestOptions(settings=settings, **options))


def some(report: IngestReport) -> dict[str, int]:
    """The counts of articles that are not nought."""
    names = ("added", "updated", "unchanged", "removed", "failed", "duplicates")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def texts(store: ArticleStore) -> dict[str, str]:
    articles = map(store.get, store.catalogue.article_ids())
    return {article.id: article.text for article in articles if article}


@pytest.mark.parametrize("batch", [1, 64])
def test_of_one_id_the_last_record_counts_in_every_run_alike(
    store: ArticleStore, embedded: list[str], news: Path, batch: int
) -> None:
    write(news / "1.jsonl", lines(("a", "القديم."), ("b", "خبر آخر."), ("a", "الأوسط.")))
    write(news / "2.jsonl", lines(("a", "الجديد.")))
    heard = Listening()
    first = ingest(store, news, batch=batch, observer=heard)
    assert some(first) == {"added": 2, "duplicates": 2}
    assert first.passages == 2
    assert texts(store) == {"a": "الجديد.", "b": "خبر آخر."}
    (note,) = heard.messages
    assert note.startswith("duplicate id: ") and "1.jsonl:3" in note
    embedded.clear()
    second = ingest(store, news, batch=batch)
    assert some(second) == {"unchanged": 2, "duplicates": 2}
    assert embedded == []
    assert texts(store) == {"a": "الجديد.", "b": "خبر آخر."}


@pytest.mark.parametrize("batch", [1, 64])
def test_new_changed_and_unchanged_articles_are_told_apart(
    store: ArticleStore, embedded: list[str], news: Path, batch: int
) -> None:
    write(news / "all.jsonl", lines(*((str(n), f"خبر رقم {n}.") for n in range(5))))
    assert some(ingest(store, news, batch=batch)) == {"added": 5}
    records = [(str(n), f"خبر رقم {n}." + " تغير." * (n == 1)) for n in range(6)]
    write(news / "all.jsonl", lines(*records))
    embedded.clear()
    report = ingest(store, news, batch=batch)
    assert some(report) == {"added": 1, "updated": 1, "unchanged": 4}
    assert report.passages == report.embedded == len(embedded) == 2
    assert store.check() == []


def test_a_run_with_nothing_new_loads_no_model(
    opened: Opened, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(news / "a.txt", "عنوان\n\nخبر.")
    ingest(opened(chunker_id=chunker_id()), news)

    def no_model(*_: object, **__: object) -> None:
        raise AssertionError("the model is loaded")

    monkeypatch.setattr(loading, "load_embedder", no_model)
    with opened(chunker_id=chunker_id()) as store:
        assert some(ingest(store, news)) == {"unchanged": 1}
        news.rename(news.with_name("moved"))
        assert some(ingest(store, news.with_name("moved"))) == {"unchanged": 1}


def test_files_of_one_name_in_two_folders_are_two_articles(
    store: ArticleStore, tmp_path: Path
) -> None:
    folders = [tmp_path / "monday", tmp_path / "tuesday"]
    for folder in folders:
        write(folder / "1.txt", f"عنوان\n\nخبر {folder.name}.")
    assert some(ingest(store, *folders)) == {"added": 2}
    assert some(ingest(store, *reversed(folders))) == {"unchanged": 2}
    assert some(ingest(store, tmp_path / "tuesday", sync=True)) == {"unchanged": 1}
    assert texts(store) == {"1.txt": "خبر monday.", "tuesday/1.txt": "خبر tuesday."}


def test_articles_whose_folder_was_moved_are_known_by_their_new_place(
    store: ArticleStore, embedded: list[str], news: Path
) -> None:
    write(news / "a.txt", "عنوان\n\nخبر.")
    write(news / "b.txt", "عنوان\n\nخبر آخر.")
    ingest(store, news)
    embedded.clear()
    moved = news.rename(news.with_name("moved"))
    assert some(ingest(store, moved)) == {"unchanged": 2}
    assert embedded == []
    (moved / "a.txt").unlink()
    assert some(ingest(store, moved, sync=True)) == {"unchanged": 1, "removed": 1}
    assert list(texts(store)) == ["b.txt"]


def test_sync_asks_with_the_ids_and_takes_no_for_an_answer(store: ArticleStore, news: Path) -> None:
    for name in ("a", "b", "c"):
        write(news / f"{name}.txt", f"عنوان\n\nخبر {name}.")
    ingest(store, news)
    (news / "a.txt").unlink()
    (news / "c.txt").unlink()
    asked: list[Sequence[str]] = []

    def none_of(ids: Sequence[str]) -> Sequence[str]:
        asked.append(ids)
        return []

    assert some(ingest(store, news, sync=True, choose_removals=none_of)) == {"unchanged": 1}
    assert asked == [["a.txt", "c.txt"]]
    assert len(texts(store)) == 3


def test_who_is_asked_may_name_the_articles_to_remove(store: ArticleStore, news: Path) -> None:
    for name in ("a", "b", "c"):
        write(news / f"{name}.txt", f"عنوان\n\nخبر {name}.")
    ingest(store, news)
    (news / "a.txt").unlink()
    (news / "c.txt").unlink()
    report = ingest(store, news, sync=True, choose_removals=lambda ids: ["c.txt", "b.txt"])
    assert some(report) == {"unchanged": 1, "removed": 2}
    assert store.catalogue.article_ids() == ["a.txt"]


def test_a_file_that_is_still_being_written_waits_and_keeps_what_it_held(
    store: ArticleStore, news: Path
) -> None:
    write(news / "a.txt", "عنوان\n\nخبر قديم.")
    ingest(store, news)
    write(news / "a.txt", "عنوان\n\nخبر جد")
    write(news / "b.txt", "")
    growing: dict[str, Any] = {"is_incomplete": lambda path: path.stem in "ab", "sync": True}
    assert some(ingest(store, news, **growing)) == {}
    assert texts(store) == {"a.txt": "خبر قديم."}
    write(news / "a.txt", "عنوان\n\nخبر جديد.")
    assert some(ingest(store, news, sync=True)) == {"updated": 1, "failed": 1}


def test_sync_of_a_folder_that_is_not_there_removes_nothing(
    store: ArticleStore, news: Path
) -> None:
    write(news / "sub" / "a.txt", "عنوان\n\nخبر.")
    ingest(store, news)
    news.rename(news.with_name("unmounted"))
    report = ingest(store, news, news / "sub", sync=True)
    assert some(report) == {"failed": 2}
    assert list(texts(store)) == ["sub/a.txt"]


def test_sync_does_not_touch_a_folder_whose_name_only_begins_alike(
    store: ArticleStore, news: Path
) -> None:
    write(news / "a.txt", "عنوان\n\nخبر.")
    other = write(news.with_name("news-old") / "b.txt", "عنوان\n\nخبر قديم.")
    ingest(store, news, other)
    other.unlink()
    assert some(ingest(store, news, sync=True)) == {"unchanged": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_files_whose_names_are_no_utf8_are_articles_of_their_own(
    store: ArticleStore, news: Path
) -> None:
    for folder in ("monday", "tuesday"):
        for name in ("خبر", "نبأ", "قصة"):
            (news / folder).mkdir(exist_ok=True)
            file = news / folder / os.fsdecode(f"{name}.txt".encode("cp1256"))
            file.write_text(f"{name} {folder}\n\nنص {name} من {folder}.", "utf-8")
    assert some(ingest(store, news / "monday")) == {"added": 3}
    assert some(ingest(store, news / "tuesday")) == {"added": 3}
    assert some(ingest(store, news, sync=True)) == {"unchanged": 6}
    (news / "monday" / os.fsdecode("خبر.txt".encode("cp1256"))).unlink()
    assert some(ingest(store, news, sync=True)) == {"unchanged": 5, "removed": 1}


def test_a_loader_that_breaks_is_a_failure_and_the_rest_goes_in(
    store: ArticleStore, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        write(news / f"{name}.txt", f"عنوان\n\nخبر {name}.")
    load = PlainTextLoader.load

    def breaking(self: PlainTextLoader, path: Path, *, root: Path) -> Iterator[LoadResult]:
        if path.name == "b.txt":
            raise IndexError("list index\nout of range")
        return load(self, path, root=root)

    monkeypatch.setattr(PlainTextLoader, "load", breaking)
    report = ingest(store, news)
    assert some(report) == {"added": 2, "failed": 1}
    (failure,) = report.failures
    assert failure.place == str(news / "b.txt")
    assert failure.problem == "the loader broke (IndexError: list index out of range)"
    assert failure.remedy


def test_all_bytes_that_were_found_are_done_in_the_end(store: ArticleStore, news: Path) -> None:
    write(news / "a.txt", "عنوان\n\nخبر.")
    write(news / "empty.txt", "")
    write(news / "list.json", json.dumps([{"text": "خبر."}, {"text": ""}, {"text": "آخر."}]))
    write(news / "lines.jsonl", lines(("x", "خبر."), ("y", "آخر."), ("x", "أخير.")) + "{broken\n\n")
    write(news / "test.jsonl", '{"question": "من؟"}\n')
    for _ in range(2):
        heard = Listening()
        ingest(store, news, batch=2, observer=heard)
        assert heard.finished == heard.size == sum(p.stat().st_size for p in news.iterdir())
        write(news / "a.txt", "عنوان\n\nخبر تغير.")


def test_batches_are_as_small_as_is_set(store: ArticleStore, news: Path) -> None:
    write(news / "all.jsonl", lines(*((str(n), f"خبر رقم {n}.") for n in range(7))))
    heard = Listening()
    ingest(store, news, batch=3, observer=heard)
    assert heard.batches == [3, 6, 7]


def test_passages_leave_room_for_the_title(store: ArticleStore, news: Path) -> None:
    text = " ".join(f"هذه الجملة رقم {n} من خبر طويل جدا." for n in range(100))
    write(news / "a.txt", f"عنوان\n\n{text}")
    chunker = chunker_for(store.embedder, IngestSettings(passage_tokens=4000))
    assert chunker.max_tokens * TAIL_TOLERANCE <= store.embedder.max_tokens - 90
    assert chunker_for(store.embedder, IngestSettings(passage_tokens=100)).max_tokens == 100
    report = ingest(store, news)
    assert report.passages > 3
    assert all(
        len(store.embedder.token_starts(p.text)) <= 256 * TAIL_TOLERANCE
        for _, p in store.catalogue.passages_of("a.txt")
    )


def test_ctrl_c_between_batches_keeps_what_is_written_and_says_so(
    store: ArticleStore, news: Path
) -> None:
    write(news / "all.jsonl", lines(*((str(n), f"خبر رقم {n}.") for n in range(6))))

    class Impatient(Observer):
        def batch_written(self, report: IngestReport) -> None:
            raise KeyboardInterrupt

    report = ingest(store, news, batch=2, observer=Impatient(), sync=True)
    assert report.interrupted
    assert some(report) == {"added": 2}
    assert len(texts(store)) == 2
    assert store.check() == []
    assert some(ingest(store, news)) == {"added": 4, "unchanged": 2}


@pytest.mark.parametrize(
    ("owner", "step"),
    [(Catalogue, "open_journal"), (Catalogue, "replace"), (TantivyWriter, "delete_passages")],
)
def test_ctrl_c_within_a_batch_leaves_nothing_half_done(
    store: ArticleStore, news: Path, monkeypatch: pytest.MonkeyPatch, owner: type, step: str
) -> None:
    write(news / "a.txt", "عنوان\n\nخبر.")
    ingest(store, news)
    write(news / "a.txt", "عنوان\n\nخبر تغير.")
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, interrupted_after(getattr(owner, step)))
        report = ingest(store, news)
    assert report.interrupted
    assert store.check() == []
    assert texts(store)["a.txt"] in {"خبر.", "خبر تغير."}
    ingest(store, news)
    assert texts(store) == {"a.txt": "خبر تغير."}
    assert store.check() == []


def interrupted_after(step: Callable[..., object]) -> Callable[..., None]:
    def stepping(*arguments: object) -> None:
        step(*arguments)
        raise KeyboardInterrupt

    return stepping


PARAGRAPH = (
    "افتتح وزير النقل أمس جسر النورس الذي يربط ضفتي نهر سلوى بعد عامين من الأشغال الشاقة في الموقع."
)


def crawled(article_id: str, url: str, **fields: str) -> str:
    record = {"id": article_id, "url": url, "title": "افتتاح الجسر", "text": PARAGRAPH, **fields}
    return json.dumps(record, ensure_ascii=False) + "\n"


def test_a_page_that_is_crawled_again_is_the_same_article(store: ArticleStore, news: Path) -> None:
    url = "https://news.example/bridge"
    ingest(store, write(news / "1.jsonl", crawled("crawl-1", url, category="world")))
    again = crawled("crawl-2", "http://www.news.example/bridge/?utm_source=x", category="home")
    report = ingest(store, write(news / "2.jsonl", again))
    assert (report.added, report.updated, report.unchanged) == (0, 0, 1)
    edited = crawled("crawl-3", f"{url}/amp", text=f"{PARAGRAPH}\nوحضر الحفل مئات من الأهالي.")
    report = ingest(store, write(news / "3.jsonl", edited))
    assert (report.added, report.updated) == (0, 1)
    assert store.catalogue.article_ids() == ["crawl-1"]
    assert stored_info(store, "crawl-1").url == url


def test_crawls_in_one_file_are_one_article_too(store: ArticleStore, news: Path) -> None:
    url = "https://news.example/bridge"
    both = crawled("crawl-1", url) + crawled("crawl-2", url, text=f"{PARAGRAPH} وحضر الأهالي.")
    report = ingest(store, write(news / "both.jsonl", both))
    assert (report.added, report.duplicates) == (1, 1)
    assert stored(store, "crawl-1").text.endswith("وحضر الأهالي.")


def test_articles_that_share_an_address_but_no_words_are_two(
    store: ArticleStore, news: Path
) -> None:
    url = "https://news.example/ticker"
    other = crawled("t-2", url, title="سباق القوارب", text="عاد فريق الشراع حاملا الميدالية.")
    front = "https://news.example/"
    same = crawled("f-1", front) + crawled("f-2", front, text=f"{PARAGRAPH} وحضر الأهالي.")
    ingest(store, write(news / "ticker.jsonl", crawled("t-1", url) + other + same))
    assert store.catalogue.article_ids() == ["f-1", "f-2", "t-1", "t-2"]


def test_passages_that_several_articles_share_are_embedded_once(
    store: ArticleStore, embedded: list[str], news: Path
) -> None:
    same = {"title": "افتتاح جسر النورس", "text": "افتتح وزير النقل أمس جسر النورس فوق نهر سلوى."}
    records = [{"id": f"copy-{n}", **same} for n in range(3)]
    write(news / "1.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    report = ingest(store, news, batch=1)
    assert (report.added, report.passages, report.embedded) == (3, 3, 1)
    write(news / "2.jsonl", json.dumps({"id": "later", **same}))
    write(news / "3.jsonl", json.dumps({**same, "id": "other", "title": "جسر جديد"}))
    report = ingest(store, news)
    assert (report.added, report.embedded) == (2, 1), "another title makes another vector"
    assert len(embedded) == 2
    rows = store.catalogue.vectors_of(sorted(store.catalogue.passage_ids()))
    assert len({row.tobytes() for row in rows.values()}) == 2
    assert store.check() == []


def test_one_page_is_one_article_though_its_first_version_is_not_written_yet(
    store: ArticleStore, embedded: list[str], news: Path
) -> None:
    records = [
        {
            "id": f"{n}",
            "url": f"https://a.example/{n % 3}",
            "title": f"خبر {n % 3}",
            "text": f"{n}.",
        }
        for n in range(6)
    ]
    write(news / "1.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    ingest(store, news, batch=1)
    assert texts(store) == {"0": "3.", "1": "4.", "2": "5."}


OCTOBER = ["1,سيول في تيزنيت,جرفت السيول جسرا.", "2,معرض الكتاب,فتح المعرض أبوابه."]
NOVEMBER = ["1,حريق في شبرا,أخمد الحريق.", "2,إضراب النقل,دخل عمال النقل في إضراب."]


def table(path: Path, rows: Sequence[str]) -> Path:
    return write(path, "\n".join(["id,title,text", *rows]))


@pytest.mark.parametrize("together", [True, False])
def test_tables_that_number_their_rows_take_no_articles_from_each_other(
    store: ArticleStore, embedded: list[str], news: Path, together: bool
) -> None:
    october, november = table(news / "10.csv", OCTOBER), table(news / "11.csv", NOVEMBER)
    for _ in range(2):  # and stay the same when they come again
        for paths in [(october, november)] if together else [(october,), (november,)]:
            ingest(store, *paths)
        assert texts(store) == {
            "1": "جرفت السيول جسرا.",
            "2": "فتح المعرض أبوابه.",
            "11.csv#id=1": "أخمد الحريق.",
            "11.csv#id=2": "دخل عمال النقل في إضراب.",
        }
    table(november, [NOVEMBER[0], "2,تعليق الإضراب,عاد السائقون إلى العمل."])
    assert some(ingest(store, news)) == {"updated": 1, "unchanged": 3}
    assert stored(store, "11.csv#id=2").title == "تعليق الإضراب"
    store.remove(["1", "2"])
    assert some(ingest(store, november)) == {"unchanged": 2}, "a free number changes nothing"


def test_the_tables_of_an_archive_and_the_sheets_of_a_file_are_told_apart_too(
    store: ArticleStore, embedded: list[str], news: Path
) -> None:
    workbook = openpyxl.Workbook()
    sheets = {"تشرين الأول": OCTOBER, "تشرين الثاني": NOVEMBER}
    with zipfile.ZipFile(news / "z.zip", "w") as archive:
        for number, rows in enumerate(sheets.values(), 10):
            archive.writestr(f"{number}.csv", "\n".join(["id,title,text", *rows]))
    ingest(store, news)
    archived = {"1", "2", "z.zip/11.csv#id=1", "z.zip/11.csv#id=2"}
    assert set(texts(store)) == archived
    assert some(ingest(store, news)) == {"unchanged": 4}
    (news / "z.zip").unlink()
    store.remove(sorted(archived))
    for number, (name, rows) in enumerate(sheets.items()):
        sheet = workbook.create_sheet(name, number)
        for row in ["id,title,text", *rows]:
            sheet.append(row.split(","))
    workbook.save(news / "year.xlsx")
    for expected in ({"added": 4}, {"unchanged": 4}):
        assert some(ingest(store, news)) == expected
    assert len(set(texts(store).values())) == 4


def test_a_number_that_comes_with_the_same_story_or_address_is_the_same_article(
    store: ArticleStore, embedded: list[str], news: Path
) -> None:
    table(news / "monday.csv", OCTOBER)
    ingest(store, write(news / "a.jsonl", crawled("7", "https://a.example/1")))
    ingest(store, news)
    table(news / "tuesday.csv", [f"{OCTOBER[0]} وأصيب ثلاثة.", OCTOBER[1]])
    rewritten = crawled("7", "https://a.example/1", title="تأجيل الحفل", text="أجل الحفل.")
    write(news / "b.jsonl", rewritten)
    ingest(store, news / "tuesday.csv", news / "b.jsonl")
    assert sorted(texts(store)) == ["1", "2", "7"]
    assert stored(store, "1").text.endswith("وأصيب ثلاثة.")
    assert stored(store, "7").title == "تأجيل الحفل"


def test_pictures_beside_articles_are_counted_as_left_out(
    store: ArticleStore, embedded: list[str], news: Path
) -> None:
    write(news / "a.txt", "خبر.")
    for name in ("1.jpg", "2.jpg"):
        write(news / name, "x")
    heard = Listening()
    report = ingest(store, news, observer=heard)
    assert (report.added, report.failed, report.skipped) == (1, 0, 1)
    assert heard.messages == [f"skipped: {news}: 2 files that hold no text (.jpg)"]


def test_an_article_whose_file_was_renamed_is_told_to_stay(
    store: ArticleStore, embedded: list[str], news: Path
) -> None:
    old = write(news / "draft.txt", "وصلت السفينة.")
    write(news / "list.jsonl", lines(("a", "خبر."), ("b", "خبر آخر.")))
    ingest(store, news)
    old.rename(news / "final.txt")
    write(news / "list.jsonl", lines(("a", "خبر.")))
    heard = Listening()
    ingest(store, news, observer=heard)
    assert heard.messages == [
        "stays: 2 articles came from files or rows that are no longer there; "
        "--sync removes what is gone"
    ]
    heard = Listening()
    ingest(store, news / "final.txt", observer=heard)
    assert heard.messages == [], "nothing else was looked through"
    ingest(store, news, sync=True)
    ingest(store, news, observer=heard)
    assert heard.messages == [] and set(texts(store)) == {"a", "final.txt"}
