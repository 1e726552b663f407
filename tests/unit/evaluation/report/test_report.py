"""The report as a file: everything in it, nothing loaded, nothing of an article becoming markup."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import load_run
from evaluation.metrics.checks import OUTCOMES
from evaluation.metrics.verdicts import verdict
from evaluation.report import render_report, write_report
from evaluation.report.markup import escape, script_json, tag
from tests.unit.evaluation.synthetic_runs import refusal, row, run_of, write_run

TEXT = "😀 قالت الوكالة إن 308 أشخاص وصلوا. ثم عاد 12 منهم."
QUOTE = "قالت الوكالة إن 308 أشخاص وصلوا."


def cited_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An answer that quotes a sentence of an article, in which the passage starts at 100."""
    start = 100 + TEXT.index(QUOTE)
    passage = {
        "passage_id": "a1:0",
        "article_id": "a1",
        "title": "عنوان",
        "start": 100,
        "end": 100 + len(TEXT),
        "score": 0.9,
        "text": TEXT,
    }
    citation = {
        "marker": 1,
        "article_id": "a1",
        "title": "عنوان",
        "url": "https://example.com/a1",
        "source": "وكالة",
        "published_at": "2021-06-04T16:57:00",
        "quote": QUOTE,
        "start": start,
        "end": start + len(QUOTE),
        "highlight_start": 100 + TEXT.index("308"),
        "highlight_end": 100 + TEXT.index("308") + 3,
    }
    made = row(number, retrieved=[passage], **changes)
    made["answer"]["citations"] = [citation]
    return made


def outcome(name: str) -> dict[str, float]:
    """The measures of an answer that passed or failed its checks in this way."""
    return {each: float(each == name) for each in OUTCOMES}


def page_of(folder: Path, rows: list[dict[str, Any]], **config: Any) -> str:
    return render_report(load_run(write_run(folder, rows, **config)))


