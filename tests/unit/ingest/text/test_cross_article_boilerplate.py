from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.text.boilerplate import line_key
from ingest.text.cross_article_boilerplate import CrossArticleDetector, bands
from vectorstore.catalogue.line_fingerprints import (
    BAND,
    HEADLINE,
    SENTENCE,
    TITLE,
    LineFingerprint,
    LineOccurrence,
)
from vectorstore.core.types import Article

STORY = (
    "أعلنت بلدية مرسى الياسمين أن محطة التحلية الجديدة ستبدأ العمل في الربيع وأنها ستضخ 40 ألف متر"
    " مكعب من الماء كل يوم إلى أحياء المدينة القديمة وإلى 12 قرية حولها. وأضافت أن الأشغال استغرقت"
    " ثلاثة أعوام وأن المحطة تعمل بالطاقة الشمسية وحدها في النهار وبالبطاريات في الليل."
)


def article(article_id: str, text: str, title: str = "", day: int = 1) -> Article:
    return Article(
        id=article_id, title=title, text=text, published_at=datetime(2026, 3, day, tzinfo=UTC)
    )


@pytest.fixture
def detector() -> CrossArticleDetector:
    def no_chunker() -> None:
        raise AssertionError("nothing is cut here")

    return CrossArticleDetector(no_chunker)  # type: ignore[arg-type]


def test_fingerprints_are_those_of_the_title_and_of_lines_that_may_be_boilerplate(
    detector: CrossArticleDetector,
) -> None:
    headline = "منتخب الشراع يحرز ذهبية البحر المتوسط"
    notice = "تصلكم أخبارنا بعد تحميل تطبيق صحيفة المرفأ."
    text = f"{STORY}\nاقرأ أيضا: {headline}\n{STORY}\n{notice}"
    traces = detector.fingerprints(article("a", text, title="محطة تحلية في مرسى الياسمين"))
    assert LineFingerprint(TITLE, line_key("محطة تحلية في مرسى الياسمين")) in traces
    assert LineFingerprint(HEADLINE, line_key(headline)) in traces
    assert LineFingerprint(SENTENCE, line_key(notice)) in traces
    assert sum(trace.kind == BAND for trace in traces) == 20


def test_short_titles_have_no_fingerprint(detector: CrossArticleDetector) -> None:
    traces = detector.fingerprints(article("a", STORY, title="خطوة جيدة"))
    assert not [trace for trace in traces if trace.kind == TITLE]


def occurrences_of(*ids: str, source: str = "المرفأ", title: str = "") -> list[LineOccurrence]:
    return [LineOccurrence(i, source, title or f"{i} وحده") for i in ids]


def test_a_line_that_is_another_articles_title_is_boilerplate(
    detector: CrossArticleDetector,
) -> None:
    assert detector.is_boilerplate({TITLE: occurrences_of("a"), SENTENCE: occurrences_of("b")}, {})
    assert not detector.is_boilerplate(
        {TITLE: occurrences_of("a"), HEADLINE: occurrences_of("a")}, {}
    )


def test_a_headline_shared_by_two_articles_is_boilerplate_unless_they_are_duplicates(
    detector: CrossArticleDetector,
) -> None:
    held = {HEADLINE: occurrences_of("a", "b")}
    assert detector.is_boilerplate(held, {})
    assert not detector.is_boilerplate(held, {"a": "a", "b": "a"})
    assert not detector.is_boilerplate({SENTENCE: occurrences_of("a", "b")}, {})


def test_a_sentence_shared_by_many_articles_of_different_topics_is_a_notice(
    detector: CrossArticleDetector,
) -> None:
    topics = ["جسر النهر", "سباق القوارب", "موسم الزيتون", "معرض الكتاب", "مستشفى الأطفال"]
    others = [LineOccurrence(f"n{n}", "المرفأ", topic) for n, topic in enumerate(topics)]
    assert detector.is_boilerplate({SENTENCE: others}, {})
    assert not detector.is_boilerplate({SENTENCE: others[:4]}, {})
    one_affair = [
        LineOccurrence(f"n{n}", "المرفأ", f"{topic} في حصار سلوى") for n, topic in enumerate(topics)
    ]
    assert not detector.is_boilerplate({SENTENCE: one_affair}, {})
    papers = [LineOccurrence(f"n{n}", f"صحيفة {n}", topic) for n, topic in enumerate(topics)]
    assert not detector.is_boilerplate({SENTENCE: papers}, {})


def test_agency_copy_with_small_edits_is_a_near_duplicate(detector: CrossArticleDetector) -> None:
    edited = STORY.replace("أعلنت بلدية", "قالت بلدية").replace("كل يوم", "يوميا")
    assert detector.are_duplicates(article("a", STORY), article("b", edited, day=2))
    assert set(bands(STORY)) & set(bands(edited))


def test_articles_with_other_numbers_or_of_another_week_are_not_duplicates(
    detector: CrossArticleDetector,
) -> None:
    figures = STORY.replace("40", "55").replace("12", "30")
    assert not detector.are_duplicates(article("a", STORY), article("b", figures))
    edited = STORY.replace("أعلنت", "قالت")
    assert not detector.are_duplicates(article("a", STORY), article("b", edited, day=20))
    assert detector.are_duplicates(article("a", STORY), article("b", STORY, day=20))
    assert not detector.are_duplicates(article("a", STORY), article("b", "خبر آخر " * 30))


def test_texts_of_a_few_words_have_no_bands() -> None:
    assert bands("خبر عاجل من المدينة") == []
    assert len(set(bands(STORY))) == 20
