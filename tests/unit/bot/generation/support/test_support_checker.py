from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.stream.sentence_stream import Claim
from bot.generation.support.support_checker import SupportChecker, SupportVerdict
from bot.generation.support.support_rules import ParsedClaim
from tests.unit.bot.generation.passages import embed_alike, embed_unlike, passage, prompt_passages

FLOOD = passage(
    "لقي سبعة أشخاص مصرعهم وفُقد 19 آخرون في سيول مفاجئة ضربت قرى وادي القطا فجر الإثنين، وفق "
    "حصيلة "
    "أعلنتها مديرية الدفاع المدني. وقال العميد وائل الشناوي إن الأمطار بدأت نحو الثالثة فجرًا، "
    "وبلغت "
    "كميتها 94 مليمترًا في أقل من أربع ساعات. ولم يصدر أي تفسير رسمي لصمت صفارات الإنذار. وأكد "
    "الشناوي "
    "أن تحقيقًا سيُفتح «فور انتهاء عمليات الإنقاذ». وقدّرت اللجنة الخسائر بنحو 12.5 مليون دينار.",
    1,
    title="سيول مفاجئة تضرب وادي القطا",
    published="2022-11-14",
)
GANTZ = passage(
    "تعهدت الولايات المتحدة الأمريكية بملء مخزون إسرائيل من الصواريخ الاعتراضية لمنظومة القبة "
    "الحديدية. "
    "وجاء التعهد خلال اجتماعات عقدها وزير الدفاع الإسرائيلي بيني غانتس في واشنطن مع وزير الخارجية "
    "الأمريكي أنتوني بلينكن. وخلال الحرب على قطاع غزة في الفترة ما بين 10 و21 أيار/مايو الماضي "
    "استخدم "
    "الجيش كميات كبيرة من الصواريخ. ونفى نتنياهو وجود خلاف مع واشنطن. وقد يزور بايدن إسرائيل "
    "قريبا.",
    2,
    title="أمريكا تتعهد بملء المخزون",
    published="2021-06-04",
)
TURTLES = passage(
    "Volunteers counted 212 turtle nests on the Amber Coast this season, up from 164 a year "
    "earlier. "
    "Dr Salma Haddad, who leads the survey, said the beach had been closed to traffic since 3 May. "
    "The ministry did not renew the fishing ban. Half of the nests were found near the lighthouse. "
    "“We have never seen so many,” Haddad said. The project costs 40,000 dollars.",
    3,
    title="Record number of turtle nests",
    published="2023-08-20",
)


def check(text: str, *cited: int) -> SupportVerdict:
    checker = SupportChecker(prompt_passages(FLOOD, GANTZ, TURTLES), embed_alike)
    return checker.check(Claim(text, cited))


