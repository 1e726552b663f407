from __future__ import annotations

import pytest

from ingest.text.boilerplate import boilerplate_spans, line_key, paragraph_key, strip_label

FIRST = "افتتح وزير النقل أمس جسر النورس الذي يربط ضفتي نهر سلوى بعد عامين من الأشغال."
SECOND = "وقال الوزير إن كلفة الجسر بلغت أربعين مليون دينار دفعتها الدولة من ميزانية الطرق."
THIRD = "ومن المقرر أن تعبره عشرة آلاف سيارة كل يوم، وأن يخفف الزحام عن وسط المدينة."


def boilerplate_of(*lines: str, known: frozenset[int] = frozenset()) -> list[str]:
    text = "\n".join(lines)
    return [text[start:end] for start, end in boilerplate_spans(text, known)]


@pytest.mark.parametrize(
    "teaser",
    [
        "اقرأ أيضا: منتخب الشراع يحرز ذهبية البحر المتوسط",
        "إقرأ أيضاً: منتخب الشراع يحرز ذهبية البحر المتوسط",
        "اقرأ.. منتخب الشراع يحرز ذهبية البحر المتوسط",
        "اقرأ: (منتخب الشراع يحرز ذهبية البحر المتوسط)",
        "شاهد أيضاً: منتخب الشراع يحرز ذهبية البحر المتوسط",
        "قد يهمك أيضا: منتخب الشراع يحرز ذهبية البحر المتوسط",
        "قد يهمك/ منتخب الشراع يحرز ذهبية البحر المتوسط",
        "للمزيد: من يحرز ذهبية البحر المتوسط؟",
        "مواضيع ذات صلة: منتخب الشراع يحرز ذهبية",
        "Read more: Sailing team wins Mediterranean gold",
        "Related: Sailing team wins Mediterranean gold",
    ],
)
@pytest.mark.parametrize("place", ["middle", "end"])
def test_a_labelled_line_is_boilerplate(teaser: str, place: str) -> None:
    lines = [FIRST, SECOND, teaser] if place == "end" else [FIRST, teaser, SECOND]
    assert boilerplate_of(*lines) == [teaser]


def test_headlines_under_a_bare_label_are_boilerplate_up_to_the_next_paragraph() -> None:
    block = ["اقرأ أيضاً", "منتخب الشراع يحرز ذهبية البحر", "من هي بطلة الغوص؟", "رحلة الملح"]
    assert boilerplate_of(FIRST, *block, SECOND, THIRD) == block


def test_several_headlines_between_two_paragraphs_are_boilerplate() -> None:
    teasers = [
        "منتخب الشراع يحرز ذهبية البحر المتوسط",
        'غواصة: "رأيت مدينة كاملة تحت الماء"',
    ]
    assert boilerplate_of(FIRST, *teasers, SECOND, THIRD) == teasers


def test_two_headlines_at_the_end_are_boilerplate() -> None:
    teasers = ["منتخب الشراع يحرز ذهبية البحر المتوسط", "اكتشاف بئر قديمة في وادي الريحان"]
    assert boilerplate_of(FIRST, SECOND, *teasers) == teasers


def test_a_single_headline_that_the_next_paragraph_does_not_take_up_is_boilerplate() -> None:
    teaser = "منتخب الشراع يحرز ذهبية البحر المتوسط للناشئين"
    assert boilerplate_of(FIRST, SECOND, teaser, THIRD) == [teaser]


