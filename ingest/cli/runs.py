"""``rawi ingest runs`` and ``rawi ingest undo``, subcommands beside the arguments of ingest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from vectorstore.cli.console import (
    command_errors,
    console,
    error_console,
    listed_ids,
    local_time,
    print_json,
    require_terminal,
)

if TYPE_CHECKING:
    from ingest.undo import UndoPlan
    from vectorstore.catalogue.change_log import RunInfo

_LISTED = 20

runs_app = typer.Typer(pretty_exceptions_enable=False)


class IngestCommand(TyperCommand):
    """``rawi ingest``, whose first argument may be a path or one of ``runs`` and ``undo``.

    A file or folder of such a name is written ``./runs``.
    """

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: Any = None,
        **extra: Any,
    ) -> Any:
        """The context of this command, or of the one that the first argument names."""
        commands = typer.main.get_group(runs_app).commands
        if args and args[0] in commands:
            name = args[0]
            return commands[name].make_context(f"{info_name} {name}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@runs_app.command()
@command_errors()
def runs(
    limit: Annotated[
        int, typer.Option(min=0, help="At most so many; 0 for all.", metavar="N")
    ] = _LISTED,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """List the runs that can be undone, the last one first, and what they changed.

    Also those of editors on Telegram, removals by name, and undoings.
    To ingest a folder of this name, write ./runs.

    Example:  rawi ingest runs --limit 5
    """
    from ingest.store import open_store

    with open_store(check_fingerprint=False) as store:
        found = store.catalogue.runs(limit=limit or -1)
    if as_json:
        print_json([_info_json(info) for info in found])
        return
    if not found:
        error_console().print("There are no runs that could be undone.")
        return
    _print_table(found)


@runs_app.command()
@command_errors()
def undo(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="As `ingest runs` prints it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Undo a run: remove what it added, bring back what it replaced and removed.

    Articles that were changed again since stay as they are and are named.
    Undoing is a run too, and can be undone. It may be interrupted, and repeated.
    To ingest a folder of this name, write ./undo.

    Example:  rawi ingest undo 20261126-0712-a3f
    """
    require_terminal(yes, "RUN")
    from ingest.store import open_store
    from ingest.undo import UndoReport, plan_undo
    from ingest.undo import undo as undo_run

    errors = error_console()
    with open_store(writable=True, notify=errors.print) as store:
        todo = plan_undo(store, run_id)
        for line in _plan_lines(todo):
            errors.print(line)
        if todo.is_empty:
            report = UndoReport(run_id, changed_since=todo.changed_since)
        else:
            if not yes:
                typer.confirm(f"Undo {run_id}?", abort=True, err=True)
            report = undo_run(store, run_id)
    if as_json:
        print_json(report.to_json())
        return
    out = console()
    rows = [
        ("removed", report.removed),
        ("restored", report.restored),
        ("brought back", report.brought_back),
        ("changed since", len(report.changed_since)),
    ]
    for label, count in rows:
        out.print(f"{label:14}{count:>10,}")
    if report.run is not None:
        out.print(f"{'run':14}{report.run}")


def _plan_lines(todo: UndoPlan) -> list[str]:
    kinds = (
        (todo.remove, "to remove"),
        (todo.restore, "to get the earlier version back"),
        (todo.bring_back, "to come back"),
        (todo.changed_since, "changed since, to stay as it is"),
    )
    lines = []
    for ids, what in kinds:
        if ids:
            lines += [f"{len(ids):,} {what}:", *listed_ids(ids)]
    return lines or ["Nothing to undo: everything is as it was before."]


def _print_table(found: Sequence[RunInfo]) -> None:
    from rich.table import Table

    from vectorstore.cli.articles import print_table

    table = Table(box=None, pad_edge=False, header_style="bold")
    numbers = ("added", "updated", "removed")
    for name in ("run", "began", "kind", *numbers, "sources"):
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for info in found:
        counts = (f"{getattr(info, name):,}" for name in numbers)
        began = local_time(info.began) + ("" if info.ended else " (unfinished)")
        table.add_row(info.id, began, info.kind, *counts, _shortened(info.sources))
    print_table(console(), table)


def _shortened(sources: Sequence[str]) -> str:
    more = f" and {len(sources) - 2:,} more" if len(sources) > 2 else ""
    return " ".join(sources[:2]) + more


def _info_json(info: RunInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "kind": info.kind,
        "sources": list(info.sources),
        "began": info.began.isoformat(),
        "ended": info.ended.isoformat() if info.ended else None,
        "added": info.added,
        "updated": info.updated,
        "removed": info.removed,
    }
