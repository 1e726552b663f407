"""Runs of ingest are listed and can be undone, whatever happens in between."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.telegram.worker.ingest_tasks import ingest_record
from ingest.pipeline import IngestOptions, run_ingest
from ingest.store import open_store
from ingest.undo import UndoReport, plan_undo, undo
from tests.conftest import rawi_environment
from tests.integration.conftest import Typed
from tests.integration.killed_rawi import run_killed
from tests.integration.newsroom import everything
from vectorstore.core.errors import StoreError
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article
from vectorstore.store import ArticleStore

BRIDGE = "افتتح وزير النقل أمس جسر النورس الذي يربط ضفتي نهر سلوى بعد عامين من الأشغال."
HARVEST = "بدأ المزارعون موسم قطاف الزيتون هذا العام قبل موعده بأسبوعين بسبب الجفاف."
TRAM = "أعلنت بلدية مرسى النخيل أن الترام الليلي سيعود إلى العمل يوم الخميس المقبل."
SOLAR = "دشن مهندسو الطاقة محطة شمسية جديدة في تل الزيتون بقدرة خمسين ميغاواط."
HEADLINE = "منتخب الشراع يحرز ذهبية البحر المتوسط للناشئين؟"
QUESTIONS = ["من افتتح جسر النورس؟", "متى يعود الترام الليلي؟", "ما قدرة المحطة الشمسية؟"]
RUN_ID = re.compile(r"\d{8}-\d{4}-[0-9a-f]{3}")


@pytest.fixture
def store(home: Path, embedded: list[str]) -> Iterator[ArticleStore]:
    with open_store(StoreSettings(), writable=True) as opened:
        yield opened


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    write(folder, "bridge", title="جسر النورس", text=BRIDGE, date="2021-06-04", section="محليات")
    write(folder, "harvest", title="الزيتون", text=HARVEST)
    return folder


def write(folder: Path, name: str, **record: str) -> None:
    text = json.dumps({"id": name, **record}, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text, "utf-8")


def ingest(store: ArticleStore, *paths: Path, **options: Any) -> str:
    """The id of the run."""
    report = run_ingest(store, paths, options=IngestOptions(**options))
    assert report.failed == 0 and report.run is not None
    return report.run


def second_edition(news: Path) -> None:
    """One article changes, one goes, two come."""
    write(news, "bridge", title="جسر النورس", text=f"{BRIDGE} ثم أغلق.", section="عاجل")
    (news / "harvest.json").unlink()
    write(news, "tram", title="الترام", text=TRAM)
    write(news, "solar", title="الشمس", text=SOLAR)


def counts(report: UndoReport) -> tuple[int, int, int]:
    return report.removed, report.restored, report.brought_back


def test_undoing_brings_back_what_was_replaced_and_removed_and_takes_out_what_was_added(
    store: ArticleStore, news: Path
) -> None:
    ingest(store, news)
    before = everything(store, QUESTIONS)
    second_edition(news)
    run = ingest(store, news, sync=True)
    after = everything(store, QUESTIONS)
    assert set(store.catalogue.article_ids()) == {"bridge", "tram", "solar"}
    report = undo(store, run)
    assert counts(report) == (2, 1, 1) and report.changed_since == []
    assert everything(store, QUESTIONS) == before
    bridge = store.get("bridge")
    assert bridge is not None and bridge.metadata == {"section": "محليات"}
    assert bridge.published_at == datetime(2021, 6, 4)
    assert store.check() == []
    assert undo(store, run) == UndoReport(run), "done twice, it does nothing"
    assert report.run is not None
    undo(store, report.run)
    assert everything(store, QUESTIONS) == after, "an undoing can be undone"


def test_undoing_embeds_only_what_comes_back(
    store: ArticleStore, news: Path, embedded: list[str]
) -> None:
    ingest(store, news)
    write(news, "bridge", title="جسر النورس", text=BRIDGE, section="عاجل")
    write(news, "tram", title="الترام", text=TRAM)
    run = ingest(store, news)
    embedded.clear()
    undo(store, run)
    assert embedded == [], "the text is the same as before"


def test_what_a_later_run_changed_again_is_left_and_named(store: ArticleStore, news: Path) -> None:
    ingest(store, news)
    second_edition(news)
    run = ingest(store, news)
    write(news, "bridge", title="جسر النورس", text=f"{BRIDGE} ثم فتح.")
    write(news, "tram", title="الترام", text=f"{TRAM} مساء.")
    later = ingest(store, news)
    report = undo(store, run)
    assert counts(report) == (1, 0, 0) and report.changed_since == ["bridge", "tram"]
    assert set(store.catalogue.article_ids()) == {"bridge", "harvest", "tram"}
    undo(store, later)
    assert counts(undo(store, run)) == (1, 1, 0), "without the later run, the rest can be undone"
    assert set(store.catalogue.article_ids()) == {"bridge", "harvest"}
    assert store.get("bridge").text == BRIDGE  # type: ignore[union-attr]


def test_teasers_and_copies_are_judged_again(store: ArticleStore, news: Path) -> None:
    lines = [BRIDGE, TRAM, HEADLINE, HARVEST]
    write(news, "bridge", title="جسر النورس", text="\n".join(lines), source="المرفأ")
    ingest(store, news)
    before = everything(store, QUESTIONS)
    write(news, "sailing", title=HEADLINE, text=f"{SOLAR} وعاد الفريق إلى الوطن.", source="المرفأ")
    write(news, "copy", title="جسر", text="\n".join(lines), source="الساحل")
    run = ingest(store, news)
    assert not [p for _, p in store.catalogue.passages_of("bridge") if HEADLINE in p.text]
    assert store.catalogue.duplicate_groups(["bridge"]) == {"bridge": ("bridge", "copy")}
    undo(store, run)
    assert everything(store, QUESTIONS) == before
    assert store.catalogue.duplicate_groups(["bridge"]) == {}


def test_an_article_that_one_run_changes_twice_goes_back_to_what_it_was_before_the_run(
    store: ArticleStore, news: Path
) -> None:
    ingest(store, news)
    before = everything(store, [])
    with store.record_run("ingest", ["twice"]) as run:
        for text in (TRAM, SOLAR):
            write(news, "bridge", title="جسر النورس", text=text)
            ingest(store, news)
        store.remove(["harvest"])
        ingest(store, news)
    assert run is not None
    (info,) = store.catalogue.runs(run_id=run.id)
    assert (info.added, info.updated, info.removed) == (0, 1, 0), "harvest is as it was"
    assert counts(undo(store, run.id)) == (0, 1, 0)
    assert everything(store, []) == before


def test_runs_of_telegram_and_removals_are_listed_too(store: ArticleStore, news: Path) -> None:
    ingest_record(store, json.dumps({"id": "post-7", "text": TRAM}))
    with store.record_run("remove", ["post-7"]):
        store.remove(["post-7"])
    listed = [
        (run.kind, run.sources, run.added, run.removed, run.ended is not None)
        for run in store.catalogue.runs()
    ]
    assert listed == [
        ("remove", ("post-7",), 0, 1, True),
        ("telegram", ("post-7",), 1, 0, True),
    ]


def test_old_runs_are_forgotten(home: Path, news: Path, embedded: list[str]) -> None:
    with open_store(StoreSettings(undo_runs=2), writable=True) as store:
        made = []
        for n in range(4):
            write(news, "bridge", title="جسر", text=f"{BRIDGE} النسخة {n}.")
            made.append(ingest(store, news))
        unchanged = ingest(store, news)
        assert [run.id for run in store.catalogue.runs()] == [unchanged, made[3], made[2]]
        with pytest.raises(StoreError, match=r"no run .* rawi ingest runs"):
            plan_undo(store, made[1])
        assert kept_texts(home) == 2
        with store.catalogue.transaction():
            store.catalogue.rows("UPDATE runs SET began = '2026-01-01T00:00:00+00:00'")
        write(news, "bridge", title="جسر", text=HARVEST)
        last = ingest(store, news)
        assert [run.id for run in store.catalogue.runs()] == [last], "the others are too old"
        assert kept_texts(home) == 1
    with open_store(StoreSettings(undo_runs=0), writable=True) as store:
        write(news, "bridge", title="جسر", text=TRAM)
        assert run_ingest(store, [news]).run is None
        assert store.catalogue.runs() == [] and kept_texts(home) == 0


def kept_texts(home: Path) -> int:
    db = sqlite3.connect(home / "store" / "catalogue.sqlite3")
    count = db.execute("SELECT count(*) FROM run_changes WHERE before IS NOT NULL").fetchone()[0]
    db.close()
    return int(count)


def test_a_store_without_tables_of_runs_can_be_read_and_written(
    store: ArticleStore, news: Path
) -> None:
    ingest(store, news)
    for table in ("runs", "run_changes"):
        store.catalogue.rows(f"DROP TABLE {table}")
    assert store.catalogue.runs() == [] and store.catalogue.changes("x") == []
    write(news, "bridge", title="جسر", text=TRAM)
    assert counts(undo(store, ingest(store, news))) == (0, 1, 0)


def test_every_field_of_an_article_survives_being_kept(store: ArticleStore) -> None:
    whole = Article(
        id="x\u200f/1",
        title="عنوان",
        text="سطر\nوسطر آخر.",
        url="https://a.example/1",
        source="المرفأ",
        author="ن. س.",
        published_at=datetime.fromisoformat("2021-06-04T16:57:00+03:00"),
        language="ar",
        origin="/news/1",
        original="سطر\nوسطر آخر. اقرأ أيضا",
        metadata={"tags": ["أ", "ب"], "n": 3, "deep": {"x": None}},
    )
    from ingest.store import chunker_for

    store.put(whole, chunker_for(store.embedder))
    with store.record_run("remove", [whole.id]) as run:
        store.remove([whole.id])
    assert run is not None
    undo(store, run.id)
    assert store.get(whole.id) == whole


def test_the_commands_list_show_and_undo(typed: Typed, news: Path) -> None:
    first = json.loads(typed("ingest", news, "--json").stdout)["run"]
    assert RUN_ID.fullmatch(first)
    second_edition(news)
    done = typed("ingest", news, "--sync", "--yes")
    run = done.stdout.splitlines()[-1].split()[1]
    listed = json.loads(typed("ingest", "runs", "--json").stdout)
    assert [info["id"] for info in listed] == [run, first]
    assert (listed[0]["added"], listed[0]["updated"], listed[0]["removed"]) == (2, 1, 1)
    assert listed[0]["sources"] == [str(news)] and listed[0]["ended"] >= listed[0]["began"]
    table = typed("ingest", "runs").stdout.splitlines()
    assert table[1].startswith(run) and str(news) in table[1] and len(table) == 3
    asked = typed("ingest", "undo", run)
    assert asked.exit_code == 2 and "--yes" in asked.stderr
    undone = typed("ingest", "undo", run, "--yes", "--json")
    assert undone.exit_code == 0, undone.stderr
    printed = json.loads(undone.stdout)
    assert (printed["removed"], printed["restored"], printed["brought_back"]) == (2, 1, 1)
    assert "2 to remove:\n  solar\n  tram\n" in undone.stderr
    again = typed("ingest", "undo", run, "--yes")
    assert again.exit_code == 0 and "Nothing to undo" in again.stderr
    unknown = typed("ingest", "undo", "20200101-0000-abc", "--yes")
    assert unknown.exit_code == 1 and "See: rawi ingest runs" in unknown.stderr


def test_a_folder_named_runs_can_be_ingested(typed: Typed, news: Path) -> None:
    work = Path.cwd()
    for name in ("runs", "undo"):
        (work / name).mkdir()
        write(work / name, f"in-{name}", title="خبر", text=f"{TRAM} {name}")
    assert json.loads(typed("ingest", "./runs", "--json").stdout)["added"] == 1
    assert json.loads(typed("ingest", news, "undo", "--json").stdout)["added"] == 3
    listed = typed("ingest", "--help").stdout
    assert "rawi ingest runs" in listed and "./runs" in listed
    assert "./runs" in typed("ingest", "runs", "--help").stdout


@pytest.mark.parametrize(
    ("method", "when"),
    [
        ("vectorstore.catalogue.articles:Catalogue.replace", "after"),
        ("vectorstore.catalogue.articles:Catalogue.delete", "before"),
        ("vectorstore.catalogue.articles:Catalogue.end_run", "before"),
    ],
)
def test_an_undoing_that_is_killed_is_finished_by_the_next_one(
    home: Path, news: Path, embedded: list[str], method: str, when: str
) -> None:
    with open_store(StoreSettings(), writable=True) as store:
        ingest(store, news)
        before = everything(store, QUESTIONS)
        second_edition(news)
        run = ingest(store, news, sync=True)
    run_killed(method, when, "ingest", "undo", run, "--yes", environment=rawi_environment())
    with open_store(StoreSettings(), writable=True) as store:
        undo(store, run)
        assert everything(store, QUESTIONS) == before
        assert store.check() == []


def test_the_record_of_a_run_that_was_killed_holds_what_it_did(
    home: Path, news: Path, embedded: list[str]
) -> None:
    with open_store(StoreSettings(), writable=True) as store:
        ingest(store, news)
        before = everything(store, QUESTIONS)
    second_edition(news)
    method = "vectorstore.indexes.chroma_index:ChromaIndex.delete"
    command = ("ingest", news, "--sync", "--yes")
    run_killed(method, "before", *command, environment=rawi_environment())
    with open_store(StoreSettings(), writable=True) as store:
        (run, _) = store.catalogue.runs()
        assert run.ended is None and run.updated == 1
        undo(store, run.id)
        assert everything(store, QUESTIONS) == before
        assert store.check() == []
