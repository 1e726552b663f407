"""Builds the store of a run from the articles that it names.

The store lies under ``RAWI_HOME/evaluation``, in a folder named after a hash of all that determines
its content: the files, the hidden fields, and the chunker, embedding model and index format. Runs
over the same articles share it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.core.errors import EvaluationError
from ingest.core.settings import IngestSettings
from ingest.pipeline import IngestOptions, run_ingest
from ingest.store import chunker_id, open_store
from vectorstore.core.settings import StoreSettings

if TYPE_CHECKING:
    from ingest.core.report import IngestReport, Observer
    from vectorstore.core.types import Article

HIDEABLE = ("title", "author", "source", "url", "published_at")
"""Fields of an article that can be hidden, besides the keys of its metadata."""
_DONE = "articles.json"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Articles to ingest for a run.

    Attributes:
        paths: Files and folders of articles.
        hidden: Names of fields that are dropped before ingest.
        sha256: Of the files' relative names and contents.
    """

    paths: tuple[Path, ...]
    hidden: tuple[str, ...]
    sha256: str

    @classmethod
    def from_paths(
        cls, paths: Sequence[Path], hidden: Sequence[str] = (), *, exclude: Path | None = None
    ) -> Collection:
        """The collection of the files in ``paths`` without ``exclude``, the test set.

        Raises:
            EvaluationError: a path does not exist, or ``hidden`` contains the text.
        """
        for path in paths:
            if not path.exists():
                raise EvaluationError(f"There are no articles at {path}: it does not exist.")
        if "text" in hidden:
            raise EvaluationError("The text of articles cannot be hidden: nothing would be left.")
        digest = hashlib.sha256()
        for name, path in sorted(_files(paths, exclude)):
            digest.update(f"{name}\0{_sha256(path)}\n".encode("utf-8", "surrogateescape"))
        return cls(paths=tuple(paths), hidden=tuple(sorted(set(hidden))), sha256=digest.hexdigest())


def _files(paths: Sequence[Path], exclude: Path | None) -> Iterator[tuple[str, Path]]:
    """Each file that ingest would read, with its name relative to the given path."""
    from ingest.loaders import discover

    excluded = exclude.resolve() if exclude else None
    for found in discover(paths, limits=IngestSettings().limits):
        if found.path.is_file() and found.path.resolve() != excluded:
            yield found.path.relative_to(found.root).as_posix(), found.path


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()


def prepare_store(
    collection: Collection, settings: StoreSettings, observer: Observer
) -> tuple[StoreSettings, IngestReport | None]:
    """Ingest ``collection`` unless that was done before.

    Returns the store's settings, and the report of the ingest or None.

    Raises:
        EvaluationError: no article could be read.
        KeyboardInterrupt: the ingest was interrupted; the next call resumes it.
    """
    home = settings.home / "evaluation" / _folder_name(collection, settings)
    own = settings.model_copy(update={"home": home, "models_dir": settings.models_path})
    if (home / _DONE).is_file():
        return own, None
    with open_store(own, writable=True, notify=observer.message) as store:
        options = IngestOptions(
            observer=observer,
            prepare=lambda article: drop_fields(article, collection.hidden),
        )
        report = run_ingest(store, collection.paths, options=options)
        if report.interrupted:
            raise KeyboardInterrupt
        articles = store.catalogue.counts()["articles"]
    if not articles:
        raise EvaluationError(
            f"No article could be read from {', '.join(map(str, collection.paths))}."
        )
    content = {
        "paths": [str(path.absolute()) for path in collection.paths],
        "sha256": collection.sha256,
        "hidden": collection.hidden,
        "articles": articles,
        "failed": report.failed,
    }
    (home / _DONE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return own, report


def _folder_name(collection: Collection, settings: StoreSettings) -> str:
    from vectorstore.embedding.loading import fingerprint_without_loading
    from vectorstore.indexes.tantivy_index import TantivyIndex

    model = fingerprint_without_loading(
        settings.model, settings.query_prefix, settings.passage_prefix
    )
    parts = [
        collection.sha256,
        collection.hidden,
        model or [settings.model, settings.query_prefix, settings.passage_prefix],
        chunker_id(),
        TantivyIndex.format_name(),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def drop_fields(article: Article, names: Sequence[str]) -> Article:
    """``article`` without the fields ``names``; they may be keys of its metadata."""
    emptied: dict[str, Any] = {
        name: "" if name == "title" else None for name in names if name in HIDEABLE
    }
    metadata = {key: value for key, value in article.metadata.items() if key not in names}
    return replace(article, metadata=metadata, **emptied)
