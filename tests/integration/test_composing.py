"""Composed answers over real HTTP: a scripted model server, the real store on the samples."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.answers import Answer, CancelledError, Draft
from bot.composing.settings import LLMSettings
from bot.engine import Engine
from bot.settings import BotSettings
from ingest.pipeline import open_store, run_ingest
from tests.model_server import ModelServer, Reply
from vectorstore.settings import StoreSettings

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SEED = "000_c25f10eea034f5a5.txt"
WHO = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
RIGHT = "الولايات المتحدة الأمريكية تعهدت بملء مخزون إسرائيل من الصواريخ الاعتراضية"

OpenEngine = Callable[..., Engine]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> StoreSettings:
    settings = StoreSettings(home=tmp_path_factory.mktemp("home"), models_dir=models_dir)
    with open_store(settings, writable=True) as store:
        run_ingest(store, [SAMPLES])
    return settings


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer("NO_ANSWER") as running:
        yield running


@pytest.fixture
def engine(filled: StoreSettings, server: ModelServer) -> Iterator[OpenEngine]:
    """Opens engines that ask the scripted server, with the settings given."""
    opened: list[Engine] = []

    def open_engine(**settings: Any) -> Engine:
        given = {
            "model": "openai:scripted",
            "base_url": server.url,
            "cache_days": 0,
            "first_token_timeout": 5,
            **settings,
        }
        engine = Engine.open(
            store_settings=filled, settings=BotSettings(), llm=LLMSettings(**given)
        )
        opened.append(engine)
        return engine

    yield open_engine
    for each in opened:
        each.close()


def asked(engine: Engine, question: str = WHO, **options: Any) -> tuple[Answer, list[Draft]]:
    drafts: list[Draft] = []
    return engine.ask(question, on_draft=drafts.append, **options), drafts


def holds(engine: Engine, answer: Answer) -> bool:
    """Whether every marker has a citation, and every citation stands in its article."""
    markers = {int(found) for found in re.findall(r"\[(\d+)\]", answer.text)}
    articles = {c.article_id: engine.store.get(c.article_id) for c in answer.citations}
    return markers == {c.marker for c in answer.citations} and all(
        (article := articles[c.article_id]) is not None and article.text[c.start : c.end] == c.quote
        for c in answer.citations
    )


def test_a_right_answer_streams_and_names_its_source(
    engine: OpenEngine, server: ModelServer
) -> None:
    server.script(f"{RIGHT} [1]. وقالت ذلك وسائل إعلام عبرية يوم الجمعة [1].")
    opened = engine()
    answer, drafts = asked(opened)
    assert answer.mode == "composed"
    assert answer.text.startswith(f"{RIGHT}. [1]")
    assert {c.article_id for c in answer.citations} == {SEED}
    assert holds(opened, answer)
    assert drafts[0].text == f"{RIGHT}. [1]", "the first sentence is shown before the second"
    assert all(b.text.startswith(a.text) for a, b in pairwise(drafts))
    assert drafts[-1].text == answer.text
    assert answer.model is not None
    assert answer.model.output_tokens


def test_without_a_server_the_answer_is_quoted(engine: OpenEngine) -> None:
    answer, drafts = asked(engine(base_url="http://127.0.0.1:9/v1", retries=0))
    assert answer.mode == "quoted"
    assert "تعهدت بملء مخزون" in answer.text
    assert drafts == []
    assert answer.model is not None
    assert answer.model.fell_back == "connection"


def test_a_question_taken_back_stops_the_model_and_is_not_remembered(
    engine: OpenEngine, server: ModelServer
) -> None:
    server.script(Reply(f"{RIGHT} [1]. ", endless=True, pause=0.02))
    opened = engine()
    drafts: list[Draft] = []
    with pytest.raises(CancelledError):
        opened.ask(WHO, thread="t", on_draft=drafts.append, cancelled=lambda: bool(drafts))
    server.script("NO_ANSWER")
    after = opened.ask("ومتى؟", thread="t")
    assert after.standalone_question == "ومتى؟", "nothing of the question taken back is left"
