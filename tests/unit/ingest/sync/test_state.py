"""What is remembered of sources: when they are due, how they fail, what they gave."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from ingest.core.errors import LoadError
from ingest.core.report import Failure
from ingest.sync import Source, read_sources
from ingest.sync.health import SourceState, pause_after
from ingest.sync.state import SourceArticle, SyncState
from vectorstore.core.errors import RawiError


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return read(tmp_path, "https://a.example/feed")


def read(tmp_path: Path, place: str, every: str = "1h") -> Source:
    path = tmp_path / "sources.toml"
    path.write_text(f'[sources.news]\nfrom = "{place}"\nevery = "{every}"\n', "utf-8")
    return read_sources(path).sources["news"]


def test_pauses_double_from_five_minutes_to_a_day() -> None:
    assert [pause_after(n, 3600) for n in (1, 2, 3, 4)] == [300, 600, 1200, 2400]
    assert pause_after(30, 3600) == pause_after(5_000, 3600) == 86_400
    assert [pause_after(n, 10) for n in (1, 2)] == [10, 20]
    assert pause_after(99, 7 * 86_400) == 7 * 86_400


def busy(answer: str) -> LoadError:
    return LoadError("http_status", answer=answer)


def test_errors_keep_their_codes(tmp_path: Path, source: Source) -> None:
    with SyncState(tmp_path) as state:
        state.begin(source)
        state.record_success(source, {}, [Failure("x", LoadError("robots"))], "")
        state.record_failure(source, busy("500"))
    with SyncState(tmp_path) as state:
        assert state.get("news").error == busy("500")
        assert state.get("news").failed == (Failure("x", LoadError("robots")),)


def test_state_of_a_version_without_codes_is_read(tmp_path: Path, source: Source) -> None:
    with closing(sqlite3.connect(tmp_path / "sync.sqlite3", isolation_level=None)) as db:
        db.execute(
            "CREATE TABLE sources (name TEXT PRIMARY KEY, place TEXT NOT NULL, settings TEXT NOT "
            "NULL DEFAULT '', ended REAL, succeeded REAL, failures INTEGER NOT NULL DEFAULT 0, "
            "problem TEXT, remedy TEXT, not_before REAL NOT NULL DEFAULT 0, counts TEXT NOT NULL "
            "DEFAULT '{}', failed TEXT NOT NULL DEFAULT '[]', told INTEGER NOT NULL DEFAULT 0)"
        )
        db.execute(
            "INSERT INTO sources (name, place, ended, failures, problem, remedy, failed) VALUES "
            "('news', ?, 1.0, 1, 'the server says 500', 'try later', ?)",
            (source.where, '[{"place": "x", "problem": "no text", "remedy": "leave it out"}]'),
        )
    with SyncState(tmp_path) as state:
        old = state.get("news")
        assert old.error == LoadError.from_text("the server says 500", "try later")
        assert [(f.place, f.problem, f.remedy) for f in old.failed] == [
            ("x", "no text", "leave it out")
        ]
        state.record_failure(source, busy("503"))
        assert state.get("news").error == busy("503")


def test_a_source_is_due_at_once_then_after_its_interval_and_later_the_more_it_fails(
    tmp_path: Path, source: Source
) -> None:
    with SyncState(tmp_path / "home") as state:
        assert state.get("news").due(source) == 0
        state.begin(source)
        assert state.get("news").due(source) == 0  # killed meanwhile, it is as due as before
        state.record_success(source, {"added": 2}, [Failure("x", LoadError("no_text"))] * 50, "")
        done = state.get("news")
        assert done.succeeded is not None and done.due(source) == done.succeeded + 3600
        assert done.counts == {"added": 2} and len(done.failed) == 20
        for failures, pause in ((1, 300), (2, 600)):
            state.record_failure(source, busy("500"))
            failed = state.get("news")
            assert failed.ended is not None and failed.failures == failures
            assert failed.due(source) == failed.ended + pause
            assert failed.succeeded == done.succeeded and failed.problem == "the server says 500"
        state.record_failure(source, busy("429"), retry_after=7200)
        assert state.get("news").due(source) == pytest.approx(time.time() + 7200, abs=60)
        state.record_success(source, {}, [], "")
        assert (state.get("news").failures, state.get("news").problem) == (0, None)


def test_a_changed_interval_counts_from_the_last_sync(tmp_path: Path, source: Source) -> None:
    with SyncState(tmp_path / "home") as state:
        state.begin(source)
        state.record_success(source, {}, [], "")
        sooner = read(tmp_path, source.place, "10m")
        assert state.get("news").due(source) - state.get("news").due(sooner) == 3000


def test_files_that_were_being_written_are_looked_for_in_a_minute(
    tmp_path: Path, source: Source
) -> None:
    with SyncState(tmp_path / "home") as state:
        state.begin(source)
        state.record_success(source, {}, [], "", soon=True)
        done = state.get("news")
        assert done.succeeded is not None and done.due(source) == done.succeeded + 60
        state.record_success(source, {}, [], "")
        done = state.get("news")
        assert done.succeeded is not None and done.due(source) == done.succeeded + 3600


def test_what_nobody_syncs_is_overdue(source: Source) -> None:
    state = SourceState("news", ended=1_000.0, succeeded=1_000.0)
    assert not state.is_overdue(source, 1_000 + 2 * 3600 - 1)
    assert state.is_overdue(source, 1_000 + 2 * 3600 + 1)
    assert not SourceState("news").is_overdue(source, 1e9)


def test_an_article_is_held_until_its_last_source_has_it_no_more(
    tmp_path: Path, source: Source
) -> None:
    with SyncState(tmp_path / "home") as state:
        state.add_articles("a", [SourceArticle("/1", "x"), SourceArticle("/2", "y")])
        state.add_articles("b", [SourceArticle("/9", "x")])
        assert state.ids_of_sources({"x", "y", "z"}, ["b"]) == {"x"}
        assert state.first_source("x", ["b", "a"]) == "b"
        state.mark_gone("b", ["/9"])
        assert state.ids_of_sources({"x"}, ["b"]) == set()
        assert state.first_source("x", ["b", "a"]) == "a"
        assert state.known_ids("b", {"x", "y"}) == {"x"}
        state.add_articles("b", [SourceArticle("/9", "x")])  # it is back
        assert state.ids_of_sources({"x"}, ["b"]) == {"x"}


def test_another_place_under_the_same_name_begins_anew(tmp_path: Path, source: Source) -> None:
    with SyncState(tmp_path / "home") as state:
        state.begin(source)
        state.add_articles("news", [SourceArticle("/1", "x")])
        state.record_success(source, {}, [], "")
        state.begin(source)
        assert len(state.articles("news")) == 1
        state.begin(read(tmp_path, "https://b.example/feed"))
        assert state.articles("news") == [] and state.get("news").succeeded is None


def test_a_failure_is_new_once_until_it_is_over(tmp_path: Path, source: Source) -> None:
    with SyncState(tmp_path / "home") as state:
        state.begin(source)
        assert [state.set_notified("news", True), state.set_notified("news", True)] == [True, False]
        assert [state.set_notified("news", False), state.set_notified("news", True)] == [True, True]


def test_a_damaged_state_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "sync.sqlite3").write_bytes(b"no database" * 100)
    with pytest.raises(RawiError, match=r"sync\.sqlite3 cannot be opened: .* move it away"):
        SyncState(tmp_path)


def test_two_processes_see_each_others_state(tmp_path: Path, source: Source) -> None:
    with SyncState(tmp_path / "home") as one, SyncState(tmp_path / "home") as other:
        one.begin(source)
        other.record_failure(source, busy("503"))
        assert one.get("news").failures == 1
