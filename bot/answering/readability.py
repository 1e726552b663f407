"""Tells whether a sentence can be read without its article, and where a quote may begin.

The rules look at the opening of a sentence only: what points back (pronouns, demonstratives,
connectives, verbs and roles without a name) does so there in news prose.
"""

from __future__ import annotations

import re

from vectorstore.core.characters import ARABIC, DIACRITICS
from vectorstore.core.text_analysis import STOP_WORDS, normalise


def _words(joined: str) -> frozenset[str]:
    return frozenset(joined.split())


_LETTER = f"[{ARABIC}{DIACRITICS}]"
_WORD = re.compile(rf"(?:(?![ـ]){_LETTER}|[^\W\d_])+|\d[\d.,٫٬]*|[\"“”«»:]")

MIN_WORDS = 4
"""Fewest words of a sentence that can be read by itself; shorter ones are headings or remarks."""
MAX_DATELINE_CHARACTERS = 70
_DATELINE = re.compile(
    # "دبي، الإمارات العربية المتحدة (CNN) --", "لندن (رويترز) -", "LONDON (Reuters) -", "(CNN)--"
    r"(?:[^\n().؟?!:«»\"“”]{0,50}\([^\n()]{2,30}\)\s{0,2}(?:[-–—_]{1,3}|:)"
    # "القاهرة - أ ف ب:", "عمان – بترا –"
    r"|[^\W\d_][^\n().؟?!:«»\"“”]{1,30}\s[-–—]\s?[\w .]{2,16}?\s?(?::|[-–—]{1,2}))\s*"
)

_LIST_NUMBER = re.compile(r"\d{1,2}[.)]\s")
# Words whose first letter و is no conjunction: in news, they are more frequent than their rest.
_ROOT_WAW = re.compile(
    r"ودع"  # and not "ودعا", which mostly is "and called"
    r"|و(?:ا(?:ئل|ت|تس|تساب|تفورد|ثق|جب|جه|حد|دي|رد|رن|زن|س|سع|شنطن|صف|صل|ضح|ضع|عد|غادوغو|فق|قع|قف"
    r"|قي|كب|لت|لد|لدا|لي|نغ|هي|يت|يمو|ينستين)|تير|ثائق|ثق|ثيق|جب|جد|جه|جود|جوه|جيز|حد|حدات|حش|حيد"
    r"|خيم|داع|داد|دي|را|راء|رائ|رث|رد|رش|رط|رق|رم|ريث|ريورز|زار|زاري|زراء|زرائ|زع|زن|زير|سائل"
    r"|ساط|سام|ستبروك|سط|سطاء|سيط|سيل|شك|شيك|صاي|صف|صل|صول|صي|ضع|ضعي|ضوح|طن|طني|طيد|ظائف|ظيف|عد|عر"
    r"|عود|عي|فا|فات|فاء|فد|فر|فق|فود|فيات|قائع|قائي|قت|قح|قع|قف|قود|قوع|قوف|كال|كالات|كلاء|كيل|لاء"
    r"|لاد|لايات|لاي|لد|لى|لي|ليامز|ليد|هران|هم|همي|وتر|تش|تشر|ود|ول|ون|يست|يستهام|يغان|يكي|يكيليكس"
    r"|يل|يلز|يلسون|يليام|يليامز|يليان|يمبلي|يني|ينفري|يندوز|ينستون)"
    r"(?:ت|ة|ا|ه|ها|هم|ي|ية|ين|ان|وا|تا|ته|تها|تهم|نا)?"
)
_MARKS = re.compile(f"[{DIACRITICS}ـ]")

