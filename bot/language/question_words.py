"""Question words of Arabic, its dialects and English, by what they ask for, in normalised form."""

from __future__ import annotations

import re

from vectorstore.core.text_analysis import normalise, words


def word_set(text: str) -> frozenset[str]:
    """The normalised words of ``text``."""
    return frozenset(words(text))


WHO = word_set("بمن لمن عمن ممن مين منو who whom whose")
WHAT = word_set("ما ماذا شو ايه ايش شنو وش what")
WHEN = word_set("متى امتى ايمتى وقتاش when")
WHERE = word_set("اين وين فين فاين where")
HOW_MANY = word_set("كم قديش كام بكم شحال")
WHY = word_set("لماذا ليه ليش علاش why")
WHICH = word_set("اي ايه ما ماذا which what")
"""Words that may stand before a noun: "أي عام", "ما عدد"."""
HOW = word_set("كيف ازاي كيفاش how")
YES_NO = word_set("هل do does did is are was were has have can")
QUESTION_WORDS = (
    WHO
    | WHAT
    | WHEN
    | WHERE
    | HOW_MANY
    | WHY
    | WHICH
    | HOW
    | YES_NO
    | word_set("من بماذا عما مم علام فيم بأي لأي فوقاش اللي had will")
)
"""Words that ask wherever they stand, but for a few that also have other uses."""
JOINED_FORMS = word_set(
    "ماهو ماهي ماهم ماهية ماسم ماسبب مالذي بماذا عماذا فيماذا بمين لمين بشو بايش ايش ويش بكام "
    "شنو شنوة شنية شنهي شلون شكد شكون شوكت واش اشنو فوقاش فاش ازاي كيفاش علاه ايهما ايهم وينه وينها"
)
"""Question words written together with a preposition, a pronoun or the next word."""
SENTENCE_INITIAL = word_set(
    "باي باية لاي لاية كاي لكم فيم علام بم مم شو وش اش what which who whom whose when where why "
    "how will would should could shall am had"
)
"""Question words at the beginning only; elsewhere they are names or other words."""

_STANDARD = {
    "من": "مين منو شكون منهو شكونو",
    "كم": "قديش قداش كام شحال شكد شقد",
    "بكم": "بكام بقديش بقداش بشحال بشكد بيش",
    "أين": "وين فين فاين وينه وينها",
    "من أين": "منين",
    "لماذا": "ليش ليه علاش علاه لويش",
    "متى": "امتى ايمتى وقتاش فوقاش شوكت امتين",
    "كيف": "ازاي كيفاش شلون كيفن",
    "ماذا": "شو ايش وش شنو ايه اش شنوة اشنو",
    "هل": "واش",
    "أي": "ياتو انهي انهو",
    "الذي": "اللي",
}
_STANDARD_FORMS = {
    dialect: standard for standard, forms in _STANDARD.items() for dialect in words(forms)
}
_TOKEN = re.compile(r"[^\W\d_]+")


def with_standard_question_words(question: str) -> str:
    """``question`` with its dialect's question words as Modern Standard Arabic has them.

    The reading model was trained on standard questions.

    Example:
        >>> with_standard_question_words("شكون ربح الانتخابات؟")
        'من ربح الانتخابات؟'
    """

    def standard(match: re.Match[str]) -> str:
        word = normalise(match[0])
        if word in _STANDARD_FORMS:
            return _STANDARD_FORMS[word]
        if word[:1] == "و" and word[1:] in _STANDARD_FORMS and len(word) > len("وشو"):
            return f"و{_STANDARD_FORMS[word[1:]]}"
        return match[0]

    return _TOKEN.sub(standard, question)
