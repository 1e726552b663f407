"""A store in one file, and back again, while others read and write.

The catalogue holds everything, vectors included, so a backup is a copy of it that SQLite makes in
one read transaction, with its checksum, in a compressed archive. Restoring makes both indexes anew
from that copy, in folders of their own, and then writes it over the catalogue in one transaction
of SQLite: every reader, in whatever process, finds the old store or the restored one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from vectorstore.catalogue.articles import Catalogue
from vectorstore.core.errors import FingerprintMismatchError, StoreError
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.core.locks import WriterLock
from vectorstore.indexes.tantivy_index import TantivyIndex
from vectorstore.maintenance import rebuild

if TYPE_CHECKING:
    from vectorstore.core.settings import StoreSettings
    from vectorstore.store import ArticleStore

FORMAT = "rawi-store-1"
"""Changes when older versions could not read a backup."""

_MANIFEST, _CATALOGUE = "manifest.json", "catalogue.sqlite3"
_MANIFEST_BYTES = 1_000_000  # far more than one has
_BLOCK = 1 << 20
_LEVEL = 6  # vectors hardly compress, texts to a third

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: ``sha256`` and ``size`` (bytes) are the catalogue's."""

    format: str
    created: str
    articles: int
    passages: int
    fingerprint: dict[str, Any] | None
    sha256: str
    size: int

    def stored_fingerprint(self) -> Fingerprint | None:
        """What the store was written with; None when it was empty."""
        if self.fingerprint is None:
            return None
        return Fingerprint.from_json(json.dumps(self.fingerprint))


# -- backing up -------------------------------------------------------------------------------


def back_up(store: ArticleStore, file: Path) -> Manifest:
    """Write all of the store into ``file``, which appears, or is replaced, when it is whole.

    Nobody has to wait: what others write meanwhile is in it or not, article by article. Takes
    room for two more copies for a while: beside the store, and beside ``file`` (compressed).

    Raises:
        StoreError: ``file`` or the copy cannot be written.
        StoreBusyError: other backups kept us waiting too long.
    """
    settings = store.settings
    copy = settings.store_path / "backup.part.sqlite3"
    part = file.with_name(f"{file.name}.part")
    try:
        with WriterLock(settings.store_path, "backup", settings.lock_timeout).taken():
            try:
                _copy_catalogue(store.catalogue, copy)
                manifest = _describe(copy)
                _pack(copy, manifest, part)
                part.replace(file)
                _sync_folder(file.parent)
            finally:
                _remove(copy)
                part.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The backup {file} cannot be written: {error}") from error
    return manifest


def _copy_catalogue(catalogue: Catalogue, path: Path) -> None:
    _remove(path)  # a killed backup's
    with closing(sqlite3.connect(path)) as copy:
        catalogue.copy_to(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # all of it in one file


def _describe(copy: Path) -> Manifest:
    catalogue = Catalogue(copy, create=False)
    try:
        counts = catalogue.counts()
        fingerprint = catalogue.state().fingerprint
    finally:
        catalogue.close()
    with copy.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Manifest(
        FORMAT,
        datetime.now(UTC).isoformat(timespec="seconds"),
        counts["articles"],
        counts["passages"],
        json.loads(fingerprint) if fingerprint else None,
        digest,
        copy.stat().st_size,
    )


def _pack(copy: Path, manifest: Manifest, part: Path) -> None:
    described = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
    with part.open("wb") as file, copy.open("rb") as data:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as archive:
            archive.addfile(_entry(_MANIFEST, len(described)), io.BytesIO(described))
            archive.addfile(_entry(_CATALOGUE, manifest.size), data)
        file.flush()
        os.fsync(file.fileno())


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


# -- restoring --------------------------------------------------------------------------------


def read_manifest(file: Path) -> Manifest:
    """What the backup ``file`` says of itself.

    Raises:
        StoreError: it cannot be read, or is no backup that this version knows.
    """
    with _archive(file) as archive:
        member = archive.next()
        if member is None or member.name != _MANIFEST or member.size > _MANIFEST_BYTES:
            raise StoreError(f"{file} is no backup of a store.")
        said = json.loads(_member(archive, member).read())
        if not isinstance(said, dict):
            raise StoreError(f"{file} is no backup of a store.")
        if said.get("format") != FORMAT:
            raise StoreError(
                f"{file} is a backup of another version of Rawi ({said.get('format')!r}, not "
                f"{FORMAT!r}). Restore it with that version."
            )
        manifest = Manifest(**{field.name: said[field.name] for field in fields(Manifest)})
        if not all(isinstance(n, int) for n in (manifest.articles, manifest.passages)):
            raise ValueError("figures that are none")
        if manifest.fingerprint is not None and not isinstance(manifest.fingerprint, dict):
            raise ValueError("a fingerprint that is none")
        return manifest


def restore(
    store: ArticleStore, file: Path, *, anyway: bool = False, progress: Progress | None = None
) -> Manifest:
    """Put what ``file`` holds in the place of all that is in ``store``.

    Killed before its last step it has changed nothing; that step is one transaction. Other writers
    wait for it. ``progress`` hears ``(articles done, articles in all)``. With ``anyway``, neither
    fingerprint nor integrity is checked; ``rawi store rebuild`` may then be needed.

    Raises:
        FingerprintMismatchError: it was written with another model or chunker.
        StoreError: it is no backup, or damaged.
        StoreBusyError: other writers kept us waiting too long.
    """
    manifest = read_manifest(file)
    fingerprint = _fingerprint(manifest)
    if fingerprint is not None and not anyway:
        _require(file, fingerprint, store.fingerprint())
    copy = store.settings.store_path / rebuild.RESTORED
    with store.turns.taken():
        rebuild.sweep(store)
        try:
            _unpack(file, manifest, copy)
            with closing(_prepared(copy, file)) as catalogue:
                if not anyway:
                    _require_whole(file, catalogue)
                _index(store, catalogue, fingerprint, progress or (lambda done, total: None))
                store.catalogue.overwrite_with(catalogue)
            store.indexes.view()  # lets go of the old folders
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"The store cannot be restored from {file}: {error}") from error
        finally:
            rebuild.sweep(store)
    return manifest


