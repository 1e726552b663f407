"""What articles prove of one another: teasers are never cited, copies of a story are one source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.engine import Engine
from ingest.pipeline import run_ingest
from ingest.store import open_store
from tests.conftest import Rawi
from tests.integration.newsroom import stored_info, utc
from vectorstore.catalogue.line_fingerprints import LEAD, TAIL
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article, Filters
from vectorstore.store import ArticleStore

HEADLINE = "منتخب الشراع يحرز ذهبية البحر المتوسط للناشئين؟"
NOTICE = "تصلكم أخبارنا العاجلة على هواتفكم بعد تحميل تطبيق صحيفة المرفأ."
BRIDGE = [
    "افتتح وزير النقل أمس جسر النورس الذي يربط ضفتي نهر سلوى بعد عامين من الأشغال الشاقة.",
    "وقال الوزير إن كلفة الجسر بلغت أربعين مليون دينار دفعتها الدولة من ميزانية الطرق.",
    "ومن المقرر أن تعبره عشرة آلاف سيارة كل يوم، وأن يخفف الزحام عن وسط المدينة القديمة.",
]
SAILING = [
    "عاد فريق الشراع إلى الوطن حاملا الميدالية الذهبية التي نالها في سباق الناشئين أول أمس.",
    "وكان السباق قد أقيم قبالة سواحل جزيرة المرجان بمشاركة عشرين بلدا من ضفتي البحر.",
]
DESALINATION = (
    "أعلنت بلدية مرسى الياسمين أن محطة التحلية الجديدة ستبدأ العمل في الربيع وأنها ستضخ 40 ألف متر"
    " مكعب من الماء كل يوم إلى أحياء المدينة القديمة وإلى 12 قرية حولها. وأضافت أن الأشغال استغرقت"
    " ثلاثة أعوام وأن المحطة تعمل بالطاقة الشمسية وحدها في النهار وبالبطاريات في الليل."
)


def article(article_id: str, title: str, *lines: str, **fields: Any) -> Article:
    fields = {"source": "المرفأ", "language": "ar", **fields}
    return Article(id=article_id, title=title, text="\n".join(lines), **fields)


def bridge(*lines: str) -> Article:
    """An article with a question between its paragraphs, which may well be its own."""
    return article("bridge", "افتتاح جسر النورس", *(lines or [*BRIDGE[:2], HEADLINE, BRIDGE[2]]))


def sailing(title: str = HEADLINE) -> Article:
    return article("sailing", title, *SAILING)


@pytest.fixture
def store(home: Path, embedded: list[str]) -> Any:
    with open_store(StoreSettings(), writable=True) as opened:
        yield opened


def put(store: ArticleStore, *articles: Article) -> None:
    from ingest.store import chunker_for

    store.put_many([(a, chunker_for(store.embedder)) for a in articles])


def passages(store: ArticleStore, article_id: str) -> list[str]:
    return [passage.text for _, passage in store.catalogue.passages_of(article_id)]


def everything(store: ArticleStore) -> dict[str, list[str]]:
    return {i: passages(store, i) for i in store.catalogue.article_ids()}


WITH = ["\n".join([*BRIDGE[:2], HEADLINE, BRIDGE[2]])]
WITHOUT = ["\n".join(BRIDGE[:2]), BRIDGE[2]]


def test_a_later_article_proves_a_line_of_an_earlier_one_to_be_its_headline(
    store: ArticleStore, embedded: list[str]
) -> None:
    put(store, bridge())
    assert passages(store, "bridge") == WITH
    ingested = stored_info(store, "bridge").ingested_at
    put(store, sailing())
    assert passages(store, "bridge") == WITHOUT
    assert store.get("bridge") == bridge()
    assert stored_info(store, "bridge").ingested_at == ingested
    best = store.search("هل أحرز منتخب الشراع ذهبية البحر المتوسط؟")[0]
    assert best.article.id == "sailing"
    assert not [p for p in store.search(HEADLINE) if HEADLINE in p.text]
    assert store.check() == []
    embedded.clear()
    put(store, bridge(), sailing())
    assert embedded == []


def test_an_earlier_article_proves_it_as_well(store: ArticleStore) -> None:
    put(store, sailing())
    put(store, bridge())
    assert passages(store, "bridge") == WITHOUT


def test_a_headline_in_two_stories_is_neithers(store: ArticleStore) -> None:
    other = article("quarry", "إغلاق محجر الرخام", SAILING[0], HEADLINE, SAILING[1])
    put(store, bridge())
    put(store, other)
    assert passages(store, "bridge") == WITHOUT
    assert passages(store, "quarry") == SAILING


def test_without_its_proof_a_line_comes_back(store: ArticleStore) -> None:
    put(store, bridge(), sailing())
    assert passages(store, "bridge") == WITHOUT
    put(store, sailing(title="عودة الأبطال إلى أرض الوطن"))
    assert passages(store, "bridge") == WITH
    put(store, sailing())
    assert passages(store, "bridge") == WITHOUT
    store.remove(["sailing"])
    assert passages(store, "bridge") == WITH
    assert store.check() == []


def test_an_article_that_loses_the_line_proves_nothing_any_more(store: ArticleStore) -> None:
    other = article("quarry", "إغلاق محجر الرخام", SAILING[0], HEADLINE, SAILING[1])
    put(store, bridge(), other)
    put(store, article("quarry", "إغلاق محجر الرخام", *SAILING))
    assert passages(store, "bridge") == WITH


def test_a_removal_by_who_cannot_cut_is_made_good_by_the_next_run(
    store: ArticleStore, tmp_path: Path
) -> None:
    put(store, bridge(), sailing())
    with ArticleStore(chunker_id=None, writable=True, check_fingerprint=False) as other:
        other.remove(["sailing"])
    assert passages(store, "bridge") == WITHOUT
    (tmp_path / "empty").mkdir()
    run_ingest(store, [tmp_path / "empty"])
    assert passages(store, "bridge") == WITH and store.catalogue.pending_line_keys() == set()


def notices() -> list[Article]:
    topics = ["الجسر الجديد", "سباق القوارب", "موسم الزيتون", "معرض الكتاب", "مستشفى الأطفال"]
    return [
        article(f"n{n}", topic, f"خبر طويل عن {topic} رقم {n} في المدينة.", NOTICE)
        for n, topic in enumerate(topics)
    ]


def test_a_sources_notice_is_left_out_once_enough_stories_have_it(store: ArticleStore) -> None:
    *first, last = notices()
    put(store, *first)
    assert all(NOTICE in passages(store, a.id)[-1] for a in first)
    put(store, last)
    assert not [text for texts in everything(store).values() for text in texts if NOTICE in text]


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_ingest_and_a_rebuild_change_nothing(store: ArticleStore, order: int) -> None:
    from ingest.store import chunker_for

    articles = [bridge(), sailing(), *notices(), *copies()]
    for one in articles[::order]:
        put(store, one)
    incremental, twins = (
        everything(store),
        store.catalogue.duplicate_groups([a.id for a in articles]),
    )
    assert incremental["bridge"] == WITHOUT and twins == dict.fromkeys(("a", "b"), ("a", "b"))
    store.rebuild(chunker_for(store.embedder))
    assert everything(store) == incremental
    assert store.catalogue.duplicate_groups([a.id for a in articles]) == twins
    assert store.check() == []
    store.remove(["sailing"])
    assert passages(store, "bridge") == WITH


def copies() -> list[Article]:
    edited = DESALINATION.replace("أعلنت بلدية", "قالت بلدية").replace("كل يوم", "يوميا")
    return [
        article("a", "محطة للتحلية", DESALINATION, published_at=utc("2026-060"), source="المرفأ"),
        article("b", "ماء من البحر", edited, published_at=utc("2026-061"), source="الساحل"),
    ]


def found(store: ArticleStore, filters: Filters | None = None) -> list[tuple[str, list[str]]]:
    hits = store.search("كم متر مكعب من الماء ستضخ المحطة؟", filters=filters)
    return [(p.article.id, [i.id for i in p.also_in]) for p in hits if p.article.id in "abc"]


def test_of_copies_the_newest_is_found_and_names_the_others(store: ArticleStore) -> None:
    a, b = copies()
    put(store, a, bridge())
    assert found(store) == [("a", [])]
    put(store, b)
    assert found(store) == [("b", ["a"])]
    put(store, article("c", "تحلية", DESALINATION, source="النهار"))
    assert found(store) == [("b", ["a", "c"])]


def test_filters_decide_which_copy_is_found(store: ArticleStore) -> None:
    put(store, *copies())
    assert found(store, Filters(sources=("المرفأ",))) == [("a", ["b"])]
    assert found(store, Filters(until=utc("2026-060"))) == [("a", ["b"])]


def test_a_copy_that_changes_or_goes_leaves_its_group(store: ArticleStore) -> None:
    a, b = copies()
    put(store, a, b)
    other = article("b", "خبر آخر", *SAILING, source="الساحل")
    put(store, other)
    assert found(store)[0] == ("a", [])
    put(store, b)
    assert found(store) == [("b", ["a"])]
    store.remove(["b"])
    assert found(store) == [("a", [])]
    assert store.check() == []


def test_an_answer_cites_one_copy_and_names_the_other(home: Path, embedded: list[str]) -> None:
    with Engine.open(create=True) as engine:
        put(engine.store, *copies(), bridge(), sailing())
        answer = engine.ask("كم متر مكعب من الماء ستضخ محطة التحلية كل يوم؟")
    assert [(c.article_id, [s.article_id for s in c.also_in]) for c in answer.citations] == [
        ("b", ["a"])
    ]
    assert "40 ألف متر" in answer.text


def test_a_teaser_is_not_cited(home: Path, embedded: list[str]) -> None:
    """The question is in the teaser's words, and the story itself is not there."""
    teaser = "للمزيد: غواصون يعثرون على تمثال من المرمر قبالة جزيرة المرجان"
    with Engine.open(create=True) as engine:
        put(engine.store, bridge(*BRIDGE[:2], teaser, BRIDGE[2]), *copies())
        answer = engine.ask("على أي تمثال عثر غواصون قبالة جزيرة المرجان؟")
    assert not [c for c in answer.citations if "تمثال" in c.quote]
    assert answer.refused


