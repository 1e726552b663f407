from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from typer.testing import CliRunner, Result

from evaluation.cli.app import app
from evaluation.core.chat_model import named_chat_model
from evaluation.core.errors import EvaluationError
from evaluation.generation.known_items import known_items
from evaluation.generation.llm_pairs import PairWriter
from evaluation.testsets.items import QuestionItem
from evaluation.testsets.testsets import read_testset
from vectorstore.core.types import Article, Passage

FLOOD = (
    "ضربت السيول قرى وادي القطا فجر الاثنين وجرفت جسرين. "
    "وقال المحافظ سامر الدالي إن الحصيلة ارتفعت إلى 21 قتيلًا وإن البحث مستمر عن المفقودين. "
    "وأُجليت مئات الأسر إلى مدرستين في بلدة تل الريحان."
)
OIL = (
    "بلغت صادرات زيت الزيتون هذا الموسم رقمًا قياسيًا بحسب وزارة الزراعة التي نشرت أرقامها. "
    "وتصدرت أوروبا قائمة الأسواق المستوردة بنسبة كبيرة تلتها دول الخليج ثم بلدان أخرى بعيدة."
)


class Catalogue:
    """As much of the store's catalogue as generating needs."""

    def __init__(self, *articles: Article) -> None:
        self._articles = {article.id: article for article in sorted(articles, key=lambda a: a.id)}

    def article_ids(self) -> list[str]:
        return list(self._articles)

    def articles_after(self, article_id: str, limit: int) -> list[Article]:
        return [a for a in self._articles.values() if a.id > article_id][:limit]

    def get(self, article_id: str) -> Article | None:
        return self._articles.get(article_id)

    def passages_of(self, article_id: str) -> list[tuple[str, Passage]]:
        text = self._articles[article_id].text
        return [(f"{article_id}:0", Passage(0, 0, len(text), text))]


def article(id: str, title: str, text: str = FLOOD, **more: Any) -> Article:
    return Article(id=id, title=title, text=text, language="ar", metadata=more)


FLOOD_ARTICLE = article(
    "flood", "كارثة مائية تهز محافظة التلال", summary="غرق منطقة كاملة بعد أمطار لم يسبق لها مثيل"
)
OIL_ARTICLE = article(
    "oil", "موسم ذهبي لمعاصر البلاد كلها", OIL, summary="المزارعون يحصدون ثمار عام مطير بامتياز"
)


class Model(FakeListChatModel):
    """Replies as the script says and remembers what it was told."""

    told: list[str] = []  # noqa: RUF012

    def _call(self, messages: list[Any], *args: Any, **kwargs: Any) -> str:
        self.told.append(str(messages[0].content))
        return super()._call(messages, *args, **kwargs)


def written(question: str, answer: str) -> str:
    return json.dumps({"question": question, "answer": answer}, ensure_ascii=False)


def found(answer: str) -> str:
    return json.dumps({"answer": answer}, ensure_ascii=False)


def pairs(*replies: str, limit: int = 1) -> tuple[list[QuestionItem], dict[str, int], list[str]]:
    model = Model(responses=list(replies), told=[])
    writer = PairWriter(model, "scripted:model")
    items = list(writer.pairs(Catalogue(FLOOD_ARTICLE), limit=limit))
    return items, dict(writer.skipped), model.told


def questions(*articles: Article, **options: Any) -> list[tuple[str, str]]:
    items = known_items(Catalogue(*articles), **options).items
    return sorted((item.id, item.question) for item in items if isinstance(item, QuestionItem))


# -- without a model ---------------------------------------------------------------------------


def test_titles_and_summaries_become_questions_for_their_article() -> None:
    made = known_items(Catalogue(FLOOD_ARTICLE, OIL_ARTICLE))
    assert sorted(item.id for item in made.items) == [
        "summary-flood",
        "summary-oil",
        "title-flood",
        "title-oil",
    ]
    by_id = {item.id: item for item in made.items}
    title = by_id["title-flood"]
    assert isinstance(title, QuestionItem)
    assert title.question == FLOOD_ARTICLE.title
    assert title.relevant_ids == ["flood"]
    assert title.hide_fields == ["title", "summary"]
    assert (title.kind, title.generated) == ("title", "title")
    assert by_id["summary-oil"].generated == "summary"


