"""Standalone questions: follow-ups get their missing subject back.

Heuristics that need no model. A question is taken for a follow-up when it leans on what was said:
it points back (ذلك، تصريحاته، it, they), opens with "و" and a question word, says too little to be
searched for on its own, or is made of words of the article that was spoken of last. What it lacks
is taken from the turn that it goes back to, which need not be the last one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from bot.language import coreference
from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import STOP_WORDS, normalise, stem, words

GOES_ON = 0.2
"""Share of its words that a question which goes on ("وكم …") shares with what it goes on from …"""
SPEAKS_OF = 0.7
"""… and that one without any sign of leaning on another must share to be taken for a follow-up …"""
MAY_SPEAK_OF = 0.3
"""… or, from here on, for what may be one."""
RETURNS = 0.3
"""By how much more an earlier turn's article must hold a question's words than the last one's."""
_LONG = 7  # content words from which on a question says enough, whatever it opens with
_SHORT = 2  # … and up to which it may lean on another without any sign of it
_TOPIC_WORDS = 16  # a topic is cut to so many words


@dataclass(frozen=True, slots=True)
class Turn:
    """What is remembered of an earlier question.

    ``standalone`` is its standalone form, ``topic`` what that owes to earlier turns, ``said`` what
    it owes to their questions (a topic may hold the title of an article, too); ``quoted`` holds
    ``(article id, start, end)`` of each quote of the answer, ``articles`` the articles that it
    speaks of: those cited, or else the nearest.
    """

    question: str
    standalone: str
    quoted: tuple[tuple[str, int, int], ...] = ()
    topic: str = ""
    said: str = ""
    articles: tuple[str, ...] = ()


FollowUpKind = Literal["none", "before", "back", "both"]


@dataclass(frozen=True, slots=True)
class StandaloneQuestion:
    """A question that can be searched for by itself.

    Attributes:
        text: The question; what it borrows stands in it, or behind it in parentheses.
        topic: The part of ``text`` that comes from earlier turns, empty for a new one.
        said: The words of earlier questions in it, without the titles of articles.
        lean: ``before``: it goes on from the last turn; ``back``: from an earlier one; ``both``:
            it compares the last two.
        turns: The turns that it leans on, by their place in the history.
        sure: Whether it leans on them for certain; otherwise ``own`` may be all that is meant, and
            what is found shows it.
    """

    text: str
    topic: str = ""
    lean: FollowUpKind = "none"
    turns: tuple[int, ...] = ()
    sure: bool = True
    said: str = ""

    @property
    def own(self) -> str:
        """The question without a topic in parentheses; all of it where the two are one."""
        return self.text.replace(f" ({self.topic})", "") if self.topic else self.text

    @property
    def weighed(self) -> str:
        """The question as sentences are weighed for it: all of an article are of its title."""
        if self.own == self.text:
            return self.text
        return f"{self.own} ({self.said})" if self.said else self.own

    @property
    def is_followup(self) -> bool:
        """Whether anything was taken from an earlier question."""
        return bool(self.topic)


class ContextLookup(Protocol):
    """What is known of the articles that a conversation spoke of."""

    def title(self, article_id: str) -> str:
        """The article's title; empty where there is none."""

    def share(self, content: Sequence[str], article_id: str) -> float | None:
        """Weighted share in [0, 1] of the words ``content`` that stand in the article.

        None where that says nothing: the words are of another language than the article.
        """


def rewrite_question(
    question: str, history: Sequence[Turn], ground: ContextLookup | None = None
) -> StandaloneQuestion:
    """``question`` as it can be searched for, after the turns of ``history`` (oldest first).

    Without ``ground`` the signs in the question alone decide.
    """
    asked = question.strip()
    if not history:
        return StandaloneQuestion(asked)
    if fresh := coreference.NEW_TOPIC.match(asked):
        return StandaloneQuestion(asked[fresh.end() :].strip() or asked)
    if back := coreference.RETURN.match(asked):
        return _returning(asked, back, history, ground)
    if (
        len(history) > 1
        and coreference.COMPARING.search(asked)
        and len(coreference.topic_words(asked)) <= 3
    ):
        return _comparing(asked, history, ground)
    found = _leans_on(asked, history, ground)
    if found is None:
        return StandaloneQuestion(asked)
    at, sure = found
    lean: FollowUpKind = "before" if at == len(history) - 1 else "back"
    if not sure:
        return replace(_with_topic(asked, history[at], ground), lean=lean, turns=(at,), sure=False)
    return replace(_resolved(asked, history[at], ground), lean=lean, turns=(at,))


