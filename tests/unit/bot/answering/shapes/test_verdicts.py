"""Which sentence bears out a verdict, and when one is said."""

from __future__ import annotations

import pytest

from bot.answering.sentence_features import Sentence
from bot.answering.shapes.verdicts import judge, premise_denial
from vectorstore.core.types import ArticleInfo, RetrievedPassage


def sentence(
    text: str, *, yes: float = 0.0, no: float = 0.0, score: float = 1.0, span: float | None = 0.0
) -> Sentence:
    article = ArticleInfo(id="a", title="")
    passage = RetrievedPassage(id="p", article=article, index=0, start=0, end=len(text), text=text)
    made = Sentence(passage, 0, 0, len(text), text, score=score, span_score=span)
    made.yes, made.no = yes, no
    return made


@pytest.mark.parametrize(
    ("yes", "no", "verdict"),
    [(0.8, 0.1, "yes"), (0.2, 0.7, "no"), (0.1, 0.1, "unknown"), (0.4, 0.3, None)],
)
def test_a_verdict_is_said_where_the_reading_model_is_sure(
    yes: float, no: float, verdict: str | None
) -> None:
    judged = judge([sentence("وافق المجلس.", yes=yes, no=no)])
    assert judged is not None and judged.verdict == verdict


def test_the_sentence_with_the_deciding_words_bears_it_out() -> None:
    near = sentence("التقى مدير النادي الصحفيين.", no=0.8, score=0.6)
    deciding = sentence("ونفى النادي بيع الحارس.", no=0.8, score=0.6, span=6.0)
    judged = judge([near, deciding])
    assert judged is not None and judged.sentence is deciding


def test_without_the_reading_model_nothing_is_judged() -> None:
    unread = sentence("نفى النادي بيع الحارس.", span=None)
    assert judge([unread]) is None and premise_denial([unread]) is None


def test_a_denied_premise_is_put_right_where_the_best_text_denies_it() -> None:
    denying = sentence("ونفى النادي بيع الحارس.", no=0.9)
    denied = premise_denial([denying, sentence("وصل الحارس.", score=0.2)])
    assert denied is not None and (denied.verdict, denied.sentence) == ("no", denying)
    best = sentence("باع النادي حارسه لسداد ديونه.")
    assert premise_denial([best, sentence("نفى النادي.", no=0.9, score=0.2)]) is None
