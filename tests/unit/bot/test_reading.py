"""What is read of what was found, what its reading counts, and which words are marked."""

from __future__ import annotations

import pytest

from bot.answering import reader_scoring
from bot.answering.answer_spans import answer_span, highlighted_spans
from bot.answering.quote_selection import Quote
from bot.answering.quoted_answer import (
    compare_answers,
    drop_unrelated_quotes,
    make_citation,
    quoted_text,
)
from bot.answering.sentence_features import QuestionTerms, Sentence, split_passages
from bot.core.models import Citation
from bot.language.parsed_question import ParsedQuestion
from bot.language.question_types import QuestionType
from bot.terminal.rendering import highlighted
from vectorstore.core.types import ArticleInfo, RetrievedPassage


def passage(text: str, *, article: str = "a", start: int = 0) -> RetrievedPassage:
    return RetrievedPassage(
        id=f"{article}-{start}",
        article=ArticleInfo(id=article, title="حريق الميناء", language="ar"),
        index=0,
        start=start,
        end=start + len(text),
        text=text,
    )


def promising(found: RetrievedPassage, *promises: float) -> list[Sentence]:
    sentences = split_passages([found])
    for sentence, value in zip(sentences, promises, strict=True):
        sentence.features = dict.fromkeys(
            ("local_stems", "near_stems", "grams", "local_grams", "type", "passage"), 0.0
        )
        sentence.features["local_stems"] = value
    return sentences


def marked(text: str, words: str, *, article: str = "a", score: float = 9.0) -> Sentence:
    (sentence,) = split_passages([passage(text, article=article, start=100)])
    begin = 100 + text.index(words)
    sentence.span, sentence.span_score = (begin, begin + len(words)), score
    return sentence


def quote(sentence: Sentence) -> Quote:
    return Quote(sentence, sentence.start, sentence.end, sentence.text, 0.5)


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


def test_marked_words_have_their_offsets_in_the_article_without_quotes_or_stops() -> None:
    sentence = marked("افتُتح الجسرُ «عام 1998»، بعد تأخير.", "«عام 1998»،")
    first, last = answer_span(sentence) or (0, 0)
    assert sentence.text[first - 100 : last - 100] == "عام 1998"
    citation = make_citation(1, quote(sentence))
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
def test_without_a_reading_a_single_date_or_number_is_marked(
    kind: QuestionType, text: str, words: str | None
) -> None:
    (sentence,) = split_passages([passage(text, start=7)])
    found = answer_span(sentence, kind)
    assert (text[found[0] - 7 : found[1] - 7] if found else None) == words


def test_articles_with_the_same_answer_are_cited_as_agreeing() -> None:
    one = marked("قُتل 35 شخصا في الحريق.", "35")
    two = marked("وقال مسؤول إن عدد القتلى 35.", "35", article="b")
    assert compare_answers(one, two, "how_many") == "agrees"
    assert quoted_text([quote(one), quote(two)], "ar", "how_many").split("\n")[1] == (
        "ويتفق مع ذلك:"
    )


def test_numbers_in_words_are_numbers_where_articles_are_compared() -> None:
    one = marked("أصيب ثلاثة في الحريق.", "ثلاثة")
    two = marked("وقال مسؤول إن المصابين تسعة.", "تسعة", article="b")
    three = marked("وقال مسؤول إن المصابين 3.", "3", article="c")
    assert compare_answers(one, two, "how_many") == "differs"
    assert compare_answers(one, three, "how_many") == "agrees"


def test_articles_with_different_numbers_are_shown_to_differ_before_their_quotes() -> None:
    one = marked("قُتل 35 شخصا في الحريق.", "35 شخصا")
    two = marked("وقال مسؤول إن القتلى 41 شخصا.", "41 شخصا", article="b")
    lines = quoted_text([quote(one), quote(two)], "ar", "how_many").split("\n")
    assert lines[0] == "تختلف المقالات في الجواب: 35 شخصا [1]؛ و41 شخصا [2]."
    assert lines[1].endswith("[1]") and lines[2].endswith("[2]")


@pytest.mark.parametrize(
    ("score", "kind", "article"),
    [(1.0, "how_many", "b"), (9.0, "who", "b"), (9.0, "how_many", "a")],
)
def test_nothing_differs_that_is_unsure_no_number_or_of_one_article(
    score: float, kind: QuestionType, article: str
) -> None:
    one = marked("قُتل 35 شخصا في الحريق.", "35 شخصا")
    two = marked("وقال مسؤول إن القتلى 41 شخصا.", "41 شخصا", article=article, score=score)
    assert compare_answers(one, two, kind) == "adds"


@pytest.mark.parametrize(
    ("text", "words", "article", "kept"),
    [
        ("وقال مسؤول إن عدد القتلى 35.", "35", "b", True),
        ("وقال مسؤول إن عدد القتلى 35 شخصا على الأقل.", "35 شخصا على الأقل", "b", True),
        ("وقال مسؤول إن القتلى 41 شخصا.", "41 شخصا", "b", True),
        ("وقال مسؤول إن النار أتت على السوق.", "السوق", "b", False),
        ("وقال مسؤول إن النار أتت على السوق.", "السوق", "a", True),
    ],
)
def test_a_second_source_bears_out_the_first_or_tells_another_number(
    text: str, words: str, article: str, kept: bool
) -> None:
    quotes = [
        quote(marked("قُتل 35 شخصا في الحريق.", "35 شخصا")),
        quote(marked(text, words, article=article)),
    ]
    assert drop_unrelated_quotes(quotes, "how_many") == quotes[: 1 + kept]


@pytest.mark.parametrize(
    ("kind", "first", "second", "kept"),
    [
        ("when", "الأحد", "الاثنين", True),
        ("who", "الحلواني", "والحلواني", True),
        ("where", "في القاهرة", "في بغداد", False),
        ("who", "الوزير سامر الحلواني", "الوزير محمد", False),
    ],
)
def test_another_day_is_told_and_function_words_bear_nothing_out(
    kind: QuestionType, first: str, second: str, kept: bool
) -> None:
    quotes = [
        quote(marked(f"جرى ذلك {first} كما قيل.", first)),
        quote(marked(f"جرى ذلك {second} كما قيل.", second, article="b", score=3.0)),
    ]
    assert drop_unrelated_quotes(quotes, kind) == quotes[: 1 + kept]


def test_a_terminal_shows_the_answering_words_in_bold_whatever_the_white_space() -> None:
    citation = Citation(
        marker=1,
        article_id="a",
        title="عنوان",
        url=None,
        source=None,
        published_at=None,
        quote="قتل  35\nشخصا هنا",
        start=50,
        end=66,
        highlight_start=55,
        highlight_end=62,
    )
    line = "«قتل 35 شخصا هنا» [1]"
    assert highlighted(line, [citation]) == "«قتل \x1b[1m35 شخصا\x1b[0m هنا» [1]"
    assert highlighted("سطر آخر", [citation]) == "سطر آخر"


def test_every_quote_in_a_reply_has_its_own_words_marked() -> None:
    text = "«قتل 35 في الحريق.» [1]\nويتفق مع ذلك:\n«القتلى 35.» [2]"
    one = marked("قتل 35 في الحريق.", "35")
    two = marked("القتلى 35.", "35", article="b")
    citations = [make_citation(n, quote(s), "how_many") for n, s in enumerate((one, two), 1)]
    found = highlighted_spans(text, citations)
    assert [text[a:b] for a, b in found] == ["35", "35"]
    assert [text[:a].count("\n") for a, _ in found] == [0, 2]
