"""What commands print with, and how they end when something is wrong.

Light to import: rich and pydantic are only loaded when something is printed or has gone wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from vectorstore.core.errors import RawiError, SettingsError

if TYPE_CHECKING:
    from pydantic import ValidationError
    from rich.console import Console

FAILED = 1
USAGE = 2
INTERRUPTED = 130

_DISK_CODES = frozenset((5, 8, 10, 11, 13, 14))
"""SQLite's: busy, read only, input or output, corrupt, full, cannot open."""


def console() -> Console:
    """Standard output: in colour on a terminal (unless ``NO_COLOR`` is set), else as plain text."""
    return _console(sys.stdout)


def error_console() -> Console:
    """Standard error, for everything that is not a command's result. See ``console``."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    # Nothing in a message is markup: paths and headlines may hold brackets and colons.
    # Lines are left whole: a terminal wraps them itself, and a script wants one message per line.
    return Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=True)


def listed_ids(ids: Sequence[str], most: int = 10) -> list[str]:
    """Indented lines with the first ``most`` of ``ids`` and the number of the others."""
    lines = [f"  {one}" for one in ids[:most]]
    return [*lines, f"  and {len(ids) - most:,} more"] if len(ids) > most else lines


@contextmanager
def command_errors() -> Iterator[None]:
    """End a command with a message instead of a traceback. Use as a decorator or with ``with``.

    Raises:
        SystemExit: 1 for a ``RawiError`` or trouble with the disk, 2 for settings that do not fit,
            130 for Ctrl-C.
    """
    try:
        yield
    except SettingsError as error:
        _say(str(error))
        raise SystemExit(USAGE) from error
    except RawiError as error:
        _say(str(error))
        raise SystemExit(FAILED) from error
    except KeyboardInterrupt as error:
        raise SystemExit(INTERRUPTED) from error
    except ValueError as error:
        problems = _settings_problems(error)
        if not problems:
            raise
        for problem in problems:
            _say(problem)
        raise SystemExit(USAGE) from error
    except Exception as error:
        trouble = _disk_trouble(error)
        if trouble is None:
            raise
        _say(trouble)
        raise SystemExit(FAILED) from error


def _disk_trouble(error: Exception) -> str | None:
    """What to say when the disk is full or may not be written; None when it is something else."""
    import errno

    sqlite = sys.modules.get("sqlite3")
    if isinstance(error, OSError):
        names = ("ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EIO")  # not all of them everywhere
        of_disk = error.errno in {getattr(errno, name, None) for name in names} - {None}
    else:
        of_disk = (
            sqlite is not None
            and isinstance(error, sqlite.DatabaseError)
            and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK_CODES
        )
    if not of_disk:
        return None
    return (
        f"{error}. See that there is room on the disk and that RAWI_HOME may be written, then do "
        "it again; `rawi store check` says whether the store is whole."
    )


def _say(message: str) -> None:
    from rich.text import Text

    error_console().print(Text.assemble(("error:", "bold red"), " ", message))


def _settings_problems(error: ValueError) -> list[str]:
    """A line for each setting that does not fit; empty when ``error`` is about something else."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return []
    variables = _variables(error)
    if variables is None:
        return []
    problems = []
    # Without what was given: it may be a secret.
    for problem in error.errors(include_url=False, include_input=False):
        field = str(problem["loc"][0]) if problem["loc"] else error.title
        problems.append(f"{variables.get(field, field)}: {problem['msg']}")
    return problems


def _variables(error: ValidationError) -> dict[str, str] | None:
    """Environment variable per field of the settings that ``error`` is about."""
    from vectorstore.core.settings import RawiSettings

    waiting = [RawiSettings]
    while waiting:
        settings = waiting.pop()
        if settings.__name__ == error.title:
            return {name: variable for variable, name in settings.variables().items()}
        waiting.extend(settings.__subclasses__())
    return None
