"""The words that are highlighted, in articles and in answers."""

from __future__ import annotations

import pytest

from bot.answering.answer_spans import answer_span, highlighted_spans, span_type_logit
from bot.answering.quoted_answer import make_citations
from bot.answering.sentence_features import split_passages
from bot.language.question_types import QuestionType
from tests.unit.bot.answering.sentences import as_quote, highlighted_sentence, passage


def test_marked_words_have_their_offsets_in_the_article_without_quotes_or_stops() -> None:
    sentence = highlighted_sentence("افتُتح الجسرُ «عام 1998»، بعد تأخير.", "«عام 1998»،")
    first, last = answer_span(sentence) or (0, 0)
    assert sentence.text[first - 100 : last - 100] == "عام 1998"
    (citation,) = make_citations([as_quote(sentence)])
    assert citation.highlight_start == first
    assert citation.highlight_end == last


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("when", "افتتح الجسر في 4 يونيو 2021 بعد تأخير.", "4 يونيو 2021"),
        ("how_many", "قتل 35 شخصا في الحريق.", "35"),
        ("how_many", "بلغت النسبة 12.5 في المئة فقط.", "12.5 في المئة"),
        ("how_many", "قتل 35 شخصا وأصيب 70 آخرون.", None),
        ("who", "افتتح الوزير الجسر عام 1998.", None),
    ],
)
def test_without_a_reading_a_single_date_or_number_is_highlighted_sentence(
    kind: QuestionType, text: str, words: str | None
) -> None:
    (sentence,) = split_passages([passage(text, start=7)])
    found = answer_span(sentence, kind)
    assert (text[found[0] - 7 : found[1] - 7] if found else None) == words


def test_every_quote_in_a_reply_has_its_own_words_highlighted_sentence() -> None:
    text = "«قتل 35 في الحريق.» [1]\nويتفق مع ذلك:\n«القتلى 35.» [2]"
    one = highlighted_sentence("قتل 35 في الحريق.", "35")
    two = highlighted_sentence("القتلى 35.", "35", article="b")
    citations = make_citations([as_quote(one), as_quote(two)], "how_many")
    found = highlighted_spans(text, citations)
    assert [text[a:b] for a, b in found] == ["35", "35"]
    assert [text[:a].count("\n") for a, _ in found] == [0, 2]


def test_a_span_without_a_figure_hardly_answers_how_many_or_when() -> None:
    figure = highlighted_sentence("باع المتجر 40 خيمة يوم الأحد.", "40 خيمة")
    words = highlighted_sentence("باع المتجر 40 خيمة يوم الأحد.", "المتجر")
    assert span_type_logit(words, "how_many") < -1
    assert span_type_logit(words, "when") < -1
    assert span_type_logit(figure, "how_many") > 0 > span_type_logit(figure, "who")
    assert span_type_logit(figure, "other") == 0
