from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pytest

from bot.conversation.query_rewriting import (
    StandaloneQuestion,
    announced_topic,
    corrected_question,
    rewrite_question,
)
from bot.conversation.turns import Turn
from bot.language.parsed_question import ParsedQuestion
from vectorstore.core.text_analysis import stem, words


def rewritten(question: str, *turns: Turn) -> StandaloneQuestion:
    return rewrite_question(ParsedQuestion(question.strip()), turns)


def after(previous: str, question: str) -> str:
    return rewritten(question, Turn(previous, previous)).text


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        ("من افتتح الجسر الجديد؟", "ومتى؟", "متى افتتح الجسر الجديد؟"),
        ("من افتتح الجسر الجديد؟", "أين؟", "أين افتتح الجسر الجديد؟"),
        ("كم عدد المصابين في سوريا؟", "وفي مصر؟", "كم عدد المصابين في مصر؟"),
        ("Who opened the bridge?", "and when?", "when opened the bridge?"),
    ],
)
def test_what_a_short_follow_up_lacks_is_taken_from_before(
    before: str, question: str, standalone: str
) -> None:
    assert after(before, question) == standalone


@pytest.mark.parametrize(
    ("before", "question", "borrowed"),
    [
        ("ماذا قال نتنياهو عن الاحتكاك مع واشنطن؟", "ومن انتقد تصريحاته؟", "نتنياهو"),
        ("من تعهد بملء مخزون إسرائيل؟", "ومتى أعلن ذلك؟", "مخزون"),
        ("من فاز ببطولة الدوري؟", "كم كسبت؟", "الدوري"),
        ("كم عدد المصابين في سوريا؟", "وماذا عن القتلى؟", "سوريا"),
        ("Who leads the council?", "What did he say about the budget?", "council"),
    ],
)
def test_a_question_that_points_back_gets_its_topic(
    before: str, question: str, borrowed: str
) -> None:
    found = rewritten(question, Turn(before, before))
    assert borrowed in found.text
    assert found.is_followup


def test_follow_ups_chain_through_the_standalone_form() -> None:
    first = "من افتتح الجسر الجديد؟"
    second = rewritten("ومتى؟", Turn(first, first))
    turns = [Turn(first, first), Turn("ومتى؟", second.text)]
    assert rewritten("وأين؟", *turns).text == "أين افتتح الجسر الجديد؟"


class Library:
    """Articles as a conversation knows them: id to (title, words)."""

    ARTICLES: ClassVar[dict[str, tuple[str, str]]] = {
        "bridge": ("افتتاح الجسر الجديد", "افتتح الوزير الجسر وكلف 3 ملايين وصممه مهندس محلي"),
        "cup": ("الأمواج يحرز الكأس", "سجل اللاعب هدفين وبكى المدرب وعدد المتفرجين كبير"),
        "trams": ("Night trams return", "trams run again at night and a ticket costs little"),
    }

    def title(self, article_id: str) -> str:
        return self.ARTICLES[article_id][0]

    def overlap(self, words_: Sequence[str], article_id: str) -> float | None:
        title, text = self.ARTICLES[article_id]
        known = {stem(w) for w in words(f"{title} {text}")}
        latin = [w for w in words_ if w.isascii() == title.isascii()]
        return sum(stem(w) in known for w in latin) / len(latin) if latin else None


BRIDGE = Turn("من افتتح الجسر؟", "من افتتح الجسر؟", articles=("bridge",))
CUP = Turn("من فاز بالكأس؟", "من فاز بالكأس؟", articles=("cup",))
TRAMS = Turn("When do trams run?", "When do trams run?", articles=("trams",))


def in_context(question: str, *turns: Turn) -> StandaloneQuestion:
    return rewrite_question(ParsedQuestion(question), turns, Library())


@pytest.mark.parametrize(
    ("question", "kind", "borrowed"),
    [
        ("كم كلف؟", "previous", "الجسر"),
        ("من صممه؟", "previous", "الجسر"),
        ("طيب ومين صممه؟", "previous", "الجسر"),
        ("ومن المهندس؟", "previous", "الجسر"),
        ("ماذا عن المهندس؟", "previous", "الجسر"),
        ("who designed it?", "previous", "الجسر"),
    ],
)
def test_a_question_of_the_words_of_the_last_article_goes_on_from_it(
    question: str, kind: str, borrowed: str
) -> None:
    found = in_context(question, CUP, BRIDGE)
    assert (found.kind, found.turns) == (kind, (1,))
    assert borrowed in found.text