def test_a_heading_of_the_paragraph_below_is_not_boilerplate() -> None:
    heading = "عشرة آلاف سيارة تعبره كل يوم في المدينة"
    assert boilerplate_of(FIRST, SECOND, heading, THIRD) == []


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            [FIRST, SECOND, "وشكر الوزير المهندسين والعمال الذين سهروا على المشروع عامين"],
            id="a last paragraph without its full stop",
        ),
        pytest.param(
            [FIRST, SECOND, "الوزير يتوقع أن يفتتح الجسر الثاني في خريف العام المقبل"],
            id="a single line at the end, whatever it looks like",
        ),
        pytest.param([FIRST, "ردود الفعل", SECOND, "ما التالي؟", THIRD], id="short headings"),
        pytest.param(
            [
                FIRST,
                "وفي ما يأتي مواعيد الافتتاح:",
                "الجسر الشمالي يفتح للسيارات صباح يوم الأحد",
                "الجسر الجنوبي يفتح للمشاة مساء يوم الاثنين",
                SECOND,
            ],
            id="a list that was announced",
        ),
        pytest.param(
            [
                FIRST,
                "- الجسر الشمالي يفتح للسيارات صباح يوم الأحد",
                "- النفق القديم يغلق أسبوعين لإصلاح الإنارة",
                SECOND,
            ],
            id="a list with marks",
        ),
        pytest.param(
            [FIRST, *[f"يا نهر سلوى كم عبرتك زائرا رقم {n}" for n in range(9)], SECOND],
            id="a poem",
        ),
        pytest.param(
            [
                FIRST,
                "كيف ترى أثر الجسر على سكان الضفة الشرقية يا معالي الوزير؟",
                SECOND,
                "ومتى تبدأ الأشغال في الجسر الثاني الذي وعدتم به منذ سنوات؟",
                THIRD,
            ],
            id="an interview",
        ),
        pytest.param(
            [
                FIRST,
                "ليلى سالم البالغة من العمر 40 عن حزب الميناء",
                "حسن النجار البالغ من العمر 51 عن حزب الزيتون.",
                "منى الخطيب البالغة من العمر 38 عن حزب الساحل",
                SECOND,
            ],
            id="items some of which end in a full stop",
        ),
        pytest.param(
            [FIRST, '"لم نر زحاما كهذا منذ افتتاح الميناء القديم"', SECOND], id="a quotation"
        ),
        pytest.param(
            ["جسر جديد على نهر سلوى يفتح اليوم", "الكلفة أربعون مليون دينار من ميزانية الطرق"],
            id="notes without any full stop",
        ),
    ],
)
def test_lists_headings_poems_and_quotes_are_not_boilerplate(lines: list[str]) -> None:
    assert boilerplate_of(*lines) == []


def test_the_first_line_is_not_boilerplate() -> None:
    assert boilerplate_of("للمزيد: منتخب الشراع يحرز ذهبية البحر", FIRST, SECOND) == []


def test_lines_with_known_keys_are_boilerplate_whatever_their_form() -> None:
    notice = "تصلكم أخبارنا على هواتفكم بعد تحميل تطبيق صحيفة المرفأ."
    assert boilerplate_of(FIRST, SECOND, notice) == []
    assert boilerplate_of(FIRST, SECOND, notice, known=frozenset({line_key(notice)})) == [notice]


def test_one_known_headline_in_three_makes_a_long_list_boilerplate() -> None:
    teasers = [f"خبر آخر عن مدينة الميناء رقم {n} هذا الأسبوع" for n in range(9)]
    known = frozenset(line_key(line) for line in teasers[:3])
    assert boilerplate_of(FIRST, SECOND, *teasers, known=known) == teasers


def test_keys_ignore_spelling_and_labels() -> None:
    one = "أزمة المياه: 3 مدن بلا ماء"
    assert line_key(one) == line_key("ازمه المياه ٣ مدن بلا «ماء»!") != line_key("أزمة المياه")
    assert strip_label("قد يهمك أيضاً: أزمة المياه") == "أزمة المياه"
    assert strip_label("أزمة المياه") == "أزمة المياه"
    assert line_key(" … ") == 0


SUMMARY = (
    "عاد فريق الشراع للناشئين مساء أمس إلى الميناء القديم حاملا الميدالية الذهبية التي نالها في"
    " سباق البحر المتوسط قبالة جزيرة المرجان بمشاركة عشرين بلدا من ضفتي البحر وسط ترحيب الأهالي"
)
OTHER_SUMMARY = (
    "عثر غواصون من نادي المرجان على تمثال من المرمر في قاع البحر على بعد ثلاثة أميال من الساحل، في"
    " اكتشاف قال خبراء المتحف الوطني إنه الأهم منذ أن بدأت أعمال التنقيب قبل ربع قرن من الزمان"
)


def test_summaries_of_other_stories_at_the_end_are_boilerplate() -> None:
    assert boilerplate_of(FIRST, SECOND, THIRD, SUMMARY, OTHER_SUMMARY) == [SUMMARY, OTHER_SUMMARY]


def test_a_single_long_line_without_a_full_stop_is_boilerplate_only_if_known() -> None:
    assert boilerplate_of(FIRST, SECOND, SUMMARY) == []
    assert boilerplate_of(FIRST, SECOND, SUMMARY, known=frozenset({line_key(SUMMARY)})) == [SUMMARY]


STORY_HEADLINE = "منارة الصخرة البيضاء تضيء من جديد"
STORY = "بدأ مهندسو الآثار ترميم منارة الصخرة البيضاء التي أطفئت قبل نصف قرن بعدما تصدعت جدرانها."
STORY_END = "ورقمت حجارتها واحدا واحدا قبل أن ترفع، وسيعلق المصباح في ليلة منتصف الصيف."
OTHER_HEADLINE = "صقيع آذار يتلف نصف محصول الزيتون"
OTHER = "تراجع محصول الزيتون في قرى الجبل إلى النصف بسبب صقيع ضرب الأشجار في آذار الماضي."