def data_in(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    value: dict[str, Any] = json.loads(found[1])
    return value


class Balanced(HTMLParser):
    """Notes tags that are closed out of turn, and the text outside script and style."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((name, dict(attributes)))
        if name not in self.VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        if not self.open or self.open.pop() != name:
            self.faults.append(name)


def parsed(page: str) -> Balanced:
    parser = Balanced()
    parser.feed(page)
    parser.close()
    return parser


def test_page_is_well_formed(tmp_path: Path) -> None:
    rows = [cited_row(), refusal(2, answerable=False), refusal(3, answerable=True)]
    page = parsed(page_of(tmp_path / "run", rows))
    assert (page.faults, page.open) == ([], [])


def test_content_policy_allows_its_own_style_and_script_and_nothing_else(tmp_path: Path) -> None:
    page = page_of(tmp_path / "run", [cited_row()])
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    policy = html.unescape(found[1])
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for name, pattern in (
        ("style", r"<style>(.*?)</style>"),
        ("script", r"<script>(.*?)</script>"),
    ):
        inline = re.search(pattern, page, re.S)
        assert inline is not None
        digest = base64.b64encode(hashlib.sha256(inline[1].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_nothing_is_loaded_from_anywhere(tmp_path: Path) -> None:
    page = parsed(page_of(tmp_path / "run", [cited_row()]))
    for name, attributes in page.seen:
        assert "src" not in attributes, name
        if name == "link":
            assert attributes["href"] == "data:,"
        assert "style" not in attributes, "an inline style would be blocked by the page's policy"
        assert not any(key.startswith("on") for key in attributes), name


HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)"> <!-- & {{data}} \u2028'


def test_text_of_articles_never_becomes_markup(tmp_path: Path) -> None:
    hostile = cited_row(
        question=HOSTILE, kind=HOSTILE, error=None, standalone_question=HOSTILE, answers=[HOSTILE]
    )
    hostile["retrieved"][0] |= {"text": HOSTILE, "title": HOSTILE}
    hostile["answer"] |= {"text": HOSTILE}
    page = page_of(tmp_path / "run", [hostile], name=HOSTILE)
    assert page.count("<script") == 2
    assert "<img" not in page
    assert parsed(page).faults == []
    question = data_in(page)["questions"][0]
    assert (question["question"], question["answer"], question["kind"]) == (HOSTILE,) * 3
    assert data_in(page)["passages"]["a1:0"]["text"] == HOSTILE


def test_characters_that_no_page_may_hold_do_not_break_it(tmp_path: Path) -> None:
    broken = row(1, question="a\x00b\ud800c", kind="k\x00\udfff")
    out = tmp_path / "report.html"
    write_report(load_run(write_run(tmp_path / "run", [broken])), out)
    page = out.read_text(encoding="utf-8")
    assert "\x00" not in page
    assert data_in(page)["questions"][0]["question"] == "a\x00b\ufffdc"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.com/a?b=1&c=2", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        (" JavaScript:alert(1)", False),
        ("data:text/html,<script>", False),
        ("file:///etc/passwd", False),
        ("http://[broken", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, kept: bool, tmp_path: Path) -> None:
    made = cited_row()
    made["answer"]["citations"][0]["url"] = url
    citation = data_in(page_of(tmp_path / "run", [made]))["questions"][0]["citations"][0]
    assert citation["url"] == (url if kept else None)


def test_quotes_and_gold_are_marked_where_they_stand_in_the_passage(tmp_path: Path) -> None:
    data = data_in(page_of(tmp_path / "run", [cited_row()]))
    marks = data["questions"][0]["retrieved"][0]["marks"]
    text = data["passages"]["a1:0"]["text"]
    assert [(name, text[start:end]) for start, end, name in marks] == [
        ("quote", QUOTE),
        ("highlight", "308"),
        ("gold", "308"),
    ]


def test_a_quote_that_only_reaches_into_a_passage_is_marked_as_far_as_it_does(
    tmp_path: Path,
) -> None:
    made = cited_row()
    made["answer"]["citations"][0] |= {"start": 90, "end": 105, "highlight_start": None}
    data = data_in(page_of(tmp_path / "run", [made]))
    assert data["questions"][0]["retrieved"][0]["marks"][0] == [0, 5, "quote"]


def test_a_passage_is_written_once_however_often_it_was_found(tmp_path: Path) -> None:
    page = page_of(tmp_path / "run", [cited_row(i) for i in range(5)])
    assert page.count("ثم عاد 12 منهم") == 1


def test_retrieved_articles_carry_what_the_test_set_says_of_them(tmp_path: Path) -> None:
    made = cited_row(relevant_ids=["a2"], forbidden_ids=["a1"])
    question = data_in(page_of(tmp_path / "run", [made]))["questions"][0]
    assert question["retrieved"][0]["label"] == "forbidden"
    assert question["citations"][0]["label"] == "forbidden"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (row(1), "right"),
        (row(1, measures={"crag_score": -1.0}), "wrong"),
        (row(1, measures={"wrong_source": 1.0}), "wrong_source"),
        (row(1, answerable=False), "wrong"),
        (refusal(1, answerable=False), "refused"),
        (refusal(1, answerable=True), "false_refusal"),
        (row(1, error="StoreError"), "error"),
        (
            row(1, answerable=None, measures=dict.fromkeys(row(1)["measures"])),
            "unjudged",
        ),
        (row(1, measures={"crag_score": None, "contains_gold": 0.0}), "wrong"),
        (row(1, measures=outcome("right") | {"crag_score": -1.0}), "right"),
        (row(1, measures=outcome("partly")), "partly"),
        (row(1, measures=outcome("partly") | {"wrong_source": 1.0}), "wrong_source"),
        (row(1, measures=outcome("wrong")), "wrong"),
        (refusal(1, answerable=True, measures=outcome("wrongly_refused")), "false_refusal"),
        (row(1, refused=True, answerable=None, measures=outcome("right")), "refused"),
    ],
)
def test_each_question_gets_one_verdict(made: dict[str, Any], expected: str) -> None:
    assert verdict(run_of([made]).questions[0]) == expected


def test_what_an_answer_misses_is_shown(tmp_path: Path) -> None:
    made = row(
        1,
        variety="gulf",
        measures=outcome("partly"),
        checks={"nuggets": [["21", "واحد وعشرون"], ["412"]], "says": "yes"},
        failed_checks=[
            {"check": "nuggets", "expected": [["412"]], "found": 1},
            {"check": "says", "expected": "yes", "found": None},
            {"check": "published", "expected": [None, "2018-05-01"], "found": ["a1"]},
            {"check": "answerable", "expected": True, "found": False},
        ],
    )
    page = page_of(tmp_path / "run", [made])
    question = data_in(page)["questions"][0]
    assert question["missing"] == [
        {"name": "nuggets", "expected": ["412"], "found": ["1"]},
        {"name": "says", "expected": ["yes"], "found": []},
        {"name": "published", "expected": ["…", "2018-05-01"], "found": ["a1"]},
        {"name": "answerable", "expected": ["yes"], "found": ["no"]},
    ]
    assert question["checks"][0] == {"name": "nuggets", "values": ["21 / واحد وعشرون", "412"]}
    assert re.search(r"Partly right.*?<strong>100\.0%</strong>", page, re.S)
    assert re.search(r">Variety<.*?gulf", page, re.S)


def test_a_run_of_0_2_0_has_nothing_missing(tmp_path: Path) -> None:
    question = data_in(page_of(tmp_path / "run", [row(1)]))["questions"][0]
    assert (question["missing"], question["checks"], question["variety"]) == ([], [], "")


def test_measures_stand_with_their_interval_and_number_of_questions(tmp_path: Path) -> None:
    rows = [row(1), row(2, measures={"contains_gold": 0.0})]
    page = page_of(tmp_path / "run", rows)
    assert re.search(
        r"Contains gold.*?<strong>50\.0%</strong><span class=\"range\">45\.0 to 55\.0</span>"
        r"<span class=\"count\">2 questions",
        page,
        re.S,
    )


def test_a_quote_that_is_not_verbatim_is_shown_as_a_fault(tmp_path: Path) -> None:
    rows = [row(1), row(2, measures={"verbatim": 0.0})]
    assert 'class="value fault"' in page_of(tmp_path / "faulty", rows)
    assert 'class="value fault"' not in page_of(tmp_path / "good", [row(1)])


def test_curve_says_what_it_takes_when_there_is_none(tmp_path: Path) -> None:
    page = page_of(tmp_path / "run", [row(1)])
    assert "There is no curve: it takes answerable and unanswerable questions" in page
    assert 'class="curve"' not in page


def test_curve_marks_the_threshold_of_the_run(tmp_path: Path) -> None:
    rows = [row(1), refusal(2, answerable=False)]
    page = page_of(tmp_path / "run", rows, settings={"bot": {"refusal_threshold": 0.37}})
    assert "This run: 0.37" in page
    assert re.search(r'id="mark-chosen" x1="37.0"', page)


def test_against_another_run_differences_and_earlier_verdicts_are_shown(tmp_path: Path) -> None:
    before = write_run(tmp_path / "before", [row(i) for i in range(12)], name="before")
    worse = {"contains_gold": 0.0, "crag_score": -1.0}
    after = write_run(tmp_path / "after", [row(i, measures=worse) for i in range(12)], name="after")
    page = render_report(load_run(after), against=load_run(before))
    assert "Against before" in page
    assert re.search(r'class="moved down".*?−100\.0.*?worse.*?p &lt; \.00', page, re.S)
    first = data_in(page)["questions"][0]
    assert (first["verdict"], first["before"]["verdict"]) == ("wrong", "right")
    assert first["before"]["gain"] < 0


def test_runs_over_different_test_sets_make_no_report(tmp_path: Path) -> None:
    one = load_run(write_run(tmp_path / "one", [row(1)]))
    other = load_run(write_run(tmp_path / "other", [row(1)], sha="b" * 64))
    with pytest.raises(EvaluationError, match="different test sets"):
        write_report(one, tmp_path / "report.html", against=other)
    assert not (tmp_path / "report.html").exists()


def test_secrets_stay_out_of_the_report(tmp_path: Path) -> None:
    settings = {"llm": {"api_key": "sk-very-secret", "model": "openai:x"}, "home": "/data"}
    page = page_of(tmp_path / "run", [row(1)], settings=settings)
    assert "sk-very-secret" not in page
    assert "openai:x" in page


def test_measures_without_a_value_are_left_out(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [row(1)])
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    summary["measures"]["highlight_f1"] = {"value": None, "low": None, "high": None, "n": 0}
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    page = render_report(load_run(folder))
    assert "Highlight F1" not in page
    assert "Token F1" in page


def test_what_a_model_judged_stands_apart(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [row(1)])
    assert "Judged by" not in render_report(load_run(folder))
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    summary["judge"] = {
        "model": "openai:judge",
        "judged": 40,
        "measures": {"faithfulness": {"value": 0.9, "low": 0.8, "high": 0.97, "n": 40}},
        "agreement": {"kappa": 0.61, "low": 0.4, "high": 0.8, "n": 35},
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    page = render_report(load_run(folder))
    assert "Judged by openai:judge" in page
    assert "it agrees by a kappa of 0.61 (0.40 to 0.80)" in page
    assert re.search(r"Faithfulness.*?<strong>90\.0%</strong>", page, re.S)


def test_markup_is_escaped_unless_it_was_made_as_markup() -> None:
    made = tag("td", "a < b", tag("b", "&"), class_='"', data_x=1, hidden=True, title=None)
    assert made == '<td class="&quot;" data-x="1" hidden>a &lt; b<b>&amp;</b></td>'
    assert escape("'") == "&#x27;"


def test_json_in_a_script_cannot_end_it() -> None:
    value = {"<!--": "</SCRIPT>\u2028&\ud834"}
    written = script_json(value)
    assert not re.search("[<>&\u2028]", written)
    assert json.loads(written) == {"<!--": "</SCRIPT>\u2028&\ufffd"}


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    run = load_run(write_run(tmp_path / "run", [row(1)]))
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_report(run, tmp_path / "file" / "report.html")
