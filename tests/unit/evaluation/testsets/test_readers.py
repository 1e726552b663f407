from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from evaluation.core.errors import TestSetError
from evaluation.testsets.jsonl import write_items
from evaluation.testsets.readers import ImportedTestSet, detect_format, import_testset
from evaluation.testsets.testsets import GoldQuestion, flatten, read_testset

CONTEXT = "ولد سيف عام 1990 في عمّان. وفي 1990 انتقل والده إلى إربد."
PASSAGE_FIELDS = {"title": "سيف", "lang_p": "ar", "set": "tiny"}


def write(tmp_path: Path, name: str, *rows: Any) -> Path:
    path = tmp_path / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def squad(*questions: dict[str, Any], context: str = CONTEXT) -> dict[str, Any]:
    paragraph = {"context": context, "qas": list(questions)}
    return {"version": "1.1", "data": [{"title": "سيف", "paragraphs": [paragraph]}]}


def qa(id: str, question: str, *answers: tuple[str, int], **more: Any) -> dict[str, Any]:
    spans = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": id, "question": question, "answers": spans, **more}


def gold(imported: ImportedTestSet, tmp_path: Path) -> list[GoldQuestion]:
    """The questions as they are read back from the test set that is written."""
    path = tmp_path / "imported.jsonl"
    write_items(path, imported.items)
    return [q for conversation in flatten(read_testset(path)) for q in conversation.questions]


