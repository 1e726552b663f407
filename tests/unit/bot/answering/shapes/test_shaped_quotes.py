"""Quotes of lists, comparisons and the newest report."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.answering.sentence_features import Sentence
from bot.answering.shapes.shaped_quotes import (
    question_halves,
    question_sides,
    shaped_quotes,
    side_quote,
)
from bot.language.parsed_question import ParsedQuestion
from vectorstore.core.types import ArticleInfo, RetrievedPassage


def sentences(*told: tuple[str, str, float]) -> list[Sentence]:
    """Sentences, each given as article, words and score."""
    found = []
    for rank, (article, text, score) in enumerate(told):
        info = ArticleInfo(id=article, title=article)
        start = 100 * rank
        passage = RetrievedPassage(
            id=f"{article}/{rank}",
            article=info,
            index=rank,
            start=start,
            end=start + len(text),
            text=text,
        )
        found.append(Sentence(passage, rank, start, start + len(text), text, score=score))
    return found


COUNCIL = sentences(
    ("council", "أقر المجلس رفع رواتب المعلمين.", 0.5),
    ("council", "وقرر المجلس بناء أربع مدارس جديدة.", 0.2),
    ("council", "ألغى المجلس رسوم رياض الأطفال.", 0.12),
    ("other", "أقر المجلس رفع رواتب المعلمين.", 0.1),
    ("weather", "الطقس حار اليوم في الساحل كله.", 0.02),
)


def marked(sentence: Sentence, words: str, score: float = 6.0) -> Sentence:
    at = sentence.start + sentence.text.index(words)
    return replace(sentence, span=(at, at + len(words)), span_score=score)


def quoted(question: str, found: list[Sentence], limit: int = 5, intent: str = "list") -> list[str]:
    quotes = shaped_quotes(ParsedQuestion(question), found, limit, intent=intent)
    return [quote.text for quote in quotes]


def test_a_list_quotes_every_part_that_holds_up_and_nothing_twice() -> None:
    found = quoted("ما أهم قرارات المجلس؟", COUNCIL)
    assert any("رواتب" in text for text in found) and any("رسوم" in text for text in found)
    assert not any("الطقس" in text for text in found)
    assert sum("رفع رواتب" in text for text in found) == 1


def test_a_list_stops_at_the_limit_and_one_fact_at_itself() -> None:
    assert len(quoted("ما أهم قرارات المجلس؟", COUNCIL, 1)) == 1
    assert len(quoted("بماذا قضى قرار المجلس؟", COUNCIL, intent="fact")) == 1


def test_the_sentence_that_enumerates_wins_over_one_that_repeats_the_topic() -> None:
    topic, names = sentences(
        ("sea", "تجتمع الدول المطلة على البحر غدا في المرفأ.", 0.5),
        ("sea2", "الدول المطلة على البحر هي سولانيا وكرمانيا وميرانيا.", 0.4),
    )
    found = [marked(topic, "الدول المطلة على البحر"), marked(names, "سولانيا وكرمانيا وميرانيا")]
    assert quoted("ما هي الدول المطلة على البحر؟", found) == [names.text]


def test_the_newest_report_that_answers_wins() -> None:
    old, new = (
        marked(s, words)
        for s, words in zip(
            sentences(
                ("old", "بلغت حصيلة زلزال الجبل 40 قتيلا.", 0.6),
                ("new", "ارتفعت حصيلة زلزال الجبل إلى 90 قتيلا.", 0.3),
            ),
            ("40 قتيلا", "90 قتيلا"),
            strict=True,
        )
    )
    for sentence, day in ((old, 3), (new, 5)):
        article = replace(sentence.passage.article, published_at=datetime(2021, 6, day))
        sentence.passage = replace(sentence.passage, article=article)
    assert quoted("ما حصيلة زلزال الجبل؟", [old, new], intent="latest") == [new.text]
    # A newer report of something else is not newer news of this.
    other = replace(new, text=new.text)
    other.passage = replace(new.passage, text="ارتفعت حصيلة حريق السوق إلى 90 قتيلا.")
    assert quoted("ما حصيلة زلزال الجبل؟", [old, other], intent="latest") == [old.text]


def test_each_side_of_a_comparison_is_a_question_of_its_own_with_a_quote() -> None:
    sides = question_sides(ParsedQuestion("قارن بين رواتب المعلمين ورسوم رياض الأطفال"))
    assert sides is not None
    quotes = [side_quote(side, COUNCIL) for side in sides]
    assert [q and q.sentence.text for q in quotes] == [COUNCIL[0].text, COUNCIL[2].text]
    planes = question_sides(ParsedQuestion("قارن بين عدد الطائرات عند الشمال والجنوب"))
    assert planes is not None and [side.question.text for side in planes] == [
        "عدد الطائرات عند الشمال؟",
        "عدد الطائرات عند الجنوب؟",
    ]
    gold = question_sides(ParsedQuestion("قارن بين رواتب المعلمين وأسعار الذهب"))
    assert gold is not None and side_quote(gold[1], COUNCIL) is None


def test_two_questions_in_one_have_a_half_each() -> None:
    halves = question_halves(ParsedQuestion("كم طائرة طلب الشمال وكم طلب الجنوب؟"))
    assert halves is not None
    assert [half.question.text for half in halves] == ["كم طائرة طلب الشمال؟", "كم طلب الجنوب؟"]
    found = sentences(("orders", "طلب الشمال 48 طائرة.", 0.5))[0].synonym_classes
    assert [half.is_named_by(found) for half in halves] == [True, False]
    for single in ("كم طائرة طلب الشمال والجنوب؟", "متى عاد الوفد من الشمال ومن الجنوب؟"):
        assert question_halves(ParsedQuestion(single)) is None
