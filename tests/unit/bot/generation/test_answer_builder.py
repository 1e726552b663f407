from __future__ import annotations

from itertools import pairwise

import pytest

from bot.generation.answer_builder import MAX_SENTENCES, AnswerBuilder
from bot.generation.support.support_checker import SupportChecker
from tests.unit.bot.generation.passages import embed_alike, prompt_passages

BRIDGE = "افتتح الوزير جسر النيل الجديد أمس. وبلغت كلفة الجسر مئة مليون دينار."
CUP = "فاز الفريق بالكأس بعد غياب عشرين عاما."
SCHOOL = "أغلقت الوزارة المدرسة القديمة في تل الريحان."


def new_builder(**options: object) -> AnswerBuilder:
    passages = prompt_passages(BRIDGE, CUP, SCHOOL)
    return AnswerBuilder(passages, SupportChecker(passages, embed_alike), "ar", **options)  # type: ignore[arg-type]


def built(text: str, **options: object) -> AnswerBuilder:
    builder = new_builder(**options)
    builder.feed(text)
    builder.finish()
    return builder


def test_citations_are_numbered_in_reading_order() -> None:
    draft = built("فاز الفريق بالكأس [2]. افتتح الوزير جسر النيل [1].").draft()
    assert draft.text == "فاز الفريق بالكأس. [1] افتتح الوزير جسر النيل. [2]"
    assert [(c.marker, c.article_id) for c in draft.citations] == [
        (1, "article-2"),
        (2, "article-1"),
    ]


def test_a_citation_quotes_the_supporting_sentence() -> None:
    citation = built("فاز الفريق بالكأس [2].").draft().citations[0]
    assert citation.quote == CUP
    assert CUP[citation.start : citation.end] == citation.quote


def test_sentences_supported_by_one_passage_share_a_citation() -> None:
    draft = built("افتتح الوزير جسر النيل [1]. بلغت كلفة الجسر مئة مليون دينار [1].").draft()
    assert draft.text.count("[1]") == 2
    assert [c.quote for c in draft.citations] == [BRIDGE]


def test_unsupported_sentences_are_removed() -> None:
    builder = built("افتتح الوزير جسر النيل [1]. وصفق الجمهور طويلا [1]. فاز الفريق بالكأس [2].")
    assert builder.draft().text == "افتتح الوزير جسر النيل. [1] فاز الفريق بالكأس. [2]"
    assert (builder.sentences, builder.supported, builder.unsupported) == (3, 2, 1)


def test_an_invented_citation_is_corrected() -> None:
    builder = built("فاز الفريق بالكأس [9].")
    assert builder.draft().text == "فاز الفريق بالكأس. [1]"
    assert builder.draft().citations[0].article_id == "article-2"
    assert builder.moved == 1


def test_a_sentence_that_depends_on_a_removed_one_is_removed() -> None:
    builder = built("صرخ المدرب في الملعب [2]. وقال إن الفريق فاز بالكأس [2].")
    assert builder.draft().text == ""


def test_unsupported_sentences_are_marked_if_configured() -> None:
    builder = built("افتتح الوزير جسر النيل [1]. وصفق الجمهور طويلا [1].", mark_unsupported=True)
    assert builder.draft().text == (
        "افتتح الوزير جسر النيل. [1] وصفق الجمهور طويلا. (لا سند لهذه الجملة في المقالات)"
    )


def test_without_a_supported_sentence_none_is_marked() -> None:
    builder = built("وصفق الجمهور طويلا [1].", mark_unsupported=True)
    assert builder.draft().text == ""
    assert builder.supported == 0


@pytest.mark.parametrize(
    "output", ["NO_ANSWER", "NO_ANSWER.", "no answer", " NO_ANSWER\n", "**NO_ANSWER**"]
)
def test_no_answer_is_recognised_and_not_shown(output: str) -> None:
    builder = built(output)
    assert builder.declined
    assert builder.draft().text == ""


def test_repeated_sentences_are_shown_once() -> None:
    builder = built("فاز الفريق بالكأس [2]. " * 5)
    assert builder.draft().text == "فاز الفريق بالكأس. [1]"
    assert builder.sentences == 1


def test_the_number_of_sentences_is_limited() -> None:
    builder = new_builder()
    for number in range(100):
        builder.feed(f"فاز الفريق بالكأس {number} [2]. ")
        if builder.is_full:
            break
    assert builder.sentences == MAX_SENTENCES


def test_each_draft_extends_the_one_before() -> None:
    builder, drafts = new_builder(), [""]
    for character in "افتتح الوزير جسر النيل [1]. فاز الفريق بالكأس [2]. فاز الفريق [2].":
        if builder.feed(character):
            drafts.append(builder.draft().text)
    builder.finish()
    drafts.append(builder.draft().text)
    assert len(drafts) == 4
    assert all(later.startswith(earlier) for earlier, later in pairwise(drafts))


def test_the_intro_is_the_first_line() -> None:
    draft = built("فاز الفريق بالكأس [2].", intro="The articles say (in Arabic):").draft()
    assert draft.text == "The articles say (in Arabic):\nفاز الفريق بالكأس. [1]"


def test_list_items_keep_their_lines() -> None:
    draft = built("- فاز الفريق بالكأس [2]\n- أغلقت الوزارة المدرسة [3]").draft()
    assert draft.text == "- فاز الفريق بالكأس [1]\n- أغلقت الوزارة المدرسة [2]"


@pytest.mark.parametrize(
    ("output", "shown"),
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
def test_only_complete_statements_are_shown(output: str, shown: str) -> None:
    assert built(output).draft().text == shown
