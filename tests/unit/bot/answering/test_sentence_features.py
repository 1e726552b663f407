"""What the evidence says of a sentence beside its headline, and of words that nothing has."""

from __future__ import annotations

import numpy as np
import pytest

from bot.answering import linear_model, sentence_features
from bot.answering.quote_selection import score_sentences
from bot.answering.sentence_features import QuestionTerms
from bot.language.parsed_question import ParsedQuestion
from vectorstore.core.types import ArticleInfo, RetrievedPassage

TEXT = "أقر المجلس ميزانية المدارس الثلاثاء. وبلغت الميزانية 40 مليون دينار."


def retrieved(text: str = TEXT, title: str = "المجلس يقر ميزانية المدارس") -> RetrievedPassage:
    article = ArticleInfo(
        id="council", title=title, url=None, source=None, published_at=None, language="ar"
    )
    return RetrievedPassage(
        id="council-0",
        article=article,
        index=0,
        start=0,
        end=len(text),
        text=text,
        score=1.0,
        similarity=0.85,
        lexical=3.0,
    )


def with_features(
    question: str, *, covered: bool = True
) -> tuple[QuestionTerms, list[sentence_features.Sentence]]:
    parsed = ParsedQuestion(question)
    terms = QuestionTerms.of(parsed, dict.fromkeys(parsed.stems, (2.0, covered)))
    sentences = sentence_features.split_passages([retrieved()])
    sentence_features.add_lexical_features(terms, sentences)
    return terms, sentences


def test_of_two_sentences_equally_near_the_one_that_only_repeats_its_headline_loses() -> None:
    question, sentences = with_features("كم ميزانية المدارس؟")
    for s in sentences:  # the same in all but what they have of the headline
        s.features = dict(sentences[0].features)
    title, other = np.eye(3)[:2]
    near = np.array([0.6, 0.6, 0.5])
    vectors = np.array([title * 0.9 + other * 0.1, title * 0.1 + other * 0.9])

    sentence_features.add_embedding_features(
        question, sentences, near, vectors, np.array([title, title])
    )
    score_sentences(sentences)

    assert sentences[0].features["similarity"] == pytest.approx(sentences[1].features["similarity"])
    assert sentences[1].score > sentences[0].score


@pytest.mark.parametrize(
    ("question", "unknown", "other_script"),
    [
        ("ما عاصمة اليابان؟", 1.0, 0.0),
        ("What is the school budget?", 0.0, 1.0),
    ],
)
def test_words_that_no_article_has_count_against_an_answer_in_the_articles_own_script(
    question: str, unknown: float, other_script: float
) -> None:
    terms, sentences = with_features(question, covered=False)
    title = np.eye(3)[0]
    rows = np.array([title] * len(sentences))
    sentence_features.add_embedding_features(terms, sentences, title, rows, rows)
    score_sentences(sentences)

    found = sentence_features.answerability_features(terms, [retrieved()], sentences)

    assert (found["unknown"], found["other_script"]) == (unknown, other_script)
    assert linear_model.load_linear_model("answerable").weights["unknown"] < 0