# Connectives that a quote may leave out, with the "و" before them. What follows stands alone.
_CONNECTIVE = re.compile(
    r"(?:و?لكن|و?كما(?: أن)?|و?كذلك|و?أيضا|(?:و?إلا|و?غير|و?بيد) أن)\s+"
    r"|هذا و(?=قد )"
    r"|و?(?:في المقابل|بالمقابل|من (?:جهة|ناحية|جانب) (?:أخرى|ثانية|آخر)|"
    r"من (?:جانب|جهت|ناحيت)(?:ه|ها|هم|هما)|بدور(?:ه|ها|هم)|"
    r"في (?:الوقت (?:نفسه|ذاته)|غضون ذلك|سياق (?:متصل|آخر))|إلى ذلك|على صعيد آخر|مع ذلك|رغم ذلك|"
    r"بالإضافة إلى ذلك|إضافة إلى ذلك|علاوة على ذلك|فضلا عن ذلك)\s*،\s*"
    r"|(?:But|And|However,|Meanwhile,|In addition,|Also,|Still,|Yet)\s+"
)
# "قد" before a perfect verb; before an imperfect it means "may", which must not be lost.
_PERFECT = re.compile(r"وقد (?=[^\W\d_])(?![يتن])|و (?=\w)")
_UNSTRIPPABLE_NEXT = re.compile(  # after "كما", "لكن" …: not a sentence of its own
    r"(?:هو|هي|هم|هما|لو|في|من|على|إلى|كان|كانت|ما|أنه|أنها|أنهم|إنه|إنها|هذا|هذه|ذلك|تلك|جاء|يبدو)\b"
)

