"""Which sentences can be read alone, and where a quote may begin."""

from __future__ import annotations

import pytest

from bot.answering.readability import is_self_contained, readable_span


@pytest.mark.parametrize(
    ("sentence", "readable"),
    [
        ("وقتل 20 شخصا في انهيار جسر بالمدينة.", "قتل 20 شخصا في انهيار جسر بالمدينة."),
        ("والحكومة تدرس زيادة الرسوم.", "الحكومة تدرس زيادة الرسوم."),
        ("وزير الصحة يفتتح مستشفى في عكا.", "وزير الصحة يفتتح مستشفى في عكا."),
        ("ووصل الوفد إلى مطار قرطاج مساء أمس.", "وصل الوفد إلى مطار قرطاج مساء أمس."),
        ("وقد وصل الوفد إلى مطار قرطاج.", "وصل الوفد إلى مطار قرطاج."),
        ("و كانت الشرطة اعتقلت أربعة أشخاص.", "كانت الشرطة اعتقلت أربعة أشخاص."),
        ("وقد تكون الخسائر أكبر مما أعلن.", "قد تكون الخسائر أكبر مما أعلن."),
        ("وأضاف أن الجسر قديم.", "وأضاف أن الجسر قديم."),
        ("دبي، الإمارات العربية المتحدة (CNN) -- أعلنت الشركة نتائجها.", "أعلنت الشركة نتائجها."),
        ("لندن (رويترز) - ارتفعت أسعار النفط اليوم.", "ارتفعت أسعار النفط اليوم."),
        ("القاهرة - أ ف ب: افتتح المتحف أبوابه.", "افتتح المتحف أبوابه."),
        ("القاهرة (أ ف ب) - وأعلن المتحف موعد افتتاحه.", "أعلن المتحف موعد افتتاحه."),
        ("من جانبه، قال رئيس النادي إن العقد وقع.", "قال رئيس النادي إن العقد وقع."),
        ("لكن الشرطة نفت الخبر.", "الشرطة نفت الخبر."),
        ("لكنه نفى الخبر.", "لكنه نفى الخبر."),
        ("كما هو متوقع، خسر الفريق.", "كما هو متوقع، خسر الفريق."),
        ("LONDON (Reuters) - Oil prices rose on Monday.", "Oil prices rose on Monday."),
        ("But the ministry denied the report.", "the ministry denied the report."),
    ],
)
def test_a_quote_begins_after_dateline_and_conjunction(sentence: str, readable: str) -> None:
    text = f"جملة سابقة.\n{sentence}\nجملة تالية."
    at = text.index(sentence)
    start, end = readable_span(text, at, at + len(sentence))
    assert text[start:end] == readable


@pytest.mark.parametrize(
    "sentence",
    [
        "وقتل 20 شخصا في انهيار جسر بالمدينة.",
        "قال وزير النقل الأردني إن الجسر سيغلق شهرين.",
        "يواجه النادي أزمة مالية منذ الصيف.",
        "هذا العام زرع المزارعون نصف المساحة.",
        "هناك 30 جريحا في المستشفى العسكري.",
        "«لن نغادر المدينة»، قال رئيس البلدية سمير عطا.",
        "عندما فاز المنتخب خرج الناس إلى الشوارع.",
        "The ministry of transport closed the bridge.",
    ],
)
def test_sentences_that_stand_alone(sentence: str) -> None:
    assert is_self_contained(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "وأضاف أن الجسر قديم.",
        "وقال المتحدث إن الجسر قديم.",
        "وعلى عكس تنبيهات أخرى لا يمكن إيقاف هذا التنبيه.",
        "لكنه نفى الخبر أمام الصحفيين.",
        "وهذه هي المرة الأولى منذ عشرين عاما.",
        "وفي هذا السياق دعا الحزب إلى الحوار.",
        "ورفضت عائلته تسلم الجثمان.",
        "هل تعود المياه إلى المدينة قريبا؟",
        "«لن نغادر المدينة مهما حدث».",
        'لا يمكن الدفاع عن مثل هذا القرار".',
        "للمزيد:",
        "2) إصلاح القناة الرئيسية في القرية.",
        "He left the city on Monday.",
        "This was the first such vote.",
    ],
)
def test_sentences_that_need_what_came_before(sentence: str) -> None:
    assert not is_self_contained(sentence)
