from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from evaluation.core.errors import TestSetError
from evaluation.testsets import schema
from evaluation.testsets.items import ConversationItem, QuestionItem
from evaluation.testsets.testsets import GoldQuestion, TestSet, flatten, read_testset

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = ROOT / "samples" / "testset.jsonl"


def read(tmp_path: Path, *rows: dict[str, Any] | str) -> TestSet:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path = tmp_path / "testset.jsonl"
    path.write_bytes("\n".join(lines).encode())
    return read_testset(path)


def problems(tmp_path: Path, *rows: dict[str, Any] | str) -> list[str]:
    with pytest.raises(TestSetError) as caught:
        read(tmp_path, *rows)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def only(testset: TestSet) -> GoldQuestion:
    [conversation] = flatten(testset)
    [question] = conversation.questions
    return question


def test_the_samples_are_read_whole() -> None:
    testset = read_testset(SAMPLES)
    questions = [q for conversation in flatten(testset) for q in conversation.questions]
    assert testset.sha256 == hashlib.sha256(SAMPLES.read_bytes()).hexdigest()
    assert len(questions) > len(testset.items) > 40
    assert {q.position for q in questions} == {"single", "first", "followup"}
    assert {q.language for q in questions} == {"ar", "en"}
    assert all(q.kind and q.answerable is not None for q in questions)


def test_a_question_keeps_its_labels(tmp_path: Path) -> None:
    row = {
        "id": "q1",
        "question": "كم قتيلًا؟",
        "answers": ["21", "21 قتيلًا"],
        "relevant_ids": ["flood"],
        "acceptable_ids": ["early"],
        "forbidden_ids": ["oil"],
        "quotes": ["إلى 21 قتيلًا"],
        "answerable": True,
        "kind": "number",
        "language": "ar",
    }
    question = only(read(tmp_path, row))
    assert {name: getattr(question, name) for name in row} == row
    assert (question.item_id, question.turn, question.position) == ("q1", None, "single")
    assert question.standalone is None


def test_a_turn_keeps_its_checks_and_a_plain_nugget_is_a_list_of_one(tmp_path: Path) -> None:
    turns = [
        {
            "question": "كيف تطورت السيول؟",
            "nuggets": ["تسعة أشخاص", ["21 قتيلًا", "21"]],
            "min_nuggets": 1,
            "cites_any": ["flood"],
            "published": ["2018-04-01", None],
            "modes": ["timeline"],
            "variety": "gulf",
        },
        {"question": "المزيد", "command": "more"},
        {"question": "باختصار", "modes": ["refusal", "summary"]},
    ]
    [conversation] = flatten(read(tmp_path, {"id": "c", "turns": turns, "variety": "msa"}))
    first, more, short = conversation.questions
    assert first.checks.nuggets == [["تسعة أشخاص"], ["21 قتيلًا", "21"]]
    assert first.checks.published_between == (date(2018, 4, 1), None)
    assert first.checks.model_dump(exclude_defaults=True).keys() == {
        *("nuggets", "min_nuggets", "cites_any", "published", "modes")
    }
    assert (first.variety, more.variety) == ("gulf", "msa")
    assert (first.answerable, more.answerable, short.answerable) == (True, None, None)
    assert more.checks.command == "more"
    assert all(question.has_checks for question in conversation.questions)


def test_a_question_without_labels_has_no_checks(tmp_path: Path) -> None:
    assert not only(read(tmp_path, {"id": "q", "question": "q", "answerable": True})).has_checks
    assert only(read(tmp_path, {"id": "q", "question": "q", "answerable": False})).has_checks


def test_checks_that_cannot_hold_are_named(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {"id": "a", "question": "q", "nuggets": ["x", [], [" "]]},
        {"id": "b", "question": "q", "nuggets": "x", "min_articles": 0, "max_characters": "9"},
        {"id": "c", "question": "q", "nuggets": ["x"], "min_nuggets": 2},
        {"id": "d", "question": "q", "says": "maybe", "dates": "up"},
        {"id": "e", "question": "q", "published": ["2018-04-01"]},
        {"id": "f", "question": "q", "published": ["2018-04-31", "1/5/2018"]},
        {"id": "g", "turns": [{"question": "q", "published": ["2018-05-02", "2018-05-01"]}]},
        {"id": "h", "question": "q", "published": [None, None]},
    )
    no_range = "must be the first and the last day, [from, to], one of them null if open"
    assert found == [
        "line 1: nuggets 2: is empty",
        "line 1: nuggets 3 1: is empty",
        "line 2: nuggets: must be a list",
        "line 2: min_articles: must be 1 or more",
        "line 2: max_characters: must be a whole number",
        "line 3: min_nuggets: is more than the number of nuggets, 1",
        "line 4: says: must be 'yes', 'no' or 'unknown'",
        "line 4: dates: must be 'ascending' or 'descending'",
        f"line 5: published: {no_range}",
        "line 6: published 1: must be a day as 2018-04-30",
        "line 6: published 2: must be a day as 2018-04-30",
        f"line 7: turn 1 published: {no_range}",
        f"line 8: published: {no_range}",
    ]


