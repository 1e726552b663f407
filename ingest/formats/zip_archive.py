"""ZIP packages (archives, office documents, books) from untrusted sources.

Declared sizes are not trusted: bytes are counted as they are unpacked. Names in a package are never
used as file names.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from ingest.core.errors import LoadError
from ingest.core.limits import Limits

MAX_COMPRESSION_RATIO = 250
"""Largest compression ratio of large entries; that of text is seldom more than 20."""
MIN_RATIO_BYTES = 10_000_000
"""Size in bytes above which the ratio of an entry is checked."""

_CHUNK = 65_536
_DIRECTORY_PER_ENTRY = 512  # bytes in the central directory, for a long name
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(slots=True)
class UnpackBudget:
    """Bytes and entries that a package and the packages in it may still unpack."""

    bytes_left: int
    entries_left: int
    max_bytes: int

    @classmethod
    def of(cls, limits: Limits) -> Self:
        """The whole budget."""
        return cls(limits.unpacked_bytes, limits.entries, limits.unpacked_bytes)

    def take(self, size: int) -> None:
        """Count ``size`` unpacked bytes.

        Raises:
            LoadError: the budget is exceeded.
        """
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise LoadError("unpacked_too_large", limit_bytes=self.max_bytes)


class Package:
    """The files in a ZIP, each read within bounds.

    Raises:
        LoadError: on opening, it is no ZIP, is damaged, or has too many files.
    """

    def __init__(self, source: Path | IO[bytes], limits: Limits, budget: UnpackBudget) -> None:
        self.limits = limits
        self.budget = budget
        self._file = source.open("rb") if isinstance(source, Path) else source
        self._owned = isinstance(source, Path)
        try:
            _check_central_directory(self._file, limits.entries)
            self._zip = zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            self.close()
            raise LoadError("damaged_zip") from error
        except LoadError:
            self.close()
            raise
        self.entries = [info for info in self._zip.infolist() if not info.is_dir()]
        self._by_name = {info.filename: info for info in self.entries}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless the caller opened it."""
        if self._owned:
            self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def read(self, name: str, max_bytes: int | None = None) -> bytes:
        """The content of the file ``name``, at most ``max_bytes``.

        Raises:
            LoadError: it is missing, encrypted, damaged or too large.
        """
        info = self._by_name.get(name)
        if info is None:
            raise LoadError("missing_part", name=printable_name(name))
        return b"".join(self.chunks(info, max_bytes))

    def chunks(self, info: zipfile.ZipInfo, max_bytes: int | None = None) -> Iterator[bytes]:
        """The content of ``info`` in chunks; see `read`."""
        max_bytes = self.limits.file_bytes if max_bytes is None else max_bytes
        check_entry(info)
        size = 0
        try:
            with self._zip.open(info) as file:
                while chunk := file.read(_CHUNK):
                    size += len(chunk)
                    self.budget.take(len(chunk))
                    if size > max_bytes:
                        raise LoadError("entry_too_large", limit_bytes=max_bytes)
                    if size > MIN_RATIO_BYTES and size > MAX_COMPRESSION_RATIO * max(
                        1, info.compress_size
                    ):
                        raise LoadError("zip_bomb")
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise LoadError("damaged_in_zip") from error
        except (OSError, ValueError, RuntimeError, struct.error) as error:
            raise LoadError("damaged_in_zip") from error


def check_entry(info: zipfile.ZipInfo) -> None:
    """Check that an entry may be unpacked.

    Raises:
        LoadError: it is encrypted, a link, or has an unusual compression method.
    """
    if info.flag_bits & 0x1:
        raise LoadError("encrypted_entry")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise LoadError("linked_entry")
    if info.compress_type not in _METHODS:
        raise LoadError("unknown_packing")


def open_document(path: Path, limits: Limits, wrong_format_code: str, suffix: str) -> Package:
    """Open an office document or book; ``wrong_format_code`` is the error code where it is no ZIP.

    Raises:
        LoadError: it is none, or locked with a password.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        from ingest.articles.files import unreadable

        raise unreadable(error) from error
    if head == _OLD_OFFICE:
        raise LoadError("old_office", suffix=suffix)
    if not head.startswith(b"PK"):
        raise LoadError(wrong_format_code)
    return Package(path, limits, UnpackBudget.of(limits))


def printable_name(name: str) -> str:
    """A name in a package, printable and at most 200 characters."""
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return printable if len(printable) <= 200 else f"{printable[:199]}…"


def _check_central_directory(file: IO[bytes], entries: int) -> None:
    """Check the size of the central directory before it is read into memory.

    Raises:
        LoadError: it is too large for ``entries``, or there is none.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read(66_000)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise LoadError("not_zip")
    length = struct.unpack_from("<I", tail, at + 12)[0]
    if at >= 20 and tail.startswith(_LOCATOR_64, at - 20):
        start = struct.unpack_from("<Q", tail, at - 12)[0]
        file.seek(min(start, size))
        record = file.read(56)
        at_record = tail.rfind(_END_64, 0, at)
        if len(record) == 56 and record.startswith(_END_64):
            length = struct.unpack_from("<Q", record, 40)[0]
        if 0 <= at_record <= len(tail) - 48:
            length = max(length, struct.unpack_from("<Q", tail, at_record + 40)[0])
        length = min(length, size)
    if length > entries * _DIRECTORY_PER_ENTRY:
        raise LoadError("too_many_entries", limit=entries)
    file.seek(0)
