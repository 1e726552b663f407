"""Headlines, answers about the collection and about one article, as a reader gets them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.browsing.article_info import answer_about_article
from bot.browsing.collection import answer_about_collection
from bot.browsing.headlines import browse
from bot.conversation.slots import extract_slots
from bot.core.intents import Reply, Slots
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import parse_query_dates
from tests.integration.conftest import Opened
from tests.integration.newsroom import article, by_paragraph
from vectorstore.store import ArticleStore

TODAY = date(2026, 12, 1)  # a Tuesday


def dated(day: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, 9, tzinfo=UTC)


ARTICLES = [
    article(
        "budget",
        "أقرت الحكومة في مصر موازنة العام الجديد بعد نقاش طويل، وتعول مصر فيها على عائد القناة.",
        title="مصر تقر موازنة العام الجديد",
        source="BBC",
        published_at=dated(30),
        metadata={"category": "economy"},
    ),
    article(
        "museum",
        "افتتحت وزارة الثقافة في مصر متحفا للخط العربي في الإسكندرية بعد خمس سنوات من العمل.",
        title="متحف للخط العربي يفتح أبوابه في مصر",
        source="skynews",
        author="سلمى عبد الرحمن",
        url="https://sky.example/culture/museum",
        published_at=dated(24),
        metadata={"category": "culture", "modified_at": "2026-11-25T10:00:00+00:00"},
    ),
    article(
        "fate",
        "ما زال مصير السفينة مجهولا بعد يومين من البحث قبالة الساحل وسط أمواج عالية وضباب كثيف.",
        title="مصير السفينة المفقودة ما زال مجهولا",
        source="BBC",
        published_at=dated(29),
    ),
    article(
        "poet",
        "قرأ الشاعر سامي المصري قصائد جديدة في أمسية بدمشق حضرها جمهور كبير من محبي الشعر.",
        title="سامي المصري يقرأ قصائده في دمشق",
        source="france24",
        published_at=dated(28),
    ),
    article(
        "cup",
        "فاز فريق النجم بكأس البلاد بعد مباراة طويلة انتهت بركلات الترجيح أمام جمهور غفير.",
        title="النجم يحرز الكأس بركلات الترجيح",
        source="skynews",
        published_at=dated(27),
        metadata={"category": "sport"},
    ),
    article(
        "cup-copy",
        "فاز فريق النجم بكأس البلاد بعد مباراة طويلة انتهت بركلات الترجيح أمام جمهور غفير جدا.",
        title="النجم يحرز الكأس بركلات الترجيح",
        source="BBC",
        published_at=dated(26),
        metadata={"category": "sport"},
    ),
    article(
        "airport",
        "بدأ العمل في توسعة مطار الرياض لاستقبال مزيد من المسافرين قبل موسم الصيف المقبل.",
        title="توسعة مطار الرياض تبدأ",
        source="france24",
        published_at=dated(20, 10),
    ),
]


@pytest.fixture
def store(opened: Opened) -> ArticleStore:
    store = opened()
    store.put_many([(item, by_paragraph(item)) for item in ARTICLES])
    return store


Asked = tuple[ParsedQuestion, Slots]


def asked(store: ArticleStore, text: str) -> Asked:
    question = ParsedQuestion(text)
    sources = [source for source, _ in store.catalogue.sources()]
    return question, extract_slots(question, parse_query_dates(question, TODAY), sources)


def browsed(store: ArticleStore, text: str, offset: int = 0) -> Reply:
    question, slots = asked(store, text)
    reply = browse(store, slots, question.language, TODAY, offset)
    assert reply is not None and reply.mode == "headlines"
    for citation in reply.citations:
        stored = store.get(citation.article_id)
        assert stored is not None
        assert stored.text[citation.start : citation.end] == citation.quote
    return reply


def ids(reply: Reply) -> list[str]:
    return [citation.article_id for citation in reply.citations]


def test_headlines_are_the_newest_first_with_source_and_date(store: ArticleStore) -> None:
    reply = browsed(store, "أخبار")
    assert ids(reply) == ["budget", "fate", "poet", "cup", "museum", "airport"]
    first = reply.text.splitlines()[1]
    assert first == "• مصر تقر موازنة العام الجديد — BBC، 30 نوفمبر 2026 [1]"


def test_more_goes_on_where_the_last_page_ended(store: ArticleStore) -> None:
    first = browsed(store, "هات خبرين")
    assert first.next_offset == 2 and len(first.citations) == 2
    second = browsed(store, "هات خبرين", 2)
    assert ids(first) + ids(second) == ["budget", "fate", "poet", "cup"]
    assert browsed(store, "هات خبرين", 4).next_offset is None
    question, slots = asked(store, "هات خبرين")
    assert browse(store, slots, question.language, TODAY, 6) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("آخر أخبار مصر", ["budget", "museum"]),  # not مصير, nor a name with المصري
        ("آخر أخبار الرياضة", ["cup"]),  # not الرياض
        ("latest sports news", ["cup"]),
        ("أخبار الرياض", ["airport"]),
        ("أخبار مصر من سكاي نيوز", ["museum"]),
        ("أخبار تشرين أول 2026", ["airport"]),
        ("أخبار أكتوبر من فرانس 24", ["airport"]),
        ("خبرين من بي بي سي", ["budget", "fate"]),
    ],
)
def test_headlines_of_a_topic_section_source_or_month(
    store: ArticleStore, question: str, expected: list[str]
) -> None:
    assert ids(browsed(store, question)) == expected


def test_nothing_of_today_gives_the_newest_day(store: ArticleStore) -> None:
    reply = browsed(store, "ما أخبار اليوم؟")
    assert ids(reply) == ["budget"]
    assert "لم أجد" in reply.text and "30 نوفمبر 2026" in reply.text


def test_nothing_on_a_topic_in_a_period_gives_the_newest_on_it(store: ArticleStore) -> None:
    reply = browsed(store, "أخبار الرياض هذا الأسبوع")
    assert ids(reply) == ["airport"]
    assert reply.text.startswith("لم أجد أخبارًا عن الرياض بين 29 نوفمبر 2026")


@pytest.mark.parametrize(
    "text",
    ["آخر أخبار البرتقال", "آخر أخبار سفيرة مصر"],  # nor is سفيرة the السفينة of a headline
)
def test_a_topic_that_no_article_is_about_has_no_headlines(store: ArticleStore, text: str) -> None:
    question, slots = asked(store, text)
    assert browse(store, slots, question.language, TODAY) is None


@pytest.mark.parametrize(
    ("question", "present", "absent"),
    [
        ("كم مقالا عندك؟", ["7 مقالات"], ["BBC", "2026"]),
        ("ما مصادرك؟", ["BBC (3)", "skynews (2)", "france24 (2)"], ["مقالات"]),
        ("إلى أي تاريخ تصل أخبارك؟", ["20 أكتوبر 2026", "30 نوفمبر 2026"], ["BBC"]),
        ("ما أحدث خبر عندك؟", ["مصر تقر موازنة", "[1]"], ["[2]"]),
        ("ما الأقسام التي تغطيها؟", ["الرياضة (2)", "الاقتصاد ("], ["BBC"]),
        ("هل عندك سكاي نيوز؟", ["نعم", "مقالان"], ["BBC"]),
        ("هل عندك أخبار من الجزيرة؟", ["لا", "BBC (3)"], ["نعم"]),
        ("كم خبرا عندك عن مصر؟", ["مقالان عن مصر"], []),
        ("how many articles do you have?", ["7 articles"], ["Sources"]),
        ("ماذا لديك؟", ["7 مقالات", "BBC (3)", "30 نوفمبر 2026", "[1]"], []),
    ],
)
def test_the_collection(
    store: ArticleStore, question: str, present: list[str], absent: list[str]
) -> None:
    parsed, slots = asked(store, question)
    reply = answer_about_collection(store, parsed, slots, parsed.language, TODAY)
    assert reply is not None and reply.mode == "collection"
    assert [part for part in present if part not in reply.text] == []
    assert [part for part in absent if part in reply.text] == []


@pytest.mark.parametrize(
    ("question", "present", "absent"),
    [
        ("متى نُشر؟", ["24 نوفمبر 2026"], ["skynews", "https"]),
        ("من كتبه؟", ["سلمى عبد الرحمن"], ["2026"]),
        ("أعطني الرابط", ["https://sky.example/culture/museum"], ["2026"]),
        ("كم كلمة فيه؟", ["15 كلمة", "دقيقة"], ["https"]),
        ("متى آخر تحديث له؟", ["25 نوفمبر 2026"], ["24 نوفمبر"]),
        ("when was it published and where?", ["24 November 2026", "skynews"], ["https"]),
        ("متى نُشر خبر كأس البلاد؟", ["النجم يحرز الكأس"], ["متحف"]),
    ],
)
def test_an_article_is_described_from_what_is_stored(
    store: ArticleStore, question: str, present: list[str], absent: list[str]
) -> None:
    parsed, slots = asked(store, question)
    reply = answer_about_article(store, parsed, slots, parsed.language, ["museum"])
    assert reply is not None and reply.mode == "article" and len(reply.citations) == 1
    assert [part for part in present if part not in reply.text] == []
    assert [part for part in absent if part in reply.text] == []


def test_without_an_article_nothing_is_described(store: ArticleStore) -> None:
    parsed, slots = asked(store, "متى نُشر؟")
    assert answer_about_article(store, parsed, slots, "ar") is None


def test_an_empty_collection_has_no_news(opened: Opened) -> None:
    opened().put_many([(ARTICLES[0], by_paragraph(ARTICLES[0]))])
    store = opened()
    store.remove(["budget"])
    question, slots = asked(store, "أخبار")
    assert browse(store, slots, "ar", TODAY) is None
    assert answer_about_collection(store, question, slots, "ar", TODAY) is None
