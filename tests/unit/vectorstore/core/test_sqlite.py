from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from vectorstore.core.sqlite import SQLiteDatabase


def test_a_failed_transaction_changes_nothing(tmp_path: Path) -> None:
    with SQLiteDatabase(tmp_path / "folder" / "file.sqlite3") as database:
        database.rows("CREATE TABLE t (x INTEGER)")
        with database.transaction():
            database.rows("INSERT INTO t VALUES (1)")
        with pytest.raises(RuntimeError), database.transaction():
            database.rows("INSERT INTO t VALUES (2)")
            raise RuntimeError
        assert database.rows("SELECT x FROM t") == [(1,)]


def test_readers_see_the_last_commit_while_another_connection_writes(tmp_path: Path) -> None:
    path = tmp_path / "file.sqlite3"
    with SQLiteDatabase(path) as writer, SQLiteDatabase(path, create=False) as reader:
        writer.rows("CREATE TABLE t (x INTEGER)")
        with writer.transaction():
            writer.rows("INSERT INTO t VALUES (1)")
            assert reader.rows("SELECT x FROM t") == []
        assert reader.rows("SELECT x FROM t") == [(1,)]


def test_a_missing_file_is_only_created_on_request(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        SQLiteDatabase(tmp_path / "missing.sqlite3", create=False)
    assert not list(tmp_path.iterdir())


def test_a_closed_file_cannot_be_read(tmp_path: Path) -> None:
    with SQLiteDatabase(tmp_path / "file.sqlite3") as database:
        pass
    with pytest.raises(sqlite3.ProgrammingError):
        database.rows("SELECT 1")
