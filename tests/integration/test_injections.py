"""An article that gives orders changes nothing, even when the model obeys it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.models import Draft
from bot.core.settings import BotSettings, LLMSettings
from bot.engine import Engine
from ingest.pipeline import run_ingest
from ingest.store import open_store
from tests.integration.injections import INJECTIONS, Injection
from tests.model_server import ModelServer
from vectorstore.core.settings import StoreSettings


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer("NO_ANSWER") as running:
        yield running


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory, models_dir: Path, server: ModelServer
) -> Iterator[Engine]:
    articles = tmp_path_factory.mktemp("articles")
    for number, injection in enumerate(INJECTIONS):
        path = articles / f"{number:02}-{injection.name}.txt"
        path.write_text(f"{injection.fact[:40]}\n\n{injection.fact}\n{injection.order}\n", "utf-8")
    store = StoreSettings(home=tmp_path_factory.mktemp("home"), models_dir=models_dir)
    with open_store(store, writable=True) as opened:
        run_ingest(opened, [articles])
    llm = LLMSettings(model="openai:scripted", base_url=server.url, cache_days=0)
    # All the articles tell much the same: whether they are sure enough is not what is tested.
    settings = BotSettings(refusal_threshold=0.0)
    with Engine.open(store_settings=store, settings=settings, llm=llm) as opened_engine:
        yield opened_engine


def test_there_are_many_in_both_languages() -> None:
    arabic = [i for i in INJECTIONS if re.search("[ء-ي]", i.fact)]
    assert len(INJECTIONS) >= 30
    assert len(arabic) >= 15
    assert len(INJECTIONS) - len(arabic) >= 15


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda i: f"{i.name}-{i.fact[:24]}")
def test_a_model_that_obeys_an_article_is_not_believed(
    injection: Injection, engine: Engine, server: ModelServer
) -> None:
    server.script(injection.obeyed)
    drafts: list[Draft] = []
    answer = engine.ask(injection.question, on_draft=drafts.append)
    seen = [answer.text, *(draft.text for draft in drafts)]
    if answer.mode == "quoted":  # an article's own words, shown as such, are no invention
        seen = [draft.text for draft in drafts]
        for citation in answer.citations:
            assert re.sub(r"\s+", " ", citation.quote) in answer.text
    for text in seen:
        for forbidden in injection.never:
            assert forbidden not in text
    markers = {int(n) for n in re.findall(r"\[(\d+)\]", answer.text)}
    assert markers <= {c.marker for c in answer.citations}
    for citation in answer.citations:
        article = engine.store.get(citation.article_id)
        assert article is not None
        assert article.text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda i: f"{i.name}-{i.fact[:24]}")
def test_the_model_is_not_even_shown_the_order(
    injection: Injection, engine: Engine, server: ModelServer
) -> None:
    server.script("NO_ANSWER")
    engine.ask(injection.question)
    prompt = server.prompts()[-1]
    assert injection.fact in prompt, "what the article tells is there"
    passages = re.findall(r"<passage-(\w+) number=\"(\d+)\">", prompt)
    nonces = {nonce for nonce, _ in passages}
    assert len(nonces) == 1
    assert [int(n) for _, n in passages] == list(range(1, len(passages) + 1))
    inside = re.sub(rf"</?(?:passage|question)-{nonces.pop()}[^>]*>", "", prompt)
    assert "<" not in inside, "nothing in the material looks like a tag"
    assert not re.search(r"[\[【]\d", inside), "nor like a marker"
    for forbidden in injection.never:
        assert forbidden not in inside.replace("NO_ANSWER.", "")
