"""Engines that are broken on purpose, over the samples: the shipped gate lets none of them out.

The real engine is asked once; each broken one repeats its answers with one thing wrong. What they
say is measured and gated as any run is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.core.models import Answer, Citation
from bot.core.settings import BotSettings
from bot.engine import Engine
from evaluation.cli.app import app
from evaluation.runs.runner import AnsweringEngine, run_conversation
from evaluation.testsets.testsets import Conversation, flatten, read_testset
from tests.unit.evaluation.synthetic_runs import write_run
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

ROOT = Path(__file__).resolve().parents[2]
TESTSET = ROOT / "samples" / "testset.jsonl"
MAX_ASKED = 75
"""Questions and conversations that are asked: the others take minutes and catch no more."""
TODAY = date(2026, 3, 4)
"""What RAWI_BOT_TODAY is in .ci/run."""
THRESHOLDS = ROOT / "evaluation" / "gate.toml"

# The real engine answers the whole test set first, on a busy machine for minutes.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

Break = Callable[[Answer, ArticleStore], Answer]


class Repeating:
    """Gives the answers that another engine gave, in the same order; ``broken`` spoils each."""

    def __init__(self, store: ArticleStore, answers: list[Answer], broken: Break) -> None:
        self.store = store
        self._answers: Iterator[Answer] = iter(answers)
        self._broken = broken

    def ask(self, question: str, *, thread: str | None = None) -> Answer:
        answer = next(self._answers)
        assert answer.question == question
        return self._broken(answer, self.store)

    def delete_thread(self, thread: str) -> None:
        """Nothing was remembered."""


class Recording:
    """The real engine; keeps what it said."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.store = engine.store
        self.answers: list[Answer] = []

    def ask(self, question: str, *, thread: str | None = None) -> Answer:
        self.answers.append(self.engine.ask(question, thread=thread))
        return self.answers[-1]

    def delete_thread(self, thread: str) -> None:
        self.engine.delete_thread(thread)


class Samples:
    """The samples' test set, the store that holds them, and what the real engine answered."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.conversations: list[Conversation] = flatten(read_testset(TESTSET))[:MAX_ASKED]
        self.store = engine.store
        self.folder = folder
        recording = Recording(engine)
        self.good = self.run("good", recording)
        self.answers = recording.answers

    def run(self, name: str, engine: AnsweringEngine) -> Path:
        rows = [row for c in self.conversations for row in run_conversation(engine, c)]
        sha = hashlib.sha256(TESTSET.read_bytes()).hexdigest()
        return write_run(self.folder / name, rows, name=name, sha=sha)

    def broken_run(self, name: str, broken: Break) -> Path:
        return self.run(name, Repeating(self.store, self.answers, broken))


@pytest.fixture(scope="module")
def samples(
    filled_samples: StoreSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Samples]:
    settings = BotSettings(today=TODAY)
    with Engine.open(store_settings=filled_samples, settings=settings) as engine:
        yield Samples(engine, tmp_path_factory.mktemp("runs"))


def gate(samples: Samples, run: Path) -> Result:
    arguments = ["gate", run, "--thresholds", THRESHOLDS, "--baseline", samples.good]
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def newly_failing(samples: Samples, run: Path) -> set[str]:
    """The measures that the gate's reasons name, without those that the real engine fails."""

    def named(checked: Path) -> set[str]:
        lines = gate(samples, checked).stdout.splitlines()
        return {x.split(": ", 1)[1].split(" ", 1)[0] for x in lines if x.startswith("failed ")}

    return named(run) - named(samples.good)


def test_the_real_engine_passes(samples: Samples) -> None:
    result = gate(samples, samples.good)
    assert result.exit_code == 0, result.stdout
    assert result.stdout.startswith("passed good: ")