# -- which turn ------------------------------------------------------------------------------------


def _leans_on(
    question: str, history: Sequence[Turn], ground: ContextLookup | None
) -> tuple[int, bool] | None:
    """The turn that ``question`` goes on from, and whether for certain; None for a new topic."""
    content = coreference.topic_words(question)
    last = len(history) - 1
    if not words(question) or len(content) >= _LONG:
        return None
    if not content:
        return last, True
    shares = [_share(content, turn, ground) for turn in history]
    best = _nearest(shares)
    share = shares[best]
    # "كم لوحًا تعمل به المحطة؟" points at what it names itself: many words, none of them known.
    strange = share is not None and share < GOES_ON and len(content) > _SHORT
    points = coreference.points_back(question) and len(content) <= 5 and not strange
    goes_on = coreference.opens_with_conjunction(question)
    if points or (goes_on and len(content) == 1):
        return best, True
    if share is None:
        # Nothing to compare with: another language, or no article.
        if goes_on or len(content) == 1:
            return last, True
        foreign = ground is not None and history[last].articles
        short = len(content) <= _SHORT + 1 and not coreference.introduces(question)
        return (last, False) if foreign and short else None
    if share >= SPEAKS_OF or (goes_on and share >= GOES_ON):
        return best, True
    if coreference.introduces(question):
        return None
    if len(content) <= _SHORT or share >= MAY_SPEAK_OF:
        return best, False
    return None


def _share(content: Sequence[str], turn: Turn, ground: ContextLookup | None) -> float | None:
    """How much of ``content`` is known from the articles of ``turn``."""
    if ground is None or not turn.articles:
        return None
    shares = [ground.share(content, article_id) for article_id in turn.articles]
    return max((share for share in shares if share is not None), default=None)


def _nearest(shares: Sequence[float | None]) -> int:
    """The last turn, or an earlier one whose article holds clearly more of the question."""
    best = len(shares) - 1
    for at in range(len(shares) - 2, -1, -1):
        if (shares[at] or 0.0) >= (shares[best] or 0.0) + RETURNS:
            best = at
    return best


def _returning(
    question: str, back: re.Match[str], history: Sequence[Turn], ground: ContextLookup | None
) -> StandaloneQuestion:
    """ "نرجع إلى الجسر، كم كلف؟": the question, with the topic that it names and goes back to."""
    named = back["topic"].strip()
    rest = question[back.end() :].strip() or named
    whole = f"ا{named}" if named.startswith("ل") else named  # "للجسر" is "ل" and "الجسر"
    wanted = {stem(w) for w in words(f"{named} {whole}") if w not in STOP_WORDS}
    overlaps = []
    for turn in history:
        titles = [ground.title(a) for a in turn.articles] if ground else []
        known = {stem(w) for t in (turn.standalone, *titles) for w in words(t)}
        overlaps.append(len(wanted & known))
    at = max(range(len(history)), key=lambda i: (overlaps[i], i))
    if not overlaps[at]:
        return StandaloneQuestion(question[back.end("topic") - len(back["topic"]) :].strip())
    found = _with_topic(rest, history[at], ground, named)
    return replace(found, lean="back", turns=(at,))


def _comparing(
    question: str, history: Sequence[Turn], ground: ContextLookup | None
) -> StandaloneQuestion:
    """ "أيهما أكبر؟": the question with what the last two turns were about."""
    one, other = history[-2:]
    subjects = [_without_question_words(_own(t)) for t in (one, other)]
    topic = _limited(" / ".join(s for s in (*subjects, _titles(other, ground)) if s))
    text = f"{question} ({topic})"
    turns = (len(history) - 2, len(history) - 1)
    return StandaloneQuestion(text, topic, "both", turns, said=topic)


# -- what it lacks ---------------------------------------------------------------------------------


def _resolved(question: str, before: Turn, ground: ContextLookup | None) -> StandaloneQuestion:
    bare = coreference.without_conjunction(question)
    about = coreference.what_about(question)
    if about is not None:
        bare = about
    if not coreference.topic_words(bare) and not coreference.points_back(bare):
        return _same_topic_other_question(bare, before)
    if about is not None and len(coreference.topic_words(about)) > 1:
        return _with_topic(question, before, ground)  # it stands for more than a word did
    if not coreference.has_question_word(bare) and len(coreference.topic_words(bare)) <= 3:
        return _same_question_other_part(bare, before, ground)
    return _with_topic(bare, before, ground)


def _own(turn: Turn) -> str:
    return StandaloneQuestion(turn.standalone, turn.topic).own


