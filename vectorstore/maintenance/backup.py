"""Backup of a store into one file, and restore, while other processes read and write.

The catalogue holds everything, vectors included, so a backup is a compressed archive of a copy that
SQLite makes in one read transaction, and its checksum. A restore builds both indexes from that copy
in new folders and then overwrites the catalogue in one SQLite transaction, so that readers of any
process see the old store or the restored one.
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
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from vectorstore.catalogue.articles import Catalogue
from vectorstore.core.errors import FingerprintMismatchError, StoreError
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.core.locks import WriterLock
from vectorstore.indexes.index_set import IndexSet
from vectorstore.indexes.tantivy_index import TantivyIndex
from vectorstore.maintenance.rebuild import RESTORE_FILE, ProgressCallback, Rebuilder

BACKUP_FORMAT = "rawi-store-1"
"""Changed when older versions of Rawi cannot read a backup."""

_MANIFEST, _CATALOGUE = "manifest.json", "catalogue.sqlite3"
_MAX_MANIFEST_BYTES = 1_000_000
_BYTES_PER_READ = 1 << 20
_COMPRESSION_LEVEL = 6  # vectors hardly compress, texts to a third


@dataclass(frozen=True, slots=True)
class Manifest:
    """Description of a backup; ``sha256`` and ``size`` (bytes) are those of the catalogue."""

    format: str
    created: str
    articles: int
    passages: int
    fingerprint: dict[str, Any] | None
    sha256: str
    size: int

    def stored_fingerprint(self) -> Fingerprint | None:
        """The fingerprint that the store was written with; None if it was empty."""
        if self.fingerprint is None:
            return None
        return Fingerprint.from_json(json.dumps(self.fingerprint))


# -- backing up -------------------------------------------------------------------------------


def back_up(catalogue: Catalogue, folder: Path, lock: WriterLock, file: Path) -> Manifest:
    """Write a store into ``file``, which is created or replaced at the end.

    Writers are not blocked; of an article that is written meanwhile, the old or the new version is
    in the backup. Needs disk space for two copies of the catalogue, one in the store's ``folder``
    and a compressed one beside ``file``. ``lock`` excludes other backups.

    Raises:
        StoreError: ``file`` or the copy cannot be written.
        StoreBusyError: Other backups held the lock for too long.
    """
    copy = folder / "backup.part.sqlite3"
    part = file.with_name(f"{file.name}.part")
    try:
        with lock.hold():
            try:
                _copy_catalogue(catalogue, copy)
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
    _remove(path)  # of an interrupted backup
    with closing(sqlite3.connect(path)) as copy:
        catalogue.copy_to(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # leaves no second file


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
        BACKUP_FORMAT,
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
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_COMPRESSION_LEVEL) as archive:
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
    """The manifest of the backup ``file``.

    Raises:
        StoreError: It cannot be read, or is no backup of a known format.
    """
    with _archive(file) as archive:
        member = archive.next()
        if member is None or member.name != _MANIFEST or member.size > _MAX_MANIFEST_BYTES:
            raise StoreError(f"{file} is no backup of a store.")
        content = json.loads(_member(archive, member).read())
        if not isinstance(content, dict):
            raise StoreError(f"{file} is no backup of a store.")
        if content.get("format") != BACKUP_FORMAT:
            raise StoreError(
                f"{file} is a backup of another version of Rawi ({content.get('format')!r}, not "
                f"{BACKUP_FORMAT!r}). Restore it with that version."
            )
        manifest = Manifest(**{field.name: content[field.name] for field in fields(Manifest)})
        if not all(isinstance(n, int) for n in (manifest.articles, manifest.passages)):
            raise ValueError("counts that are no numbers")
        if manifest.fingerprint is not None and not isinstance(manifest.fingerprint, dict):
            raise ValueError("a fingerprint that is no object")
        return manifest


def restore(
    file: Path,
    catalogue: Catalogue,
    indexes: IndexSet,
    rebuilder: Rebuilder,
    fingerprint: Fingerprint,
    *,
    anyway: bool = False,
    progress: ProgressCallback | None = None,
) -> Manifest:
    """Replace the whole content of a store by ``file``. The caller must hold the write lock.

    The last step is one transaction; if interrupted before, the store is unchanged.

    Args:
        file: A backup.
        catalogue: The catalogue to be replaced.
        indexes: Its indexes.
        rebuilder: Builds the new ones.
        fingerprint: The configured fingerprint.
        anyway: Check neither fingerprint nor integrity; `rawi store rebuild` may be needed then.
        progress: Called with ``(articles done, articles in all)``.

    Raises:
        FingerprintMismatchError: The backup was written with another model or chunker.
        StoreError: It is no backup, or damaged.
    """
    manifest = read_manifest(file)
    stored = _restored_fingerprint(manifest)
    if stored is not None and not anyway:
        _require_same(file, stored, fingerprint)
    copy = indexes.root / RESTORE_FILE
    rebuilder.sweep()
    try:
        _unpack(file, manifest, copy)
        with closing(_open_copy(copy, file)) as restored:
            if not anyway:
                _require_intact(file, restored)
            _adapt(restored, catalogue, stored)
            rebuilder.build_for(restored, progress)
            catalogue.overwrite_with(restored)
        indexes.view()  # releases the old folders
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The store cannot be restored from {file}: {error}") from error
    finally:
        rebuilder.sweep()
    return manifest


def _restored_fingerprint(manifest: Manifest) -> Fingerprint | None:
    """The fingerprint of a store after the backup is restored: its lexical index is a new one."""
    fingerprint = manifest.stored_fingerprint()
    if fingerprint is None:
        return None
    return replace(fingerprint, lexical=TantivyIndex.format_name())


def _require_intact(file: Path, catalogue: Catalogue) -> None:
    if problems := catalogue.integrity_problems():
        raise StoreError(f"{file} holds a damaged store: {'; '.join(problems)}")


def _require_same(file: Path, stored: Fingerprint, configured: Fingerprint) -> None:
    if differences := stored.differences(configured):
        lines = [
            f"  {part}: the backup has {there!r}, the settings give {here!r}"
            for part, there, here in differences
        ]
        raise FingerprintMismatchError(
            f"{file} was written differently from what the settings say:\n"
            + "\n".join(lines)
            + "\nSet them as they were; or restore it with --anyway, then run: rawi store rebuild"
        )


def _adapt(restored: Catalogue, current: Catalogue, fingerprint: Fingerprint | None) -> None:
    """Give a restored catalogue a generation and folder names that follow the current ones."""
    with restored.transaction():
        if fingerprint is not None:
            restored.set_meta("fingerprint", fingerprint.to_json())
        # Higher than any reader has seen, so that all readers reopen the indexes.
        generation = max(restored.generation, current.generation) + 1
        restored.set_meta("generation", str(generation))
        state = current.state()
        restored.set_meta("vectors_folder", state.vectors_folder)
        restored.set_meta("lexical_folder", state.lexical_folder)


def _open_copy(copy: Path, file: Path) -> Catalogue:
    """The catalogue at ``copy``, migrated to the current version."""
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
        while block := data.read(_BYTES_PER_READ):
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
    except OSError as error:  # includes gzip's errors
        raise StoreError(f"{file} cannot be read: {error.strerror or error}") from error


# -- files ------------------------------------------------------------------------------------


def is_damaged(folder: Path) -> bool:
    """Whether the folder has a catalogue that SQLite finds damaged.

    Raises:
        StoreError: It cannot be opened for another reason: locks, permissions or disk space.
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


