"""Question words of Arabic, its dialects and English, by what they ask for, in normalised form."""

from __future__ import annotations

from vectorstore.core.text_analysis import words


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
