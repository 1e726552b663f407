"""Summaries, overviews and timelines of articles in a real store."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bot.answering.sentence_scorer import SentenceScorer
from bot.core.intents import Reply
from bot.summarization.next_questions import next_questions
from bot.summarization.overview import overview
from bot.summarization.related import related
from bot.summarization.stories import find_story
from bot.summarization.summary import SHORT_CHARACTERS, SHORT_SENTENCES, summarize
from bot.summarization.timeline import MAX_LINES, timeline
from tests.integration.conftest import Opened
from tests.integration.newsroom import article, put
from vectorstore.core.types import Article
from vectorstore.store import ArticleStore


def report(article_id: str, day: str, title: str, *paragraphs: str) -> Article:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return article(article_id, *paragraphs, title=title, published_at=moment, source="الساحل")


BRIDGE = [
    report(
        "bridge-1",
        "2026-03-02",
        "انهيار جسر وادي السدر على مشارف مدينة الريحان",
        "الريحان (وكالات) - انهار جسر وادي السدر قرب مدينة الريحان صباح الاثنين أثناء مرور "
        "شاحنتين محملتين بالحجارة.",
        "وقتل أربعة أشخاص على الأقل في انهيار الجسر، بحسب الدفاع المدني.",
        "وأضاف أن فرق الإنقاذ تبحث عن مفقودين.",
    ),
    report(
        "bridge-2",
        "2026-03-03",
        "ارتفاع حصيلة انهيار جسر وادي السدر إلى تسعة قتلى",
        "ارتفعت حصيلة انهيار جسر وادي السدر قرب الريحان إلى تسعة قتلى بعد انتشال خمس جثث.",
        "وقال مدير الدفاع المدني كمال زيدان إن البحث عن مفقودين انتهى مساء الثلاثاء.",
        "هل كان يمكن تفادي الكارثة؟",
    ),
    report(
        "bridge-3",
        "2026-03-06",
        "لجنة التحقيق: صدأ الكابلات وراء انهيار جسر وادي السدر",
        "أعلنت لجنة التحقيق في انهيار جسر وادي السدر أن صدأ الكابلات هو سبب الحادث.",
        "وكشفت اللجنة أن آخر فحص للجسر أجري قبل أحد عشر عاما.",
        "وهذه هي المرة الأولى التي تنشر فيها نتائج تحقيق كهذا.",
        "وتعهدت وزارة النقل بفحص جميع الجسور المعلقة في البلاد خلال ستة أشهر.",
        "وأوقفت النيابة مهندسين اثنين كانا مسؤولين عن صيانة الجسر.",
        "ويربط الجسر مدينة الريحان بالطريق الساحلي، ويعبره ستة آلاف سيارة كل يوم.",
    ),
]
OTHERS = [
    report(
        "transfer",
        "2026-03-04",
        "المهاجم نادر شعبان ينتقل إلى اتحاد المرفأ",
        "وقع المهاجم نادر شعبان عقدا مع اتحاد المرفأ لثلاثة مواسم مقابل مليوني دولار.",
        "وسجل شعبان 18 هدفا في الموسم الماضي.",
    ),
    report(
        "bread",
        "2026-03-05",
        "رفع سعر الخبز المدعوم بنسبة عشرة في المئة",
        "قررت وزارة التموين رفع سعر الخبز المدعوم بنسبة عشرة في المئة من أول الشهر.",
        "وقالت الوزارة إن أسعار القمح ارتفعت عالميا.",
    ),
    report(
        "festival",
        "2026-03-01",
        "افتتاح مهرجان المسرح الجامعي في قرطبة الجديدة",
        "افتتح مهرجان المسرح الجامعي دورته العشرين بعرض لفرقة من المغرب.",
        "ويشارك في المهرجان أربعة عشر عرضا من تسع دول.",
    ),
    report(
        "vaccine",
        "2026-02-20",
        "حملة لتطعيم الأطفال ضد الحصبة في القرى الجبلية",
        "بدأت وزارة الصحة حملة لتطعيم سبعين ألف طفل ضد الحصبة في القرى الجبلية.",
        "وسجلت الوزارة ثلاثين إصابة بالحصبة منذ يناير.",
    ),
    report(
        "train",
        "2026-02-25",
        "إضراب سائقي القطارات يشل محطة العاصمة",
        "شل إضراب سائقي القطارات محطة العاصمة يوم الأربعاء وألغيت ستون رحلة.",
        "ويطالب السائقون بزيادة الأجور وتحديد ساعات العمل.",
    ),
    report(
        "museum",
        "2026-02-27",
        "متحف الملاحة يعرض سفينة خشبية عمرها ألف عام",
        "يعرض متحف الملاحة سفينة خشبية عمرها ألف عام عثر عليها صيادون قرب الجزيرة.",
        "واستغرق ترميم السفينة ست سنوات.",
    ),
]


@pytest.fixture
def store(opened: Opened) -> ArticleStore:
    store = opened(writable=True)
    put(store, *BRIDGE, *OTHERS)
    return store


def check_quotes(store: ArticleStore, reply: Reply) -> None:
    """Every quote stands in its article, and every marker has its quote."""
    for citation in reply.citations:
        found = store.get(citation.article_id)
        assert found is not None
        assert found.text[citation.start : citation.end] == citation.quote
        assert " ".join(citation.quote.split()) in reply.text
    markers = [int(n) for n in re.findall(r"\[(\d+)\]", reply.text)]
    assert markers == [c.marker for c in reply.citations]
    sources = {c.marker: c.article_id for c in reply.citations}
    assert len(sources) == len(set(sources.values()))


def test_a_summary_consists_of_sentences_that_stand_alone_in_order(store: ArticleStore) -> None:
    reply = summarize(store, SentenceScorer(store), ["bridge-3"], "ar")
    assert reply is not None
    check_quotes(store, reply)
    assert reply.mode == "summary"
    assert len(reply.text) <= 700
    assert "6 مارس 2026" in reply.text
    assert reply.citations[0].quote.startswith("أعلنت لجنة التحقيق")
    starts = [c.start for c in reply.citations]
    assert starts == sorted(starts)
    assert "المرة الأولى" not in reply.text


def test_the_newest_full_report_of_a_story_is_summarised(store: ArticleStore) -> None:
    scorer = SentenceScorer(store)
    reply = summarize(store, scorer, ["bridge-1", "bridge-2", "bridge-3"], "ar")
    assert reply is not None
    assert {c.article_id for c in reply.citations} == {"bridge-3"}


def test_a_short_summary(store: ArticleStore) -> None:
    reply = summarize(
        store,
        SentenceScorer(store),
        ["bridge-3"],
        "ar",
        max_characters=SHORT_CHARACTERS,
        sentences=SHORT_SENTENCES,
    )
    assert reply is not None
    check_quotes(store, reply)
    assert len(reply.text) <= SHORT_CHARACTERS
    assert sum(c.quote.count(".") for c in reply.citations) <= 2


@pytest.mark.parametrize("topic", ["انهيار جسر وادي السدر", "جسر السدر", "جسر الريحان"])
def test_the_story_of_a_topic_oldest_first(store: ArticleStore, topic: str) -> None:
    assert [a.id for a in find_story(store, topic)] == ["bridge-1", "bridge-2", "bridge-3"]


def test_the_story_of_a_cited_article(store: ArticleStore) -> None:
    story = find_story(store, "", context_articles=["bridge-2"])
    assert [a.id for a in story] == ["bridge-1", "bridge-2", "bridge-3"]


@pytest.mark.parametrize(
    "topic", ["زلزال تشيلي", "إضراب المعلمين في فنلندا", "انتخابات البرازيل", "مقتل خليل مراد"]
)
def test_an_unknown_topic_has_no_story(store: ArticleStore, topic: str) -> None:
    assert find_story(store, topic) == []
    assert overview(store, SentenceScorer(store), topic, "ar") is None
    assert timeline(store, SentenceScorer(store), topic, "ar") is None


def test_a_copy_is_told_once(store: ArticleStore) -> None:
    first = BRIDGE[1]
    put(
        store,
        article(
            "copy",
            *first.text.split("\n"),
            title=first.title,
            published_at=first.published_at,
            source="الميناء",
        ),
    )
    assert len(find_story(store, "انهيار جسر وادي السدر")) == 3


def test_an_overview_has_the_newest_report_and_what_led_to_it(store: ArticleStore) -> None:
    reply = overview(store, SentenceScorer(store), "انهيار جسر وادي السدر", "ar")
    assert reply is not None
    check_quotes(store, reply)
    assert reply.mode == "overview"
    assert [c.article_id for c in reply.citations] == ["bridge-3", "bridge-1", "bridge-2"]
    newest, first, second = (reply.text.index(d) for d in ("6 مارس", "2 مارس", "3 مارس"))
    assert newest < first < second
    assert "وكالات" not in reply.text


def test_one_article_is_summarised_instead(store: ArticleStore) -> None:
    for told in (overview, timeline):
        reply = told(store, SentenceScorer(store), "نادر شعبان", "ar")
        assert reply is not None
        assert reply.mode == "summary"
        assert {c.article_id for c in reply.citations} == {"transfer"}


def test_a_timeline_has_a_dated_line_per_article(store: ArticleStore) -> None:
    reply = timeline(store, SentenceScorer(store), "انهيار جسر وادي السدر", "ar")
    assert reply is not None
    check_quotes(store, reply)
    assert [c.article_id for c in reply.citations] == ["bridge-1", "bridge-2", "bridge-3"]
    assert len(re.findall(r"^• \d+ مارس 2026: «", reply.text, re.MULTILINE)) == 3
    assert reply.next_offset is None


def test_a_long_timeline_goes_on(store: ArticleStore) -> None:
    events = [
        "غمرت مياه نهر الليمون ثلاثين منزلا بعد أمطار لم تتوقف منذ الجمعة.",
        "أجلت فرق الإطفاء مئتي أسرة من ضفتي نهر الليمون إلى المدارس.",
        "جرف تيار نهر الليمون جسرا خشبيا وقطع طريق السوق.",
        "أعلن محافظ البستان حال الطوارئ بسبب فيضان نهر الليمون.",
        "أرسل الجيش زوارق لنقل الغذاء إلى قرى يحاصرها نهر الليمون.",
        "انخفض منسوب نهر الليمون مترا وعادت الكهرباء إلى حي الزيتون.",
        "قدرت غرفة الزراعة خسائر بساتين نهر الليمون بثلاثة ملايين.",
        "وافقت الحكومة على تعويضات لمتضرري فيضان نهر الليمون.",
        "بدأ متطوعون تنظيف شوارع البستان من طمي نهر الليمون.",
        "حذر خبير مياه من فيضان آخر لنهر الليمون في الخريف.",
    ]
    tolls = [
        report(
            f"flood-{day}",
            f"2026-05-{day:02}",
            f"فيضان نهر الليمون: {' '.join(event.split()[:4])}",
            event,
        )
        for day, event in enumerate(events, start=1)
    ]
    put(store, *tolls)
    first = timeline(store, SentenceScorer(store), "فيضان نهر الليمون", "ar")
    assert first is not None and first.next_offset == MAX_LINES
    rest = timeline(
        store, SentenceScorer(store), "فيضان نهر الليمون", "ar", offset=first.next_offset
    )
    assert rest is not None and rest.next_offset is None
    cited = [c.article_id for reply in (first, rest) for c in reply.citations]
    assert cited == [a.id for a in tolls]


def test_in_english_the_dates_are_english(store: ArticleStore) -> None:
    reply = timeline(store, SentenceScorer(store), "انهيار جسر وادي السدر", "en")
    assert reply is not None
    assert "6 March 2026" in reply.text


def test_articles_on_the_topic_are_offered_where_nothing_answers(store: ArticleStore) -> None:
    reply = related(store, "طول جسر وادي السدر", "ar")
    assert reply is not None
    assert reply.mode == "refusal"
    offered = [s.article_id for s in reply.suggestions]
    assert offered
    assert set(offered) <= {a.id for a in BRIDGE}
    assert offered == sorted(offered, reverse=True)
    assert not reply.citations


@pytest.mark.parametrize("topic", ["قتيلا في زلزال تشيلي", "عاصمة أستراليا", "سعر آيفون"])
def test_nothing_is_offered_for_an_unknown_topic(store: ArticleStore, topic: str) -> None:
    assert related(store, topic, "ar") is None


def test_next_questions_have_answers(store: ArticleStore) -> None:
    minister = [
        report(
            f"minister-{n}",
            f"2026-01-1{n}",
            f"حداد {act} مرفأ الصيادين",
            f"{act} الوزير جورج حداد مرفأ الصيادين في بلدة الشاطئ صباح الأحد.",
        )
        for n, act in enumerate(["يفتتح", "يزور", "يوسع"])
    ]
    visit = report(
        "bridge-4",
        "2026-03-08",
        "زيارة موقع انهيار جسر وادي السدر",
        "زار الوزير جورج حداد موقع انهيار جسر وادي السدر قرب الريحان يوم السبت.",
        "وطلب حداد من لجنة التحقيق في انهيار الجسر تقريرا آخر.",
        "وقال سكان الريحان إن الجسر كان يهتز منذ شهور.",
        "وأعلنت البلدية أن الطريق البديل سيفتح بعد أسبوع.",
    )
    put(store, *minister, visit)
    offered = next_questions(store, ["bridge-4"], "ar")
    assert [(q.text, q.intent, q.article_id) for q in offered] == [
        ("ما تسلسل أحداث هذا الخبر؟", "timeline", "bridge-4"),
        ("لخّص هذا الخبر", "summary", "bridge-4"),
        ("ما الجديد عن جورج حداد؟", "overview", None),
    ]
    others = next_questions(store, ["bridge-4"], "en", already="timeline")
    assert [q.intent for q in others] == ["summary", "overview"]
    assert next_questions(store, ["transfer"], "ar") == ()