def _titles(turn: Turn, ground: ContextLookup | None) -> str:
    return " ".join(ground.title(a) for a in turn.articles[:1]) if ground else ""


def _with_topic(
    question: str, before: Turn, ground: ContextLookup | None, named: str = ""
) -> StandaloneQuestion:
    """``question`` with, in parentheses, what the turn before was about.

    That is the title of its article, and the words of its question which that does not hold.
    """
    mine = {stem(w) for w in words(question)}
    # Of several follow-ups in a row, the question that they all go on from names the topic.
    asked = f"{named} {before.said or _without_question_words(_own(before))}"
    said = [w for w in asked.split() if coreference.topic_words(w)]
    topic = _limited(_new([*_titles(before, ground).split(), *said], mine))
    if not topic:
        return StandaloneQuestion(question)
    return StandaloneQuestion(f"{question} ({topic})", topic, said=_limited(_new(said, mine)))


def _new(borrowed: Sequence[str], known: Set[str]) -> str:
    """The words of ``borrowed`` whose stems are not ``known``, each once."""
    seen = set(known)
    kept: list[str] = []
    for word in borrowed:
        stems = {stem(x) for x in words(word)}
        if stems and not stems <= seen:
            kept.append(word)
            seen |= stems
    return " ".join(kept)


def _limited(topic: str) -> str:
    return " ".join(re.sub(r"[()]", " ", topic).split()[:_TOPIC_WORDS])


def _without_question_words(question: str) -> str:
    """``question`` without punctuation, parentheses and the words that ask."""
    kept = [w for w in re.split(r"[\s؟?!.()،,؛:]+", question) if w]
    while kept and normalise(kept[0]) in coreference.QUESTION_WORDS:
        kept = kept[1:]
    return " ".join(kept)


def _same_topic_other_question(bare: str, before: Turn) -> StandaloneQuestion:
    """ "ومتى؟" after "من افتتح الجسر؟": "متى افتتح الجسر؟" """
    topic = _without_question_words(before.standalone)
    mark = "؟" if "؟" in bare or has_arabic(bare) else "?"
    head = bare.rstrip(" ؟?!.")
    return StandaloneQuestion(f"{head} {topic}{mark}", topic)


def _same_question_other_part(
    bare: str, before: Turn, ground: ContextLookup | None
) -> StandaloneQuestion:
    """ "وفي مصر؟" after "كم عدد المصابين في سوريا؟": "كم عدد المصابين في مصر؟" """
    part = bare.strip(" ؟?!.")
    old = _own(before).strip(" ؟?!.")
    tail = f" ({before.topic})" if before.topic and _own(before) != before.standalone else ""
    mark = "؟" if has_arabic(old) else "?"
    topic = before.topic if tail else old
    at = _place_of(part, old.split())
    if at is None:
        return StandaloneQuestion(f"{old} {part}{mark}{tail}", topic, said=before.said)
    start, end = at
    tokens = old.split()
    text = " ".join([*tokens[:start], part, *tokens[end:]]) + mark
    title = _limited(_titles(before, ground))
    if title and not tail and words(part)[0] not in _PREPOSITIONS:
        # What it took the place of may have been the topic itself.
        return StandaloneQuestion(f"{text} ({title})", title, said=before.said)
    return StandaloneQuestion(text + tail, topic, said=before.said)


_PREPOSITIONS = frozenset(words("في عن مع على الى إلى ضد in about with for against"))


def _place_of(part: str, old: Sequence[str]) -> tuple[int, int] | None:
    """Where in the question ``old`` the part stands that ``part`` takes the place of.

    A word stands for itself, a preposition for the same one, a word with the article for the last
    one with it.
    """
    mine = part.split()
    first = words(part)[0]
    shared = {stem(w) for w in words(part) if w not in STOP_WORDS}
    again = [i for i, w in enumerate(old) if {stem(x) for x in words(w)} & shared]
    if again:  # "وآخر حصيلة؟" after "كم كانت الحصيلة الأولية؟": the word with its adjective
        end = again[-1] + 1
        return again[-1], end + (end < len(old) and old[end].startswith("ال"))
    if first in _PREPOSITIONS:
        places = [i for i, w in enumerate(old) if normalise(w) == first]
        return (places[-1], places[-1] + max(2, len(mine))) if places else None
    if len(mine) > 1 or not mine[0].startswith("ال"):
        return None
    places = [i for i, w in enumerate(old) if w.startswith("ال")]
    return (places[-1], places[-1] + 1) if len(places) == 1 else None
