"""What a reader sees of a model's words: checked, numbered in reading order, with sources."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.generation.answer_builder import MAX_SENTENCES, AnswerBuilder
from bot.generation.support.support_checker import SupportChecker
from tests.unit.bot.generation.passages import all_alike, excerpts

BRIDGE = "افتتح الوزير جسر النيل الجديد أمس. وبلغت كلفة الجسر مئة مليون دينار."
CUP = "فاز الفريق بالكأس بعد غياب عشرين عاما."
SCHOOL = "أغلقت الوزارة المدرسة القديمة في تل الريحان."


def writer(**options: object) -> AnswerBuilder:
    given = excerpts(BRIDGE, CUP, SCHOOL)
    return AnswerBuilder(given, SupportChecker(given, all_alike), "ar", **options)  # type: ignore[arg-type]


def written(text: str, **options: object) -> AnswerBuilder:
    writing = writer(**options)
    writing.feed(text)
    writing.finish()
    return writing


def test_citations_are_numbered_in_reading_order() -> None:
    draft = written("فاز الفريق بالكأس [2]. افتتح الوزير جسر النيل [1].").draft()
    assert draft.text == "فاز الفريق بالكأس. [1] افتتح الوزير جسر النيل. [2]"
    assert [(c.marker, c.article_id) for c in draft.citations] == [
        (1, "article-2"),
        (2, "article-1"),
    ]


def test_a_citation_holds_the_words_that_bear_the_sentence_out() -> None:
    citation = written("فاز الفريق بالكأس [2].").draft().citations[0]
    assert citation.quote == CUP
    assert CUP[citation.start : citation.end] == citation.quote


def test_two_sentences_on_one_passage_share_its_number_and_the_quote_grows() -> None:
    draft = written("افتتح الوزير جسر النيل [1]. بلغت كلفة الجسر مئة مليون دينار [1].").draft()
    assert draft.text.count("[1]") == 2
    assert [c.quote for c in draft.citations] == [BRIDGE]


def test_an_invented_sentence_is_left_out_and_the_others_stay() -> None:
    writing = written("افتتح الوزير جسر النيل [1]. وصفق الجمهور طويلا [1]. فاز الفريق بالكأس [2].")
    assert writing.draft().text == "افتتح الوزير جسر النيل. [1] فاز الفريق بالكأس. [2]"
    assert (writing.sentences, writing.supported, writing.unsupported) == (3, 2, 1)


def test_an_invented_source_is_replaced_by_the_one_that_says_it() -> None:
    writing = written("فاز الفريق بالكأس [9].")
    assert writing.draft().text == "فاز الفريق بالكأس. [1]"
    assert writing.draft().citations[0].article_id == "article-2"
    assert writing.moved == 1


def test_a_sentence_that_leans_on_one_left_out_goes_with_it() -> None:
    writing = written("صرخ المدرب في الملعب [2]. وقال إن الفريق فاز بالكأس [2].")
    assert writing.draft().text == ""


def test_marked_where_the_setting_says_so() -> None:
    writing = written("افتتح الوزير جسر النيل [1]. وصفق الجمهور طويلا [1].", mark_unsupported=True)
    assert writing.draft().text == (
        "افتتح الوزير جسر النيل. [1] وصفق الجمهور طويلا. (لا سند لهذه الجملة في المقالات)"
    )


def test_an_answer_of_unsupported_sentences_alone_is_not_even_marked() -> None:
    writing = written("وصفق الجمهور طويلا [1].", mark_unsupported=True)
    assert writing.draft().text == ""
    assert writing.supported == 0


@pytest.mark.parametrize(
    "said", ["NO_ANSWER", "NO_ANSWER.", "no answer", " NO_ANSWER\n", "**NO_ANSWER**"]
)
def test_no_answer_is_heard_and_never_shown(said: str) -> None:
    writing = written(said)
    assert writing.declined
    assert writing.draft().text == ""


def test_what_is_said_again_is_shown_once() -> None:
    writing = written("فاز الفريق بالكأس [2]. " * 5)
    assert writing.draft().text == "فاز الفريق بالكأس. [1]"
    assert writing.sentences == 1


def test_a_model_that_goes_on_and_on_is_not_listened_to() -> None:
    writing = writer()
    for number in range(100):
        writing.feed(f"فاز الفريق بالكأس {number} [2]. ")
        if writing.is_full:
            break
    assert writing.sentences == MAX_SENTENCES


def test_each_draft_begins_with_the_one_before() -> None:
    writing, drafts = writer(), [""]
    for character in "افتتح الوزير جسر النيل [1]. فاز الفريق بالكأس [2]. فاز الفريق [2].":
        if writing.feed(character):
            drafts.append(writing.draft().text)
    writing.finish()
    drafts.append(writing.draft().text)
    assert len(drafts) == 4
    assert all(later.startswith(earlier) for earlier, later in pairwise(drafts))


def test_the_lead_stands_before_the_answer_on_a_line_of_its_own() -> None:
    draft = written("فاز الفريق بالكأس [2].", intro="The articles say (in Arabic):").draft()
    assert draft.text == "The articles say (in Arabic):\nفاز الفريق بالكأس. [1]"


def test_lists_keep_their_lines() -> None:
    draft = written("- فاز الفريق بالكأس [2]\n- أغلقت الوزارة المدرسة [3]").draft()
    assert draft.text == "- فاز الفريق بالكأس [1]\n- أغلقت الوزارة المدرسة [2]"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("افتتح الوزير جسر النيل [1]. فاز الفريق بالكأس بعد", "افتتح الوزير جسر النيل. [1]"),
        ("فاز الفريق بالكأس [2]", "فاز الفريق بالكأس [1]"),
        ("فاز الفريق بالكأس.", "فاز الفريق بالكأس. [1]"),
        ("هل افتتح الوزير جسر النيل؟ [1]", ""),
        ("أعتقد أن الفريق فاز بالكأس [2].", ""),
        ("I think the team won [2].", ""),
        ("فاز الفريق بالكأس بعد غياب، بعد غياب عشرين، بعد غياب عشرين، بعد غياب عشرين [2].", ""),
    ],
)
def test_what_is_no_whole_statement_is_not_shown(said: str, shown: str) -> None:
    assert written(said).draft().text == shown