def test_only_the_kinds_asked_for_are_made() -> None:
    ids = [name for name, _ in questions(FLOOD_ARTICLE, OIL_ARTICLE, kinds=("summary",))]
    assert ids == ["summary-flood", "summary-oil"]


def test_a_limit_draws_the_same_with_the_same_seed_and_both_kinds() -> None:
    many = [
        article(
            f"a{n:02}", f"العنوان رقم {n} من أخبار اليوم", summary=f"ملخص الخبر {n} في سطر واحد"
        )
        for n in range(30)
    ]
    once, again = questions(*many, limit=10, seed=3), questions(*many, limit=10, seed=3)
    assert once == again != questions(*many, limit=10, seed=4)
    assert sorted(name.split("-")[0] for name, _ in once) == ["summary"] * 5 + ["title"] * 5


@pytest.mark.parametrize(
    ("articles", "reason"),
    [
        ([article("a", "")], "no title"),
        ([article("a", "أخبار اليوم")], "title under 4 words"),
        ([article("a", "ضَرَبت السيولُ قرى وادي القطا")], "title stands in the text"),
        ([article("a", FLOOD_ARTICLE.title), FLOOD_ARTICLE], "title of several articles"),
    ],
)
def test_what_makes_no_fair_question_is_left_out_with_its_reason(
    articles: list[Article], reason: str
) -> None:
    made = known_items(Catalogue(*articles), kinds=("title",))
    assert made.items == []
    assert made.skipped == {reason: len(articles)}


def test_a_summary_that_repeats_the_title_asks_once() -> None:
    same = article("a", "كارثة مائية تهز محافظة التلال", summary="كارثةٌ مائية تهزّ محافظة التلال.")
    assert [name for name, _ in questions(same)] == ["title-a"]


def test_a_long_summary_is_cut_after_a_sentence() -> None:
    first = "غرقت منطقة كاملة بعد أمطار لم يسبق لها مثيل."
    long = article("a", "", summary=f"{first} {'كلام طويل ' * 60}.")
    assert questions(long) == [("summary-a", first)]


# -- with a model ------------------------------------------------------------------------------


def test_a_checked_pair_is_kept_with_its_source_and_quote() -> None:
    question = "إلى كم ارتفع عدد ضحايا وادي القطا؟"
    [item], left_out, told = pairs(written(question, "21 قتيلًا"), found("إلى 21 قتيلا"))
    assert (item.question, item.answers) == (question, ["21 قتيلًا"])
    assert item.relevant_ids == ["flood"]
    assert item.quotes == [FLOOD[FLOOD.index("وقال") : FLOOD.index(" وأُجليت")]]
    assert (item.answerable, item.generated, item.kind) == (True, "model", "model")
    assert item.model_dump()["generated_by"] == "scripted:model"
    assert left_out == {}
    assert FLOOD in told[0] and FLOOD_ARTICLE.title in told[0]
    assert FLOOD in told[1] and question in told[1] and "21 قتيلًا" not in told[1].replace(FLOOD, "")


def test_the_model_is_told_in_the_articles_language() -> None:
    text = "The governor said on Monday that the bridge in the old valley will be open again soon. "
    english = Article(id="en", title="Bridge", text=text * 2, language="en")
    model = Model(responses=["{}"], told=[])
    assert list(PairWriter(model).pairs(Catalogue(english), limit=1)) == []
    assert model.told[0].startswith("You write test questions")
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
    items, left_out, _ = pairs(*replies)
    assert items == []
    [(why, count)] = left_out.items()
    assert why.startswith(reason) and count == 1


def test_json_is_found_in_whatever_the_model_writes_around_it() -> None:
    reply = f"Sure {{here}}:\n```json\n{written('كم عدد القتلى؟', '21')}\n```"
    [item], _, _ = pairs(reply, '{"answer": 21}')
    assert item.answers == ["21"]


def test_every_article_is_asked_once_and_the_limit_holds() -> None:
    replies = [written("كم عدد القتلى؟", "21"), found("21")]
    shelf = Catalogue(*(article(f"a{n}", "سيول") for n in range(5)))
    writer = PairWriter(Model(responses=replies, told=[]))
    items = list(writer.pairs(shelf, limit=3))
    assert len({item.relevant_ids[0] for item in items}) == 3
    assert len(list(writer.pairs(shelf, limit=50))) == 5