def test_an_announced_topic_is_a_question_by_itself() -> None:
    announced = announced_topic(ParsedQuestion("سؤال آخر: كم كلف الجسر؟"))
    assert announced is not None
    assert announced.text == "كم كلف الجسر؟"
    assert announced_topic(ParsedQuestion("كم كلف الجسر؟")) is None


@pytest.mark.parametrize(
    ("before", "correction", "question"),
    [
        ("كم عدد السياح في مصر؟", "لا، أقصد تونس", "كم عدد السياح في تونس؟"),
        ("كم عدد المصابين في سوريا؟", "لا، في العراق", "كم عدد المصابين في العراق؟"),
        ("كم تذكرة اشترى الأمريكيون؟", "قصدي الروس", "كم تذكرة اشترى الروس؟"),
        ("من فاز بالكأس؟", "لا، أقصد متى بدأ الدوري؟", "متى بدأ الدوري"),
    ],
)
def test_a_correction_takes_its_place_in_the_last_question(
    before: str, correction: str, question: str
) -> None:
    found = corrected_question(ParsedQuestion(correction), Turn(before, before), None, 0)
    assert question in found.text
    assert found.turns == (0,)


def test_a_correction_replaces_what_a_follow_up_was_about() -> None:
    before = Turn("كم عمره؟", "كم عمره؟ (سائق الحافلة في تونس)", topic="سائق الحافلة في تونس")
    correction = ParsedQuestion("لا أقصد سائق القطار مو الحافلة")
    found = corrected_question(correction, before, None, 0)
    assert found.text == "كم عمره؟ (سائق القطار)"


def test_a_question_returns_to_the_article_that_holds_its_words() -> None:
    found = in_context("وكم عدد المتفرجين؟", CUP, BRIDGE)
    assert (found.kind, found.turns) == ("earlier", (0,))
    assert "الكأس" in found.text
    assert "الجسر" not in found.text


@pytest.mark.parametrize(
    "question",
    ["نرجع إلى الكأس، من بكى؟", "بالعودة للكأس: من بكى؟", "back to الكأس, من بكى؟"],
)
def test_going_back_by_name_takes_that_topic_up_again(question: str) -> None:
    found = in_context(question, CUP, BRIDGE)
    assert (found.kind, found.turns) == ("earlier", (0,))
    assert found.text.startswith("من بكى؟")
    assert "الأمواج" in found.text


def test_a_comparison_sets_the_last_two_answers_side_by_side() -> None:
    found = in_context("أيهما أكبر؟", TRAMS, CUP, BRIDGE)
    assert (found.kind, found.turns) == ("comparison", (1, 2))
    assert "الجسر" in found.text
    assert "الكأس" in found.text


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        (
            "كم تذكرة اشترى الأمريكيون؟",
            "والروس؟",
            "كم تذكرة اشترى الروس؟",
        ),
        ("كم عدد المصابين في سوريا؟", "طيب وفي مصر؟", "كم عدد المصابين في مصر؟"),
        ("من فاز بالكأس؟", "وبالدوري؟", "من فاز بالكأس بالدوري؟"),
    ],
)
def test_a_part_takes_the_place_of_its_like(before: str, question: str, standalone: str) -> None:
    assert after(before, question) == standalone


def test_a_follow_up_in_another_language_borrows_the_topic() -> None:
    found = in_context("وكم سعرها؟", TRAMS)
    assert "Night trams return" in found.text


def test_a_topic_stays_short_however_long_the_conversation() -> None:
    turns = [BRIDGE]
    for question in ("ومن صممه؟", "ومتى بدأ ذلك؟", "وأين؟", "ولماذا تأخر ذلك؟", "ومن انتقده؟"):
        found = in_context(question, *turns)
        turns.append(Turn(question, found.text, topic=found.topic, articles=("bridge",)))
    assert len(found.text.split()) < 25
    assert "الجسر" in found.text


def test_a_word_said_again_takes_its_own_place() -> None:
    assert after("كم كانت الحصيلة الأولية؟", "وآخر حصيلة؟") == "كم كانت آخر حصيلة؟"
