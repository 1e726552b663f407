"""Synonym classes: inflections of one word, and verbs that news uses for one another.

Only for scoring sentences of retrieved passages, where a wrong match costs little; the index uses
light stems.
"""

from __future__ import annotations

from functools import lru_cache

from vectorstore.core.text_analysis import stem, words

# One class per line, in forms that have different stems.
_SYNONYMS = """
التقى يلتقي لقاء اجتمع يجتمع اجتماع قابل مقابلة محادثات مباحثات met meet meeting talks
تعهد يتعهد وعد التزم تعهدت promised pledged vowed
قتل قتيل مقتل توفي وفاة مصرع مات موت وفيات ضحايا killed dead died deaths
جرح جريح مصاب أصيب إصابة injured wounded
كلفة تكلفة كلف تكلف سعر ثمن كم يكلف قيمة cost price
فاز يفوز فوز أحرز توج تغلب هزم won beat
ارتفع ارتفاع زاد زيادة ازداد rose increased
انخفض انخفاض تراجع هبط هبوط نقص fell dropped declined
استقال استقالة تنحى أقيل إقالة عزل resigned dismissed
افتتح افتتاح دشن تدشين opened inaugurated
اعتقل اعتقال أوقف توقيف قبض احتجز arrested detained
وقع جرى حدث دار شن اندلع نشب took happened
انتقد انتقاد هاجم ندد أدان criticised criticized condemned
هدف غاية غرض سعى aim goal
بدأ بداية انطلق انطلاق started began launched
انتهى نهاية ختام اختتم ended
طلب طالب دعا ناشد asked called urged
رفض رفضت استبعد refused rejected
أعلن إعلان كشف صرح announced said
"""


def _consonant_skeleton(word: str) -> str:
    """The stem without verb endings and without long vowels after its first letter.

    It is the same for اجتماع and اجتمعوا, قتيل and قتلى, صمم and صممت.
    """
    root = stem(word)
    for ending in ("وا", "ت"):
        if root.endswith(ending) and len(root) - len(ending) >= 3:
            root = root[: -len(ending)]
            break
    if not ("\u0600" <= root[0] <= "\u06ff") or len(root) < 4:
        return root
    bare = root[0] + "".join(c for c in root[1:] if c not in "اوي")
    return bare if len(bare) >= 3 else root


_CLASSES: dict[str, str] = {
    _consonant_skeleton(word): f"={number}"
    for number, line in enumerate(_SYNONYMS.strip().splitlines())
    for word in words(line)
}


@lru_cache(maxsize=65_536)
def synonym_class(word: str) -> str:
    """The key of a normalised word's synonym class, or else its skeleton."""
    skeleton = _consonant_skeleton(word)
    return _CLASSES.get(skeleton, skeleton)
