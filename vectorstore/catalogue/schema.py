"""The catalogue's tables, and the steps that led to them."""

from __future__ import annotations

import sqlite3

from vectorstore.core.errors import StoreError


def create_passages(db: sqlite3.Connection, name: str) -> None:
    """A table of passages; a rebuild fills a second one beside the first."""
    db.execute(
        f"""CREATE TABLE {name} (
            id TEXT PRIMARY KEY, article_id TEXT NOT NULL, position INTEGER NOT NULL,
            start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
            UNIQUE (article_id, position)
        )"""
    )


def create_vectors(db: sqlite3.Connection, name: str) -> None:
    """A table of passage vectors, each as little-endian float32."""
    db.execute(f"CREATE TABLE {name} (passage_id TEXT PRIMARY KEY, vector BLOB NOT NULL)")


def m001_articles(db: sqlite3.Connection) -> None:
    """Articles, their passages, and the journal of writes under way."""
    db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    db.execute(
        """CREATE TABLE articles (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, url TEXT, source TEXT,
            author TEXT, published_at TEXT, published_ts INTEGER, language TEXT NOT NULL,
            origin TEXT, original TEXT, metadata TEXT NOT NULL, content_hash TEXT NOT NULL,
            ingested_at TEXT NOT NULL
        )"""
    )
    db.execute("CREATE INDEX articles_url ON articles(url) WHERE url IS NOT NULL")
    db.execute("CREATE INDEX articles_origin ON articles(origin) WHERE origin IS NOT NULL")
    # With the id, so that filters need not read the articles' texts.
    db.execute("CREATE INDEX articles_published ON articles(published_ts, id)")
    db.execute("CREATE INDEX articles_source ON articles(source, id)")
    create_passages(db, "passages")
    db.execute("CREATE TABLE journal (article_id TEXT PRIMARY KEY) WITHOUT ROWID")


def m002_vectors(db: sqlite3.Connection) -> None:
    """Vectors beside the passages, so that Chroma can be rebuilt without the model."""
    create_vectors(db, "vectors")


TRACES = ("traced", "traces", "teasers", "unsifted", "twins")
"""The tables of what articles show of one another."""


def create_traces(db: sqlite3.Connection, suffix: str = "") -> None:
    """The tables of ``TRACES``; a rebuild fills others beside them.

    ``traced`` gives each article a number, because ids are as long as addresses; ``twins`` holds
    every pair in both directions; ``unsifted`` are keys whose verdict is to be looked at again.
    """
    db.execute(
        f"""CREATE TABLE traced{suffix} (
            number INTEGER PRIMARY KEY, article_id TEXT UNIQUE NOT NULL, source TEXT,
            title TEXT NOT NULL
        )"""
    )
    db.execute(
        f"""CREATE TABLE traces{suffix} (
            number INTEGER, kind INTEGER, key INTEGER,
            PRIMARY KEY (number, kind, key), UNIQUE (kind, key, number)
        ) WITHOUT ROWID"""
    )
    db.execute(f"CREATE TABLE teasers{suffix} (key INTEGER PRIMARY KEY)")
    db.execute(f"CREATE TABLE unsifted{suffix} (key INTEGER PRIMARY KEY)")
    db.execute(
        f"""CREATE TABLE twins{suffix} (
            number INTEGER, other INTEGER, PRIMARY KEY (number, other)
        ) WITHOUT ROWID"""
    )


def m003_traces(db: sqlite3.Connection) -> None:
    """What articles show of one another: repeated lines, others' headlines, copies."""
    create_traces(db)


MIGRATIONS = (m001_articles, m002_vectors, m003_traces)


def add_indexes(db: sqlite3.Connection) -> None:
    """Indexes that older versions did not make and need not know."""
    db.execute("CREATE INDEX IF NOT EXISTS articles_title ON articles(title, id)")


def has_indexes(db: sqlite3.Connection) -> bool:
    """Whether ``add_indexes`` has nothing to do."""
    sql = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = 'articles_title'"
    return bool(db.execute(sql).fetchone()[0])


def add_runs(db: sqlite3.Connection) -> None:
    """The tables of what runs have changed, where they are missing.

    They are no migration: who does not know them can read and write the rest all the same.
    ``before`` is the article as it was, packed by ``runs.packed``; hashes are NULL where there was
    or is no article.
    """
    db.execute(
        """CREATE TABLE IF NOT EXISTS runs (
            number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL,
            sources TEXT NOT NULL, began TEXT NOT NULL, ended TEXT
        )"""
    )
    db.execute(
        """CREATE TABLE IF NOT EXISTS run_changes (
            run INTEGER NOT NULL, article_id TEXT NOT NULL, before_hash TEXT, after_hash TEXT,
            before BLOB, UNIQUE (run, article_id)
        )"""
    )


def version(db: sqlite3.Connection) -> int:
    """How many migrations the file has been through; 0 for an empty file."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def require_known(db: sqlite3.Connection, *, writable: bool) -> None:
    """Refuse a file whose tables are not what this version reads; a writer may bring it up to date.

    Raises:
        StoreError: the file is empty, older (unless ``writable``) or newer.
    """
    found = version(db)
    if found > len(MIGRATIONS):
        raise StoreError(
            "The store was written by a newer version of Rawi. Install that version, or ingest "
            "the articles again into another RAWI_HOME."
        )
    if writable or found == len(MIGRATIONS):
        return
    if found == 0:
        raise StoreError("There are no articles in the store yet. Put some in: rawi ingest PATH")
    raise StoreError(
        "The store was written by an older version of Rawi. To bring it up to date, run: "
        "rawi store rebuild"
    )


def migrate(db: sqlite3.Connection) -> None:
    """Bring an older file up to date; call inside a transaction."""
    for number, step in enumerate(MIGRATIONS[version(db) :], version(db) + 1):
        step(db)
        db.execute(f"PRAGMA user_version={number}")
