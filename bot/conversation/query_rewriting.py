"""Query rewriting: make a follow-up a standalone question, which can be searched for by itself.

``intent_classifier`` decides whether a question continues the conversation. What it lacks is taken
here from the turn it refers to, which need not be the last one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

from bot.conversation.turns import Turn
from bot.language import coreference
from bot.language.parsed_question import ParsedQuestion
from bot.language.question_words import QUESTION_WORDS
from vectorstore.core.text_analysis import STOP_WORDS, normalise, stem, words

EARLIER_TURN_MARGIN = 0.3
"""By how much an earlier turn's overlap must exceed the last one's."""
_MAX_TOPIC_WORDS = 16  # words of a topic

FollowUpKind = Literal["none", "previous", "earlier", "comparison"]


@dataclass(frozen=True)
class StandaloneQuestion:
    """A question that can be searched for by itself.

    Attributes:
        question: What is searched for, with all that comes from earlier turns.
        own_question: ``question`` without a topic in parentheses; None if it has none.
        topic: The part that comes from earlier turns; empty for a new question.
        earlier_words: The words of earlier questions in it, without titles of articles.
        kind: ``previous``: it continues the last turn; ``earlier``: one before; ``comparison``: it
            compares the last two.
        turns: Indexes in the history of the turns that it refers to.
    """

    question: ParsedQuestion
    own_question: ParsedQuestion | None = None
    topic: str = ""
    earlier_words: str = ""
    kind: FollowUpKind = "none"
    turns: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The text of ``question``."""
        return self.question.text

    @property
    def own(self) -> ParsedQuestion:
        """``own_question``, or ``question`` if it has no topic in parentheses."""
        return self.own_question or self.question

    @cached_property
    def scoring(self) -> ParsedQuestion:
        """The question used for sentence scoring, without titles of articles, since those match
        all sentences of an article equally."""
        if self.own_question is None or not self.earlier_words:
            return self.own
        return self.own_question.with_topic(self.earlier_words)

    @property
    def is_followup(self) -> bool:
        """Whether anything was taken from an earlier question."""
        return bool(self.topic)


class ContextLookup(Protocol):
    """Titles and words of the articles that a conversation is about."""

    def title(self, article_id: str) -> str:
        """The article's title; empty if it has none."""

    def overlap(self, words: Sequence[str], article_id: str) -> float | None:
        """Weighted share in [0, 1] of ``words`` that occur in the article.

        None if they cannot be compared: they are of another language than the article.
        """


def rewrite_question(
    question: ParsedQuestion, history: Sequence[Turn], articles: ContextLookup | None = None
) -> StandaloneQuestion:
    """The standalone form of ``question``, taken as a continuation of ``history`` (oldest first).

    Without ``articles`` it continues the last turn.
    """
    text = question.text
    if back := coreference.TOPIC_RETURN.match(text):
        return _returning(text, back, history, articles)
    if len(history) > 1 and coreference.COMPARISON.search(text) and len(question.topic_words) <= 3:
        return _comparing(question, history, articles)
    at = _referred_turn(question, history, articles)
    kind: FollowUpKind = "previous" if at == len(history) - 1 else "earlier"
    found = _resolved(question, history[at], articles)
    return replace(found, kind=kind, turns=(at,))


def announced_topic(question: ParsedQuestion) -> ParsedQuestion | None:
    """The question after an announcement of a new topic ("another question: …"); None without."""
    fresh = coreference.NEW_TOPIC.match(question.text)
    if fresh is None:
        return None
    rest = question.text[fresh.end() :].strip()
    return ParsedQuestion(rest) if rest else question


def corrected_question(
    correction: ParsedQuestion, previous: Turn, articles: ContextLookup | None, at: int
) -> StandaloneQuestion:
    """The last question with what ``correction`` names in place of what it named.

    Example: "لا، أقصد تونس" after "كم عدد السياح في مصر؟" is "كم عدد السياح في تونس؟".
    """
    text = _REJECTED.sub("", _CORRECTION.sub("", correction.text)).strip(" ،,.؟?!")
    named = ParsedQuestion(text or correction.text)
    if named.has_question_word or len(named.topic_words) > 4:
        return StandaloneQuestion(named, kind="previous", turns=(at,))
    if previous.topic and len(named.topic_words) > 1:
        # It names what the question and those before it were about.
        own = ParsedQuestion(previous.own_text)
        return StandaloneQuestion(
            own.with_topic(named.text),
            own,
            topic=named.text,
            earlier_words=named.text,
            kind="previous",
            turns=(at,),
        )
    found = _same_question_other_part(named, previous, articles)
    return replace(found, kind="previous", turns=(at,))


def is_correction(text: str) -> bool:
    """Whether a message says what the one before meant: "no, I mean …"."""
    opening = _CORRECTION.match(text)
    return opening is not None and opening["meant"] is not None


