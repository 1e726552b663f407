"""Files on disk: their names and ids, their content, and errors of the system."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from ingest.core.errors import LoadError
from ingest.text.encodings import Decoded, decode

_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")


def display_path(path: Path) -> str:
    r"""``path`` as the user wrote it, with bytes that are not UTF-8 as ``\xc8``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def origin(path: Path) -> str:
    """The absolute path, for an article's ``origin``."""
    return display_path(Path(os.path.abspath(path)))


def origin_exists(origin: str) -> bool:
    """Whether there is a file at an article's ``origin``."""
    if os.path.exists(origin):
        return True
    raw = _ESCAPED.sub(lambda escape: bytes([int(escape[1], 16)]), origin.encode())
    return os.path.exists(raw)


def is_within(path: str, folder: str) -> bool:
    """Whether ``path`` is ``folder`` or below it, by their names alone."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def id_from_path(path: Path, root: Path) -> str:
    """The path relative to ``root``, the same on every system: forward slashes, NFC (macOS
    decomposes). The file name for a path outside of ``root``."""
    absolute, base = Path(os.path.abspath(path)), Path(os.path.abspath(root))
    relative = absolute.relative_to(base) if absolute.is_relative_to(base) else Path(path.name)
    return unicodedata.normalize("NFC", display_path(Path(relative.as_posix())))


def read_bytes(path: Path) -> bytes:
    """The content of ``path``.

    Raises:
        LoadError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(error) from error


def read_text(path: Path) -> Decoded:
    """The content of ``path`` as text.

    Raises:
        LoadError: it cannot be read, or is not text.
    """
    return decode(read_bytes(path))


def unreadable(error: OSError) -> LoadError:
    """``error`` as a `LoadError`."""
    if isinstance(error, FileNotFoundError):
        return LoadError("no_such_file")
    if isinstance(error, PermissionError):
        return LoadError("no_permission")
    reason = (error.strerror or type(error).__name__).lower()
    return LoadError("read_failed", reason=reason)


def unsupported(suffix: str, kinds: Iterable[str]) -> LoadError:
    """The error for a file with ``suffix``; ``kinds`` are the supported suffixes."""
    supported = " ".join(kinds)
    if not suffix:
        return LoadError("no_suffix", supported=supported)
    return LoadError("unsupported_type", suffix=suffix, supported=supported)
