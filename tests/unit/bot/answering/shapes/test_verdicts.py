"""Verdicts on yes/no questions, with the weights as they are shipped."""

from __future__ import annotations

import pytest

from bot.answering.sentence_features import Sentence
from bot.answering.shapes.verdicts import judge, premise_denial
from bot.language.parsed_question import ParsedQuestion
from vectorstore.core.types import ArticleInfo, RetrievedPassage


def sentence(text: str, title: str = "") -> Sentence:
    article = ArticleInfo(id="a", title=title)
    passage = RetrievedPassage(id="p", article=article, index=0, start=0, end=len(text), text=text)
    return Sentence(passage, 0, 0, len(text), text, score=1.0)


@pytest.mark.parametrize(
    ("question", "text", "verdict"),
    [
        ("هل وافق مجلس المدينة على بناء النفق؟", "وافق مجلس المدينة على بناء النفق.", "yes"),
        ("هل وافق مجلس المدينة على بناء النفق؟", "رفض مجلس المدينة بناء النفق.", "no"),
        ("هل باع نادي المرفأ حارسه؟", "نفى نادي المرفأ بيع حارسه.", "no"),
        ("هل فاز نادي المرفأ على الوحدة؟", "خسر نادي المرفأ أمام الوحدة.", "no"),
        ("هل رفض مجلس المدينة بناء النفق؟", "مجلس المدينة يرفض بناء النفق.", "yes"),
    ],
)
def test_a_sentence_affirms_or_denies_what_is_asked(question: str, text: str, verdict: str) -> None:
    judged = judge(ParsedQuestion(question), [sentence(text)])
    assert judged is not None and judged.verdict == verdict


def test_a_title_tells_it_where_the_sentence_does_not() -> None:
    found = sentence("قال مدير نادي المرفأ إن الحارس باق.", "نادي المرفأ ينفي بيع حارسه")
    judged = judge(ParsedQuestion("هل باع نادي المرفأ حارسه؟"), [found])
    assert judged is not None and judged.verdict == "no"


def test_what_is_not_told_is_unknown_or_off_the_topic() -> None:
    text = "وافق مجلس المدينة على بناء النفق."
    near = judge(
        ParsedQuestion("هل يشمل النفق الذي أقره مجلس المدينة ممرا للدراجات؟"), [sentence(text)]
    )
    assert near is None or near.verdict not in ("yes", "no")
    assert judge(ParsedQuestion("هل هبطت المركبة على القمر؟"), [sentence(text)]) is None


def test_a_denied_premise_is_put_right_and_a_reason_is_no_denial() -> None:
    asked = ParsedQuestion("لماذا باع نادي المرفأ حارسه؟")
    told = premise_denial(asked, [sentence("ونفى نادي المرفأ بيع حارسه.")])
    assert told is not None and told.verdict == "no"
    assert premise_denial(asked, [sentence("باع نادي المرفأ حارسه لسداد ديونه.")]) is None
    refused = ParsedQuestion("لماذا رفض مجلس المدينة بناء النفق؟")
    assert premise_denial(refused, [sentence("رفض مجلس المدينة بناء النفق لارتفاع كلفته.")]) is None


def test_a_premise_that_another_sentence_affirms_is_not_denied() -> None:
    asked = ParsedQuestion("لماذا باع نادي المرفأ حارسه؟")
    found = [
        sentence("نفى نادي المرفأ بيع حارسه."),
        sentence("باع نادي المرفأ حارسه لسداد ديونه."),
    ]
    assert premise_denial(asked, found) is None


@pytest.mark.parametrize(
    ("question", "text", "verdict"),
    [
        ("هل كان حارس المرفأ معروفا للشرطة؟", "ولم يكن حارس المرفأ معروفا للشرطة.", "no"),
        ("هل تشارك ميرانيا في بطولة السباحة؟", "ولن تشارك ميرانيا في بطولة السباحة.", "no"),
        ("ميرانيا بتشارك في بطولة السباحة ولا لا؟", "تشارك ميرانيا في بطولة السباحة.", "yes"),
    ],
)
def test_attached_negations_count_and_closing_tags_do_not(
    question: str, text: str, verdict: str
) -> None:
    judged = judge(ParsedQuestion(question), [sentence(text)])
    assert judged is not None and judged.verdict == verdict


def test_a_sentence_of_the_best_article_that_was_not_scored_can_tell_it() -> None:
    best = sentence("التقى مدير نادي المرفأ الصحفيين مساء الأحد.")
    unscored = sentence("باع نادي المرفأ حارسه إلى الوحدة.")
    unscored.score = 0.0
    judged = judge(ParsedQuestion("هل باع نادي المرفأ حارسه؟"), [best, unscored])
    assert judged is not None and (judged.verdict, judged.sentence) == ("yes", unscored)
