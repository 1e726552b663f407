"""What every command shares: consoles, and errors that end it with one clear message."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import typer

from vectorstore.errors import RawiError, SettingsError

if TYPE_CHECKING:
    from rich.console import Console

P = ParamSpec("P")
R = TypeVar("R")

FAILED = 1
USAGE = 2
INTERRUPTED = 130


def console() -> Console:
    """Standard output; colours only on a terminal and not under NO_COLOR."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def error_console() -> Console:
    """Standard error, for progress and messages that are not the result."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def command_errors() -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a command: what Rawi can explain becomes a message and an exit code.

    1 for a failure, 2 for a setting that cannot be used, 130 for Ctrl-C.
    """

    def around(command: Callable[P, R]) -> Callable[P, R]:
        @wraps(command)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            from pydantic import ValidationError

            try:
                return command(*args, **kwargs)
            except SettingsError as error:
                _complain(str(error), USAGE, error)
            except RawiError as error:
                _complain(str(error), FAILED, error)
            except ValidationError as error:
                _complain(_readable(error), USAGE, error)
            except KeyboardInterrupt as error:
                _complain("interrupted", INTERRUPTED, error)
            raise AssertionError("unreachable")

        return guarded

    return around


def _complain(message: str, code: int, cause: BaseException) -> None:
    # Not through rich: a message may hold what looks like its markup.
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(code) from cause


def _readable(error: ValueError) -> str:
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)  # noqa: S101
    problems = [
        f"{'.'.join(str(part) for part in e['loc']) or error.title}: {e['msg']}"
        for e in error.errors(include_input=False, include_url=False)
    ]
    return f"a setting cannot be used ({error.title}): " + "; ".join(problems)
