"""The report as an evaluator sees it, in a real Chromium without a window.

Skipped where the system has no Chromium, unless ``CI`` is set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from evaluation.core.stored_run import load_run
from evaluation.report import write_report
from tests.chromium import MISSING, find_chromium, open_chromium
from tests.unit.evaluation.synthetic_runs import refusal, row, write_run

PASSAGE = "😀 أعلن المركز إطلاق سراح 45 سلحفاة. ثم عاد الغواصون إلى الشاطئ."
QUOTE = "أعلن المركز إطلاق سراح 45 سلحفاة."
HOSTILE = "<img src=x onerror=\"document.title='taken over'\">"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    if find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with open_chromium(tmp_path_factory.mktemp("profile")) as window:
        yield window


def _rows() -> list[dict[str, Any]]:
    """Sixty questions: three wrong ones, one wrong source, two refusals, the rest right."""
    rows = [row(i, question=f"سؤال عن الأمر رقم {i}؟") for i in range(56)]
    start = PASSAGE.index(QUOTE)
    quoted = row(
        "turtles",
        question="كم سلحفاةً أُطلق سراحها؟",
        standalone_question="كم سلحفاة أطلق المركز سراحها؟",
        kind="number",
        answers=["45"],
        measures={"wrong_source": 1.0},
        forbidden_ids=["a9"],
        retrieved=[
            {
                "passage_id": "a9:0",
                "article_id": "a9",
                "title": "سلاحف",
                "start": 0,
                "end": len(PASSAGE),
                "score": 0.8,
                "text": PASSAGE,
            }
        ],
    )
    quoted["answer"] |= {
        "text": f"«{QUOTE}» [1]",
        "citations": [
            {
                "marker": 1,
                "article_id": "a9",
                "title": "سلاحف",
                "url": "https://example.com/a9",
                "source": "وكالة",
                "published_at": None,
                "quote": QUOTE,
                "start": start,
                "end": start + len(QUOTE),
                "highlight_start": PASSAGE.index("45"),
                "highlight_end": PASSAGE.index("45") + 2,
            }
        ],
    }
    wrong = {"contains_gold": 0.0, "crag_score": -1.0}
    return [
        *rows,
        quoted,
        row(
            "wrong",
            question="Who won the cup?",
            language="en",
            kind="english",
            variety="english",
            measures=wrong,
            checks={"nuggets": [["الأمواج", "Al-Amwaj"], ["5-4"]], "says": "yes"},
            failed_checks=[
                {"check": "nuggets", "expected": [["الأمواج", "Al-Amwaj"]], "found": 1},
                {"check": "says", "expected": "yes", "found": None},
            ],
        ),
        row("hostile", question=HOSTILE, kind="trap", measures=wrong),
        refusal("refused", question="ما عاصمة المريخ؟", answerable=False),
        refusal("falsely", question="متى بدأت الحملة؟", answerable=True, kind="date"),
    ]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    out = folder / "report.html"
    write_report(load_run(write_run(folder / "run", _rows(), name="قبل الإصدار")), out)
    return out.as_uri()


@pytest.fixture
def page(chromium: webdriver.Chrome, report: str) -> Iterator[webdriver.Chrome]:
    chromium.set_window_size(1280, 900)
    chromium.get("about:blank")  # a change of the fragment alone would not load the page again
    chromium.get(report)
    yield chromium
    complaints = [entry["message"] for entry in chromium.get_log("browser")]  # type: ignore[no-untyped-call]
    assert complaints == [], "the browser complains, for one of the page's own policy"


def questions(page: webdriver.Chrome) -> list[WebElement]:
    return page.find_elements(By.CSS_SELECTOR, "#question-rows .opener")


def said(page: webdriver.Chrome) -> str:
    return page.find_element(By.ID, "shown").text


def choose(page: webdriver.Chrome, verdict: str) -> None:
    page.find_element(By.CSS_SELECTOR, f"#verdicts input[value={verdict}]").click()


def test_failures_are_filtered_and_one_is_opened(page: webdriver.Chrome) -> None:
    assert said(page) == "61 questions"
    choose(page, "failures")
    assert said(page) == "4 of 61 questions"
    verdicts = page.find_elements(By.CSS_SELECTOR, "#question-rows .c-verdict")
    assert [v.text for v in verdicts] == ["Wrong source", "Wrong", "Wrong", "False refusal"]

    first = questions(page)[0]
    assert first.get_attribute("aria-expanded") == "false"
    first.click()
    assert first.get_attribute("aria-expanded") == "true"
    sheet = page.find_element(By.CSS_SELECTOR, ".sheet")
    assert "كم سلحفاة أطلق المركز سراحها؟" in sheet.text
    assert "forbidden" in sheet.text
    marks = sheet.find_elements(By.CSS_SELECTOR, ".passage mark")
    assert "".join(mark.text for mark in marks).replace(" ", "") == QUOTE.replace(" ", "")
    highlighted = sheet.find_element(By.CSS_SELECTOR, ".passage mark.highlight")
    assert highlighted.text == "45"
    assert "gold" in (highlighted.get_attribute("class") or "").split()

    first.click()
    assert not page.find_element(By.CSS_SELECTOR, "#question-rows .details").is_displayed()


def test_what_an_answer_misses_is_listed(page: webdriver.Chrome) -> None:
    Select(page.find_element(By.ID, "variety")).select_by_value("english")
    assert said(page) == "1 of 61 questions"
    questions(page)[0].click()
    missing = page.find_element(By.CSS_SELECTOR, ".sheet .missing").text.splitlines()
    assert missing == ["nuggets", "الأمواج / Al-Amwaj found: 1", "says", "yes"]


def test_arabic_runs_from_right_to_left_and_english_from_left(page: webdriver.Chrome) -> None:
    choose(page, "failures")
    directions = {q.text: q.value_of_css_property("direction") for q in questions(page)}
    assert directions["متى بدأت الحملة؟"] == "rtl"
    assert directions["Who won the cup?"] == "ltr"


def test_what_stands_in_articles_is_shown_and_not_run(page: webdriver.Chrome) -> None:
    choose(page, "wrong")
    assert HOSTILE in [question.text for question in questions(page)]
    assert page.title == "قبل الإصدار · Rawi evaluation"


def test_search_forgives_diacritics_and_hamza(page: webdriver.Chrome) -> None:
    page.find_element(By.ID, "search").send_keys("سلحفاه اطلق")
    assert said(page) == "1 of 61 questions"
    assert questions(page)[0].text == "كم سلحفاةً أُطلق سراحها؟"


def test_kinds_are_filtered_with_the_verdict_kept(page: webdriver.Chrome) -> None:
    choose(page, "failures")
    Select(page.find_element(By.ID, "kind")).select_by_value("date")
    assert [question.text for question in questions(page)] == ["متى بدأت الحملة؟"]
    assert said(page) == "1 of 61 questions"


def test_a_click_on_a_head_sorts_and_a_second_one_turns_it_round(page: webdriver.Chrome) -> None:
    head = page.find_element(By.CSS_SELECTOR, "#question-heads [data-key=confidence]")
    head.find_element(By.TAG_NAME, "button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert questions(page)[0].text in ("ما عاصمة المريخ؟", "متى بدأت الحملة؟")
    head.find_element(By.TAG_NAME, "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert questions(page)[0].text == "سؤال عن الأمر رقم 0؟"


def test_more_questions_come_when_asked_for(page: webdriver.Chrome) -> None:
    assert len(questions(page)) == 50
    more = page.find_element(By.ID, "more")
    assert more.text == "Show 11 more"
    more.click()
    assert len(questions(page)) == 61
    assert not more.is_displayed()


def test_the_keyboard_is_enough(page: webdriver.Chrome) -> None:
    page.find_element(By.ID, "search").send_keys("المريخ" + Keys.TAB)
    for _ in range(12):
        focused = page.switch_to.active_element
        if "opener" in (focused.get_attribute("class") or ""):
            break
        focused.send_keys(Keys.TAB)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert "Nothing in the articles answers this" in page.find_element(By.CLASS_NAME, "sheet").text


def test_a_link_brings_back_what_was_being_looked_at(page: webdriver.Chrome) -> None:
    choose(page, "false_refusal")
    questions(page)[0].click()
    address = page.current_url
    page.get("about:blank")
    page.get(address)
    assert said(page) == "1 of 61 questions"
    assert page.find_element(By.CLASS_NAME, "sheet").is_displayed()


def test_a_verdict_of_the_overview_leads_to_its_questions(page: webdriver.Chrome) -> None:
    page.find_element(By.CSS_SELECTOR, "[data-show=wrong_source]").click()
    assert [question.text for question in questions(page)] == ["كم سلحفاةً أُطلق سراحها؟"]


def test_the_threshold_can_be_tried(page: webdriver.Chrome) -> None:
    says = page.find_element(By.ID, "threshold-says")
    assert says.text.startswith("At 0.500: 59 of 60 answerable questions answered (98%), 1 of 1")
    page.find_element(By.ID, "threshold").send_keys(Keys.HOME)
    assert "60 of 60 answerable" in says.text
    assert "0 of 1 unanswerable" in says.text


def test_a_measure_is_chosen_for_the_parts(page: webdriver.Chrome) -> None:
    Select(page.find_element(By.ID, "part-measure")).select_by_value("wrong_source")
    shown = [t for t in page.find_elements(By.CLASS_NAME, "by-part") if t.is_displayed()]
    assert len(shown) == 1
    assert "Wrong source" in shown[0].find_element(By.TAG_NAME, "caption").text


@pytest.mark.parametrize("width", [360, 390, 768])
def test_a_phone_scrolls_down_only(page: webdriver.Chrome, width: int) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    try:
        choose(page, "failures")
        for question in questions(page):
            question.click()
        assert page.execute_script("return document.documentElement.scrollWidth") == width
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def _contrast(page: webdriver.Chrome, selector: str) -> float:
    """The contrast of an element's text with the page, by WCAG's formula."""
    script = """
        const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
        const light = (colour) => {
          canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
            .map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
          return .2126 * r + .7152 * g + .0722 * b;
        };
        const text = light(getComputedStyle(document.querySelector(arguments[0])).color);
        const paper = light(getComputedStyle(document.body).backgroundColor);
        return (Math.max(text, paper) + .05) / (Math.min(text, paper) + .05);
    """
    return float(page.execute_script(script, selector))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(page: webdriver.Chrome, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    try:
        paper = page.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert paper == {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 23, 26)"}[scheme]
        for selector in ("h1", ".opener", ".note", ".meaning", ".brand", ".muted", ".c-kind"):
            assert _contrast(page, selector) >= 4.5, selector
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
