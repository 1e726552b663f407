"""The commands that read runs: ``compare``, ``gate``, ``report``, ``calibrate``, ``table``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectorstore.cli.console import command_errors, console

if TYPE_CHECKING:
    from evaluation.decisions.calibrate import Objective

_Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
_Seed = Annotated[int, typer.Option(help="Seed of the resampling; the same gives the same.")]


@command_errors()
def compare_command(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="The run before.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="The run after.")],
    measures: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME", help="Only these measures; all when left out."),
    ] = None,
    changed: Annotated[int, typer.Option(min=0, help="Changed questions to show.")] = 10,
    seed: _Seed = 0,
    as_json: _Json = False,
) -> None:
    """Compare two runs over the same test set, question by question.

    Per measure: both means, their difference with its bootstrap interval, the p-value of the paired
    randomisation test, and on how many questions B won, tied and lost.

    Example:  rawi evaluate compare runs/before runs/after --measures contains_gold,wrong_source
    """
    from evaluation.core.stored_run import load_run
    from evaluation.decisions.compare import compare
    from evaluation.decisions.console_tables import print_comparison

    names = [name.strip() for name in measures.split(",") if name.strip()] if measures else None
    before, after = load_run(run_a).scored_run(), load_run(run_b).scored_run()
    found = compare(before, after, names=names, seed=seed)
    if as_json:
        _print_json(found.to_json())
    else:
        print_comparison(console(), found, changed)


@command_errors()
def gate_command(
    run: _Run,
    thresholds: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Thresholds per measure, as TOML.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="RUN|FILE", help="A run, or a file that --save-baseline wrote."),
    ] = None,
    save_baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write this run's measures as a baseline, if it passes."),
    ] = None,
    seed: _Seed = 0,
    as_json: _Json = False,
) -> None:
    """Decide whether a run may be released: exit 0 if so, else 1 with the reasons.

    A measure without a value fails, and so do errors in the run and questions that were not asked.

    Example:  rawi evaluate gate runs/new --baseline baseline.json --thresholds gate.toml
    """
    from evaluation.core.stored_run import load_run
    from evaluation.decisions.baseline import load_baseline, write_baseline
    from evaluation.decisions.console_tables import print_gate
    from evaluation.decisions.gate import check_run, load_thresholds

    if thresholds is None and save_baseline is None:
        raise typer.BadParameter("name a file of thresholds", param_hint="--thresholds")
    stored = load_run(run)
    if thresholds is not None:
        before = load_baseline(baseline) if baseline else None
        result = check_run(stored.scored_run(), load_thresholds(thresholds), before, seed=seed)
        if as_json:
            _print_json(result.to_json())
        else:
            print_gate(console(), result)
        if not result.passed:
            raise typer.Exit(1)
    if save_baseline is not None:
        write_baseline(stored, save_baseline)
        _print_status(f"baseline of {stored.name} written to {save_baseline}")


@command_errors()
def report_command(
    run: _Run,
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="Where to write it.")],
    against: Annotated[
        Path | None, typer.Option(metavar="RUN", help="An earlier run to show beside it.")
    ] = None,
) -> None:
    """Write a run's report: one HTML file that needs no network.

    Example:  rawi evaluate report runs/new --against runs/old --out report.html
    """
    from evaluation.core.stored_run import load_run
    from evaluation.report import write_report

    earlier = load_run(against) if against else None
    write_report(load_run(run), out, against=earlier)
    _print_status(f"report written to {out}")


@command_errors()
def calibrate_command(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN…", help="Runs to choose the threshold on; several are pooled."),
    ],
    report_on: Annotated[
        list[Path] | None,
        typer.Option("--report", metavar="RUN", help="Report on this one; may be repeated."),
    ] = None,
    keep: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Answer at least this share of what is answerable."),
    ] = None,
    refuse: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Refuse at least this share of what is not answerable."),
    ] = None,
    seed: _Seed = 0,
    as_json: _Json = False,
) -> None:
    """Choose the refusal threshold on one test set and report it on another.

    Without --keep or --refuse it takes the highest mean of both shares. Figures where the threshold
    was chosen flatter it; believe those of --report.

    Example:  rawi evaluate calibrate runs/arcd runs/miracl-a --report runs/xquad --keep 0.9
    """
    from evaluation.decisions.calibrate import calibrate
    from evaluation.decisions.console_tables import print_calibration

    objective = _objective(keep, refuse)
    rows = _pooled(runs)
    others = _pooled(report_on) if report_on else None
    found = calibrate(rows, others, objective=objective, seed=seed)
    if as_json:
        _print_json(found.to_json())
    else:
        names = ", ".join(str(path) for path in report_on or ())
        print_calibration(console(), found, names)


@command_errors()
def table_command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Folders of finished runs.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.md", help="Write it there instead of printing it."),
    ] = None,
) -> None:
    """Write runs side by side as Markdown: every measure with its interval, a column per run.

    Example:  rawi evaluate table runs/samples runs/xquad-ar --out results.md
    """
    from evaluation.core.stored_run import load_run
    from evaluation.decisions.markdown_table import markdown

    written = markdown([load_run(run) for run in runs])
    if out is None:
        typer.echo(written)
    else:
        out.write_text(written + "\n", encoding="utf-8")
        _print_status(f"table of {len(runs)} runs written to {out}")


def _objective(keep: float | None, refuse: float | None) -> Objective:
    from evaluation.decisions.calibrate import Objective

    if keep is not None and refuse is not None:
        raise typer.BadParameter("name one of them", param_hint="--keep / --refuse")
    if keep is not None:
        return Objective("keep", keep)
    return Objective("refuse", refuse) if refuse is not None else Objective()


def _pooled(folders: list[Path]) -> list[dict[str, Any]]:
    """The rows of several runs, with item ids made distinct across runs."""
    from evaluation.core.stored_run import load_run

    return [
        {**row, "item_id": f"{number}/{row['item_id']}"}
        for number, folder in enumerate(folders)
        for row in load_run(folder).rows
    ]


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _print_status(message: str) -> None:
    from vectorstore.cli.console import error_console

    error_console().print(message)
