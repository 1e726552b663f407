"""Folders that are either whole or not there: built aside, listed, then renamed into place."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

MANIFEST = "manifest.json"
_UNFINISHED = ".building-"
_DISCARDED = ".discarded-"


def is_intact(folder: Path) -> bool:
    """Whether every file that ``folder``'s manifest lists is there in its full size."""
    try:
        sizes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sizes"]
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def build_folder(folder: Path, build: Callable[[Path], None]) -> None:
    """Let ``build`` fill a new folder and put it at ``folder``, replacing what lies there.

    The caller holds a lock: two builders of one folder would replace each other's work.

    Raises:
        OSError: when the folder cannot be written or an old one cannot be moved away.
    """
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        build(unfinished)
        _finish(unfinished)
        if folder.exists():
            discarded = Path(tempfile.mkdtemp(prefix=_DISCARDED, dir=folder.parent))
            folder.rename(discarded / folder.name)
            unfinished.rename(folder)
            shutil.rmtree(discarded, ignore_errors=True)
        else:
            unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def remove_leftovers(parent: Path) -> None:
    """Delete what interrupted builds left in ``parent``; the caller holds the builders' lock."""
    for prefix in (_UNFINISHED, _DISCARDED):
        for folder in parent.glob(f"{prefix}*"):
            shutil.rmtree(folder, ignore_errors=True)


def _finish(folder: Path) -> None:
    """Bring the files to disk, open them to the users the parent is open to, list them."""
    folder.chmod(folder.parent.stat().st_mode & 0o777)
    sizes = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.chmod(folder.parent.stat().st_mode & 0o666)
        # Without this a power cut can leave a file of the right size full of zeros.
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        sizes[path.relative_to(folder).as_posix()] = path.stat().st_size
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump({"sizes": sizes}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
