"""``rawi evaluate run``: from the options to the finished run folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.core.settings import BotSettings, LLMSettings
from bot.engine import Engine
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
    """The options of a run.

    ``llm`` is the chat model that composes answers, by default that of the settings. Without
    ``articles`` the store under ``home`` is used, by default ``RAWI_HOME``. ``hide`` defaults to
    the fields named by the test set.
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
    """Ask the test set's questions, write the run folder and return its summary.

    Progress is printed to ``console``.

    Raises:
        EvaluationError: the test set, the articles or the folder cannot be used.
        KeyboardInterrupt: the same call resumes the run.
    """
    testset = read_any_testset(options.testset)
    conversations = flatten(testset)[: options.limit]
    settings, articles = prepare_measured_store(
        testset, console, articles=options.articles, home=options.home, hide=options.hide
    )
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
        with asking_progress(console, total) as advance:
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
        summary = folder.summary() | summary  # keep the judge's results: the answers are the same
    folder.finish(summary)
    return summary


def _llm(options: RunOptions) -> LLMSettings:
    return LLMSettings() if options.llm is None else LLMSettings(model=options.llm)


def _hidden(testset: TestSet) -> tuple[str, ...]:
    """The fields that the test set names in ``hide_fields``, the same in all items."""
    choices = {tuple(sorted(set(item.hide_fields))) for item in testset.items}
    if len(choices) > 1:
        raise EvaluationError(
            f"The questions of {testset.path} disagree on hide_fields: "
            f"{' / '.join(','.join(each) or 'none' for each in sorted(choices))}. "
            "Say which to hide with --hide."
        )
    return choices.pop()


def prepare_measured_store(
    testset: TestSet,
    console: Console,
    *,
    articles: Sequence[Path] = (),
    home: Path | None = None,
    hide: Sequence[str] | None = None,
) -> tuple[StoreSettings, dict[str, Any]]:
    """The settings of the store to ask, and the articles as recorded in ``config.json``.

    See ``RunOptions`` for the parameters.

    Raises:
        EvaluationError: the articles cannot be used, or fields cannot be hidden.
    """
    hidden = _hidden(testset) if hide is None else hide
    settings = StoreSettings()
    if home is not None:
        models = settings.models_path  # shared by all stores
        settings = settings.model_copy(update={"home": home, "models_dir": models})
    if not articles:
        if hidden:
            raise EvaluationError(
                f"{', '.join(hidden)} cannot be hidden in a store that holds them "
                "already. Name the articles with --articles, or hide nothing with --hide ''."
            )
        return settings, {"articles": None, "hidden": []}
    collection = Collection.from_paths(articles, hidden, exclude=testset.path)
    with observer_for(console, bar=console.is_terminal) as observer:
        own, report = prepare_store(collection, settings, observer)
    if report is not None:
        console.print(
            f"ingested {report.added:,} articles in {report.seconds:.1f} s, {report.failed:,} "
            "failed; further runs over them use the same store"
        )
    recorded = {
        "articles": [str(path) for path in articles],
        "articles_sha256": collection.sha256,
        "hidden": list(collection.hidden),
    }
    return own, recorded


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
    """Load the model, so that the first question's latency does not include it."""
    engine.ask("؟ تهيئة", compose=False)


@contextmanager
def asking_progress(console: Console, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; elsewhere a line at the start and at the end."""
    if console.is_terminal:
        with _bar(console, total) as advance:
            yield advance
        return
    start, done = time.monotonic(), 0

    def count(questions: int) -> None:
        nonlocal done
        done += questions

    console.print(f"asking {total:,} questions")
    yield count
    seconds = time.monotonic() - start
    console.print(f"{done:,} of {total:,} questions done after {seconds:.1f} s")


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
