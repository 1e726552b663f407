"""Edits ``sources.toml``; comments, order and layout of the rest are preserved."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Collection, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.core.urls import is_url
from ingest.sync.sources_file import NAME, SourcesFile, read_sources
from vectorstore.core.errors import RawiError, SettingsError
from vectorstore.core.locks import WriterLock

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_HEAD = """\
# Where Rawi's articles come from; `rawi sync` keeps them up to date.
# Each source is a table [sources.NAME]. docs/sync.md says what may stand in one.
"""
_LOCK_TIMEOUT = 10.0  # seconds


def add_source(path: Path, name: str, fields: Mapping[str, Any]) -> None:
    """Add a source to the file at ``path``, which is created if missing.

    Raises:
        SettingsError: the name is taken, or a field is not valid.
        RawiError: the file cannot be written.
    """

    def change(document: TOMLDocument) -> None:
        import tomlkit

        sources = _tables(document, path)
        if sources is None:
            sources = document.setdefault("sources", tomlkit.table(is_super_table=True))
        if isinstance(sources, tomlkit.items.InlineTable):
            raise _no_tables(path)
        if name in sources:
            raise SettingsError(f"There is a source {name} in {path} already; give another --name.")
        table = tomlkit.table()
        for field, value in fields.items():
            table.add(field, value)
        sources[name] = table

    file = _edit(path, change)
    problems = [str(problem) for problem in file.problems if problem.name in (name, repr(name))]
    if problems:
        raise SettingsError("; ".join(problems))


def remove_source(path: Path, name: str) -> None:
    """Remove a source from the file at ``path``, also one that cannot be used.

    Raises:
        SettingsError: there is no source of that name.
        RawiError: the file cannot be written.
    """

    def change(document: TOMLDocument) -> None:
        sources = _tables(document, path)
        if sources is None or name not in sources:
            raise SettingsError(f"There is no source {name} in {path}.")
        del sources[name]

    _edit(path, change)


def _tables(document: TOMLDocument, path: Path) -> Any:
    """The tables of sources; None if there are none yet.

    Raises:
        SettingsError: ``sources`` is not a table.
    """
    sources: Any = document.get("sources")
    if sources is not None and not isinstance(sources, MutableMapping):
        raise _no_tables(path)
    return sources


def _no_tables(path: Path) -> SettingsError:
    return SettingsError(f"{path}: write each source as a table, [sources.NAME].")


def _edit(path: Path, change: Callable[[TOMLDocument], None]) -> SourcesFile:
    """Apply ``change`` to the file and read it; the file is only replaced if it is valid."""
    import tomlkit

    path = Path(os.path.realpath(path))  # a symlink stays one
    with WriterLock(path.parent, path.name, _LOCK_TIMEOUT).hold():
        read_sources(path)  # raises if it is not valid
        try:
            before = path.read_text("utf-8-sig")
        except FileNotFoundError:
            before = _HEAD
        document = tomlkit.parse(before)
        change(document)
        return _replace(path, tomlkit.dumps(document))


def _replace(path: Path, text: str) -> SourcesFile:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        new = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(text)
            file = read_sources(new)
            if path.exists():
                new.chmod(path.stat().st_mode & 0o777)
            else:
                new.chmod(0o644)
            bad = {problem.name for problem in file.problems}
            known = {problem.name for problem in read_sources(path).problems}
            if bad - known:
                new_problems = (str(p) for p in file.problems if p.name in bad - known)
                raise SettingsError("; ".join(new_problems))
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise RawiError(f"{path} cannot be written: {error.strerror or error}") from error
    return file


def unique_name(place: str, taken: Collection[str]) -> str:
    """A name for a source at ``place`` that is not ``taken``.

    ``unique_name("https://www.almarfa.example/feed.xml", ["almarfa.example"])`` gives
    ``almarfa.example-2``.
    """
    if is_url(place):
        name = (urlsplit(place).hostname or "").removeprefix("www.")
    else:
        name = Path(place).name or "files"
    name = re.sub(r"[\x00-\x1f\x7f]", " ", name).strip()[:56].strip() or "source"
    assert re.fullmatch(NAME, name)  # noqa: S101
    numbers = (name if n == 1 else f"{name}-{n}" for n in range(1, len(taken) + 2))
    return next(one for one in numbers if one not in taken)