def move_damaged_catalogue(
    folder: Path, lock: WriterLock, file: Path, fingerprint: Fingerprint, *, anyway: bool = False
) -> Path | None:
    """Move a damaged catalogue away, so that the backup ``file`` can be restored.

    Only after ``file`` has passed the checks of `restore`. Processes that have the damaged
    catalogue open keep reading it.

    Args:
        folder: The store's folder.
        lock: Its write lock.
        file: A backup.
        fingerprint: The configured fingerprint.
        anyway: As for `restore`.

    Returns:
        The new place; None if the catalogue is not damaged any more.

    Raises:
        FingerprintMismatchError, StoreError, StoreBusyError: As `restore`.
    """
    with lock.hold():
        if not is_damaged(folder):
            return None
        try:
            _check(file, folder, fingerprint, anyway=anyway)
            aside = folder / f"damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}"
            aside.mkdir()
            for name in (_CATALOGUE, f"{_CATALOGUE}-wal", f"{_CATALOGUE}-shm"):
                with suppress(FileNotFoundError):
                    shutil.move(folder / name, aside / name)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"The store cannot be restored from {file}: {error}") from error
    return aside


def _check(file: Path, folder: Path, fingerprint: Fingerprint, *, anyway: bool) -> None:
    """Raise what `restore` would, without a store to restore into."""
    manifest = read_manifest(file)
    copy = folder / f"{RESTORE_FILE}.checked"
    try:
        _unpack(file, manifest, copy)
        with closing(_open_copy(copy, file)) as catalogue:
            if not anyway:
                if (stored := _restored_fingerprint(manifest)) is not None:
                    _require_same(file, stored, fingerprint)
                _require_intact(file, catalogue)
    finally:
        _remove(copy)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Flush the new directory entry to disk, where the system supports it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
