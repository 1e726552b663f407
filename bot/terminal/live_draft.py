"""Shows a composed answer on a terminal while it is being written.

Drafts are erased when the answer is complete, which is then printed whole: nothing stays that the
answer does not contain in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.core.models import Draft

if TYPE_CHECKING:
    from rich.console import Console

UNFINISHED = " …"


@contextmanager
def live_draft(console: Console) -> Iterator[Callable[[Draft], None] | None]:
    """A function to call with each draft, from the thread that prints.

    None if ``console`` is no terminal whose lines can be rewritten: then no drafts are shown.
    """
    if not console.is_terminal or console.is_dumb_terminal:
        yield None
        return
    from rich.live import Live  # slow to import, and only needed here
    from rich.text import Text

    live = Live(
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )

    def show(draft: Draft) -> None:
        live.start()  # not before the first draft, since it hides the cursor; then without effect
        # Wrapped here, unlike other output, since the lines to erase must be counted.
        text = Text(f"{draft.text}{UNFINISHED}", no_wrap=False, overflow="fold")
        live.update(text, refresh=True)

    try:
        yield show
    finally:
        live.stop()
