"""Question words of Arabic, its dialects and English, by what they ask for, in normalised form."""

from __future__ import annotations

from vectorstore.core.text_analysis import words


def _set(text: str) -> frozenset[str]:
    return frozenset(words(text))


WHO = _set("بمن لمن عمن ممن مين منو who whom whose")
WHAT = _set("ما ماذا شو ايه ايش شنو وش what")
WHEN = _set("متى امتى ايمتى وقتاش when")
WHERE = _set("اين وين فين فاين where")
HOW_MANY = _set("كم قديش كام بكم شحال")
WHY = _set("لماذا ليه ليش علاش why")
WHICH = _set("اي ايه ما ماذا which what")
"""Words that may stand before a noun: "أي عام", "ما عدد"."""
HOW = _set("كيف ازاي كيفاش how")
YES_NO = _set("هل do does did is are was were has have can")
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
    | _set("من بماذا عما مم علام فيم بأي لأي فوقاش اللي had will")
)
"""Words that ask wherever they stand, but for a few that also have other uses."""
JOINED_FORMS = _set(
    "ماهو ماهي ماهم ماهية ماسم ماسبب مالذي بماذا عماذا فيماذا بمين لمين بشو بايش ايش ويش بكام "
    "شنو شنوة شنية شنهي شلون شكد شكون شوكت واش اشنو فوقاش فاش ازاي كيفاش علاه ايهما ايهم وينه وينها"
)
"""Question words written together with a preposition, a pronoun or the next word."""
SENTENCE_INITIAL = _set(
    "باي باية لاي لاية كاي لكم فيم علام بم مم شو وش اش what which who whom whose when where why "
    "how will would should could shall am had"
)
"""Question words at the beginning only; elsewhere they are names or other words."""
