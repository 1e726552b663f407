"""What Rawi offered last, and what a short reply ("نعم", "2", "the second one") takes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.language.coreference import QUESTION_WORDS
from vectorstore.core.text_analysis import STOP_WORDS, stem, words


@dataclass(frozen=True, slots=True)
class SuggestedChoices:
    """Articles under a refusal, or questions under an answer.

    Attributes:
        question: The question that was refused, standalone; without its date when ``dated``.
        articles: Ids of the articles that were offered, in order.
        titles: Their titles.
        dated: They lie outside the dates that the question asked for.
        questions: Questions that were offered, in order.
    """

    question: str = ""
    articles: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    dated: bool = False
    questions: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the conversation keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> SuggestedChoices | None:
        """What a conversation kept; None where it kept nothing that was offered."""
        if not kept:
            return None
        offer = cls(
            kept["question"],
            tuple(kept["articles"]),
            tuple(kept["titles"]),
            kept["dated"],
            tuple(kept["questions"]),
        )
        return offer if offer.articles or offer.questions else None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reply took: an ``article`` (its id), a ``question``, the question ``undated``, no."""

    kind: Literal["article", "question", "undated", "declined"]
    value: str = ""


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words(phrase)) for phrase in text.split("|"))


_YES = _phrases(
    "نعم|أيوه|ايوه|ايوا|أيوا|إي|اي|أجل|اه|آه|أكيد|طبعا|طبعًا|بالطبع|تمام|موافق|يلا|اوكي|اوك|"
    "نعم من فضلك|نعم لو سمحت|أيوه من فضلك|نعم رجاء|ماشي|واخا|yes|yeah|yep|yes please|sure|ok|okay|"
    "please do|of course|y"
)
_NO = _phrases("لا|لا شكرا|كلا|لأ|لا داعي|مش لازم|no|nope|no thanks|no thank you|n")
_ORDINALS = (
    "الأول الاول اول الأولى اولهم أولهم واحد first one",
    "الثاني التاني ثاني تاني الثانية التانية ثانيهم اثنين تنين second two",
    "الثالث التالت ثالث تالت الثالثة التالتة ثلاثة تلاتة third three",
    "الرابع الرابعة رابع اربعة fourth four",
    "الخامس الخامسة خامس خمسة fifth five",
)
_NUMBERS = {word: n for n, line in enumerate(_ORDINALS) for word in words(line)}
_LAST = frozenset(words("الأخير الاخير اخر الأخيرة last"))
_AROUND = frozenset(
    words(
        "رقم المقال المقالة الخبر السؤال واحد اختار أختار اريد أريد عايز بدي افتح اعرض وريني هات "
        "خذ من فضلك لو سمحت number article question the one show me open please"
    )
)
_SAME_TITLE = 0.8


def match_choice(reply: str, offer: SuggestedChoices) -> Choice | None:
    """What ``reply`` takes of ``offer``; None when it is something else: a question, likely.

    Example:
        >>> choice("الثاني", Offer(articles=("a", "b"), titles=("", "")))
        Choice(kind='article', value='b')
    """
    said = tuple(words(reply))
    if said in _NO:
        return Choice("declined")
    if said in _YES:
        return Choice("undated", offer.question) if offer.dated else _taken(offer, 0)
    if said and said[0] in QUESTION_WORDS and reply.rstrip().endswith(("؟", "?")):
        return None  # "من الأول؟" asks who was first
    items = len(offer.articles or offer.questions)
    at = _number(said, items)
    if at is None:
        at = _titled(said, offer.titles)
    return None if at is None else _taken(offer, at)


def is_bare_reply(message: str) -> bool:
    """Whether ``message`` takes or declines something, and is nothing by itself."""
    said = tuple(words(message))
    return (
        said in _YES or said in _NO or (len(said) == 1 and said[0].isdigit() and int(said[0]) < 10)
    )


def _taken(offer: SuggestedChoices, at: int) -> Choice:
    if offer.articles:
        return Choice("article", offer.articles[at])
    return Choice("question", offer.questions[at])


def _number(said: Sequence[str], items: int) -> int | None:
    """The place, from 0, that a reply of a number and little else names."""
    if not said or len(said) > 4:
        return None
    bare = [w for w in said if w not in _AROUND] or list(said)
    if len(bare) != 1:
        return None
    word = bare[0]
    if word in _LAST:
        return items - 1
    at = int(word) - 1 if word.isdigit() and len(word) < 3 else _NUMBERS.get(word, -1)
    return at if 0 <= at < items else None


def _titled(said: Sequence[str], titles: Sequence[str]) -> int | None:
    """The title that a reply consists of, or of a good part of it."""
    mine = {stem(w) for w in said if w not in STOP_WORDS}
    if len(mine) < 3:
        return None
    for at, title in enumerate(titles):
        theirs = {stem(w) for w in words(title) if w not in STOP_WORDS}
        if len(mine & theirs) >= _SAME_TITLE * max(len(mine), 0.6 * len(theirs)):
            return at
    return None
