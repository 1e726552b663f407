"""The reader's commands: ``rawi ask``, ``rawi chat`` and ``rawi doctor``."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from vectorstore.cli.console import command_errors, console, error_console, section_keys

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.models import Answer, Draft
    from bot.engine import Engine
    from vectorstore.core.types import Filters

_Since = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only articles published on or after DATE.")
]
_Until = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only articles published on or before DATE.")
]
_Source = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only articles of this source; may be repeated."),
]
_Section = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Only articles of this section (sport, الرياضة); may be repeated."
    ),
]
_Language = Annotated[str, typer.Option(metavar="auto|ar|en", help="Language of the reply.")]


@command_errors()
def ask(
    question: Annotated[
        str, typer.Argument(help="The question, in quotes; - reads it from stdin.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
    thread: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Go on with the conversation of this name."),
    ] = None,
    since: _Since = None,
    until: _Until = None,
    source: _Source = None,
    section: _Section = None,
    language: _Language = "auto",
) -> None:
    """Ask one question and read the answer with its sources.

    Example:  rawi ask "من تعهد بملء مخزون إسرائيل من الصواريخ؟" --since 2021-06-01
    """
    chosen, filters = _language(language), _filters(since, until, source, section)
    if question == "-":
        question = sys.stdin.read()
    from bot.engine import Engine

    with (
        Engine.open(notify=_notify) as engine,
        _live_draft(wanted=engine.composes and not as_json) as on_draft,
    ):
        answer = engine.ask(
            question,
            thread=thread,
            filters=filters,
            language=chosen,
            followups=thread is not None,  # there is nothing to continue otherwise
            on_draft=on_draft,
        )
    _report_fallback(answer)
    if as_json:
        typer.echo(json.dumps(answer.to_json(), ensure_ascii=False))
    else:
        _print(answer)


@command_errors()
def chat(
    thread: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Go on with the conversation of this name."),
    ] = None,
    since: _Since = None,
    until: _Until = None,
    source: _Source = None,
    section: _Section = None,
    language: _Language = "auto",
) -> None:
    """Ask in conversation: follow-ups such as "ومتى؟" refer to the question before.

    Reads one question per line; /new starts afresh, /exit or Ctrl-D leaves.

    Example:  rawi chat --thread work
    """
    chosen, filters = _language(language), _filters(since, until, source, section)
    from bot.engine import Engine, new_thread_id

    name = thread or new_thread_id()
    with Engine.open(create=True, notify=_notify) as engine:
        try:
            _chat_loop(engine, name, filters, chosen)
        finally:
            if thread is None:
                engine.delete_thread(name)


def _chat_loop(
    engine: Engine,
    thread: str,
    filters: Filters | None,
    language: Literal["auto", "ar", "en"],
) -> None:
    from prompts import text

    ui: Literal["ar", "en"] = "en" if language == "en" else "ar"
    interactive = sys.stdin.isatty()
    if interactive:
        typer.echo(text("bot.terminal.chat_help", ui))
    for line in _lines(text("bot.terminal.prompt", ui) if interactive else None):
        question = line.strip()
        if question in {"/exit", "/quit"}:
            break
        if question == "/new":
            engine.delete_thread(thread)
            typer.echo(text("bot.terminal.forgotten", ui))
        elif question:
            with _live_draft(wanted=engine.composes) as on_draft:
                answer = engine.ask(
                    question,
                    thread=thread,
                    filters=filters,
                    language=language,
                    followups=True,
                    on_draft=on_draft,
                )
            _report_fallback(answer)
            _print(answer)
            typer.echo("")
            sys.stdout.flush()
    if interactive:
        typer.echo(text("bot.terminal.bye", ui))


def _lines(prompt: str | None) -> Iterable[str]:
    """Lines of standard input; with ``prompt`` on a terminal, where lines can be edited."""
    if prompt is None:
        yield from sys.stdin
        return
    with contextlib.suppress(ImportError):  # not on every platform
        import readline  # noqa: F401 - input() then keeps a history
    while True:
        try:
            yield input(f"{prompt}: ")
        except EOFError:
            typer.echo("")
            return


@command_errors()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    measured: Annotated[
        bool,
        typer.Option("--benchmark", help="Also measure how fast this machine embeds (20 seconds)."),
    ] = False,
) -> None:
    """Check settings, model, store and fingerprint, with a remedy for each finding.

    Example:  rawi doctor
    """
    from bot.cli.doctor import benchmark, diagnose

    results = list(diagnose())
    failed = {result.name for result in results if result.severity == "error"}
    if measured and failed.isdisjoint({"settings", "model"}):
        results.append(benchmark())
    if as_json:
        typer.echo(json.dumps([r.to_json() for r in results], ensure_ascii=False, indent=1))
    else:
        for result in results:
            mark = {"ok": "ok", "warning": "warning", "error": "ERROR"}[result.severity]
            typer.echo(f"{mark:8} {result.name}: {result.message}")
            if result.remediation:
                typer.echo(f"{'':8} remedy: {result.remediation}")
    if any(result.severity == "error" for result in results):
        raise typer.Exit(1)


def _live_draft(
    *, wanted: bool
) -> contextlib.AbstractContextManager[Callable[[Draft], None] | None]:
    """A context that shows a composed answer while it is written, on a terminal only."""
    if not wanted:
        return contextlib.nullcontext()
    from bot.terminal.live_draft import live_draft

    return live_draft(console())


def _print(answer: Answer) -> None:
    from bot.terminal.rendering import answer_lines

    out = console()
    for line in answer_lines(answer, bold=out.is_terminal and not out.no_color):
        typer.echo(line)


def _report_fallback(answer: Answer) -> None:
    """Report on stderr why the chat model's answer could not be used."""
    reason = answer.model.fell_back if answer.model else None
    if reason and reason != "declined":
        _notify(f"note: the chat model's answer could not be used ({reason}); see `rawi doctor`")


def _notify(message: str) -> None:
    error_console().print(message, highlight=False)


def _language(value: str) -> Literal["auto", "ar", "en"]:
    if value not in ("auto", "ar", "en"):
        raise typer.BadParameter(f"{value!r} is not one of auto, ar, en", param_hint="--language")
    return cast("Literal['auto', 'ar', 'en']", value)


def _filters(
    since: str | None, until: str | None, source: list[str] | None, section: list[str] | None
) -> Filters | None:
    from vectorstore.core.types import Filters

    filters = Filters(
        since=_date(since, "--since", end_of_day=False),
        until=_date(until, "--until", end_of_day=True),
        sources=tuple(source or ()),
        sections=section_keys(section or ()),
    )
    if filters.since and filters.until and filters.since > filters.until:
        raise typer.BadParameter("the date lies before --since", param_hint="--until")
    return filters or None


def _date(value: str | None, option: str, *, end_of_day: bool) -> datetime | None:
    if value is None:
        return None
    from datetime import UTC, timedelta

    from ingest.text.dates import parse_date

    moment = parse_date(value)
    if moment is None:
        raise typer.BadParameter(
            f"{value!r} is no date; write it like 2021-06-01", param_hint=option
        )
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if end_of_day and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        moment += timedelta(days=1, microseconds=-1)
    return moment
