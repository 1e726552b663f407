"""``rawi evaluate run`` from the options to the finished folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.core.settings import BotSettings
from bot.engine import Engine
from bot.generation.core.settings import LLMSettings
from evaluation.core.errors import EvaluationError
from evaluation.runs.collection import Collection, prepare_store
from evaluation.runs.run_config import run_config
from evaluation.runs.run_folder import RunFolder
from evaluation.runs.runner import run_testset
from evaluation.runs.summary import summarise_run
from evaluation.testsets.readers import read_any_testset
from evaluation.testsets.testsets import flatten
from ingest.cli.progress import observer_for
from ingest.core.settings import IngestSettings
from vectorstore.core.settings import StoreSettings

if TYPE_CHECKING:
    from rich.console import Console

    from evaluation.testsets.testsets import Conversation, TestSet


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the evaluator asked for.

    ``llm`` is the chat model to compose with, None what the settings say (mostly none).
    ``articles`` empty means the store under ``home``, which is ``RAWI_HOME`` when None; ``hide``
    None means what the test set says.
    """

    testset: Path
    out: Path
    articles: Sequence[Path] = ()
    home: Path | None = None
    jobs: int = 2
    limit: int | None = None
    restart: bool = False
    hide: Sequence[str] | None = None
    seed: int = 0
    llm: str | None = None


def make_run(options: RunOptions, console: Console) -> dict[str, Any]:
    """Ask the test set's questions and write the run's folder; its summary.

    Progress goes to ``console``.

    Raises:
        EvaluationError: the test set, the articles or the folder cannot be used.
        KeyboardInterrupt: the same call goes on with the run.
    """
    testset = read_any_testset(options.testset)
    conversations = flatten(testset)[: options.limit]
    hidden = _hidden(testset) if options.hide is None else options.hide
    settings, articles = _store(options, hidden, console)
    folder = RunFolder(options.out)
    with Engine.open(
        store_settings=settings,
        settings=BotSettings(),
        llm=_llm(options),
        notify=console.print,
    ) as engine:
        config = _config(options, testset, conversations, engine, settings, articles)
        present = folder.start(config, restart=options.restart)
        _warm_up(engine)
        total = config["testset"]["turns"]
        with _progress(console, total) as advance:
            rows = run_testset(
                engine,
                conversations,
                folder,
                present=present,
                jobs=options.jobs,
                advance=advance,
            )
    summary = summarise_run(rows, seed=options.seed)
    if len(present) == total:
        summary = folder.summary() | summary  # a judge's verdicts are still about these answers
    folder.finish(summary)
    return summary


def _llm(options: RunOptions) -> LLMSettings:
    return LLMSettings() if options.llm is None else LLMSettings(model=options.llm)


def _hidden(testset: TestSet) -> tuple[str, ...]:
    """The fields that the test set wants hidden, when all of it wants the same."""
    wanted = {tuple(sorted(set(item.hide_fields))) for item in testset.items}
    if len(wanted) > 1:
        raise EvaluationError(
            f"The questions of {testset.path} disagree on hide_fields: "
            f"{' / '.join(','.join(each) or 'none' for each in sorted(wanted))}. "
            "Say which to hide with --hide."
        )
    return wanted.pop()


def _store(
    options: RunOptions, hidden: Sequence[str], console: Console
) -> tuple[StoreSettings, dict[str, Any]]:
    """The settings of the store to ask, and what ``config.json`` says of its articles."""
    settings = StoreSettings()
    if options.home is not None:
        models = settings.models_path  # prepared once, whichever store is asked
        settings = settings.model_copy(update={"home": options.home, "models_dir": models})
    if not options.articles:
        if hidden:
            raise EvaluationError(
                f"{', '.join(hidden)} cannot be hidden in a store that holds them "
                "already. Name the articles with --articles, or hide nothing with --hide ''."
            )
        return settings, {"articles": None, "hidden": []}
    collection = Collection.of(options.articles, hidden, leave_out=options.testset)
    with observer_for(console, bar=console.is_terminal) as observer:
        own, report = prepare_store(collection, settings, observer)
    if report is not None:
        console.print(
            f"ingested {report.added:,} articles in {report.seconds:.1f} s, {report.failed:,} "
            "failed; further runs over them use the same store"
        )
    facts = {
        "articles": [str(path) for path in options.articles],
        "articles_sha256": collection.sha256,
        "hidden": list(collection.hidden),
    }
    return own, facts


def _config(
    options: RunOptions,
    testset: TestSet,
    conversations: Sequence[Conversation],
    engine: Engine,
    settings: StoreSettings,
    articles: dict[str, Any],
) -> dict[str, Any]:
    return run_config(
        engine,
        name=options.out.resolve().name,
        testset={
            "path": str(testset.path),
            "sha256": testset.sha256,
            "items": len(conversations),
            "turns": sum(len(conversation.questions) for conversation in conversations),
            "limit": options.limit,
        },
        articles=articles,
        settings={
            "bot": engine.settings.to_json(),
            "llm": engine.llm.to_json(),
            "store": settings.to_json(),
            "ingest": IngestSettings().to_json(),
        },
        seed=options.seed,
        jobs=options.jobs,
    )


def _warm_up(engine: Engine) -> None:
    """Load the model before the first question, whose latency would hold it otherwise."""
    engine.ask("؟ تهيئة", compose=False)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal; elsewhere a line when it begins and when it ends."""
    if console.is_terminal:
        with _bar(console, total) as advance:
            yield advance
        return
    begun, asked = time.monotonic(), 0

    def count(questions: int) -> None:
        nonlocal asked
        asked += questions

    console.print(f"asking {total:,} questions")
    yield count
    spent = time.monotonic() - begun
    console.print(f"{asked:,} of {total:,} questions done after {spent:.1f} s")


@contextmanager
def _bar(console: Console, total: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    progress = Progress(
        TextColumn("asking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with progress:
        task = progress.add_task("", total=total)
        yield lambda questions: progress.advance(task, questions)
