"""The written news and verdicts: what is read of them, and what their check reports."""

from __future__ import annotations

from pathlib import Path

from ingest.text.sentences import split_sentences
from training.polarity import polarity_examples
from training.reader.check_written import problems_of
from training.reader.examples import Example, Stated
from training.reader.verdicts import VERDICTS, read_verdicts
from training.reader.written import WrittenError, parse_written

PASSAGE = """## رفض بيع الحارس
نفى نادي المرفأ بيع حارسه، وقال مديره إن ثلاثة لاعبين سيغادرون هم سامي ونادر وليث.
س: من اللاعبون المغادرون؟
ج: سامي | نادر | ليث
د: صحيح انو النادي باع الحارس؟
ج: لا: نفى نادي المرفأ بيع حارسه
س: هل يغادر ثلاثة لاعبين؟
ج: نعم: ثلاثة لاعبين سيغادرون
س: بكم بيع الحارس؟
ج: -
"""


def parsed(text: str) -> list[Example | WrittenError]:
    return list(parse_written(text, "news/test"))


def test_lists_and_verdicts_are_read_with_their_spans() -> None:
    listed, denied, affirmed, unsaid = parsed(PASSAGE)
    assert isinstance(listed, Example) and listed.answers == ("سامي", "نادر", "ليث")
    assert listed.set == "news" and listed.stated is Stated.NOT_SAID
    assert isinstance(denied, Example) and denied.stated is Stated.NO
    assert denied.answers == ("نفى نادي المرفأ بيع حارسه",)
    assert isinstance(affirmed, Example) and affirmed.stated is Stated.YES
    assert isinstance(unsaid, Example) and unsaid.spans == ()


def test_what_is_wrong_with_written_news_is_told_with_its_line() -> None:
    wrong = PASSAGE.replace("ج: -", "ج: مليون دينار")
    (error,) = (found for found in parsed(wrong) if isinstance(found, WrittenError))
    assert error.where == "news/test.txt:10" and "مليون دينار" in error.message
    copied = PASSAGE.replace("بكم بيع الحارس؟", "هل قال مديره إن ثلاثة لاعبين سيغادرون؟")
    cut = copied.replace("ج: سامي | نادر | ليث", "ج: سامي | ناد | ليث")
    examples = [found for found in parsed(cut) if isinstance(found, Example)]
    told = dict(problems_of(examples, {}))
    messages = " / ".join(message for _, message in problems_of(examples, {}))
    assert "the question has the passage's words" in told["news/test.txt:10"]
    assert "the answer cuts a word: 'ناد'" in messages
    assert "the passage has only" in messages and "kinds of questions are missing" in messages
    seen: dict[str, set[tuple[str, str]]] = {}
    list(problems_of(examples, seen))
    assert any("is like that of" in message for _, message in problems_of(examples, seen))


def test_sentences_with_verdicts_are_read_among_others(tmp_path: Path) -> None:
    text = "= وصل القطار.\n+ هل وصل القطار؟\n- هل تأخر القطار؟\n? كم راكبا فيه؟\n= غادر الوفد.\n"
    (tmp_path / "travel.txt").write_text(text, encoding="utf-8")
    yes, no, unsaid = read_verdicts(tmp_path)
    assert [e.stated for e in (yes, no, unsaid)] == [Stated.YES, Stated.NO, Stated.NOT_SAID]
    for e in (yes, no):
        ((start, end),) = e.spans
        assert e.context[start:end] == "وصل القطار."
    assert unsaid.spans == () and "وصل القطار." in unsaid.context
    assert len(read_verdicts(VERDICTS)) > 300


def test_the_polarity_is_fitted_on_the_sentences_around_each_answer() -> None:
    examples = polarity_examples()
    assert {e.stated for e in examples} == set(Stated)
    for e in examples[:300]:
        start, end = e.spans[0]
        assert e.context[start:end] == e.answers[0]
        assert len(split_sentences(e.context)) <= 5
