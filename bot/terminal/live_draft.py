"""A composed answer on a terminal while it is being written.

Drafts hold checked sentences only. They are wiped away when the answer is there, which is then
printed whole: so nothing stays that the answer in the end does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.core.models import Draft

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

UNFINISHED = " …"


@contextmanager
def live_draft(out: Console) -> Iterator[Callable[[Draft], None] | None]:
    """What to call with each draft of an answer, in the thread that prints.

    None where ``out`` is no terminal whose lines can be written anew: there the answer comes whole.
    """
    if not out.is_terminal or out.is_dumb_terminal:
        yield None
        return
    drafts = _Drafts(out)
    try:
        yield drafts.show
    finally:
        drafts.wipe()


class _Drafts:
    """The newest draft, in the place where the answer will stand."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live: Live | None = None

    def show(self, draft: Draft) -> None:
        from rich.live import Live
        from rich.text import Text

        if self._live is None:  # not before: it hides the cursor
            self._live = Live(
                console=self._out,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        # Wrapped here, unlike all else: what is to be wiped away must be counted in lines.
        words = Text(f"{draft.text}{UNFINISHED}", no_wrap=False, overflow="fold")
        self._live.update(words, refresh=True)

    def wipe(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