@pytest.mark.parametrize(
    "stories",
    [
        [STORY_HEADLINE, STORY],
        [STORY_HEADLINE, STORY, STORY_END],
        [STORY_HEADLINE, STORY, OTHER_HEADLINE, OTHER],
    ],
)
def test_other_stories_with_their_headlines_at_the_end_are_boilerplate(stories: list[str]) -> None:
    assert boilerplate_of(FIRST, SECOND, THIRD, *stories) == stories


@pytest.mark.parametrize(
    "section",
    [
        ["من دفع كلفة جسر النورس؟", "دفعت كلفة جسر النورس ميزانية الطرق، وهي أربعون مليون دينار."],
        ["رأي أهل ضفة سلوى الشرقية", "قال أهل ضفة نهر سلوى الشرقية إن الجسر جاء بعد انتظار طويل."],
        [STORY_HEADLINE, f"وكان {STORY}"],
        [OTHER_HEADLINE, STORY],
    ],
)
def test_a_section_of_the_article_at_its_end_stays(section: list[str]) -> None:
    assert section[-1] not in boilerplate_of(FIRST, SECOND, THIRD, *section)


def test_a_paragraph_at_the_end_is_boilerplate_only_if_known_and_foreign() -> None:
    related = "وعبرت أول سيارة جسر النورس أمس بعد أن افتتح وزير النقل طريق الضفتين إلى وسط المدينة."
    known = frozenset({paragraph_key(STORY), paragraph_key(related)})
    assert boilerplate_of(FIRST, SECOND, THIRD, STORY) == []
    assert boilerplate_of(FIRST, SECOND, THIRD, STORY, known=known) == [STORY]
    assert boilerplate_of(FIRST, SECOND, THIRD, related, known=known) == []
    assert boilerplate_of(STORY, FIRST, SECOND, THIRD, known=known) == []


def test_the_key_of_a_paragraph_ignores_its_dateline_and_its_end() -> None:
    cut = " ".join(STORY.split()[:14]) + "..."
    assert paragraph_key(f"مرسى الياسمين (المرفأ) -- {STORY}") == paragraph_key(cut)
    assert paragraph_key(STORY) != line_key(STORY)
    assert paragraph_key(STORY) != paragraph_key(OTHER)
    assert paragraph_key("-----") == 0


LIST_AT_END = [
    STORY,
    OTHER,
    "أعلنت جامعة الساحل قبول ألف طالبة في كلية هندسة البحار بعد افتتاح مختبراتها الجديدة.",
    "فاز عازف العود الشاب نديم مراد بجائزة المهرجان الموسيقي الذي أقيم على مدرج القلعة.",
]


def test_several_paragraphs_at_the_end_that_nothing_connects_are_boilerplate() -> None:
    assert boilerplate_of(FIRST, SECOND, THIRD, *LIST_AT_END) == LIST_AT_END
    unended = [LIST_AT_END[0], f"{OTHER[:-1]} {STORY_END[1:-1]} كما أفاد المراسلون", LIST_AT_END[2]]
    assert boilerplate_of(FIRST, SECOND, THIRD, *unended) == unended


def test_paragraphs_at_the_end_that_go_on_or_tell_of_one_thing_stay() -> None:
    assert boilerplate_of(FIRST, SECOND, THIRD, *LIST_AT_END[:2]) == []
    continued = [f"وقد {line}" for line in LIST_AT_END]
    assert boilerplate_of(FIRST, SECOND, THIRD, *continued) == []
    one_thing = [f"منارة الصخرة: {line}" for line in LIST_AT_END]
    assert boilerplate_of(FIRST, SECOND, THIRD, *one_thing) == []


def test_the_lead_of_a_headline_under_a_label_is_boilerplate_whatever_it_shares() -> None:
    headline = "وزير النقل يفتتح نفق سلوى تحت النهر"
    lead = "افتتح وزير النقل نفق سلوى الذي يمر تحت النهر قرب جسر النورس بعد خمسة أعوام."
    found = boilerplate_of(FIRST, SECOND, THIRD, "اقرأ أيضا", headline, lead)
    assert found == ["اقرأ أيضا", headline, lead]
    assert SECOND not in boilerplate_of(FIRST, "اقرأ أيضا", headline, SECOND, THIRD)