def _fingerprint(manifest: Manifest) -> Fingerprint | None:
    """What a store is written with once the backup is restored."""
    fingerprint = manifest.stored_fingerprint()
    if fingerprint is None:
        return None
    # The lexical index is made anew, whatever it was.
    return replace(fingerprint, lexical=TantivyIndex.format_name())


def _require_whole(file: Path, catalogue: Catalogue) -> None:
    if problems := catalogue.integrity_problems():
        raise StoreError(f"{file} holds a damaged store: {'; '.join(problems)}")


def _require(file: Path, stored: Fingerprint, wanted: Fingerprint) -> None:
    if differences := stored.differences(wanted):
        lines = [
            f"  {part}: the backup has {there!r}, the settings give {here!r}"
            for part, there, here in differences
        ]
        raise FingerprintMismatchError(
            f"{file} was written differently from what the settings say:\n"
            + "\n".join(lines)
            + "\nSet them as they were; or restore it with --anyway, then run: rawi store rebuild"
        )


def _index(
    store: ArticleStore, catalogue: Catalogue, fingerprint: Fingerprint | None, progress: Progress
) -> None:
    """Make both indexes for ``catalogue`` in the store's folder, and have it name them."""
    from vectorstore.store import ArticleStore

    with catalogue.transaction():
        if fingerprint is not None:
            catalogue.set_meta("fingerprint", fingerprint.to_json())
        # More than any reader has seen, so that all of them look again.
        generation = max(catalogue.generation, store.catalogue.generation) + 1
        catalogue.set_meta("generation", str(generation))
        for kind in ("vectors", "lexical"):  # of here; the next number is taken for the new one
            name = getattr(store.catalogue.state(), f"{kind}_folder")
            catalogue.set_meta(f"{kind}_folder", name)
    beside = ArticleStore(store.settings, catalogue, store.chunker_id, None)
    rebuild.build_beside(beside, progress)


def _prepared(copy: Path, file: Path) -> Catalogue:
    """The catalogue at ``copy``, brought up to date."""
    try:
        return Catalogue(copy)
    except sqlite3.Error as error:
        raise StoreError(f"{file} holds a damaged store: {error}") from error


def _unpack(file: Path, manifest: Manifest, copy: Path) -> None:
    digest = hashlib.sha256()
    with _archive(file) as archive, copy.open("wb") as out:
        archive.next()
        member = archive.next()
        if member is None or member.name != _CATALOGUE or member.size != manifest.size:
            raise StoreError(f"{file} is damaged: it does not hold what it says.")
        data = _member(archive, member)
        while block := data.read(_BLOCK):
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != manifest.sha256:
        raise StoreError(f"{file} is damaged: its checksum is wrong.")


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    data = archive.extractfile(member)
    if data is None:
        raise tarfile.ReadError(f"{member.name} is no file")
    return data


@contextmanager
def _archive(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{file} is damaged, or no backup of a store: {error}") from error
    except OSError as error:  # gzip's own errors too
        raise StoreError(f"{file} cannot be read: {error.strerror or error}") from error


# -- files ------------------------------------------------------------------------------------


def is_damaged(folder: Path) -> bool:
    """Whether there is a catalogue that cannot be opened.

    Raises:
        StoreError: it cannot be told: it is busy or may not be read, or there is no space.
    """
    path = folder / _CATALOGUE
    if not path.exists():
        return False
    try:
        Catalogue(path).close()
    except sqlite3.OperationalError as error:
        raise StoreError(f"The store in {folder} cannot be opened: {error}") from error
    except sqlite3.DatabaseError:
        return True
    return False


def set_aside(
    settings: StoreSettings, file: Path, *, chunker_id: str | None, anyway: bool = False
) -> Path | None:
    """Move a damaged catalogue out of the way of restoring ``file``; where to.

    Only once ``file`` has proved to be what ``restore`` takes: nothing is moved for the sake of
    another damaged one. None where there is no damaged catalogue any more. Who has the damaged one
    open still reads it.

    Raises:
        FingerprintMismatchError, StoreError, StoreBusyError: as ``restore``.
    """
    folder = settings.store_path
    with WriterLock(folder, "write", settings.lock_timeout).taken():
        if not is_damaged(folder):
            return None
        try:
            _check(settings, file, chunker_id, anyway=anyway)
            aside = folder / f"damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}"
            aside.mkdir()
            for name in (_CATALOGUE, f"{_CATALOGUE}-wal", f"{_CATALOGUE}-shm"):
                with suppress(FileNotFoundError):
                    shutil.move(folder / name, aside / name)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"The store cannot be restored from {file}: {error}") from error
    return aside


def _check(settings: StoreSettings, file: Path, chunker_id: str | None, *, anyway: bool) -> None:
    """Raise what ``restore`` would, without a store to restore into."""
    from vectorstore.store import ArticleStore

    manifest = read_manifest(file)
    copy = settings.store_path / f"{rebuild.RESTORED}.checked"
    try:
        _unpack(file, manifest, copy)
        with closing(_prepared(copy, file)) as catalogue:
            if not anyway:
                if (stored := _fingerprint(manifest)) is not None:
                    wanted = ArticleStore(settings, catalogue, chunker_id, None).fingerprint()
                    _require(file, stored, wanted)
                _require_whole(file, catalogue)
    finally:
        _remove(copy)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the new name on disk too, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
