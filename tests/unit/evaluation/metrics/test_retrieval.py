"""Retrieval measures by hand, and against the library's own figures over whole rankings."""

from __future__ import annotations

from math import log2

import ir_measures
import numpy as np
import pytest

from evaluation.metrics.retrieval import ranking_measures, retrieval_measures
from tests.unit.evaluation.golds import TEXTS, found, gold, reply

HOME, TOLL, HOUSES = "ضربت السيول وادي القطا.", "إلى 21 قتيلًا.", "تضرر 412 منزلًا."


def _measures(*spans: tuple[str, str], **changes: object) -> dict[str, float | None]:
    return retrieval_measures(gold(**changes), reply(retrieved=found(*spans)), TEXTS)


def test_one_ranking_by_hand() -> None:
    measures = ranking_measures(["x", "a", "y", "b", "z", "w"], {"a", "b", "c"})

    ideal = 1 + 1 / log2(3) + 1 / log2(4)
    assert measures == pytest.approx(
        {
            "recall@1": 0.0,
            "recall@5": 2 / 3,
            "recall@10": 2 / 3,
            "mrr@10": 1 / 2,
            "ndcg@10": (1 / log2(3) + 1 / log2(5)) / ideal,
            "map@10": (1 / 2 + 2 / 4) / 3,
        }
    )


def test_ranks_past_ten_count_for_nothing() -> None:
    ranking = [str(rank) for rank in range(1, 13)]

    assert set(ranking_measures(ranking, {"11", "12"}).values()) == {0.0}
    assert ranking_measures(ranking, {"10"})["mrr@10"] == pytest.approx(0.1)


def test_random_rankings_agree_with_the_library_over_a_whole_run() -> None:
    random = np.random.default_rng(3)
    rankings = {f"q{n}": list(map(str, random.permutation(30)[:25])) for n in range(40)}
    relevant = {q: set(map(str, random.choice(30, random.integers(1, 6)))) for q in rankings}
    names = ["R@1", "R@5", "R@10", "RR@10", "nDCG@10", "AP@10"]

    library = ir_measures.calc_aggregate(
        [ir_measures.parse_measure(name) for name in names],
        {q: dict.fromkeys(ids, 1) for q, ids in relevant.items()},
        {q: {d: 100.0 - n for n, d in enumerate(ids)} for q, ids in rankings.items()},
    )
    measured = [ranking_measures(rankings[q], relevant[q]) for q in rankings]

    means = [np.mean([m[name] for m in measured]) for name in measured[0]]
    assert means == pytest.approx([library[ir_measures.parse_measure(name)] for name in names])


def test_passages_of_one_article_count_once_at_the_best_rank() -> None:
    measures = _measures(("early", HOME), ("early", "قتل تسعة"), ("flood", HOME), ("flood", TOLL))

    assert measures["article_mrr@10"] == 0.5
    assert measures["article_recall@1"] == 0.0
    assert measures["article_map@10"] == 0.5


def test_only_the_passage_with_the_answer_counts_at_passage_level() -> None:
    measures = _measures(("flood", HOME), ("flood", HOUSES), ("flood", TOLL), ("flood", TOLL))

    assert measures["article_mrr@10"] == 1.0
    assert measures["passage_mrr@10"] == pytest.approx(1 / 3)
    assert measures["passage_recall@5"] == 1.0
    assert measures["passage_ndcg@10"] == pytest.approx(1 / log2(4))


def test_the_answer_in_an_article_that_is_not_relevant_does_not_count() -> None:
    assert _measures(("oil", TEXTS["oil"]), answers=["21,300"])["passage_recall@10"] is None
    assert _measures(("early", HOME), relevant_ids=["flood"])["passage_recall@10"] == 0.0


def test_gold_quotes_say_more_than_gold_answers() -> None:
    spans = ("flood", TOLL), ("flood", HOME)

    assert _measures(*spans, quotes=["ضربت السيول"])["passage_mrr@10"] == 0.5
    assert _measures(*spans, quotes=["لا توجد هكذا"])["passage_mrr@10"] == 1.0


def test_recall_is_over_the_relevant_articles_that_hold_the_answer() -> None:
    spans = ("flood", TOLL), ("early", HOME)
    both = ["flood", "early"]

    assert _measures(*spans, relevant_ids=both)["article_recall@5"] == 1.0
    assert _measures(*spans, relevant_ids=both)["passage_recall@5"] == 1.0
    assert _measures(*spans, relevant_ids=both, answers=["السيول"])["passage_recall@1"] == 0.0
    gone = _measures(*spans, relevant_ids=["flood", "gone"])
    assert gone["passage_recall@5"] == gone["article_recall@5"] == 0.5


def test_a_quote_cut_by_a_boundary_belongs_to_the_passage_with_the_larger_part() -> None:
    quote = "ارتفعت الحصيلة إلى 21 قتيلًا. تضرر"
    begins = TEXTS["flood"].index(quote)
    first = TEXTS["flood"][: begins + 28]
    second = TEXTS["flood"][begins + 28 :]

    measures = _measures(("flood", second), ("flood", first), quotes=[quote])

    assert measures["passage_mrr@10"] == 0.5


def test_nothing_retrieved_is_nothing_found() -> None:
    measures = _measures()

    assert measures["article_recall@10"] == measures["passage_recall@10"] == 0.0


def test_without_labels_there_is_nothing_to_measure() -> None:
    assert set(_measures(("flood", TOLL), relevant_ids=[]).values()) == {None}
    unlabelled = _measures(("flood", TOLL), answers=[])
    assert unlabelled["article_recall@1"] == 1.0
    assert unlabelled["passage_recall@1"] is None