def test_another_articles_summary_is_a_teaser_but_ones_own_is_not(store: ArticleStore) -> None:
    summary = f"{SAILING[0].removesuffix('.')} وسط ترحيب الأهالي في الميناء"
    own = article("sailing", "عودة الأبطال", summary, SAILING[1], metadata={"summary": summary})
    put(store, bridge(*BRIDGE, summary))
    assert passages(store, "bridge") == ["\n".join([*BRIDGE, summary])]
    put(store, own)
    assert passages(store, "bridge") == ["\n".join(BRIDGE)]
    assert passages(store, "sailing") == ["\n".join([summary, SAILING[1]])]


LIGHTHOUSE_TITLE = "ترميم منارة الصخرة البيضاء"
LIGHTHOUSE = [
    "بدأ مهندسو الآثار ترميم منارة الصخرة البيضاء التي أطفئت قبل نصف قرن بعدما تصدعت جدرانها.",
    "وقال كبير المهندسين إن حجارتها رقمت واحدا واحدا قبل أن ترفع، وإن المصباح سيضاء في الصيف.",
    "وبنى المنارة ملاحون من القرن السابع عشر، وكان ضوؤها يرى من مسافة عشرين ميلا في البحر.",
]
OLIVES_TITLE = "موسم الزيتون أقل من المعتاد"
OLIVES = [
    "تراجع محصول الزيتون في قرى الجبل إلى النصف هذا العام بسبب صقيع ضرب الأشجار في آذار.",
    "وذكر رئيس تعاونية المعاصر أن سعر الصفيحة ارتفع إلى تسعين دينارا وقد يزيد قبل الشتاء.",
    "وينتظر المزارعون تعويضا وعدت به وزارة الزراعة من خسر أكثر من ثلث أشجاره.",
]