_PRONOUNS = _words(
    "هو هي هم وهم هما هن أنا نحن أنت أنتم إنه إنها إنهم إنني إننا أنه أنها أنهم لكنه لكنها لكنهم "
    "لكنني لكننا كأنه كأنها لأنه لأنها لأنهم فإنه فإنها فإن فهو فهي ولعله لعله به بها بهم له لها "
    "لهم فيه فيها فيهم منه منها منهم عنه عنها عنهم عليه عليها عليهم إليه إليها إليهم معه معها "
    "معهم بينهم بينها بينهما منهما لديه لديها لديهم عنده عندها بعده بعدها قبله قبلها ضده ضدها "
    "خلاله خلالها خلفه خلفها ذلك تلك ذاك هؤلاء أولئك حينها وقتها عندئذ آنذاك بذلك لذلك كذلك بهذا "
    "بهذه لهذا لهذه هذا هذه هذان هاتان كهذا كهذه بموجبه بموجبها كلاهما كليهما آخرون he she it "
    "they him her them his its their this that these those there i we you my our"
)
_DEICTIC_TIME = _words(
    "العام السنة الشهر الأسبوع اليوم الموسم الصيف الشتاء الليلة المساء الصباح القرن "
    "year month week season summer winter morning evening"
)
"""After a demonstrative: reckoned from the day of publication, not from the text before."""
_DEPENDENT_HEADS = _words(
    "كما لكن إلا بيد بينما فيما حيث إذ ثم بل لذا لذلك كذلك أيضا فقد فقط أما مما عكس خلاف "
    "بخلاف فرغم إذن هكذا بالتالي مثلا بدوره بدورها بدورهم عندها كأن لأن كيف لماذا هل ماذا أين متى "
    "كم أليس "
    "but and so then however also meanwhile instead otherwise therefore thus yet still or nor "
    "because which while although though besides moreover furthermore additionally"
)
_DEPENDENT_STARTS = re.compile(
    r"(?:على|علی) (?:عكس|خلاف|نقيض|صعيد|إثر ذلك)|في (?:المقابل|السياق|الإطار|المقابل|سياق|غضون)|"
    r"من (?:جهت|جانب|ناحيت)(?:ه|ها|هم)|من (?:جهة|ناحية|جانب) (?:أخرى|آخر|ثانية)|إلى ذلك|مع ذلك|"
    r"رغم ذلك|بعد ذلك|قبل ذلك|ردا على (?:سؤال|ذلك)|ما (?:هو|هي|الذي)|غير أن|إلا أن|بيد أن|ليس فقط"
)
_SAYING = _words(
    "قال قالت قالا قالوا أضاف أضافت تابع تابعت أوضح أوضحت أكد أكدت أشار أشارت لفت لفتت شدد شددت "
    "ذكر ذكرت زاد زادت أردف أردفت استطرد صرح صرحت بين بينت رأى رأت اعتبر اعتبرت كتب كتبت يقول تقول "
    "يضيف تضيف يؤكد تؤكد يرى ترى يشير تشير يوضح توضح نوه نوهت واصل واصلت كشف كشفت أعلن أعلنت عبر "
    "أعرب أعربت وصف وصفت دعا دعت طالب طالبت توقع توقعت اتهم نفى نفت أفاد أفادت حذر حذرت أبلغ أقر "
    "أبدى اعترف تعهد وعد جدد ختم اختتم سأل تساءل رد ردت اضاف اكد اوضح اشار اعتبر "
    "said added told says"
)
_CONTINUING = _words(
    "أضاف أضافت تابع تابعت أردف أردفت استطرد استطردت زاد زادت يضيف تضيف اضاف اضافت واصل مضى ختم "
    "اختتم added continued"
)
_NO_SUBJECT = _words(
    'أن إن بأن أنه إنه أنها إنها بأنه بأنها أنهم إنهم أننا إننا في من على إلى عن خلال عبر ل ب " “ «'
    " : قائلا قائلة مؤكدا مشيرا مضيفا أيضا كذلك حول بعد قبل عقب فيما ما لمن له لها لهم لا لم لن قد "
    "ذلك هذا حينها وقتها أمام ضد نقلا بحسب وفق وفقا أنني إنني that in on"
)
_ROLES = _words(
    "البيان المتحدث المتحدثة المصدر المصادر الوزير الوزيرة الرئيس الصحيفة الوكالة التقرير المسؤول "
    "المسؤولة النائب المدرب اللاعب الفريق الوزارة الدراسة الكاتب الكاتبة المنظمة الهيئة الشركة "
    "المحامي السفير الناطق القناة الموقع الباحثون الباحث الخبير الحزب المجلس النادي اللجنة الجماعة "
    "المؤسسة الطبيب الأب الأم الرجل المرأة الشاب الفتاة الضحية المحكمة القاضي المبعوث الأمير "
    "الملك المؤلف المخرج الممثل الفنان الفنانة النجم النجمة القائد الجنرال الحادث الهجوم القرار "
    "الاتفاق المصادر الشاهد الوفد الأخير الأخيرة الأول الثاني الطرفان الجانبان الفريقان المقال "
    "المرشح المتهم المشتبه الجاني المهاجم الانفجار"
)
_OBJECT_PRONOUN = re.compile(rf"{_LETTER}{{3,}}(?:ها|هم|هما|هن)$")
_OBJECT_PRONOUN_HIS = re.compile(rf"{_LETTER}{{2,}}[^ةوأاىآ\s]ه$")
_NO_PRONOUN = _words(
    "الله لله عبدالله مياه اتجاه تجاه فقه انتباه نزيه مشابه تنبيه توجيه وجوه "
    "أهم مهم فهم سهم دهم متهم المتهم اتهم المهم الأهم مساهم تفاهم درهم نبه كره منتزه"
)
_ALSO = frozenset({"أيضا", "كذلك", "also"})
_DEMONSTRATIVES = frozenset(
    {"هذا", "هذه", "ذلك", "تلك", "هؤلاء", "هذين", "هاتين", "بهذا", "بهذه", "لهذا", "لهذه"}
)
_CLAUSE_WORDS = 12
"""Number of opening words in which a demonstrative is looked for."""
_HEAD_WORDS = 4
"""Number of opening words in which a pronoun has no antecedent yet."""