def test_turns_are_numbered_from_one_and_take_what_the_conversation_says(tmp_path: Path) -> None:
    turns = [
        {"question": "ماذا قال غانتس؟", "kind": "fact", "forbidden_ids": ["oil"]},
        {"question": "ومتى؟", "standalone": "متى قال غانتس ذلك؟", "quotes": ["أمس"]},
        {"question": "2021?", "language": "en"},
    ]
    row = {"id": "c", "turns": turns, "kind": "followup", "language": "ar"}
    [conversation] = flatten(read(tmp_path, row))
    first, second, third = conversation.questions
    assert [q.id for q in conversation.questions] == ["c#1", "c#2", "c#3"]
    assert [q.item_id for q in conversation.questions] == ["c"] * 3
    assert [q.turn for q in conversation.questions] == [1, 2, 3]
    assert [q.position for q in conversation.questions] == ["first", "followup", "followup"]
    assert [q.kind for q in conversation.questions] == ["fact", "followup", "followup"]
    assert [q.language for q in conversation.questions] == ["ar", "ar", "en"]
    assert first.forbidden_ids == ["oil"] and third.forbidden_ids == []
    assert (second.standalone, second.quotes) == ("متى قال غانتس ذلك؟", ["أمس"])


def test_the_language_is_found_from_the_letters(tmp_path: Path) -> None:
    testset = read(
        tmp_path,
        {"id": "a", "question": "متى تأسست OpenAI؟"},
        {"id": "b", "question": "When was it founded?"},
        {"id": "c", "turns": [{"question": "Who won?"}, {"question": "2021?"}]},
    )
    languages = [[q.language for q in c.questions] for c in flatten(testset)]
    assert languages == [["ar"], ["en"], ["en", "en"]]


@pytest.mark.parametrize(
    ("labels", "answerable"),
    [
        ({}, None),
        ({"answers": ["21"]}, True),
        ({"relevant_ids": ["flood"]}, True),
        ({"quotes": ["إلى 21"]}, True),
        ({"forbidden_ids": ["oil"]}, None),
        ({"answers": ["21"], "answerable": None}, None),
        ({"answerable": False}, False),
    ],
)
def test_a_question_with_an_answer_is_answerable_unless_it_says_otherwise(
    tmp_path: Path, labels: dict[str, Any], answerable: bool | None
) -> None:
    assert only(read(tmp_path, {"id": "q", "question": "كم؟", **labels})).answerable is answerable


def test_other_names_and_other_fields_are_read(tmp_path: Path) -> None:
    row = {
        "id": "k",
        "query": "سيول تضرب وادي القطا",
        "relevant": ["flood"],
        "hide_fields": ["title", "summary"],
        "generated": "title",
        "reviewer": {"name": "مها"},
    }
    testset = read(tmp_path, row)
    question = only(testset)
    assert question.question == "سيول تضرب وادي القطا"
    assert question.relevant_ids == ["flood"]
    assert question.kind == ""
    assert testset.hide_fields == ("summary", "title")
    kept = testset.items[0].model_dump()
    assert kept["generated"] == "title" and kept["reviewer"] == {"name": "مها"}


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "testset.jsonl"
    lines = ['{"id": "a", "question": "سؤال\u2028؟"}', "", '{"id": "b", "question": "q"}', ""]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert [item.id for item in read_testset(path).items] == ["a", "b"]


def test_every_bad_line_gives_its_number_field_and_reason(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {"id": "fine", "question": "q"},
        {"question": "q"},
        {"id": "a", "question": "  "},
        {"id": 7, "question": "q", "answers": "21", "answerable": "yes"},
        "",
        "{id",
        "[1]",
        '{"id": "s", "question": "\\ud800"}',
        {"id": "x", "question": "q", "relevant_ids": ["a", ""]},
        {"id": "y", "question": "q", "acceptable_ids": ["a"], "forbidden_ids": ["a"]},
    )
    assert found == [
        "line 2: id: is missing",
        "line 3: question: is empty",
        "line 4: answers: must be a list",
        "line 4: answerable: must be true, false or null",
        "line 4: id: must be text",
        "line 6: JSON: Expecting property name enclosed in double quotes at character 2",
        "line 7: JSON: is not an object",
        "line 8: question: is not valid Unicode",
        "line 9: relevant_ids 2: is empty",
        "line 10: forbidden_ids: a is relevant or acceptable too",
    ]


