"""Which sentence bears out a verdict, and when one is said."""

from __future__ import annotations

import pytest

from bot.answering.sentence_features import Sentence
from bot.answering.shapes.verdicts import judge, premise_denial
from vectorstore.core.types import ArticleInfo, RetrievedPassage


def sentence(
    text: str, *, affirmed: float = 0.5, score: float = 1.0, span: float | None = 5.0
) -> Sentence:
    article = ArticleInfo(id="a", title="")
    passage = RetrievedPassage(id="p", article=article, index=0, start=0, end=len(text), text=text)
    made = Sentence(passage, 0, 0, len(text), text, score=score, span_score=span)
    made.affirmed = affirmed
    return made


@pytest.mark.parametrize(
    ("affirmed", "span", "verdict"),
    [(0.9, 5.0, "yes"), (0.1, 5.0, "no"), (0.55, 5.0, None), (0.9, -9.0, "unknown")],
)
def test_a_verdict_is_said_where_the_reading_model_is_sure(
    affirmed: float, span: float, verdict: str | None
) -> None:
    judged = judge([sentence("وافق المجلس.", affirmed=affirmed, span=span)])
    assert judged is not None and judged.verdict == verdict


def test_the_sentence_that_answers_best_bears_it_out() -> None:
    near = sentence("التقى مدير النادي الصحفيين.", affirmed=0.9, score=0.2)
    deciding = sentence("ونفى النادي بيع الحارس.", affirmed=0.1, score=0.6)
    judged = judge([near, deciding])
    assert judged is not None and (judged.verdict, judged.sentence) == ("no", deciding)


def test_without_the_reading_model_nothing_is_judged() -> None:
    unread = sentence("نفى النادي بيع الحارس.", span=None)
    assert judge([unread]) is None and premise_denial([unread]) is None


def test_a_denied_premise_is_put_right_where_the_best_sentence_denies_it() -> None:
    denying = sentence("ونفى النادي بيع الحارس.", affirmed=0.05)
    denied = premise_denial([denying, sentence("وصل الحارس.", score=0.2)])
    assert denied is not None and (denied.verdict, denied.sentence) == ("no", denying)
    best = sentence("باع النادي حارسه لسداد ديونه.", affirmed=0.95)
    assert premise_denial([best, sentence("نفى النادي.", affirmed=0.05, score=0.2)]) is None