def _referred_turn(
    question: ParsedQuestion, history: Sequence[Turn], articles: ContextLookup | None
) -> int:
    """The index of the turn whose articles have clearly more words of ``question``; or the last."""
    topic = question.topic_words
    if not topic:
        return len(history) - 1
    return _best_turn([_overlap(topic, turn, articles) for turn in history])


def _overlap(
    topic_words: Sequence[str], turn: Turn, articles: ContextLookup | None
) -> float | None:
    """The largest overlap with an article of ``turn``; None if there is nothing to compare."""
    if articles is None or not turn.articles:
        return None
    overlaps = [articles.overlap(topic_words, article_id) for article_id in turn.articles]
    return max((overlap for overlap in overlaps if overlap is not None), default=None)


def _best_turn(overlaps: Sequence[float | None]) -> int:
    """The last turn, or an earlier one with a clearly larger overlap."""
    best = len(overlaps) - 1
    for at in range(len(overlaps) - 2, -1, -1):
        if (overlaps[at] or 0.0) >= (overlaps[best] or 0.0) + EARLIER_TURN_MARGIN:
            best = at
    return best


def _returning(
    text: str, back: re.Match[str], history: Sequence[Turn], articles: ContextLookup | None
) -> StandaloneQuestion:
    """ "نرجع إلى الجسر، كم كلف؟": the question with the topic that it returns to."""
    named = back["topic"].strip()
    rest = text[back.end() :].strip() or named
    whole = f"ا{named}" if named.startswith("ل") else named  # "للجسر" is "ل" and "الجسر"
    wanted = {stem(w) for w in words(f"{named} {whole}") if w not in STOP_WORDS}
    overlaps = []
    for turn in history:
        titles = [articles.title(a) for a in turn.articles] if articles else []
        known = {stem(w) for t in (turn.standalone, *titles) for w in words(t)}
        overlaps.append(len(wanted & known))
    at = max(range(len(history)), key=lambda i: (overlaps[i], i))
    if not overlaps[at]:
        return StandaloneQuestion(
            ParsedQuestion(text[back.end("topic") - len(back["topic"]) :].strip())
        )
    found = _with_topic(ParsedQuestion(rest), history[at], articles, named)
    return replace(found, kind="earlier", turns=(at,))


def _comparing(
    question: ParsedQuestion, history: Sequence[Turn], articles: ContextLookup | None
) -> StandaloneQuestion:
    """ "أيهما أكبر؟": the question with the topics of the last two turns."""
    one, other = history[-2:]
    subjects = [_without_question_words(turn.own_text) for turn in (one, other)]
    topic = _limited(" / ".join(s for s in (*subjects, _title(other, articles)) if s))
    return StandaloneQuestion(
        question.with_topic(topic),
        question,
        topic=topic,
        earlier_words=topic,
        kind="comparison",
        turns=(len(history) - 2, len(history) - 1),
    )


def _resolved(
    question: ParsedQuestion, previous: Turn, articles: ContextLookup | None
) -> StandaloneQuestion:
    about = coreference.what_about(question.text)
    bare = question.without_conjunction if about is None else ParsedQuestion(about)
    if not bare.topic_words and not bare.has_anaphor:
        return _same_topic_other_question(bare.text, previous)
    if about is not None and len(bare.topic_words) > 1:
        return _with_topic(question, previous, articles)  # it replaces more than one word
    if not bare.has_question_word and len(bare.topic_words) <= 3:
        return _same_question_other_part(bare, previous, articles)
    return _with_topic(bare, previous, articles)


def _title(turn: Turn, articles: ContextLookup | None) -> str:
    return " ".join(articles.title(a) for a in turn.articles[:1]) if articles else ""


def _with_topic(
    question: ParsedQuestion, previous: Turn, articles: ContextLookup | None, named: str = ""
) -> StandaloneQuestion:
    """``question`` with the topic of ``previous`` in parentheses.

    That is the title of its article, and the words of its question that are not in the title.
    """
    own_stems = {stem(w) for w in question.words}
    # Of several follow-ups in a row, the question that they all continue names the topic.
    earlier = f"{named} {previous.earlier_words or _without_question_words(previous.own_text)}"
    earlier_words = [w for w in earlier.split() if coreference.topic_words(w)]
    topic = _limited(_new_words([*_title(previous, articles).split(), *earlier_words], own_stems))
    if not topic:
        return StandaloneQuestion(question)
    return StandaloneQuestion(
        question.with_topic(topic),
        question,
        topic=topic,
        earlier_words=_limited(_new_words(earlier_words, own_stems)),
    )