def test_a_bad_turn_is_named_by_the_number_its_id_has(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {"id": "a", "turns": [{"question": "q"}, {"answers": ["x"]}]},
        {"id": "b", "turns": []},
        {"id": "c", "turns": [{"question": "q"}], "question": "q"},
    )
    assert found == [
        "line 1: turn 2 question: is missing",
        "line 2: turns: is empty",
        "line 3: turns: stands beside a question of the item's own",
    ]


def test_an_id_may_come_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {"id": "a", "question": "q"},
        {"id": "b", "turns": [{"question": "q"}]},
        {"id": "a", "question": "another"},
        {"id": "b#1", "question": "another"},
    )
    assert found == [
        "line 3: id: 'a' is on line 1 already",
        "line 4: id: 'b#1' is on line 2 already",
    ]


def test_fifty_problems_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    found = problems(tmp_path, *({"id": str(n)} for n in range(53)))
    assert len(found) == 51
    assert found[49] == "line 50: question: is missing"
    assert found[50] == "… and 3 more"


def test_a_line_in_another_encoding_is_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "testset.jsonl"
    path.write_bytes('{"id": "a", "question": "سؤال"}'.encode("cp1256"))
    with pytest.raises(TestSetError, match="line 1: text: is not UTF-8 at byte 26"):
        read_testset(path)


def test_a_file_without_questions_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(TestSetError, match="holds no questions"):
        read(tmp_path, "", "")
    with pytest.raises(TestSetError, match=r"none\.jsonl cannot be read: No such file"):
        read_testset(tmp_path / "none.jsonl")


def test_the_schema_that_ships_is_made_from_the_models() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.testset_schema_json(), (
        "run: python -m evaluation.testsets.schema"
    )


def test_the_samples_fit_the_schema() -> None:
    validator = Draft202012Validator(schema.testset_schema())
    for line in SAMPLES.read_text(encoding="utf-8").splitlines():
        validator.validate(json.loads(line))


def test_the_examples_in_the_docs_are_read_as_they_stand(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "testsets.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```json\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    questions = [q for c in flatten(read(tmp_path, *examples)) for q in c.questions]
    assert [q.id for q in questions] == [
        *("flood-toll", "false-quake", "flood-story", "gantz#1", "gantz#2"),
    ]


def test_the_docs_explain_every_field() -> None:
    text = (ROOT / "docs" / "testsets.md").read_text(encoding="utf-8")
    fields = {*QuestionItem.model_fields, *ConversationItem.model_fields}
    assert {name for name in fields if f"`{name}`" not in text} == set()


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ({"id": "a", "question": "q", "reviewer": 1}, True),
        ({"id": "a", "query": "q", "relevant": ["x"]}, True),
        ({"id": "a", "turns": [{"query": "q"}, {"question": "q", "answerable": None}]}, True),
        ({"id": "a", "answers": ["x"]}, False),
        ({"id": "a", "question": " "}, False),
        ({"id": "a", "query": 3}, False),
        ({"id": 1, "question": "q"}, False),
        ({"id": "a", "question": "q", "answerable": "yes"}, False),
        ({"id": "a", "question": "q", "relevant": "x"}, False),
        ({"id": "a", "question": "q", "nuggets": ["x", ["y", "z"]], "min_nuggets": 2}, True),
        ({"id": "a", "question": "q", "published": [None, "2018-05-01"], "says": None}, True),
        ({"id": "a", "question": "q", "nuggets": [[]]}, False),
        ({"id": "a", "question": "q", "nuggets": "x"}, False),
        ({"id": "a", "question": "q", "modes": ["quotes"]}, False),
        ({"id": "a", "question": "q", "published": ["2018-05-01"]}, False),
        ({"id": "a", "question": "q", "published": ["1/5/2018", None]}, False),
        ({"id": "a", "question": "q", "max_characters": 0}, False),
        ({"id": "a", "turns": []}, False),
        ({"id": "a", "turns": [{"answers": ["x"]}]}, False),
        ({"id": "a", "question": "q", "turns": [{"question": "q"}]}, False),
        (["a"], False),
    ],
)
def test_the_schema_and_the_reader_agree(tmp_path: Path, row: Any, fits: bool) -> None:
    assert Draft202012Validator(schema.testset_schema()).is_valid(row) is fits
    if fits:
        assert len(read(tmp_path, row).items) == 1
    else:
        assert problems(tmp_path, row)
