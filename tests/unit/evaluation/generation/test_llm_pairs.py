"""Question–answer pairs from a scripted chat model, and their checks."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from evaluation.core.errors import EvaluationError
from evaluation.generation.llm_pairs import PairWriter
from evaluation.testsets.items import QuestionItem
from tests.unit.evaluation.generation.articles import (
    FLOOD,
    FLOOD_ARTICLE,
    Catalogue,
    Model,
    article,
    found,
    written,
)
from vectorstore.core.types import Article


def pairs(*replies: str, limit: int = 1) -> tuple[list[QuestionItem], dict[str, int], list[str]]:
    model = Model(responses=list(replies), prompts=[])
    writer = PairWriter(model, "scripted:model")
    items = list(writer.pairs(Catalogue(FLOOD_ARTICLE), limit=limit))
    return items, dict(writer.skipped), model.prompts


def test_a_checked_pair_is_kept_with_its_source_and_quote() -> None:
    question = "إلى كم ارتفع عدد ضحايا وادي القطا؟"
    [item], skipped, prompts = pairs(written(question, "21 قتيلًا"), found("إلى 21 قتيلا"))
    assert (item.question, item.answers) == (question, ["21 قتيلًا"])
    assert item.relevant_ids == ["flood"]
    assert item.quotes == [FLOOD[FLOOD.index("وقال") : FLOOD.index(" وأُجليت")]]
    assert (item.answerable, item.generated, item.kind) == (True, "model", "model")
    assert item.model_dump()["generated_by"] == "scripted:model"
    assert skipped == {}
    assert FLOOD in prompts[0] and FLOOD_ARTICLE.title in prompts[0]
    assert (
        FLOOD in prompts[1]
        and question in prompts[1]
        and "21 قتيلًا" not in prompts[1].replace(FLOOD, "")
    )


def test_the_model_is_told_in_the_articles_language() -> None:
    text = "The governor said on Monday that the bridge in the old valley will be open again soon. "
    english = Article(id="en", title="Bridge", text=text * 2, language="en")
    model = Model(responses=["{}"], prompts=[])
    assert list(PairWriter(model).pairs(Catalogue(english), limit=1)) == []
    assert model.prompts[0].startswith("You write test questions")
    assert pairs("{}")[2][0].startswith("أنت تكتب أسئلة")


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ([written("كم عدد القتلى؟", "34 قتيلًا")], "an answer that does not stand in the passage"),
        ([written("من المحافظ سامر الدالي؟", "سامر الدالي")], "a question that gives its answer"),
        ([written("كم عدد القتلى؟", "")], "nothing to ask"),
        (["{}"], "nothing to ask"),
        (["لا أستطيع."], "no JSON in the reply"),
        ([written("ماذا جرى؟", FLOOD)], "an answer over 15 words"),
        ([written("كم عدد القتلى؟", "21"), found("")], "another answer the second time"),
        ([written("كم عدد القتلى؟", "21"), found("مئات الأسر")], "another answer"),
        ([written("كم عدد القتلى؟", "21"), found("21 شهيدًا")], "another answer"),
        ([written("كم عدد القتلى؟", "21"), found(FLOOD)], "another answer"),
    ],
)
def test_a_pair_that_fails_a_check_is_left_out_with_its_reason(
    replies: list[str], reason: str
) -> None:
    items, skipped, _ = pairs(*replies)
    assert items == []
    [(why, count)] = skipped.items()
    assert why.startswith(reason) and count == 1


def test_json_is_found_in_whatever_the_model_writes_around_it() -> None:
    reply = f"Sure {{here}}:\n```json\n{written('كم عدد القتلى؟', '21')}\n```"
    [item], _, _ = pairs(reply, '{"answer": 21}')
    assert item.answers == ["21"]


def test_every_article_is_asked_once_and_the_limit_holds() -> None:
    replies = [written("كم عدد القتلى؟", "21"), found("21")]
    catalogue = Catalogue(*(article(f"a{n}", "سيول") for n in range(5)))
    writer = PairWriter(Model(responses=replies, prompts=[]))
    items = list(writer.pairs(catalogue, limit=3))
    assert len({item.relevant_ids[0] for item in items}) == 3
    assert len(list(writer.pairs(catalogue, limit=50))) == 5


def test_a_short_passage_is_not_asked_about() -> None:
    model = Model(responses=["{}"], prompts=[])
    catalogue = Catalogue(article("a", "خبر", "خبر قصير."))
    assert list(PairWriter(model).pairs(catalogue, limit=1)) == []
    assert model.prompts == []


class Unreachable(FakeListChatModel):
    """A model whose server is not there."""

    def _call(self, *args: Any, **kwargs: Any) -> str:
        raise ConnectionError("refused")


def test_a_model_that_keeps_failing_ends_it() -> None:
    catalogue = Catalogue(*(article(f"a{n}", "سيول") for n in range(5)))
    writer = PairWriter(Unreachable(responses=[]))
    with pytest.raises(EvaluationError, match="failed 3 times in a row: refused"):
        list(writer.pairs(catalogue, limit=5))