def _new_words(borrowed: Sequence[str], known_stems: Set[str]) -> str:
    """The words of ``borrowed`` whose stems are not in ``known_stems``, each once."""
    seen = set(known_stems)
    new: list[str] = []
    for word in borrowed:
        stems = {stem(x) for x in words(word)}
        if stems and not stems <= seen:
            new.append(word)
            seen |= stems
    return " ".join(new)


def _limited(topic: str) -> str:
    return " ".join(re.sub(r"[()]", " ", topic).split()[:_MAX_TOPIC_WORDS])


def _without_question_words(question: str) -> str:
    """``question`` without punctuation, parentheses and leading question words."""
    rest = [w for w in re.split(r"[\s؟?!.()،,؛:]+", question) if w]
    while rest and normalise(rest[0]) in QUESTION_WORDS:
        rest = rest[1:]
    return " ".join(rest)


def _same_topic_other_question(bare: str, previous: Turn) -> StandaloneQuestion:
    """ "ومتى؟" after "من افتتح الجسر؟": "متى افتتح الجسر؟" """
    topic = _without_question_words(previous.standalone)
    mark = "؟" if "؟" in bare or re.search("[\u0621-\u064a]", bare) else "?"
    return StandaloneQuestion(ParsedQuestion(f"{bare.rstrip(' ؟?!.')} {topic}{mark}"), topic=topic)


def _same_question_other_part(
    bare: ParsedQuestion, previous: Turn, articles: ContextLookup | None
) -> StandaloneQuestion:
    """ "وفي مصر؟" after "كم عدد المصابين في سوريا؟": "كم عدد المصابين في مصر؟" """
    part = bare.text.strip(" ؟?!.")
    old = previous.own_text.strip(" ؟?!.")
    has_topic = bool(previous.topic) and previous.own_text != previous.standalone
    mark = "؟" if re.search("[\u0621-\u064a]", old) else "?"
    place = _place_of(part, bare.words, old.split())
    title = ""
    if place is None:
        text = f"{old} {part}{mark}"
    else:
        start, end = place
        tokens = old.split()
        text = " ".join([*tokens[:start], part, *tokens[end:]]) + mark
        if not has_topic and bare.words[0] not in _PREPOSITIONS:
            # What it replaced may have been the topic itself.
            title = _limited(_title(previous, articles))
    question, in_parentheses = ParsedQuestion(text), previous.topic if has_topic else title
    if not in_parentheses:
        return StandaloneQuestion(question, topic=old, earlier_words=previous.earlier_words)
    return StandaloneQuestion(
        question.with_topic(in_parentheses),
        question,
        topic=in_parentheses,
        earlier_words=previous.earlier_words,
    )


_CORRECTION = re.compile(
    r"^\s*(?:(?:لا|لأ|كلا|مش|مو|موب|ماشي|no|not|غلط|خطأ|wrong)\b[\s،,.!]*)*"
    r"(?P<meant>(?:أنا\s+)?(?:أقصد|اقصد|قصدي|بقصد|كنت أقصد|أعني|اعني|أسأل عن|اسال عن|بسأل عن|"
    r"i mean|i meant|i am asking about|i'm asking about)\b[\s،,:]*)?",
    re.IGNORECASE,
)
"""The opening of a correction: "no, I mean …"."""
_REJECTED = re.compile(r"[\s،,]+(?:و?ليست?|مو|مش|موب|مب|not)\s.*$", re.IGNORECASE)
"""Its end, which repeats what was not meant: "… not Canada"."""
_PREPOSITIONS = frozenset(words("في عن مع على الى إلى ضد in about with for against"))


def _place_of(part: str, part_words: Sequence[str], old: Sequence[str]) -> tuple[int, int] | None:
    """The slice of the question ``old`` that ``part`` replaces.

    A word replaces itself, a preposition the same one, a word with the definite article the only
    one with it, another word what a preposition at the end leads to.
    """
    tokens = part.split()
    first = part_words[0]
    stems = {stem(w) for w in part_words if w not in STOP_WORDS}
    same = [i for i, w in enumerate(old) if {stem(x) for x in words(w)} & stems]
    if same:  # "وآخر حصيلة؟" after "كم كانت الحصيلة الأولية؟": the word with its adjective
        end = same[-1] + 1
        return same[-1], end + (end < len(old) and old[end].startswith("ال"))
    if first in _PREPOSITIONS:
        places = [i for i, w in enumerate(old) if normalise(w) == first]
        return (places[-1], places[-1] + max(2, len(tokens))) if places else None
    if len(tokens) > 1:
        return None
    if not tokens[0].startswith("ال"):
        at_end = len(old) > 1 and normalise(old[-2]) in _PREPOSITIONS
        return (len(old) - 1, len(old)) if at_end else None
    places = [i for i, w in enumerate(old) if w.startswith("ال")]
    return (places[-1], places[-1] + 1) if len(places) == 1 else None
