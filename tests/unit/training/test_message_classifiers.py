"""The utterances that the classifiers of messages are fitted on, and what is shipped of them."""

from __future__ import annotations

from collections import defaultdict
from typing import get_args

import numpy as np
import pytest

from bot.conversation.intent_classifier import (
    LastTurn,
    Relation,
    classify_intent,
    classify_relation,
)
from bot.core.intents import COMMAND_INTENTS, QUESTION_INTENTS, SMALLTALK_INTENTS
from bot.language.parsed_question import ParsedQuestion
from tests.unit.bot.conversation.message_cases import MESSAGES
from training.message_classifiers import (
    FOLDER,
    WEIGHTS_FOLDER,
    Utterance,
    coarse_predictions,
    known_terms,
    read_intents,
    read_relations,
    term_matrix,
)
from vectorstore.core.text_analysis import AnalysedText, normalise

VARIETIES = {
    *("msa", "egyptian", "levantine", "gulf", "iraqi", "maghrebi", "sudanese"),
    *("english", "arabizi", "typo"),
}


@pytest.fixture(scope="module")
def utterances() -> list[Utterance]:
    return read_intents(FOLDER / "intents")


def test_utterances_are_of_a_known_intent_and_variety(utterances: list[Utterance]) -> None:
    labels = {e.label for e in utterances}
    assert labels == QUESTION_INTENTS | COMMAND_INTENTS | SMALLTALK_INTENTS
    assert {e.variety for e in utterances} == VARIETIES
    assert not [e.text for e in utterances if "##" in e.text or len(e.text) > 200]


def test_no_utterance_has_two_intents(utterances: list[Utterance]) -> None:
    labels: dict[str, set[str]] = defaultdict(set)
    for e in utterances:
        labels[normalise(e.text)].add(e.label)
    assert [(text, found) for text, found in labels.items() if len(found) > 1] == []


def test_every_variety_has_every_intent_of_questions(utterances: list[Utterance]) -> None:
    found = {(e.variety, e.label) for e in utterances}
    assert {(v, label) for v in VARIETIES for label in QUESTION_INTENTS} <= found


def test_messages_after_a_question_have_all_fields() -> None:
    examples = read_relations(FOLDER / "relations")
    assert {e.label for e in examples} == set(get_args(Relation))
    assert {e.variety for e in examples} <= VARIETIES
    assert not [e.text for e in examples if not (e.text and e.question and e.title)]


def test_cases_are_not_among_the_utterances(utterances: list[Utterance]) -> None:
    trained = {normalise(e.text).rstrip("؟?. ") for e in utterances}
    cases = [normalise(text).rstrip("؟?. ") for texts in MESSAGES.values() for text in texts]
    assert trained.isdisjoint(cases) and len(cases) == len(set(cases))


def test_without_embeddings_most_new_messages_are_understood() -> None:
    rows, gold = [], []
    for label, texts in MESSAGES.items():
        for text in texts:
            rows.append(list(classify_intent(ParsedQuestion(text), None).probabilities.values()))
            gold.append(label)
    classes = list(classify_intent(ParsedQuestion("خبر"), None).probabilities)
    found = coarse_predictions(np.array(rows), classes)
    assert sum(a == b for a, b in zip(found, gold, strict=True)) >= 0.75 * len(gold)


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("وكم كلف؟", "on"),
        ("ومتى افتتح؟", "on"),
        ("لا، قصدي جسر تونس", "correct"),
        ("ما مصدرك؟", "act"),
        ("من فاز بكأس أفريقيا للسيدات؟", "new"),
    ],
)
def test_without_embeddings_relations_are_found(text: str, relation: str) -> None:
    last = LastTurn(AnalysedText("متى بني جسر وهران؟"), AnalysedText("افتتاح جسر وهران المعلق"))
    assert classify_relation(ParsedQuestion(text), None, last).label == relation


def test_terms_of_few_families_have_no_weight() -> None:
    hashes, families = [[1, 2], [2, 3], [2, 3], [3]], ["a", "b", "c", "c"]
    assert known_terms(hashes, families).tolist() == [2]
    assert term_matrix(hashes, np.array([2, 3], np.uint32)).toarray()[1].tolist() == pytest.approx(
        [0.5**0.5, 0.5**0.5]
    )


def test_the_shipped_classifiers_are_small() -> None:
    sizes = [path.stat().st_size for path in WEIGHTS_FOLDER.glob("*.npz")]
    assert len(sizes) == 4 and sum(sizes) <= 3_000_000
