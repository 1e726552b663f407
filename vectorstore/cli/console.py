"""Consoles and error handling of all commands.

Light to import: rich and pydantic are only loaded to print something or to handle an error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import typer

from vectorstore.core.errors import RawiError, SettingsError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pydantic import ValidationError
    from rich.console import Console

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

_DISK_CODES = frozenset((5, 8, 10, 11, 13, 14))
"""SQLite's primary codes: busy, read only, I/O error, corrupt, full, cannot open."""


def console() -> Console:
    """Standard output; in colour on a terminal unless ``NO_COLOR`` is set."""
    return _console(sys.stdout)


def error_console() -> Console:
    """Standard error, for everything but results. See `console`."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    # No markup, as paths and headlines may contain brackets and colons. No wrapping, as terminals
    # wrap by themselves and scripts expect one message per line.
    return Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print one line of JSON to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def section_keys(names: Sequence[str]) -> tuple[str, ...]:
    """Keys of sections that are named as the keys, or as news sites name them.

    Raises:
        typer.BadParameter: One of ``names`` is no section's.
    """
    from vectorstore.core.sections import SECTIONS, normalise_section

    keys = [name if name in SECTIONS else normalise_section(name) for name in names]
    if None in keys:
        raise typer.BadParameter(f"sections are {', '.join(SECTIONS)}", param_hint="--section")
    return tuple(key for key in keys if key)


def require_terminal(yes: bool, hint: str) -> None:
    """Refuse to go on where a command has to ask and nobody can answer.

    Raises:
        typer.BadParameter: standard input is no terminal, and ``yes`` is not set.
    """
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask on; add --yes", param_hint=hint)


def require_new(file: Path | None, force: bool) -> None:
    """Refuse to overwrite a file.

    Raises:
        typer.BadParameter: ``file`` exists, and ``force`` is not set.
    """
    if file is not None and file.exists() and not force:
        raise typer.BadParameter(f"{file} exists; add --force", param_hint="FILE")


def local_time(moment: datetime | None) -> str:
    """``2026-11-26 07:10`` in the local time zone; ``-`` for None."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else "-"


def listed_ids(ids: Sequence[str], most: int = 10) -> list[str]:
    """Indented lines with the first ``most`` of ``ids`` and the number of the others."""
    lines = [f"  {one}" for one in ids[:most]]
    return [*lines, f"  and {len(ids) - most:,} more"] if len(ids) > most else lines


@contextmanager
def command_errors() -> Iterator[None]:
    """End a command with a message instead of a traceback. A decorator and context manager.

    Raises:
        SystemExit: 1 for a `RawiError` or a disk error, 2 for invalid settings, 130 for Ctrl-C.
    """
    try:
        yield
    except SettingsError as error:
        _print_error(str(error))
        raise SystemExit(EXIT_USAGE) from error
    except RawiError as error:
        _print_error(str(error))
        raise SystemExit(EXIT_FAILURE) from error
    except KeyboardInterrupt as error:
        raise SystemExit(EXIT_INTERRUPTED) from error
    except ValueError as error:
        problems = _settings_problems(error)
        if not problems:
            raise
        for problem in problems:
            _print_error(problem)
        raise SystemExit(EXIT_USAGE) from error
    except Exception as error:
        message = _disk_error_message(error)
        if message is None:
            raise
        _print_error(message)
        raise SystemExit(EXIT_FAILURE) from error


def _disk_error_message(error: Exception) -> str | None:
    """The message for an error of the disk; None for other errors."""
    import errno

    sqlite = sys.modules.get("sqlite3")
    if isinstance(error, OSError):
        names = ("ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EIO")  # not all of them everywhere
        is_disk_error = error.errno in {getattr(errno, name, None) for name in names} - {None}
    else:
        is_disk_error = (
            sqlite is not None
            and isinstance(error, sqlite.DatabaseError)
            and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK_CODES
        )
    if not is_disk_error:
        return None
    return (
        f"{error}. See that there is room on the disk and that RAWI_HOME may be written, then do "
        "it again; `rawi store check` says whether the store is whole."
    )


def _print_error(message: str) -> None:
    from rich.text import Text

    error_console().print(Text.assemble(("error:", "bold red"), " ", message))


def _settings_problems(error: ValueError) -> list[str]:
    """A message for each invalid setting; empty if ``error`` is about something else."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return []
    variables = _variables(error)
    if variables is None:
        return []
    problems = []
    # Without the value, which may be a secret.
    for problem in error.errors(include_url=False, include_input=False):
        field = str(problem["loc"][0]) if problem["loc"] else error.title
        problems.append(f"{variables.get(field, field)}: {problem['msg']}")
    return problems


def _variables(error: ValidationError) -> dict[str, str] | None:
    """Environment variable by field, of the settings class that ``error`` is about."""
    from vectorstore.core.settings import RawiSettings

    classes = [RawiSettings]
    while classes:
        settings = classes.pop()
        if settings.__name__ == error.title:
            return {name: variable for variable, name in settings.variables().items()}
        classes.extend(settings.__subclasses__())
    return None
