"""Messages as the shipped classifiers read them, with the shipped embedding model and without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import ClassVar

import numpy as np
import pytest

from bot.conversation.intent import MessageContext, ParsedMessage, confirm_topic, parse_message
from bot.conversation.suggested_choices import SuggestedChoices
from bot.conversation.turns import QuotedSpan, Turn
from vectorstore.core.text_analysis import stem, words
from vectorstore.embedding.embedder import Embedder

pytestmark = pytest.mark.slow

TODAY = date(2021, 6, 9)


class Library:
    """Articles as a conversation knows them: id to (title, words)."""

    ARTICLES: ClassVar[dict[str, tuple[str, str]]] = {
        "bridge": ("افتتاح الجسر الجديد", "افتتح الوزير الجسر وكلف 3 ملايين وصممه مهندس محلي"),
        "cup": ("الأمواج يحرز الكأس", "سجل اللاعب هدفين وبكى المدرب وعدد المتفرجين كبير"),
    }

    def title(self, article_id: str) -> str:
        return self.ARTICLES[article_id][0]

    def overlap(self, words_: Sequence[str], article_id: str) -> float | None:
        known = {stem(w) for text in self.ARTICLES[article_id] for w in words(text)}
        return sum(stem(w) in known for w in words_) / len(words_) if words_ else None


BRIDGE = Turn(
    "من افتتح الجسر؟",
    "من افتتح الجسر؟",
    quotes=(QuotedSpan("bridge", 0, 20),),
    articles=("bridge",),
    intent="fact",
)
CUP = Turn("من فاز بالكأس؟", "من فاز بالكأس؟", articles=("cup",), intent="fact")

Interpret = Callable[..., tuple[ParsedMessage, ...]]


def _are_names(words_: Sequence[str]) -> bool:
    return bool(words_) and set(words_) <= {"ميسي", "صلاح", "مرحبا", "شكرا"}


def interpreter(embed: Callable[[Sequence[str]], np.ndarray] | None) -> Interpret:
    context = MessageContext(
        articles=Library(), embed=embed, today=TODAY, newest=lambda: TODAY, is_known=_are_names
    )
    return lambda text, *turns: parse_message(text, turns, context)


@pytest.fixture(scope="module", params=["embeddings", "n-grams alone"])
def interpret(request: pytest.FixtureRequest) -> Interpret:
    """With the shipped embedding model, and as for a store with another one."""
    if request.param != "embeddings":
        return interpreter(None)
    model: Embedder = request.getfixturevalue("model")
    return interpreter(model.embed_queries)


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("من افتتح الجسر؟", "fact"),
        ("هل افتتح الوزير الجسر؟", "yes_no"),
        ("من هم المرشحون لرئاسة البلدية؟", "list"),
        ("قارن بين كلفة الجسر وكلفة النفق", "comparison"),
        ("قارن بين كلفة الجسر الجديد وكلفة النفق القديم في المدينة", "comparison"),
        ("لخص لي خبر افتتاح الجسر", "summary"),
        ("رتب لي أحداث الحريق زمنيا", "timeline"),
        ("ما آخر حصيلة للضحايا؟", "latest"),
        ("أعطني أخبار الرياضة", "browse"),
        ("أهم أخبار اليوم", "browse"),
        ("كم مقالا عندك؟", "collection"),
        ("ما هي مصادرك؟", "collection"),
        ("متى نشر هذا المقال؟", "article"),
        ("ما رأيك في الرئيس؟", "opinion"),
    ],
)
def test_what_a_first_message_asks_for(interpret: Interpret, message: str, intent: str) -> None:
    (reading,) = interpret(message)
    assert (reading.intent, reading.command, reading.reply_key) == (intent, None, None)
    assert reading.standalone.text == message


def test_a_pasted_headline_is_looked_for_like_a_question_of_fact(interpret: Interpret) -> None:
    headline = "سريان وقف إطلاق النار بين الجانبين بعد أسبوعين من المعارك على الحدود"
    (reading,) = interpret(headline)
    assert (reading.intent, reading.reply_key) == ("fact", None)


@pytest.mark.parametrize(
    ("message", "reply_key"),
    [
        ("مرحبا", "greeting"),
        ("السلام عليكم", "salam"),
        ("شكرا جزيلا", "thanks"),
        ("مع السلامة", "farewell"),
        ("كيف حالك؟", "how_are_you"),
        ("ماذا تستطيع أن تفعل؟", "capabilities"),
        ("من أنت؟", "identity"),
        ("thank you", "thanks"),
    ],
)
def test_small_talk_is_small_talk_first_and_in_a_conversation(
    interpret: Interpret, message: str, reply_key: str
) -> None:
    for turns in ((), (CUP, BRIDGE)):
        (reading,) = interpret(message, *turns)
        assert (reading.intent, reading.reply_key) == (reply_key, reply_key)


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ("المزيد", "more"),
        ("أكمل", "more"),
        ("باختصار", "shorter"),
        ("ما المصدر؟", "source"),
        ("وين المصدر؟", "source"),
        ("بالإنجليزية", "language"),
        ("in English please", "language"),
        ("أعد الجواب", "repeat"),
    ],
)
def test_a_command_acts_on_the_last_answer(
    interpret: Interpret, message: str, command: str
) -> None:
    (reading,) = interpret(message, CUP, BRIDGE)
    assert (reading.command, reading.intent) == (command, "fact")
    assert reading.standalone.text == BRIDGE.standalone
    assert reading.earlier_quotes == BRIDGE.quotes
    assert reading.context_articles == ("bridge",)
    (first,) = interpret(message)
    assert (first.command, first.reply_key) == (None, "nothing_to_continue")


def test_a_question_about_what_followed_is_no_command(interpret: Interpret) -> None:
    first = interpret("ومن أُقيل بعدها؟", CUP, BRIDGE)[0]
    assert first.command is None
    assert "الجسر" in first.standalone.text


def test_a_correction_repeats_the_last_question_with_what_it_names(interpret: Interpret) -> None:
    (reading,) = interpret("لا، أقصد الكأس", BRIDGE)
    assert reading.command == "correction"
    assert reading.standalone.own.text == "من افتتح الكأس؟"


@pytest.mark.parametrize(
    "message", ["كم كلف؟", "من صممه؟", "طيب ومين صممه؟", "ومن المهندس؟", "who designed it?"]
)
def test_a_message_without_a_topic_continues_and_may_still_be_tried_alone(
    interpret: Interpret, message: str
) -> None:
    first, *_, last = interpret(message, CUP, BRIDGE)
    assert (first.standalone.kind, first.context_articles) == ("previous", ("bridge",))
    assert "الجسر" in first.standalone.text
    assert first.intent == "fact"
    assert first.is_certain
    assert (last.standalone.kind, last.standalone.text) == ("none", message)


def test_the_intent_of_a_follow_up_is_that_of_the_question_it_stands_for(
    interpret: Interpret,
) -> None:
    turn = Turn("أهم أخبار اليوم", "أهم أخبار اليوم", articles=("bridge",), intent="browse")
    first = interpret("وأمس؟", turn)[0]
    assert first.intent == "browse"
    assert first.dates.since is not None
    assert first.dates.since.date() == date(2021, 6, 8)


@pytest.mark.parametrize(
    "message",
    [
        "من هو وزير الدفاع الأمريكي؟",
        "كم عدد سكان القاهرة؟",
        "متى تأسست جامعة الدول العربية؟",
        "كم سعر الذهب في أسواق دبي؟",
        "وكم غارة استهدفت مطار المدينة القديم؟",
        "من هو رئيس البنك المركزي؟",
        "Who is the president of the football federation?",
    ],
)
def test_a_question_with_a_topic_of_its_own_borrows_none(
    interpret: Interpret, message: str
) -> None:
    first = interpret(message, CUP, BRIDGE)[0]
    assert (first.standalone.kind, first.standalone.text) == ("none", message)
    assert first.context_articles == ()


def test_an_announced_topic_leaves_the_conversation(interpret: Interpret) -> None:
    (reading,) = interpret("سؤال آخر: لخص لي خبر الكأس", BRIDGE)
    assert (reading.intent, reading.standalone.text) == ("summary", "لخص لي خبر الكأس")
    assert reading.context_articles == ()


def test_a_reply_to_an_offer_chooses_from_it(interpret: Interpret) -> None:
    choices = SuggestedChoices("من صمم النفق؟", ("bridge", "cup"), ("", ""))
    (chosen,) = interpret("الثاني", Turn("q", "q", choices=choices))
    assert (chosen.chosen_article, chosen.standalone.text) == ("cup", "من صمم النفق؟")
    (declined,) = interpret("لا", Turn("q", "q", choices=choices))
    assert declined.reply_key == "declined"
    (bare,) = interpret("نعم")
    assert bare.reply_key == "nothing_offered"


def test_an_uncertain_topic_that_no_citation_confirms_is_dropped(interpret: Interpret) -> None:
    first = interpret("كم كلف؟", BRIDGE)[0]
    assert confirm_topic(first, ["cup"]) is first
    unsure = ParsedMessage(
        first.standalone, probability=0.5, context_articles=first.context_articles
    )
    assert confirm_topic(unsure, ["bridge"]) is unsure
    dropped = confirm_topic(unsure, ["cup"])
    assert (dropped.standalone.text, dropped.context_articles) == ("كم كلف؟", ())


def test_names_that_articles_have_are_topics_and_greetings_are_none(interpret: Interpret) -> None:
    assert {interpret(name)[0].intent for name in ("ميسي", "صلاح")} == {"overview"}
    assert interpret("مرحبا")[0].reply_key == "greeting"
    assert interpret("شكرا")[0].reply_key == "thanks"


def test_what_was_meant_is_a_correction_whatever_it_asks(interpret: Interpret) -> None:
    (found,) = interpret("لا قصدي النفق، من صممه؟", BRIDGE)
    assert found.command == "correction"
    assert "الجسر" not in found.standalone.own.text


def test_commands_act_on_the_last_answer_with_quotes(interpret: Interpret) -> None:
    refused = Turn("كم راتب الوزير؟", "كم راتب الوزير؟", intent="fact", mode="refusal")
    (found,) = interpret("المصدر", BRIDGE, refused)
    assert found.command == "source"
    assert found.context_articles == ("bridge",)