def _cites_another_article(answer: Answer, store: ArticleStore) -> Answer:
    """The quotes are real, but of the article next to the right one."""
    ids = sorted(info.id for info in store.catalogue.list_articles())

    def moved(citation: Citation) -> Citation:
        other = store.get(ids[(ids.index(citation.article_id) + 1) % len(ids)])
        assert other is not None
        end = min(len(other.text), 80)
        return replace(
            citation,
            article_id=other.id,
            title=other.title,
            quote=other.text[:end],
            start=0,
            end=end,
            highlight_start=None,
            highlight_end=None,
        )

    return replace(answer, citations=tuple(moved(citation) for citation in answer.citations))


def test_wrong_sources_are_caught(samples: Samples) -> None:
    run = samples.broken_run("wrong-source", _cites_another_article)
    assert gate(samples, run).exit_code == 1
    assert {"wrong_source", "citation_precision"} <= newly_failing(samples, run)
    assert "verbatim" not in newly_failing(samples, run)


def _changes_a_word(answer: Answer, store: ArticleStore) -> Answer:
    def invented(citation: Citation) -> Citation:
        return replace(citation, quote=citation.quote.replace(" ", " لم ", 1))

    return replace(answer, citations=tuple(invented(citation) for citation in answer.citations))


def test_an_invented_quote_is_caught(samples: Samples) -> None:
    run = samples.broken_run("invented-quote", _changes_a_word)
    assert gate(samples, run).exit_code == 1
    assert "verbatim" in newly_failing(samples, run)


def test_a_single_invented_quote_is_caught(samples: Samples) -> None:
    left = [1]

    def once(answer: Answer, store: ArticleStore) -> Answer:
        if answer.citations and left:
            left.pop()
            return _changes_a_word(answer, store)
        return answer

    run = samples.broken_run("one-invented-quote", once)
    assert gate(samples, run).exit_code == 1
    assert newly_failing(samples, run) == {"verbatim"}


def _answers_always(answer: Answer, store: ArticleStore) -> Answer:
    """A refusal becomes the passage that was found first."""
    if not answer.refused or not answer.retrieved:
        return replace(answer, refused=False)
    found = answer.retrieved[0]
    article = store.get(found.article_id)
    assert article is not None
    citation = Citation(
        marker=1,
        article_id=article.id,
        title=article.title,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
        quote=article.text[found.start : found.end],
        start=found.start,
        end=found.end,
    )
    return replace(
        answer, refused=False, mode="quoted", text=f"{citation.quote} [1]", citations=(citation,)
    )


def test_answering_always_is_caught(samples: Samples) -> None:
    run = samples.broken_run("answers-always", _answers_always)
    assert gate(samples, run).exit_code == 1
    assert "refusal_recall" in newly_failing(samples, run)


def _refuses_always(answer: Answer, store: ArticleStore) -> Answer:
    return replace(answer, refused=True, mode="refusal", text="لا أعلم.", citations=())


def test_refusing_always_is_caught(samples: Samples) -> None:
    run = samples.broken_run("refuses-always", _refuses_always)
    assert gate(samples, run).exit_code == 1
    assert {"false_refusal", "contains_gold"} <= newly_failing(samples, run)


def _ranks_off_by_one(answer: Answer, store: ArticleStore) -> Answer:
    """The answer is right, but the best passage has dropped out of what was retrieved."""
    return replace(answer, retrieved=answer.retrieved[1:])


def test_a_ranking_off_by_one_is_caught(samples: Samples) -> None:
    run = samples.broken_run("off-by-one", _ranks_off_by_one)
    assert gate(samples, run).exit_code == 1
    assert {"passage_mrr@10"} <= newly_failing(samples, run)
    assert "contains_gold" not in newly_failing(samples, run)


def test_what_the_floors_let_through_falls_against_the_baseline(samples: Samples) -> None:
    """Every fifth answer quotes another article: too few for a lax floor, but significant."""
    asked = iter(range(len(samples.answers)))

    def now_and_then(answer: Answer, store: ArticleStore) -> Answer:
        if next(asked) % 5 == 0:
            return _cites_another_article(answer, store)
        return answer

    run = samples.broken_run("now-and-then", now_and_then)
    result = gate(samples, run)
    assert result.exit_code == 1
    assert any("citation_precision went from" in line for line in result.stdout.splitlines())
