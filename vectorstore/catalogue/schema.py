"""The catalogue's schema and its migrations."""

from __future__ import annotations

import sqlite3

from vectorstore.core.errors import StoreError


def create_passages(db: sqlite3.Connection, name: str) -> None:
    """Create a table of passages."""
    db.execute(
        f"""CREATE TABLE {name} (
            id TEXT PRIMARY KEY, article_id TEXT NOT NULL, position INTEGER NOT NULL,
            start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
            UNIQUE (article_id, position)
        )"""
    )


def create_vectors(db: sqlite3.Connection, name: str) -> None:
    """Create a table of passage vectors, each as little-endian float32."""
    db.execute(f"CREATE TABLE {name} (passage_id TEXT PRIMARY KEY, vector BLOB NOT NULL)")


def m001_articles(db: sqlite3.Connection) -> None:
    """Articles, passages, and the journal of unfinished writes."""
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
    # With the id, so that filters do not read the texts of articles.
    db.execute("CREATE INDEX articles_published ON articles(published_ts, id)")
    db.execute("CREATE INDEX articles_source ON articles(source, id)")
    create_passages(db, "passages")
    db.execute("CREATE TABLE journal (article_id TEXT PRIMARY KEY) WITHOUT ROWID")


def m002_vectors(db: sqlite3.Connection) -> None:
    """Vectors, so that Chroma can be rebuilt without the embedding model."""
    create_vectors(db, "vectors")


FINGERPRINT_TABLES = ("traced", "traces", "teasers", "unsifted", "twins")
"""Tables of `LineFingerprintTables`.

``traced``: articles with a number that stands for their long id; ``traces``: their fingerprints;
``teasers``: keys of boilerplate lines; ``unsifted``: keys to be classified again; ``twins``: pairs
of near-duplicates, in both directions.
"""


def create_fingerprints(db: sqlite3.Connection, suffix: str = "") -> None:
    """Create `FINGERPRINT_TABLES`, or staging tables if ``suffix`` is given."""
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
    """Fingerprints for boilerplate lines and near-duplicates."""
    create_fingerprints(db)


def m004_sections(db: sqlite3.Connection) -> None:
    """The section of each article, given by its source or predicted from its first passage.

    Needs the SQL functions ``given_section`` and ``predicted_section``.
    """
    db.execute("ALTER TABLE articles ADD COLUMN section TEXT")
    db.execute("UPDATE articles SET section = given_section(metadata, url)")
    db.execute(
        "UPDATE articles SET section = predicted_section("
        "(SELECT value FROM meta WHERE key = 'fingerprint'), "
        "(SELECT v.vector FROM passages p JOIN vectors v ON v.passage_id = p.id "
        "WHERE p.article_id = articles.id AND p.position = 0)) WHERE section IS NULL"
    )
    db.execute("CREATE INDEX articles_section ON articles(section, id)")


MIGRATIONS = (m001_articles, m002_vectors, m003_traces, m004_sections)

OLDEST_READABLE = 3
"""The oldest schema version that can be read without being migrated; see `add_sections_view`."""


def add_sections_view(db: sqlite3.Connection) -> None:
    """Let this connection read the articles of version 3 as if they had the column ``section``.

    A temporary view takes precedence over the table of its name. Once a writer has migrated the
    file, ``*`` contains the column, which is found before the computed one.
    """
    db.execute(
        "CREATE TEMP VIEW articles AS "
        "SELECT *, given_section(metadata, url) AS section FROM main.articles"
    )


def add_indexes(db: sqlite3.Connection) -> None:
    """Create indexes that older versions do not have; they can still use the database."""
    db.execute("CREATE INDEX IF NOT EXISTS articles_title ON articles(title, id)")


def has_indexes(db: sqlite3.Connection) -> bool:
    """Whether `add_indexes` has nothing to do."""
    sql = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = 'articles_title'"
    return bool(db.execute(sql).fetchone()[0])


def add_runs(db: sqlite3.Connection) -> None:
    """Create the tables of the change log if they do not exist.

    Created on demand, not by a migration: older versions can still use the database. ``before`` is
    the previous article, from `pack_article`; hashes are NULL if the article did not exist.
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


def schema_version(db: sqlite3.Connection) -> int:
    """Number of migrations applied to the file; 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def require_known(db: sqlite3.Connection, *, writable: bool) -> None:
    """Check that this version can use the file, which a writer may migrate.

    Raises:
        StoreError: The file is newer; or, unless ``writable``, older or empty.
    """
    found = schema_version(db)
    if found > len(MIGRATIONS):
        raise StoreError(
            "The store was written by a newer version of Rawi. Install that version, or ingest "
            "the articles again into another RAWI_HOME."
        )
    if writable or found >= OLDEST_READABLE:
        return
    if found == 0:
        raise StoreError("There are no articles in the store yet. Put some in: rawi ingest PATH")
    raise StoreError(
        "The store was written by an older version of Rawi. To bring it up to date, run: "
        "rawi store rebuild"
    )


def migrate(db: sqlite3.Connection) -> None:
    """Apply missing migrations, inside a transaction."""
    for number, step in enumerate(MIGRATIONS[schema_version(db) :], schema_version(db) + 1):
        step(db)
        db.execute(f"PRAGMA user_version={number}")