def page(article_id: str, title: str, body: list[str], *teasers: str, **fields: Any) -> Article:
    """A scraped page: an article with what stood below it."""
    return article(article_id, title, *body, *teasers, **fields)


def teased_pages() -> list[Article]:
    """A story whose lead stands under two others, below some headline and cut short."""
    return [
        page("olives", OLIVES_TITLE, OLIVES, "عودة الضوء إلى البحر", LIGHTHOUSE[0]),
        page("bridge", "افتتاح جسر النورس", BRIDGE, " ".join(LIGHTHOUSE[0].split()[:13]) + "..."),
        page("lighthouse", LIGHTHOUSE_TITLE, LIGHTHOUSE),
    ]


def check_teased_pages(store: ArticleStore) -> None:
    assert passages(store, "olives") == ["\n".join(OLIVES)]
    assert passages(store, "bridge") == ["\n".join(BRIDGE)]
    assert passages(store, "lighthouse") == ["\n".join(LIGHTHOUSE)]


@pytest.mark.parametrize("order", [1, -1])
def test_a_storys_lead_at_the_end_of_another_page_is_only_the_storys(
    store: ArticleStore, order: int
) -> None:
    for one in teased_pages()[::order]:
        put(store, one)
    check_teased_pages(store)
    assert store.check() == []
    best = store.search("متى بدأ ترميم منارة الصخرة البيضاء؟")
    assert {p.article.id for p in best if "منارة" in p.text} == {"lighthouse"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_story_that_every_page_links_to_keeps_its_lead(store: ArticleStore, order: int) -> None:
    story = page("lighthouse", LIGHTHOUSE_TITLE, LIGHTHOUSE)
    pages = [
        page(one.id, one.title, [one.text.split("\n")[0], *OLIVES[1:]], LIGHTHOUSE[0])
        for one in notices()
    ]
    for one in [story, *pages][::order]:
        put(store, one)
    assert passages(store, "lighthouse") == ["\n".join(LIGHTHOUSE)]
    assert not any(LIGHTHOUSE[0] in text for one in pages for text in passages(store, one.id))
    assert all(passages(store, one.id) for one in pages)


def test_paragraphs_at_the_ends_of_pages_are_judged_alike_at_once_and_by_a_rebuild(
    store: ArticleStore,
) -> None:
    from ingest.store import chunker_for

    put(store, *teased_pages())
    check_teased_pages(store)
    store.rebuild(chunker_for(store.embedder))
    check_teased_pages(store)


def test_a_paragraph_at_the_end_of_two_unlike_pages_belongs_to_neither(store: ArticleStore) -> None:
    first, second, _ = teased_pages()
    put(store, first)
    assert any(LIGHTHOUSE[0] in text for text in passages(store, "olives"))
    put(store, second)
    assert passages(store, "olives") == ["\n".join(OLIVES)]
    store.remove(["bridge"])
    assert any(LIGHTHOUSE[0] in text for text in passages(store, "olives"))


def test_a_page_of_another_source_says_nothing_about_the_end_of_a_page(
    store: ArticleStore,
) -> None:
    first, _, story = teased_pages()
    put(store, first, article(story.id, "من أخبار البحر", story.text, source="الساحل"))
    assert LIGHTHOUSE[0] in "\n".join(passages(store, "olives"))


def test_background_that_two_reports_of_one_affair_repeat_stays(store: ArticleStore) -> None:
    background = "وكان صقيع آذار قد ضرب أشجار الزيتون في قرى الجبل فأتلف نصف محصول المعاصر."
    compensation = [
        "أقرت وزارة الزراعة تعويض مزارعي الزيتون الذين خسروا أكثر من ثلث أشجارهم في الجبل.",
        "وستدفع الوزارة ستين دينارا عن كل شجرة تالفة، على أن يقدم الطلب قبل نهاية الشهر.",
        "ورحب رئيس تعاونية المعاصر بالقرار، لكنه قال إنه جاء متأخرا ولا يكفي لشراء الغراس.",
    ]
    put(store, page("olives", OLIVES_TITLE, OLIVES, background))
    put(store, page("compensation", "الوزارة تعوض مزارعي الجبل", compensation, background))
    for one in ("olives", "compensation"):
        assert background in "\n".join(passages(store, one))


def test_a_report_that_leads_with_what_another_ends_with_leaves_it_there(
    store: ArticleStore,
) -> None:
    """The earlier report's lead is the later one's background: both are about one affair."""
    later = [
        "قالت وزارة الزراعة إن تعويض مزارعي الزيتون في قرى الجبل سيصرف الشهر المقبل.",
        "وستدفع الوزارة ستين دينارا عن كل شجرة أتلفها صقيع آذار في بساتين المزارعين.",
        "ويطالب المزارعون بأكثر من ذلك بعد أن تراجع محصول هذا العام إلى النصف.",
    ]
    put(store, page("olives", OLIVES_TITLE, OLIVES))
    put(store, page("later", "صرف تعويض الزيتون الشهر المقبل", later, OLIVES[0]))
    assert OLIVES[0] in "\n".join(passages(store, "later"))


def test_a_teaser_at_the_end_of_a_page_is_not_cited(home: Path, embedded: list[str]) -> None:
    with Engine.open(create=True) as engine:
        put(engine.store, *teased_pages())
        answer = engine.ask("ما الذي بدأ مهندسو الآثار ترميمه؟")
    assert {c.article_id for c in answer.citations} == {"lighthouse"}


def test_a_rebuild_finds_what_an_older_version_did_not_look_for(home: Path, rawi: Rawi) -> None:
    first, second, story = teased_pages()
    with open_store(StoreSettings(), writable=True) as opened:
        put(opened, first, second, story)
        with opened.catalogue.transaction():  # as version 0.1.0 left them
            opened.catalogue.write_rows("DELETE FROM traces WHERE kind IN (?,?)", [(TAIL, LEAD)])
            opened.catalogue.write_rows("DELETE FROM teasers WHERE key <> ?", [(0,)])
        assert opened.catalogue.has_old_fingerprints()
    result = rawi("store", "rebuild")
    assert result.returncode == 0, result.stderr
    with open_store(StoreSettings(), writable=True) as opened:
        assert not opened.catalogue.has_old_fingerprints()
        check_teased_pages(opened)
        assert opened.check() == []
