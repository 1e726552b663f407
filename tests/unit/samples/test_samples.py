"""The articles and the test set that ship with Rawi hold together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from evaluation.metrics.answers import contains
from ingest.loaders import LoadResult, discover
from vectorstore.core.text_analysis import normalise, words
from vectorstore.core.types import Article

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
TEST_SET = SAMPLES / "testset.jsonl"
FIRST_REPORT = "https://almarsa.example.com/local/wadi-alqata-floods-first-report"
UPDATE = "https://almarsa.example.com/local/wadi-alqata-floods-update"
KINDS = {
    *("fact", "date", "number", "person", "place", "reason", "list", "yesno"),
    *("followup", "english", "spelling", "digits", "dialect", "latest"),
    *("false_premise", "out_of_scope", "teaser"),
    *("pronoun", "ellipsis", "shift", "return", "comparison", "language"),
    *("yes_no", "summary", "overview", "timeline", "browse", "collection", "article", "keyword"),
    *("command", "smalltalk", "opinion", "premise", "near_miss", "out_of_corpus"),
}
VARIETIES = {
    *("msa", "egyptian", "levantine", "gulf", "iraqi", "maghrebi", "sudanese"),
    *("english", "arabizi", "layout", "typo"),
}
RIGHT = ("relevant_ids", "acceptable_ids", "cites_any")
CHECKS = {"nuggets", "cites_any", "says", "modes", "command", "section", "source", "published"}
TODAY = date(2026, 3, 4)
"""The day that relative dates in the questions count from: that of the newest article."""
WITHOUT_VERDICT = {"smalltalk", "opinion"}
"""Kinds that the articles neither answer nor leave unanswered."""
WITHOUT_STANDALONE = {*WITHOUT_VERDICT, "command"}
"""Kinds of turns that are about the conversation, not the articles."""
TEASED = {
    "library-reopens": ("customs-3-verdict", "tomato-3-february"),
    "https://radio-nawrasa.example/local/mahar-road-delay": ("mayor-2-result", "match-2-derby"),
}
"""Articles scraped with the titles and leads of others below them."""


def load(path: Path) -> list[LoadResult]:
    return [item for file in discover([path], max_bytes=10_000_000) for item in file.load()]


@pytest.fixture(scope="module")
def loaded() -> list[LoadResult]:
    return load(SAMPLES)


@pytest.fixture(scope="module")
def articles(loaded: list[LoadResult]) -> dict[str, Article]:
    return {item.article.id: item.article for item in loaded if item.article}


@pytest.fixture(scope="module")
def items() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TEST_SET.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def turns(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(_turns(items))


def _turns(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        for turn in item.get("turns", [item]):
            yield {"where": f"{item['id']}: {turn['question']}", **turn}


# The articles


def test_every_sample_becomes_an_article_of_its_own(loaded: list[LoadResult]) -> None:
    assert [item for item in loaded if item.problem] == []
    ids = [item.article.id for item in loaded if item.article]
    assert len(ids) == len(set(ids)) == 49


def test_the_languages_are_recognised(articles: dict[str, Article]) -> None:
    assert Counter(article.language for article in articles.values()) == {"ar": 46, "en": 3}


def test_the_dates_are_read_in_every_form_the_samples_write_them(
    articles: dict[str, Article],
) -> None:
    def in_zone(hours: int, *moment: int) -> datetime:
        return datetime(*moment, tzinfo=timezone(timedelta(hours=hours)))  # type: ignore[misc,arg-type]

    written = {
        "000_c25f10eea034f5a5.txt": datetime(2021, 6, 4, 16, 57),
        "measles-campaign.txt": datetime(2021, 3, 14, 9, 30),
        FIRST_REPORT: in_zone(3, 2022, 11, 14, 18, 20),
        UPDATE: in_zone(3, 2022, 11, 19, 11, 5),
        "cup-final.txt": datetime(2022, 12, 3, 22, 15),
        "manuscripts.txt": None,
        "https://coast.example.org/nature/record-turtle-nests": datetime(2023, 8, 21),
        "solar-desalination-2023": in_zone(0, 2023, 10, 2, 8, 45),
        "olive-oil-exports-2024": datetime(2024, 2, 5),
        "night-trams-2024": in_zone(3, 2024, 7, 11, 16, 0),
        "quake-1-first-report": in_zone(3, 2026, 2, 2, 8, 40),
        "match-2-derby": in_zone(2, 2026, 2, 21, 23, 25),
        "https://ufuq.example/science/glowing-lizard": in_zone(3, 2026, 2, 19, 13, 0),
        "https://coast.example.org/city/nawrasa-electric-ferries": in_zone(0, 2026, 2, 24, 9, 0),
        "marathon.txt": datetime(2026, 3, 1, 15, 20),
    }
    read = {id: article.published_at for id, article in articles.items()}
    assert {id: read[id] for id in written} == written
    assert [id for id, moment in read.items() if moment is None] == ["manuscripts.txt"]
    # Equality alone would let 16:57 in another zone pass for the seed article's wall clock.
    seed = articles["000_c25f10eea034f5a5.txt"].published_at
    assert seed is not None and seed.tzinfo is None


def test_titles_are_headlines_and_never_part_of_the_text(articles: dict[str, Article]) -> None:
    assert articles["000_c25f10eea034f5a5.txt"].title == (
        'أمريكا تتعهد بملء مخزون إسرائيل من صواريخ "القبة الحديدية"'
    )
    assert articles["cup-final.txt"].title == "نادي الأمواج يحرز كأس السواحل للمرة الأولى في تاريخه"
    for article in articles.values():
        if article.id == "manuscripts.txt":  # has no title: its first words stand in for one
            assert article.text.startswith(article.title.rstrip("…"))
        else:
            assert article.title and not article.text.startswith(article.title)


def test_every_sample_is_a_short_article(articles: dict[str, Article]) -> None:
    lengths = {id: len(words(article.text)) for id, article in articles.items()}
    assert {id: n for id, n in lengths.items() if not 120 <= n <= 400} == {}


def test_headlines_of_other_stories_are_taken_off_the_end(articles: dict[str, Article]) -> None:
    cup = articles["cup-final.txt"]
    assert cup.text.endswith("بعد أن وقف اللاعبون دقيقة صمت قبل صافرة البداية.")
    for taken in ("اقرأ أيضا", articles[UPDATE].title, "جسر الميناء القديم"):
        assert taken not in cup.text
        assert taken in (cup.original or "")


def test_the_teased_bridge_is_no_sample_of_its_own(articles: dict[str, Article]) -> None:
    assert not any("جسر الميناء القديم" in article.text for article in articles.values())


def test_some_pages_end_in_the_titles_and_leads_of_other_articles(
    articles: dict[str, Article], turns: list[dict[str, Any]]
) -> None:
    for page, teased in TEASED.items():
        _, label, below = articles[page].text.rpartition("اقرأ أيضا")
        assert label
        for id in teased:
            lead = articles[id].text.split("\n")[0]
            assert articles[id].title in below and lead in below
        assert any(page in turn.get("forbidden_ids", []) for turn in turns)
        assert any(page in turn.get("relevant_ids", []) for turn in turns)


def test_a_toll_changes_through_six_reports(articles: dict[str, Article]) -> None:
    tolls = ("18 شخصًا", "64 شخصًا", "117 قتيلًا", "143", "149", "152 قتيلًا")
    story = sorted(id for id in articles if id.startswith("quake-"))
    assert len(story) == len(tolls)
    for id, toll in zip(story, tolls, strict=True):
        assert toll in articles[id].text
    days = [articles[id].published_at for id in story]
    assert days == sorted(days, key=lambda day: day or datetime.min)
    assert sum("412" in articles[id].text for id in story) == 3  # the older earthquake


def test_two_articles_tell_one_story_with_other_figures(articles: dict[str, Article]) -> None:
    first, update = articles[FIRST_REPORT], articles[UPDATE]
    assert first.published_at is not None and update.published_at is not None
    assert first.published_at < update.published_at
    assert "340 أسرة" in first.text and "340" not in update.text
    assert "21 قتيلًا" in update.text and "21" not in first.text


# The test set beside them


def test_the_test_set_is_skipped_once_and_is_no_failure(loaded: list[LoadResult]) -> None:
    left_out = [item for item in loaded if item.skipped]
    assert [(Path(item.place).name, item.skipped) for item in left_out] == [
        ("testset.jsonl", "a test set, not articles; see `rawi evaluate run`")
    ]
    assert left_out[0].article is None and left_out[0].error is None


@pytest.mark.parametrize(
    ("first_line", "is_skipped"),
    [
        ('{"id": "1", "question": "متى؟", "answers": []}', True),
        ('\n{"id": "1", "turns": [{"question": "متى؟"}]}', True),
        ('{"Question": "When?"}', True),
        ('{"question": "متى؟", "text": "افتُتح الجسر صباح الأحد."}', False),
        ('{"question": "When?", "Body": "The bridge opened on Sunday."}', False),
        ('{"title": "The bridge opens"}', False),
        ('{"title": "The bridge opens", "question"', False),
        ('["question"]', False),
    ],
)
def test_only_a_file_that_opens_with_a_question_and_no_text_is_a_test_set(
    tmp_path: Path, first_line: str, is_skipped: bool
) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(f'{first_line}\n{{"question": "أين؟"}}\n', "utf-8")
    results = load(path)
    assert [bool(item.skipped) for item in results] == ([True] if is_skipped else [False, False])
    for item in results:
        assert [item.article, item.problem, item.skipped].count(None) == 2


def test_a_question_further_down_is_a_broken_article(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text('{"text": "افتُتح الجسر صباح الأحد."}\n{"question": "متى؟"}\n', "utf-8")
    article, question = load(path)
    assert article.article is not None
    assert question.problem == "no text" and question.place.endswith(":2")


def test_every_line_has_an_id_of_its_own_and_a_question(items: list[dict[str, Any]]) -> None:
    assert max(Counter(item["id"] for item in items).values()) == 1
    assert all(("question" in item) != ("turns" in item) for item in items)
    assert {item["language"] for item in items} == {"ar", "en"}


def test_there_are_enough_turns_of_every_kind(
    items: list[dict[str, Any]], turns: list[dict[str, Any]]
) -> None:
    assert len(turns) >= 300
    assert {turn["kind"] for turn in turns} == KINDS
    assert {turn["variety"] for turn in turns if "variety" in turn} == VARIETIES
    assert sum("turns" in item for item in items) >= 25
    assert sum(turn.get("answerable") is False for turn in turns) >= 30
    assert {turn["kind"] for turn in turns if "answerable" not in turn} == WITHOUT_VERDICT


def test_every_turn_of_a_conversation_has_its_standalone_form(items: list[dict[str, Any]]) -> None:
    for item in items:
        for number, turn in enumerate(item.get("turns", [])):
            assert turn.get("standalone", "").strip() or turn["kind"] in WITHOUT_STANDALONE
            if number and turn["kind"] == "followup":
                assert turn["standalone"] != turn["question"]


def test_every_article_named_exists_and_is_asked_about(
    articles: dict[str, Article], turns: list[dict[str, Any]]
) -> None:
    fields = ("relevant_ids", "acceptable_ids", "forbidden_ids", "cites_any")
    named = {(turn["where"], id) for turn in turns for f in fields for id in turn.get(f, [])}
    assert {(where, id) for where, id in named if id not in articles} == set()
    assert {id for turn in turns for id in turn.get("relevant_ids", [])} == set(articles)
    for turn in turns:
        right = {*turn.get("relevant_ids", []), *turn.get("acceptable_ids", [])}
        assert right.isdisjoint(turn.get("forbidden_ids", [])), turn["where"]


def test_a_gold_answer_stands_in_a_relevant_article(
    articles: dict[str, Article], turns: list[dict[str, Any]]
) -> None:
    for turn in turns:
        answers, relevant = turn.get("answers", []), turn.get("relevant_ids", [])
        if turn.get("answerable") is False:
            assert answers == relevant == [], turn["where"]
        elif answers:
            texts = [normalise(articles[id].text) for id in relevant]
            golds = [normalise(answer) for answer in answers]
            assert any(gold in text for gold in golds for text in texts), turn["where"]
        else:
            assert turn.keys() & CHECKS, turn["where"]


def test_the_first_wording_of_a_nugget_stands_in_an_article_that_may_be_cited(
    articles: dict[str, Article], turns: list[dict[str, Any]]
) -> None:
    for turn in turns:
        if turn["kind"] in {"collection", "article"}:  # told of the articles, not in them
            continue
        right = [id for field in RIGHT for id in turn.get(field, [])]
        for nugget in turn.get("nuggets", []):
            assert any(contains(articles[id].text, nugget[0]) for id in right), (
                turn["where"],
                nugget,
            )


def test_every_gold_quote_stands_in_a_relevant_article_to_the_letter(
    articles: dict[str, Article], turns: list[dict[str, Any]]
) -> None:
    for turn in turns:
        texts = [articles[id].text for id in turn.get("relevant_ids", [])]
        quotes = turn.get("quotes", [])
        assert bool(quotes) == bool(turn.get("answers")), turn["where"]
        assert all(any(quote in text for text in texts) for quote in quotes), turn["where"]


def test_the_teaser_trap_forbids_the_article_that_only_carries_the_headline(
    turns: list[dict[str, Any]],
) -> None:
    traps = [turn for turn in turns if turn["kind"] == "teaser"]
    assert {turn["answerable"] for turn in traps} == {True, False}
    assert all(turn["forbidden_ids"] == ["cup-final.txt"] for turn in traps)


def test_a_story_told_again_is_asked_for_its_latest_figures(
    turns: list[dict[str, Any]],
) -> None:
    relevant = [tuple(turn.get("relevant_ids", [])) for turn in turns if turn["kind"] == "latest"]
    assert relevant.count((UPDATE,)) >= 2
    assert relevant.count(("quake-6-final-toll",)) >= 2
    told_earlier = {FIRST_REPORT, "quake-1-first-report", "tomato-1-january"}
    assert told_earlier.isdisjoint(id for ids in relevant for id in ids)


def test_publication_dates_span_the_years(articles: dict[str, Article]) -> None:
    moments = [a.published_at.date() for a in articles.values() if a.published_at]
    assert {moment.year for moment in moments} == {2021, 2022, 2023, 2024, 2026}
    assert max(moments) == TODAY