SUPPORTED = [
    # the passage's own words
    ("لقي سبعة أشخاص مصرعهم في سيول مفاجئة ضربت قرى وادي القطا.", 1),
    ("تعهدت الولايات المتحدة الأمريكية بملء مخزون إسرائيل من الصواريخ الاعتراضية.", 2),
    ("Volunteers counted 212 turtle nests on the Amber Coast this season.", 3),
    # numbers in words and digits
    ("لقي 7 أشخاص مصرعهم في سيول مفاجئة.", 1),
    ("لقي ٧ أشخاص مصرعهم في سيول مفاجئة.", 1),
    ("فُقد تسعة عشر آخرون في السيول.", 1),
    ("بلغت كمية الأمطار 94 مليمترا.", 1),
    ("بلغت كمية الأمطار ٩٤ مليمترا في أقل من 4 ساعات.", 1),
    ("قدرت اللجنة الخسائر بنحو 12,500,000 دينار.", 1),
    ("The project costs forty thousand dollars.", 3),
    ("The project costs 40000 dollars.", 3),
    ("Volunteers counted two hundred and twelve turtle nests.", 3),
    # other forms of the same words, other spellings
    ("الولايات المتحدة تتعهد بملء المخزون الإسرائيلي من صواريخ القبة الحديدية.", 2),
    ("التعهد الأمريكي جاء خلال اجتماعات غانتس في واشنطن.", 2),
    ("عقد بيني جانتس اجتماعات في واشنطن مع أنتوني بلنكن.", 2),
    ("عقد بيني غانتس اجتماعات في واشنطن مع انتوني بلينكن", 2),
    ("Volunteer counts: 212 turtle nests were counted.", 3),
    # synonyms, reporting verbs, function words
    ("قتل سبعة أشخاص في سيول ضربت وادي القطا.", 1),
    ("وفق المقال، بدأت الأمطار نحو الثالثة فجرا.", 1),
    ("ذكر العميد وائل الشناوي أن الأمطار بدأت فجرا.", 1),
    ("According to the article, Dr Salma Haddad leads the survey.", 3),
    # dates
    ("كانت الحرب على قطاع غزة بين 10 و21 مايو.", 2),
    ("كانت الحرب على قطاع غزة بين ١٠ و٢١ أيار.", 2),
    ("كانت الحرب على قطاع غزة بين 10 و21 أيار/مايو 2021.", 2),
    ("ضربت السيول وادي القطا في 14 نوفمبر 2022.", 1),
    ("ضربت السيول وادي القطا في 14 تشرين الثاني.", 1),
    ("The beach was closed to traffic on 3 May.", 3),
    ("The beach was closed to traffic since May 3.", 3),
    # negations kept
    ("لم يصدر تفسير رسمي لصمت صفارات الإنذار.", 1),
    ("The ministry did not renew the fishing ban.", 3),
    ("نفى نتنياهو وجود خلاف مع واشنطن.", 2),
    ("قد يزور بايدن إسرائيل.", 2),
    # verbatim quotations in any marks
    ("أكد الشناوي أن تحقيقا سيفتح «فور انتهاء عمليات الإنقاذ».", 1),
    ("أكد الشناوي أن تحقيقا سيفتح “فور انتهاء عمليات الإنقاذ”.", 1),
    ('Haddad said: "We have never seen so many"', 3),
    # list items and lines
    ("- فقد 19 آخرون في سيول وادي القطا", 1),
]