def test_a_short_passage_is_not_asked_about() -> None:
    model = Model(responses=["{}"], told=[])
    shelf = Catalogue(article("a", "خبر", "خبر قصير."))
    assert list(PairWriter(model).pairs(shelf, limit=1)) == []
    assert model.told == []


class Unreachable(FakeListChatModel):
    """A model whose server is not there."""

    def _call(self, *args: Any, **kwargs: Any) -> str:
        raise ConnectionError("refused")


def test_a_model_that_keeps_failing_ends_it() -> None:
    shelf = Catalogue(*(article(f"a{n}", "سيول") for n in range(5)))
    writer = PairWriter(Unreachable(responses=[]))
    with pytest.raises(EvaluationError, match="failed 3 times in a row: refused"):
        list(writer.pairs(shelf, limit=5))


def test_without_langchain_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "langchain", None)
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(EvaluationError, match=r"pip install 'rawi\[openai\]'"):
        named_chat_model("openai:gpt-5-mini")
    with pytest.raises(EvaluationError, match="names no provider"):
        named_chat_model("gpt-5-mini")


# -- the command -------------------------------------------------------------------------------


class Store:
    """A store that only has a catalogue."""

    catalogue = Catalogue(FLOOD_ARTICLE, OIL_ARTICLE)


@pytest.fixture(autouse=True)
def _store(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def open_store(**_: object) -> Iterator[Store]:
        yield Store()

    monkeypatch.setattr("ingest.store.open_store", open_store)


def rawi(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_generate_writes_a_test_set_and_counts_it(tmp_path: Path) -> None:
    out = tmp_path / "titles.jsonl"
    result = rawi("generate", "--out", out, "--kind", "title")
    assert result.exit_code == 0, result.output
    assert "2 questions: 2 answerable" in result.stdout
    testset = read_testset(out)
    assert sorted(item.id for item in testset.items) == ["title-flood", "title-oil"]
    assert testset.hide_fields == ("summary", "title")
    assert rawi("generate", "--out", out).exit_code == 1
    assert len(read_testset(out).items) == 2


def test_generate_with_a_model_writes_pairs_and_says_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = [written("من محافظ التلال؟", "سامر الدالي"), found("سامر الدالي"), "{}", "{}"]

    def scripted(name: str) -> BaseChatModel:
        assert name == "scripted:model"
        return Model(responses=replies, told=[])

    monkeypatch.setattr("evaluation.core.chat_model.named_chat_model", scripted)
    monkeypatch.setattr(Store, "catalogue", Catalogue(FLOOD_ARTICLE, article("z", "سيول")))
    out = tmp_path / "pairs.jsonl"
    result = rawi("generate", "--out", out, "--model", "scripted:model")
    assert result.exit_code == 0, result.output
    assert "1 question: 1 answerable" in result.stdout
    assert "left out: 1 × nothing to ask" in result.stderr
    [item] = read_testset(out).items
    assert item.generated == "model"


def test_generate_keeps_what_it_has_when_the_model_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Leaving(Model):
        def _call(self, messages: list[Any], *args: Any, **kwargs: Any) -> str:
            if len(self.told) >= 2:
                raise ConnectionError("refused")
            return super()._call(messages, *args, **kwargs)

    model = Leaving(responses=[written("كم عدد القتلى؟", "21"), found("21")], told=[])
    monkeypatch.setattr("evaluation.core.chat_model.named_chat_model", lambda name: model)
    monkeypatch.setattr(
        Store, "catalogue", Catalogue(*(article(f"a{n}", "سيول") for n in range(5)))
    )
    result = rawi("generate", "--out", tmp_path / "p.jsonl", "--model", "scripted:model")
    assert result.exit_code == 1
    assert "The questions made so far are kept." in result.stderr
    assert len(read_testset(tmp_path / "p.jsonl").items) == 1


@pytest.mark.parametrize(
    "options", [["--kind", "tags"], ["--kind", "title", "--model", "openai:x"], ["--limit", "0"]]
)
def test_options_that_make_no_sense_are_wrong_usage(tmp_path: Path, options: list[str]) -> None:
    assert rawi("generate", "--out", tmp_path / "t.jsonl", *options).exit_code == 2


def test_a_store_that_gives_no_question_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "catalogue", Catalogue(article("a", "خبر")))
    result = rawi("generate", "--out", tmp_path / "t.jsonl")
    assert result.exit_code == 1
    assert "gave no question" in result.stderr
    assert not (tmp_path / "t.jsonl").exists()
