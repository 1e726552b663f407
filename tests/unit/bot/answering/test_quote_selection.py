from __future__ import annotations

from bot.answering.quote_selection import MAX_QUOTE_CHARACTERS, choose_quotes
from bot.answering.sentence_features import Sentence, split_passages
from vectorstore.core.types import ArticleInfo, RetrievedPassage


def passage(text: str, *, article: str = "a", start: int = 0, name: str = "p") -> RetrievedPassage:
    return RetrievedPassage(
        id=name,
        article=ArticleInfo(id=article, title="عنوان"),
        index=0,
        start=start,
        end=start + len(text),
        text=text,
    )


def scored(found: RetrievedPassage, *scores: float) -> list[Sentence]:
    sentences = split_passages([found])
    assert len(sentences) == len(scores)
    for sentence, score in zip(sentences, scores, strict=True):
        sentence.score = score
    return sentences


def test_the_best_sentence_is_quoted_to_the_letter_with_its_offsets() -> None:
    found = passage("قيل شيء آخر هنا. افتتح سامر الحلبي جسر النيل. ثم عاد إلى مكتبه.", start=100)
    (quote,) = choose_quotes(scored(found, 0.1, 0.9, 0.1), limit=3)
    assert quote.text == "افتتح سامر الحلبي جسر النيل."
    assert found.text[quote.start - 100 : quote.end - 100] == quote.text


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    found = passage("تحدث الوزير عن الجسر. وأضاف أنه سيفتح غدا.")
    (quote,) = choose_quotes(scored(found, 0.1, 0.9), limit=3)
    assert quote.text == found.text


def test_a_telling_neighbour_joins_the_quote() -> None:
    opening = "افتتح سامر الحلبي جسر النيل. حضر محافظ المرفأ الحفل."
    found = passage(f"{opening} طار الحمام.")
    (quote,) = choose_quotes(scored(found, 0.8, 0.7, 0.1), limit=3)
    assert quote.text == opening


def test_another_source_is_cited_only_when_it_answers_nearly_as_well() -> None:
    first = scored(passage("افتتح الوزير الجسر."), 0.9)
    near = scored(passage("دشن المحافظ المعبر الحديدي.", article="b", name="q"), 0.85)
    far = scored(passage("حديث عن أمر مختلف تماما.", article="c", name="r"), 0.2)
    quotes = choose_quotes([*first, *near, *far], limit=3)
    assert [q.sentence.passage.article.id for q in quotes] == ["a", "b"]


def test_a_source_that_repeats_the_first_is_not_cited_again() -> None:
    first = scored(passage("افتتح الوزير الجسر الجديد أمس."), 0.9)
    same = scored(passage("افتتح الوزير الجسر الجديد.", article="b", name="q"), 0.89)
    assert len(choose_quotes([*first, *same], limit=3)) == 1


def test_no_more_sources_than_allowed() -> None:
    texts = ["دشن المحافظ معبرا.", "قص الوالي الشريط.", "احتفل السكان بالافتتاح.", "صفق الحضور."]
    many = [scored(passage(text, article=text, name=text), 0.9)[0] for text in texts]
    assert len(choose_quotes(many, limit=2)) == 2


def test_only_a_sentence_beside_the_best_one_joins_the_quote() -> None:
    found = passage("افتتح الوزير الجسر. طار الحمام. حضر المحافظ الحفل.")
    sentences = scored(found, 0.8, 0.0, 0.7)
    for order in (sentences, sentences[::-1]):
        (quote,) = choose_quotes(order, limit=3)
        assert quote.text == "افتتح الوزير الجسر."


def test_a_quote_begins_after_dateline_and_conjunction() -> None:
    for opening in ("دبي، الإمارات العربية المتحدة (CNN) -- ", "و"):
        found = passage(f"{opening}افتتح سامر الحلبي جسر النيل.")
        (quote,) = choose_quotes(scored(found, 0.9), limit=3)
        assert quote.text == "افتتح سامر الحلبي جسر النيل."
        assert found.text[quote.start : quote.end] == quote.text


def test_a_long_sentence_is_cut_between_clauses_and_keeps_the_answering_words() -> None:
    rest = "، وهي مدينة يقصدها التجار من كل صوب لبيع ما تنتجه الحقول والبساتين" * 5
    found = passage(f"افتتح سامر الحلبي جسر النيل في بلدة المرفأ{rest}.")
    (sentence,) = scored(found, 0.9)
    sentence.span = (found.text.index("سامر"), found.text.index(" جسر"))
    (quote,) = choose_quotes([sentence], limit=3)
    assert quote.text.startswith("افتتح سامر الحلبي") and len(quote.text) <= MAX_QUOTE_CHARACTERS
    assert not quote.text.endswith("،")


def test_of_two_sentences_with_the_same_answer_the_one_that_stands_alone_is_quoted() -> None:
    found = passage("وأضاف أن الكلفة بلغت 45 مليون دينار.")
    other = passage("بلغت كلفة جسر النيل 45 مليون دينار.", article="b", name="q")
    (dependent,), (alone,) = scored(found, 0.5), scored(other, 0.45)
    for sentence in (dependent, alone):
        at = sentence.text.index("45")
        sentence.span = (at, at + len("45 مليون دينار"))
    assert choose_quotes([dependent, alone], limit=1)[0].text == alone.text