UNSUPPORTED = [
    # numbers
    ("لقي ثمانية أشخاص مصرعهم في سيول مفاجئة.", "number"),
    ("لقي 70 شخصا مصرعهم في سيول مفاجئة.", "number"),
    ("لقي 19 شخصا مصرعهم، وفُقد سبعة مليمترات.", "number"),
    ("بلغت كمية الأمطار 94 ساعة.", "number"),
    ("قدرت اللجنة الخسائر بنحو 12.5 ألف دينار.", "number"),
    ("قدرت اللجنة الخسائر بنحو 125 مليون دينار.", "number"),
    ("بلغت كمية الأمطار 94% من المعدل.", "number"),
    ("Volunteers counted 221 turtle nests.", "number"),
    ("Volunteers counted 164 dollars.", "number"),
    ("Volunteers counted twelve turtle nests.", "number"),
    ("تعهدت الولايات المتحدة بملء مخزون إسرائيل في 2019.", "number"),
    # dates
    ("كانت الحرب على قطاع غزة بين 10 و21 حزيران.", "date"),
    ("كانت الحرب على قطاع غزة بين 10 و21 يونيو.", "date"),
    ("بدأت الأمطار في مارس 19.", "date"),
    ("The beach was closed since 3 June.", "date"),
    # names and places
    ("تعهدت فرنسا بملء مخزون إسرائيل من الصواريخ.", "word"),
    ("تعهدت الولايات المتحدة بملء مخزون مصر من الصواريخ.", "word"),
    ("عقد بيني غانتس اجتماعات في باريس مع أنتوني بلينكن.", "word"),
    ("عقد غانتس اجتماعات في واشنطن مع لويد أوستن.", "word"),
    ("قال العميد خالد الشناوي إن الأمطار بدأت فجرا.", "word"),
    ("Dr Lina Haddad leads the survey.", "word"),
    ("Volunteers counted 212 turtle nests on the Silver Coast.", "word"),
    # invented facts in common nouns, verbs and adjectives
    ("لقي سبعة أشخاص مصرعهم في حريق ضرب وادي القطا.", "word"),
    ("تعهدت الولايات المتحدة بتقليص مخزون إسرائيل من الصواريخ.", "word"),
    ("اعتذرت الولايات المتحدة عن ملء مخزون إسرائيل من الصواريخ.", "word"),
    ("The nests were destroyed near the lighthouse.", "word"),
    ("Volunteers counted whale nests.", "word"),
    ("الجسر طويل.", "word"),
    ("باريس عاصمة فرنسا.", "word"),
    # the wrong polarity
    ("صدر تفسير رسمي لصمت صفارات الإنذار.", "polarity"),
    ("The ministry renewed the fishing ban.", "polarity"),
    ("لم تتعهد الولايات المتحدة بملء مخزون إسرائيل من الصواريخ.", "polarity"),
    ("Volunteers did not count 212 turtle nests.", "polarity"),
    ("هناك خلاف بين نتنياهو وواشنطن.", "polarity"),
    # words that change the meaning
    ("بدأت الأمطار بعد الثالثة فجرا.", "word"),
    ("All of the nests were found near the lighthouse.", "word"),
    ("The beach had been closed before 3 May.", "word"),
    # causes that are not given
    ("فُقد 19 آخرون بسبب صمت صفارات الإنذار.", "cause"),
    ("Half of the nests were found because of the lighthouse.", "cause"),
    # quotations that are not verbatim
    ("أكد الشناوي أن تحقيقا سيفتح «فور انتهاء الإنقاذ».", "quotation"),
    ("قال الشناوي: «الأمطار بدأت فجرا».", "quotation"),
    ('Haddad said: "We have seen so many"', "quotation"),
    # assembled from unrelated places
    ("فُقد الإنقاذ في أقل دينار.", "scattered"),
    ("ضربت الأمطار اللجنة وبدأت الخسائر فجرا.", "scattered"),
    ("The lighthouse costs 212 traffic nests.", "number"),
    # another language than the passages'
    ("People were killed in flash floods in Wadi al-Qata.", "word"),
    ("Des personnes ont été tuées par les inondations.", "word"),
    ("عثر المتطوعون على عش للسلاحف.", "word"),
]


@pytest.mark.parametrize(("text", "number"), SUPPORTED)
def test_supported_by_the_cited_passage(text: str, number: int) -> None:
    verdict = check(text, number)
    assert verdict.fault is None
    assert list(verdict.support) == [number]
    assert not verdict.moved


@pytest.mark.parametrize(("text", "number"), SUPPORTED)
def test_a_wrong_citation_is_corrected(text: str, number: int) -> None:
    verdict = check(text, number % 3 + 1)
    assert list(verdict.support) == [number]
    assert verdict.moved


@pytest.mark.parametrize(("text", "number"), SUPPORTED)
def test_a_missing_citation_is_added(text: str, number: int) -> None:
    assert list(check(text).support) == [number]


@pytest.mark.parametrize(("text", "fault"), UNSUPPORTED)
@pytest.mark.parametrize("cited", [(), (1,), (2,), (3,), (1, 2, 3)])
def test_unsupported_by_any_passage(text: str, fault: str, cited: tuple[int, ...]) -> None:
    assert check(text, *cited).support == {}


@pytest.mark.parametrize(("text", "fault"), UNSUPPORTED)
def test_the_fault_names_the_rule(text: str, fault: str) -> None:
    cited = 1 if ParsedClaim(text).is_arabic else 3
    if any(word in text for word in ("غانتس", "إسرائيل", "غزة", "نتنياهو")):
        cited = 2
    assert check(text, cited).fault == fault


@pytest.mark.parametrize(
    "text", ["وفقا للمقال:", "According to the passages:", "وهكذا.", "Here is what it says:"]
)
def test_sentences_without_a_claim(text: str) -> None:
    assert check(text, 1).fault == "no_claim"