def readable_span(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence ``text[start:end]`` without the dateline and conjunction that it opens with.

    Returns its offsets in ``text``. Nothing is cut off if a verb without a subject would be left
    ("وأضاف أن"), nor the "و" of a word that has it by itself ("وزير").
    """
    sentence = text[start:end]
    dateline = _DATELINE.match(sentence, 0, MAX_DATELINE_CHARACTERS)
    if dateline and dateline.end() < len(sentence):
        start, sentence = start + dateline.end(), sentence[dateline.end() :]
    cut = 0
    connective = _CONNECTIVE.match(sentence)
    if connective and not _UNSTRIPPABLE_NEXT.match(sentence, connective.end()):
        cut = connective.end()
    elif _opens_with_waw(sentence):
        particle = _PERFECT.match(sentence)
        cut = particle.end() if particle else 1
    if cut and cut < len(sentence) and _is_clear_opening(sentence[cut:]):
        start += cut
    return start, end


def is_self_contained(sentence: str) -> bool:
    """Whether ``sentence`` can be read by itself, as it stands or from `readable_span` on."""
    start, _ = readable_span(sentence, 0, len(sentence))
    sentence = sentence[start:].strip()
    if not sentence or sentence.endswith((":", "؟", "?")):
        return False
    if not (sentence[0].isalnum() or sentence[0] in "«“\"'(#"):
        return False  # "•", "**", "…"
    if _LIST_NUMBER.match(sentence):
        return False
    if len(sentence.split()) < MIN_WORDS:
        return False
    return (
        not _opens_with_waw(sentence)
        and _is_clear_opening(sentence)
        and not _is_quote_fragment(sentence)
    )


def _opens_with_waw(sentence: str) -> bool:
    """Whether the first letter is the conjunction "و" before a word."""
    found = re.match(rf"و(?:{_LETTER}{{2,}}|(?=[\"«“ ]\w))", sentence)
    return found is not None and not _ROOT_WAW.fullmatch(_MARKS.sub("", found[0]))


def _is_clear_opening(sentence: str) -> bool:
    if _DEPENDENT_STARTS.match(sentence):
        return False
    tokens = [_MARKS.sub("", t).lower() for t in _WORD.findall(sentence[:200])]
    if not tokens or tokens[0] in _DEPENDENT_HEADS:
        return False
    if tokens[0].startswith("ف") and normalise(tokens[0][1:]) in STOP_WORDS - {"ان"}:
        return False  # "فبعد", "فعلى"; "فان" is a name
    head, following = tokens[0], tokens[1:3]
    if head in _SAYING and following:
        if following[0] in _NO_SUBJECT or (following[0] in _ROLES and head in _CONTINUING):
            return False
        if following[0] in _ROLES and (len(following) == 1 or following[1] in _NO_SUBJECT):
            return False
    elif head in _ROLES and following and following[0] in _NO_SUBJECT:
        return False
    if not _ALSO.isdisjoint(tokens[:_HEAD_WORDS]):
        return False
    return not any(_points_back(tokens, i) for i in range(min(_HEAD_WORDS, len(tokens)))) and not (
        _has_dangling_demonstrative(tokens)
    )


def _has_dangling_demonstrative(tokens: list[str]) -> bool:
    """Whether "this" or "that" stands before a noun that was not mentioned: "تلك الواردات"."""
    for i in range(min(_CLAUSE_WORDS, len(tokens) - 1)):
        noun = tokens[i + 1]
        if tokens[i] in _DEMONSTRATIVES and noun.startswith("ال") and noun not in _DEICTIC_TIME:
            before = {t.removeprefix("ال") for t in tokens[:i]}
            if noun.removeprefix("ال") not in before:
                return True
    return False


def _points_back(tokens: list[str], i: int) -> bool:
    token = tokens[i]
    if token in _PRONOUNS:
        following = tokens[i + 1] if i + 1 < len(tokens) else ""
        # "وفاة زوجها هو": a pronoun after a name or noun mostly refers to that.
        return following not in _DEICTIC_TIME and (i < 2 or "هذ" in token or "ذلك" in token)
    if (
        i > 1
        or token in _NO_PRONOUN
        or token.endswith(("جه", "شبه"))
        or token.startswith(("ال", "وال", "بال", "لل"))
    ):
        return False
    return bool(_OBJECT_PRONOUN.match(token) or _OBJECT_PRONOUN_HIS.match(token))


def _is_quote_fragment(sentence: str) -> bool:
    """Whether it is someone's words without their name, or a part of a longer quote."""
    marks = [sum(map(sentence.count, pair)) for pair in ("«»", "“”", '"')]
    if any(count % 2 for count in marks):
        return True
    if sentence[0] in '«“"':
        rest = re.split('[»”“"]', sentence[1:], maxsplit=1)[-1]
        return not re.search(r"\w", rest)
    return False
