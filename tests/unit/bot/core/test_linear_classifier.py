from __future__ import annotations

import math

import numpy as np
import pytest

from bot.core.linear_classifier import LinearClassifier, Prediction, load_classifier, term_hashes

HASHES = np.array(term_hashes(["goal", "vote"]), dtype=np.uint32)
GOAL, VOTE = (term_hashes([term])[0] for term in ("goal", "vote"))


def classifier() -> LinearClassifier:
    """Two labels, one dense feature, and the terms "goal" (for sport) and "vote"."""
    weights = {GOAL: (4, 0), VOTE: (0, 4)}
    return LinearClassifier(
        ["sport", "politics"],
        dense=np.array([[0.0], [1.0]], dtype=np.float32),
        bias=np.zeros(2, dtype=np.float32),
        hashes=HASHES,
        terms=np.array([weights[int(h)] for h in HASHES], dtype=np.int8),
        scale=np.array([0.5, 0.5], dtype=np.float32),
    )


def predicted(terms: list[str], dense: float = 0.0) -> Prediction:
    return classifier().predict(np.array([dense], dtype=np.float32), term_hashes(terms))


def test_terms_and_dense_features_add_up_to_a_probability_of_each_label() -> None:
    found = predicted(["goal"])
    assert found.label == "sport"
    assert found.probability == pytest.approx(1 / (1 + math.exp(-2)))
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert predicted(["goal"], dense=5.0).label == "politics"


def test_unknown_terms_count_for_nothing() -> None:
    assert predicted(["goal", "xyz"]) == predicted(["goal"])
    assert predicted(["xyz"]).probability == pytest.approx(0.5)
    assert predicted([]).probability == pytest.approx(0.5)


def test_known_terms_count_as_a_vector_of_length_one() -> None:
    both = predicted(["goal", "vote"])
    assert both.probability == pytest.approx(0.5)
    assert predicted(["goal", "goal"]) == predicted(["goal"])


def test_the_share_of_labels_is_their_probability_together() -> None:
    found = Prediction({"a": 0.5, "b": 0.3, "c": 0.2})
    assert found.share(frozenset({"b", "c", "d"})) == pytest.approx(0.5)
    assert (found.label, found.probability) == ("a", 0.5)


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("bot.conversation", "intent"),
        ("bot.conversation", "intent_lexical"),
        ("bot.conversation", "relation"),
        ("bot.conversation", "relation_lexical"),
        ("bot.transliteration", "script"),
    ],
)
def test_what_is_shipped_can_be_loaded_and_knows_sorted_terms(package: str, name: str) -> None:
    shipped = load_classifier(package, name)
    assert len(set(shipped.labels)) == len(shipped.labels) > 1
    assert np.all(np.diff(shipped._hashes.astype(np.int64)) > 0)
    assert shipped._terms.shape == (len(shipped._hashes), len(shipped.labels))
    assert load_classifier(package, name) is shipped