def test_two_passages_may_support_a_sentence_together() -> None:
    checker = SupportChecker(
        prompt_passages(
            "افتتح الوزير جسر النيل الجديد أمس.",
            "بلغت كلفة جسر النيل الجديد مئة مليون دينار.",
            "فاز الفريق بالكأس.",
        ),
        embed_alike,
    )
    both = "افتتح الوزير جسر النيل الجديد الذي بلغت كلفته مئة مليون دينار."
    assert list(checker.check(Claim(both, (1, 2))).support) == [1, 2]
    assert set(checker.check(Claim(both, (1,))).support) == {1, 2}, "the second is added"
    assert set(checker.check(Claim(both, (1, 2, 3))).support) == {1, 2}, "the third is dropped"


def test_the_span_is_the_supporting_sentence() -> None:
    text = check("بلغت كمية الأمطار 94 مليمترا.", 1)
    support = text.support[1]
    assert FLOOD.text[support.start : support.end].startswith("وقال العميد")


def test_the_span_includes_a_neighbour_with_the_other_terms() -> None:
    verdict = check("بدأت الأمطار نحو الثالثة فجرا، ولم يصدر تفسير رسمي لصمت الصفارات.", 1)
    support = verdict.support[1]
    quote = FLOOD.text[support.start : support.end]
    assert quote.startswith("وقال العميد")
    assert quote.endswith("لصمت صفارات الإنذار.")


def test_spans_are_offsets_in_the_article() -> None:
    moved = passage("افتتح الوزير الجسر. وهو طويل.", 1, start=1000)
    verdict = SupportChecker(prompt_passages(moved), embed_alike).check(
        Claim("افتتح الوزير الجسر.", (1,))
    )
    assert (verdict.support[1].start, verdict.support[1].end) == (1000, 1019)


def test_the_same_words_need_a_similar_embedding() -> None:
    checker = SupportChecker(prompt_passages(FLOOD), embed_unlike)
    verdict = checker.check(Claim("لقي سبعة أشخاص مصرعهم في سيول مفاجئة.", (1,)))
    assert verdict.fault == "similarity"


@pytest.mark.parametrize(
    ("published", "sentence", "supported"),
    [
        ("2022-11-14", "وقع الحادث في 13 نوفمبر 2022.", True),
        ("2022-11-14", "وقع الحادث في 14 نوفمبر 2022.", True),
        ("2022-11-14", "وقع الحادث في 12 نوفمبر 2022.", False),
        ("2022-11-01", "وقع الحادث في 31 أكتوبر.", True),
        (None, "وقع الحادث في 13 نوفمبر 2022.", False),
    ],
)
def test_yesterday_is_the_day_before_publication(
    published: str | None, sentence: str, supported: bool
) -> None:
    article = passage("وقع الحادث أمس في المدينة.", 1, published=published)
    verdict = SupportChecker(prompt_passages(article), embed_alike).check(Claim(sentence, (1,)))
    assert (verdict.fault is None) is supported


WORDS = st.sampled_from(
    ["لقي", "سبعة", "أشخاص", "مصرعهم", "في", "سيول", "19", "مليون", "لم", "«قال»", "12.5", "%"]
)


@given(st.lists(WORDS, max_size=12).map(" ".join), st.sets(st.integers(1, 3)))
def test_spans_lie_within_their_passages(text: str, cited: set[int]) -> None:
    sources = {1: FLOOD, 2: GANTZ, 3: TURTLES}
    verdict = check(text, *sorted(cited))
    assert bool(verdict.support) == (verdict.fault is None)
    for number, support in verdict.support.items():
        assert 0 <= support.start < support.end <= len(sources[number].text)


@given(st.text(max_size=80), st.sets(st.integers(1, 3)))
def test_any_text_gets_a_consistent_verdict(text: str, cited: set[int]) -> None:
    verdict = check(text, *sorted(cited))
    assert bool(verdict.support) == (verdict.fault is None)
