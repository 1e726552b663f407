"""Folders that are complete or do not exist: built elsewhere, then renamed into place."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from vectorstore.embedding.default_model.model_cache import MANIFEST_FILE

_UNFINISHED = ".building-"
_DISCARDED = ".discarded-"


def build_folder(folder: Path, build: Callable[[Path], None]) -> None:
    """Call ``build`` on a new folder and move it to ``folder``, replacing an existing one.

    The caller must hold a lock that excludes other builders.

    Raises:
        OSError: The folder cannot be written or the old one cannot be moved.
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
    """Delete what interrupted builds left in ``parent``. The caller must hold the lock."""
    for prefix in (_UNFINISHED, _DISCARDED):
        for folder in parent.glob(f"{prefix}*"):
            shutil.rmtree(folder, ignore_errors=True)


def _finish(folder: Path) -> None:
    """Flush all files, give them the parent's permissions, and write the manifest."""
    folder.chmod(folder.parent.stat().st_mode & 0o777)
    sizes = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.chmod(folder.parent.stat().st_mode & 0o666)
        # Else a power failure can leave a file of the right size full of zeros.
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        sizes[path.relative_to(folder).as_posix()] = path.stat().st_size
    with (folder / MANIFEST_FILE).open("w", encoding="utf-8") as file:
        json.dump({"sizes": sizes}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
