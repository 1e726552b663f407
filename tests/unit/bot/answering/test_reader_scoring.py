"""Which sentences are read, and how a question's numbers count."""

from __future__ import annotations

import pytest

from bot.answering import reader_scoring
from bot.answering.sentence_features import QuestionTerms, Sentence, split_passages
from bot.language.parsed_question import ParsedQuestion
from tests.unit.bot.answering.sentences import passage
from vectorstore.core.types import RetrievedPassage


def promising(found: RetrievedPassage, *promises: float) -> list[Sentence]:
    sentences = split_passages([found])
    for sentence, value in zip(sentences, promises, strict=True):
        sentence.features = dict.fromkeys(
            ("local_stems", "near_stems", "grams", "local_grams", "type", "passage"), 0.0
        )
        sentence.features["local_stems"] = value
    return sentences


def terms(text: str) -> QuestionTerms:
    question = ParsedQuestion(text)
    return QuestionTerms.of(question, dict.fromkeys(question.stems, (1.0, True)))


def test_the_promising_sentences_are_read_with_their_neighbours() -> None:
    found = passage("أول الكلام. ثاني الكلام. ثالث الكلام. رابع الكلام. خامس الكلام.", start=40)
    (stretch,) = reader_scoring.select_windows(promising(found, 0, 0, 0, 1, 0), limit=20)
    assert stretch.text == "ثالث الكلام. رابع الكلام. خامس الكلام."
    assert stretch.start == 40 + found.text.index("ثالث")


def test_no_more_is_read_than_the_limit_but_always_something() -> None:
    found = passage(" ".join(f"جملة رقم {n} في هذا المقال." for n in range(30)))
    sentences = promising(found, *[float(n % 7) for n in range(30)])
    read = reader_scoring.select_windows(sentences, limit=300)
    assert 0 < sum(len(s.text) for s in read) <= 330
    assert reader_scoring.select_windows(sentences, limit=0)


def test_stretches_do_not_reach_over_the_end_of_a_passage() -> None:
    one, two = passage("جملة أولى. جملة ثانية."), passage("جملة ثالثة.", article="b")
    sentences = promising(one, 0.0, 1.0) + promising(two, 0.9)
    assert [s.text for s in reader_scoring.select_windows(sentences)] == [one.text, two.text]


@pytest.mark.parametrize(
    ("asked", "contradicted"),
    [
        ("كم قتيلا سقط في انفجار 2020؟", 0.0),
        ("كم قتيلا سقط في انفجار ٢٠٢٠؟", 0.0),
        ("كم قتيلا سقط في انفجار 2015؟", 1.0),
        ("كم قتيلا سقط في الانفجار؟", 0.0),
    ],
)
def test_a_number_that_the_passage_lacks_contradicts_the_question(
    asked: str, contradicted: float
) -> None:
    (sentence,) = split_passages([passage("أسفر انفجار 2020 عن مقتل 207 أشخاص.")])
    assert reader_scoring.number_mismatch(terms(asked), sentence) == contradicted
