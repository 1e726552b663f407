"""Choices offered with an answer, and short replies that select one ("نعم", "2", "the second")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.language.question_words import QUESTION_WORDS
from vectorstore.core.text_analysis import STOP_WORDS, AnalysedText, stem, words


@dataclass(frozen=True, slots=True)
class SuggestedChoices:
    """Articles offered under a refusal, or questions offered under an answer.

    Attributes:
        question: The standalone question; if ``dated``, without its date.
        articles: Ids of the offered articles, in order.
        titles: Their titles.
        dated: The articles lie outside the dates that the question names.
        questions: The offered questions, in order; only turns of earlier versions have any.
    """

    question: str = ""
    articles: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    dated: bool = False
    questions: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any] | None) -> SuggestedChoices | None:
        """Read the stored form; None where there is nothing to choose from."""
        if not stored or not (stored["articles"] or stored["questions"]):
            return None
        return cls(
            stored["question"],
            tuple(stored["articles"]),
            tuple(stored["titles"]),
            stored["dated"],
            tuple(stored["questions"]),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice of a reply: an ``article`` (by id), a ``question``, the question without its date
    (``undated``), or none (``declined``)."""

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
_FILLERS = frozenset(
    words(
        "رقم المقال المقالة الخبر السؤال واحد اختار أختار اريد أريد عايز بدي افتح اعرض وريني هات "
        "خذ من فضلك لو سمحت number article question the one show me open please"
    )
)
_MIN_TITLE_OVERLAP = 0.8


def match_choice(reply: AnalysedText, choices: SuggestedChoices) -> Choice | None:
    """The choice that ``reply`` makes; None if it is something else, likely a question.

    Example:
        >>> choices = SuggestedChoices(articles=("a", "b"), titles=("", ""))
        >>> match_choice(AnalysedText("الثاني"), choices)
        Choice(kind='article', value='b')
    """
    tokens = reply.words
    if tokens in _NO:
        return Choice("declined")
    if tokens in _YES:
        return Choice("undated", choices.question) if choices.dated else _chosen(choices, 0)
    if tokens and tokens[0] in QUESTION_WORDS and reply.text.rstrip().endswith(("؟", "?")):
        return None  # "من الأول؟" asks for the first person
    items = len(choices.articles or choices.questions)
    at = _by_number(tokens, items)
    if at is None:
        at = _by_title(tokens, choices.titles)
    return None if at is None else _chosen(choices, at)


def is_bare_reply(message: AnalysedText) -> bool:
    """Whether ``message`` accepts or declines something and has no meaning by itself."""
    tokens = message.words
    number = len(tokens) == 1 and tokens[0].isdigit() and int(tokens[0]) < 10
    return number or tokens in _YES or tokens in _NO


def _chosen(choices: SuggestedChoices, at: int) -> Choice:
    if choices.articles:
        return Choice("article", choices.articles[at])
    return Choice("question", choices.questions[at])


def _by_number(tokens: Sequence[str], items: int) -> int | None:
    """The index, from 0, in a reply that consists of a number and little else."""
    if not tokens or len(tokens) > 4:
        return None
    bare = [w for w in tokens if w not in _FILLERS] or list(tokens)
    if len(bare) != 1:
        return None
    word = bare[0]
    if word in _LAST:
        return items - 1
    at = int(word) - 1 if word.isdigit() and len(word) < 3 else _NUMBERS.get(word, -1)
    return at if 0 <= at < items else None


def _by_title(tokens: Sequence[str], titles: Sequence[str]) -> int | None:
    """The index of the title that makes up most of a reply."""
    mine = {stem(w) for w in tokens if w not in STOP_WORDS}
    if len(mine) < 3:
        return None
    for at, title in enumerate(titles):
        theirs = {stem(w) for w in words(title) if w not in STOP_WORDS}
        if len(mine & theirs) >= _MIN_TITLE_OVERLAP * max(len(mine), 0.6 * len(theirs)):
            return at
    return None