def sheet(tmp_path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    path = tmp_path / "questions.xlsx"
    book.save(path)
    return path


def test_paragraphs_of_squad_become_articles_that_their_questions_point_to(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "xquad.json",
        squad(
            qa("1", "متى ولد سيف؟", ("1990", 12)),
            qa("2", "إلى أين انتقل والده؟", ("إربد", CONTEXT.index("إربد"))),
        ),
    )
    imported = import_testset(path)
    first, second = gold(imported, tmp_path)
    [article] = imported.articles
    assert article["title"] == "سيف" and article["text"] == CONTEXT
    assert first.relevant_ids == second.relevant_ids == [article["id"]]
    assert (first.id, first.answers, first.answerable) == ("1", ["1990"], True)
    assert first.language == "ar"


def test_the_sentence_around_an_answer_of_squad_is_its_quote(tmp_path: Path) -> None:
    question = qa("1", "متى انتقل والد سيف؟", ("1990", CONTEXT.rindex("1990")))
    [found] = gold(import_testset(write(tmp_path, "s.json", squad(question))), tmp_path)
    assert found.quotes == ["وفي 1990 انتقل والده إلى إربد."]


def test_a_wrong_offset_in_squad_gives_no_quote(tmp_path: Path) -> None:
    path = write(tmp_path, "s.json", squad(qa("1", "متى ولد؟", ("1990", 3))))
    [found] = gold(import_testset(path), tmp_path)
    assert (found.answers, found.quotes) == (["1990"], [])


def test_what_one_paragraph_does_not_answer_is_no_refusal(tmp_path: Path) -> None:
    path = write(tmp_path, "s.json", squad(qa("1", "من فاز بالكأس؟", is_impossible=True)))
    [found] = gold(import_testset(path), tmp_path)
    assert (found.answerable, found.kind, found.relevant_ids) == (None, "impossible", [])


def test_lines_of_the_datasets_library_are_read_as_squad(tmp_path: Path) -> None:
    answers = {"text": ["1990", "عام 1990", "1990"], "answer_start": [12, 8, 12]}
    row = {"id": "1", "title": "سيف", "context": CONTEXT, "question": "متى؟", "answers": answers}
    imported = import_testset(write(tmp_path, "squad.jsonl", row, row | {"id": "2"}))
    [first, _] = gold(imported, tmp_path)
    assert len(imported.articles) == 1
    assert first.answers == ["1990", "عام 1990"]
    assert first.quotes == ["ولد سيف عام 1990 في عمّان."]


def test_one_paragraph_has_one_id_in_all_files(tmp_path: Path) -> None:
    arabic = import_testset(write(tmp_path, "ar.json", squad(qa("1", "متى؟", ("1990", 12)))))
    english = import_testset(write(tmp_path, "en.json", squad(qa("9", "When?", ("1990", 12)))))
    assert arabic.articles == english.articles


def test_every_problem_of_a_squad_file_says_where_it_is(tmp_path: Path) -> None:
    document = squad({"id": "1"}, qa("2", "متى؟", ("1990", 12)), qa("2", "متى؟"))
    document["data"] += [{"title": "x"}, {"paragraphs": [{"qas": [qa("3", "من؟")]}]}]
    with pytest.raises(TestSetError) as caught:
        import_testset(write(tmp_path, "s.json", document))
    first = "article 1 paragraph 1 question"
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [
        f"{first} 1: question: must be text",
        f"{first} 3: id: '2' is on {first} 2 already",
        "article 2: paragraphs: must be a list",
        "article 3 paragraph 1: context: is missing",
    ]


def test_flat_questions_point_to_their_passages(tmp_path: Path) -> None:
    row = {
        "id": "q1",
        "question": "When was he born?",
        "answers": ["1990"],
        "passage_id": "p1",
        "answerable": True,
        "lang_q": "en",
        **PASSAGE_FIELDS,
    }
    imported = import_testset(write(tmp_path, "qa_tiny.jsonl", row))
    [found] = gold(imported, tmp_path)
    assert (found.relevant_ids, found.answers, found.answerable) == (["p1"], ["1990"], True)
    assert (found.kind, found.language) == ("tiny", "en")
    assert imported.items[0].model_dump()["lang_p"] == "ar"


def test_a_flat_question_without_passage_and_answers_is_to_be_refused(tmp_path: Path) -> None:
    row: dict[str, object] = {
        "id": "m",
        "question": "ما العجلة؟",
        "answers": [],
        "passage_id": None,
    }
    path = write(tmp_path, "q.jsonl", row | {"answerable": None, "set": "outside"})
    [found] = gold(import_testset(path), tmp_path)
    assert (found.answerable, found.relevant_ids, found.kind) == (False, [], "outside")


def test_a_flat_question_that_only_its_passage_does_not_answer_stays_open(tmp_path: Path) -> None:
    row = {"id": "a", "question": "من؟", "answers": [], "passage_id": "p1", "answerable": False}
    [found] = gold(import_testset(write(tmp_path, "q.jsonl", row)), tmp_path)
    assert (found.answerable, found.relevant_ids, found.kind) == (None, [], "impossible")


def test_known_items_hide_what_they_were_made_of(tmp_path: Path) -> None:
    row = {
        "id": "k",
        "query": "سيول تضرب الوادي",
        "kind": "title",
        "relevant": ["flood"],
        "hide_fields": ["title", "summary"],
    }
    imported = import_testset(write(tmp_path, "k.jsonl", row))
    [found] = gold(imported, tmp_path)
    assert (found.question, found.relevant_ids) == ("سيول تضرب الوادي", ["flood"])
    testset = read_testset(tmp_path / "imported.jsonl")
    assert testset.hide_fields == ("summary", "title")
    assert testset.items[0].generated == "title"


def test_a_spreadsheet_of_questions_is_read(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        ["id", "question", "answers", "relevant_ids", "answerable", "kind", "reviewer"],
        ["q1", "كم قتيلًا؟", "21 | 21 قتيلًا", "flood\nearly", "yes", "number", "مها"],
        [None, None, None, None, None, None, None],
        [None, "من فاز؟", None, None, False, None, None],
        [7, "كم بلغت؟", 21300, 12.0, None, None, date(2024, 5, 1)],
    )
    imported = import_testset(path)
    first, second, third = gold(imported, tmp_path)
    assert (first.answers, first.relevant_ids) == (["21", "21 قتيلًا"], ["flood", "early"])
    assert (first.answerable, second.answerable, third.answerable) == (True, False, True)
    assert second.id == "row-4"
    assert (third.id, third.answers, third.relevant_ids) == ("7", ["21300"], ["12"])
    reviewers = [item.model_dump().get("reviewer") for item in imported.items]
    assert reviewers == ["مها", None, "2024-05-01"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1256", "utf-16"])
def test_arabic_column_names_in_any_usual_csv(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [
        ["السؤال", "الإجابات", "معرف المقال", "له جواب"],
        ['"كم بلغ عدد القتلى، بحسب المحافظ؟"', "21|واحد وعشرون", "flood", "نعم"],
        ["من فاز بكأس العالم في تلك السنة؟", "", "", "لا"],
    ]
    path = tmp_path / "questions.csv"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    first, second = gold(import_testset(path), tmp_path)
    assert first.question == "كم بلغ عدد القتلى، بحسب المحافظ؟"
    assert (first.answers, first.relevant_ids) == (["21", "واحد وعشرون"], ["flood"])
    assert (first.answerable, second.answerable) == (True, False)


def test_rows_of_one_conversation_are_its_turns(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "conversation,question,standalone,answers\n"
        "gantz,ماذا قال غانتس؟,,الحوار\n"
        ",كم قتيلًا؟,,21\n"
        "gantz,ومتى؟,متى قال غانتس ذلك؟,أمس\n",
        "utf-8",
    )
    found = gold(import_testset(path), tmp_path)
    assert [q.id for q in found] == ["gantz#1", "gantz#2", "row-3"]
    assert found[1].standalone == "متى قال غانتس ذلك؟"


def test_every_wrong_row_of_a_spreadsheet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("id,question,answerable\na,سؤال,maybe\nb,,yes\na,سؤال آخر,\n", "utf-8")
    with pytest.raises(TestSetError) as caught:
        import_testset(path)
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [
        "row 2: answerable: must be yes, no or empty, not 'maybe'",
        "row 3: question: is missing",
        "row 4: id: 'a' is on row 2 already",
    ]


def test_a_table_without_questions_says_which_columns_it_has(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("title,text\na,b\n", "utf-8")
    with pytest.raises(TestSetError, match=r"no column 'question'.*title, text"):
        import_testset(path)


def test_a_column_that_comes_twice_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("question,answer,answers\na,b,c\n", "utf-8")
    with pytest.raises(TestSetError, match="two columns for 'answers'"):
        import_testset(path)


@pytest.mark.parametrize("name", ["broken.xlsx", "broken.csv"])
def test_a_file_that_is_something_else_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(TestSetError, match=f"{name} is "):
        import_testset(path)


@pytest.mark.parametrize(
    ("row", "advice"),
    [
        ({"passage_id": "p", "text": "نص"}, "holds passages.*rawi ingest"),
        ({"id": "a", "question": "q"}, "test set already"),
        ({"id": "a", "turns": []}, "test set already"),
        ({"url": "x"}, "--format: squad, flat, known-item, csv, xlsx"),
    ],
)
def test_a_file_that_needs_no_import_is_met_with_advice(
    tmp_path: Path, row: dict[str, Any], advice: str
) -> None:
    path = write(tmp_path, "some.jsonl", row)
    with pytest.raises(TestSetError, match=advice):
        detect_format(path, path.read_bytes())
