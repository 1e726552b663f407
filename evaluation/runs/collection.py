"""The store that a run asks: the one at ``RAWI_HOME``, or one made of the articles it names.

A store made for a run lies under ``RAWI_HOME/evaluation``, in a folder named after all that decides
what is in it: the files' contents, the fields hidden, and how articles are cut, embedded and
indexed. So runs over the same articles share it, and nothing has to be told apart by hand.
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
"""Fields of an article that can be hidden; what else its source said is metadata, by its name."""
_DONE = "articles.json"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Articles to ingest for a run.

    Attributes:
        paths: Files and folders of articles.
        hidden: Names of fields that are dropped before ingest.
        sha256: Over the files' names under their folders and their contents.
    """

    paths: tuple[Path, ...]
    hidden: tuple[str, ...]
    sha256: str

    @classmethod
    def of(
        cls, paths: Sequence[Path], hidden: Sequence[str] = (), *, leave_out: Path | None = None
    ) -> Collection:
        """Reads the files once to know their contents; ``leave_out`` is the test set itself.

        Raises:
            EvaluationError: a path does not exist, or the text is to be hidden.
        """
        for path in paths:
            if not path.exists():
                raise EvaluationError(f"There are no articles at {path}: it does not exist.")
        if "text" in hidden:
            raise EvaluationError("The text of articles cannot be hidden: nothing would be left.")
        digest = hashlib.sha256()
        for name, path in sorted(_files(paths, leave_out)):
            digest.update(f"{name}\0{_sha256(path)}\n".encode("utf-8", "surrogateescape"))
        return cls(paths=tuple(paths), hidden=tuple(sorted(set(hidden))), sha256=digest.hexdigest())


def _files(paths: Sequence[Path], leave_out: Path | None) -> Iterator[tuple[str, Path]]:
    """Each file that ingest would read, with its name under the path that was given."""
    from ingest.loaders import discover

    left_out = leave_out.resolve() if leave_out else None
    for found in discover(paths, limits=IngestSettings().limits):
        if found.path.is_file() and found.path.resolve() != left_out:
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
    """The settings of a store that holds ``collection``, filled first where it is not yet.

    With the report of the ingest, or None when everything was there.

    Raises:
        EvaluationError: none of the articles could be read.
        KeyboardInterrupt: the ingest was interrupted; the next one goes on.
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
    made_of = {
        "paths": [str(path.absolute()) for path in collection.paths],
        "sha256": collection.sha256,
        "hidden": collection.hidden,
        "articles": articles,
        "failed": report.failed,
    }
    (home / _DONE).write_text(json.dumps(made_of, ensure_ascii=False), encoding="utf-8")
    return own, report


def _folder_name(collection: Collection, settings: StoreSettings) -> str:
    from vectorstore.embedding.loading import fingerprint_without_loading
    from vectorstore.indexes.tantivy_index import TantivyIndex

    model = fingerprint_without_loading(
        settings.model, settings.query_prefix, settings.passage_prefix
    )
    decides = [
        collection.sha256,
        collection.hidden,
        model or [settings.model, settings.query_prefix, settings.passage_prefix],
        chunker_id(),
        TantivyIndex.format_name(),
    ]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:20]


def drop_fields(article: Article, names: Sequence[str]) -> Article:
    """``article`` without the fields ``names``, be they its own or metadata."""
    emptied: dict[str, Any] = {
        name: "" if name == "title" else None for name in names if name in HIDEABLE
    }
    metadata = {key: value for key, value in article.metadata.items() if key not in names}
    return replace(article, metadata=metadata, **emptied)
