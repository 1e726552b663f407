"""Names of sources in questions, in the script of the name or in the other."""

from __future__ import annotations

import pytest

from bot.transliteration.source_names import find_source
from vectorstore.core.text_analysis import words


@pytest.mark.parametrize(
    ("question", "source", "found"),
    [
        ("أخبار بي بي سي", "BBC News عربي", True),
        ("سي إن إن", "CNN", True),
        ("عناوين سكاي نيوز عربية", "Sky News Arabia", True),
        ("sky high prices", "Sky News Arabia", False),
        ("هل عندك أخبار من رويترز؟", "Reuters", True),
        ("قناة الجزيرة", "www.aljazeera.net", True),
        ("أخبار جزيرة الورد", "www.aljazeera.net", False),
        ("وكالة الأناضول", "Anadolu", True),
        ("جوهرة اف ام", "jawharafm", True),
        ("صحيفة الشرق الأوسط", "Asharq Al-Awsat", True),
        ("ماذا قالت فرانس برس؟", "AFP", True),
        ("france 24 headlines", "فرانس 24", True),
        ("أخبار الاتحاد الأوروبي", "alarabia", False),
        ("أخبار العرب", "alarabia", False),
        ("المملكة العربية السعودية", "alarabia", False),
    ],
)
def test_a_source_is_found_by_its_name(question: str, source: str, found: bool) -> None:
    result = find_source(words(question), ["المنارة", source])
    assert (result[0] if result else None) == (source if found else None)
