"""Articles that change or go while a question about them is being answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.core.models import Draft
from bot.core.settings import BotSettings, LLMSettings
from bot.engine import Engine
from ingest.store import chunker_for
from tests.integration.bulletins import archive
from tests.model_server import ModelServer
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article, Filters

QUESTION = "كم عدد جرحى حريق سوق الأخشاب؟"
SAID = "قالت الحماية المدنية إن عدد جرحى حريق سوق الأخشاب بمدينة نورسان ارتفع إلى تسعة أشخاص [1]."
ARTICLE = next(a for a in archive() if a.id == "fire-later")
NODES_BEFORE_VERIFYING = 4  # understand, retrieve, weigh, quote (or compose)


@pytest.fixture
def engine(home: Path, embedded: list[str]) -> Iterator[Engine]:
    settings = BotSettings(refusal_threshold=0)
    with Engine.open(
        store_settings=StoreSettings(home=home), settings=settings, create=True
    ) as opened:
        put(opened, *archive())
        yield opened


def put(engine: Engine, *articles: Article) -> None:
    chunk = chunker_for(engine.store.embedder)
    engine.store.put_many([(article, chunk(article)) for article in articles])


def meanwhile(change: Callable[[], object], *when: int) -> Callable[[], bool]:
    """Asked before each step whether the question was taken back; it never is, but ``change``
    happens before the steps counted from 0 in ``when``."""
    steps = iter(range(1_000))

    def cancelled() -> bool:
        if next(steps) in when:
            change()
        return False

    return cancelled


def longer(engine: Engine) -> Callable[[], None]:
    """Puts the article anew, each time with one more sentence at its beginning."""
    openings = iter(range(1, 100))

    def change() -> None:
        opening = "حدثت الصحيفة هذا الخبر. " * next(openings)
        put(
            engine,
            Article(
                id=ARTICLE.id,
                title=ARTICLE.title,
                text=f"{opening}\n\n{ARTICLE.text}",
                source=ARTICLE.source,
                published_at=ARTICLE.published_at,
                language="ar",
            ),
        )

    return change


def test_an_article_that_changes_meanwhile_is_read_again(engine: Engine) -> None:
    before = engine.ask(QUESTION)
    answer = engine.ask(
        QUESTION, is_cancelled=meanwhile(longer(engine), NODES_BEFORE_VERIFYING), thread="t"
    )
    (citation,) = answer.citations[:1]
    assert citation.article_id == ARTICLE.id
    assert citation.start > before.citations[0].start, "where it stands now"
    changed = engine.store.get(ARTICLE.id)
    assert changed is not None
    assert changed.text[citation.start : citation.end] == citation.quote
    assert "تسعة" in answer.text


def test_an_article_that_goes_meanwhile_leaves_the_others_to_answer(engine: Engine) -> None:
    gone = meanwhile(lambda: engine.store.remove([ARTICLE.id]), NODES_BEFORE_VERIFYING)
    answer = engine.ask(QUESTION, is_cancelled=gone)
    assert [c.article_id for c in answer.citations][:1] == ["fire-first"]
    assert answer.confidence is not None


def test_an_article_that_never_stands_still_is_not_waited_for(engine: Engine) -> None:
    again = 2 * NODES_BEFORE_VERIFYING  # nothing is understood anew
    change = meanwhile(longer(engine), NODES_BEFORE_VERIFYING, again)
    assert engine.ask(QUESTION, is_cancelled=change).refused


def test_what_a_model_composed_is_composed_again_and_paid_for_twice(
    engine: Engine, model_server: ModelServer
) -> None:
    model_server.script(SAID)
    llm = LLMSettings(model="openai:scripted", base_url=model_server.url, cache_days=0)
    engine.reconfigure(engine.settings, llm)
    once = engine.ask(QUESTION)
    drafts: list[Draft] = []
    change = meanwhile(longer(engine), NODES_BEFORE_VERIFYING)
    twice = engine.ask(QUESTION, is_cancelled=change, on_draft=drafts.append)
    assert once.mode == twice.mode == "composed"
    assert once.model is not None and twice.model is not None
    assert (once.model.calls, twice.model.calls) == (1, 2)
    assert (twice.model.input_tokens or 0) > (once.model.input_tokens or 0) > 0
    assert len(drafts) == 1, "a draft that is shown is not followed by one that begins otherwise"


def test_without_a_sentence_nothing_is_quoted_however_low_the_threshold(engine: Engine) -> None:
    answer = engine.ask(QUESTION, filters=Filters(sources=("صحيفة أخرى",)))
    assert answer.refused
    assert answer.citations == ()
