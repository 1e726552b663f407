"""The reading model that ships, on invented articles: what it marks, refuses; its absence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.cli import doctor
from bot.core.models import Answer
from bot.core.settings import BotSettings
from bot.engine import Engine
from ingest.store import chunker_for, open_store
from ingest.text.chunking import Chunker
from tests.conftest import Rawi
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article
from vectorstore.reader import model_file
from vectorstore.reader.loading import load_reader
from vectorstore.reader.model_file import Floats
from vectorstore.reader.reader import Reader, ReaderInput

ARTICLES = {
    "bridge": (
        "افتتاح جسر وادي الريحان",
        "افتتح وزير النقل سامر الحلواني يوم الأحد جسر وادي الريحان بعد ثلاث سنوات من العمل. "
        "وبلغت كلفة الجسر 42 مليون دينار، ويبلغ طوله 870 مترا. "
        "وقال الحلواني إن الجسر سيختصر الطريق بين المدينتين إلى ربع ساعة.",
    ),
    "library": (
        "مكتبة قرية السنديان تفتح أبوابها",
        "أُسِّسَت مكتبةُ قريةِ السنديانِ عامَ 1931 على يدِ المعلّمةِ نجلاء الخطيب. "
        "وتضم المكتبة اليوم أكثر من 18 ألف كتاب، وأُعيد ترميمها في مارس الماضي. "
        "ويزورها كل أسبوع نحو 300 طالب من القرى المجاورة.",
    ),
    "match": (
        "نادي البحر يفوز بكأس الساحل",
        "فاز نادي البحر بكأس الساحل بعد تغلبه على نادي الجبل بثلاثة أهداف لهدف. "
        "وسجل مهاجم البحر كريم الدالي هدفين في الشوط الثاني. "
        "وحضر المباراة نحو عشرين ألف متفرج.",
    ),
    "fire": (
        "حريق في ميناء المرجان",
        "اندلع حريق كبير في ميناء المرجان فجر الثلاثاء وأتى على ستة مخازن. "
        "وقال قائد الإطفاء هاني سلوم إن ماسا كهربائيا تسبب في الحريق، ولم يصب أحد بأذى.",
    ),
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> StoreSettings:
    settings = StoreSettings(home=tmp_path_factory.mktemp("home"), models_dir=models_dir)
    with open_store(settings, writable=True) as store:
        chunk: Chunker = chunker_for(store.embedder)
        for name, (title, body) in ARTICLES.items():
            article = Article(id=name, title=title, text=body, language="ar")
            store.put(article, chunk(article))
    return settings


@pytest.fixture(scope="module")
def engine(settings: StoreSettings) -> Iterator[Engine]:
    with Engine.open(store_settings=settings, settings=BotSettings(reader="auto")) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(models_dir: Path) -> Reader:
    return load_reader(models_dir)


def marked(answer: Answer) -> str:
    assert not answer.refused, answer
    citation = answer.citations[0]
    assert citation.highlight_start is not None and citation.highlight_end is not None
    text = ARTICLES[citation.article_id][1]
    said = text[citation.highlight_start : citation.highlight_end]
    assert said in citation.quote
    return said


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("كم بلغت كلفة جسر وادي الريحان؟", "42"),
        ("متى أسست مكتبة قرية السنديان؟", "1931"),
        ("من سجل هدفين لنادي البحر؟", "كريم الدالي"),
    ],
)
def test_the_words_that_answer_are_marked_in_the_quote(
    engine: Engine, question: str, words: str
) -> None:
    assert words in marked(engine.ask(question))


def test_offsets_are_right_among_diacritics(engine: Engine) -> None:
    said = marked(engine.ask("من أسس مكتبة قرية السنديان؟"))
    assert "نجلاء الخطيب" in said


def test_the_answer_tells_what_read_it_and_how_sure_it_was(engine: Engine) -> None:
    sure = engine.ask("متى أسست مكتبة قرية السنديان؟").to_json()["reading"]
    unsure = engine.ask("ما اسم ملكة بلاد الثلج؟").to_json()["reading"]
    assert sure["model"] == model_file.read_model().model_id
    assert sure["engine"] == "openvino-int8"
    assert 0 <= unsure["probability"] < 0.5 < sure["probability"] <= 1


@pytest.mark.parametrize(
    "question",
    [
        "كم سعر تذكرة مباراة نادي البحر ونادي الجبل؟",
        "من هو رئيس بلدية قرية السنديان؟",
    ],
)
def test_it_is_not_taken_in_by_near_misses(engine: Engine, question: str) -> None:
    read = engine.ask(question).reading
    assert read is not None and read.probability < 0.25


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("وزير النقل سامر الحلواني يفتتح جسر وادي الريحان بعد سنوات من العمل", "bridge"),
        ("حريق مخازن ميناء المرجان", "fire"),
    ],
)
def test_a_headline_or_search_words_are_not_read_and_find_their_article(
    engine: Engine, text: str, article: str
) -> None:
    answer = engine.ask(text)
    assert not answer.refused and answer.citations[0].article_id == article
    assert answer.reading is None
    assert engine.ask(f"{text}؟").reading is not None


def test_what_no_article_is_about_is_refused(engine: Engine) -> None:
    answer = engine.ask("ما اسم ملكة بلاد الثلج؟")
    assert answer.refused and not answer.citations


def test_what_was_just_read_is_not_read_again(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    infer = reader._logits

    def counted(rows: Sequence[list[int]]) -> list[Floats]:
        read.append(len(rows))
        return infer(rows)

    monkeypatch.setattr(reader, "_logits", counted)
    bridge, match = (
        ReaderInput(text, title) for title, text in (ARTICLES["bridge"], ARTICLES["match"])
    )
    question = "كم يبلغ طول الجسر الذي افتتح؟"
    first = reader.read(question, [bridge, match, bridge])
    assert first[0] is first[2] and reader.read(question, [match, bridge]) == [first[1], first[0]]
    assert read == [2]


def test_the_reader_tells_a_text_that_answers_from_one_that_does_not(reader: Reader) -> None:
    question = "متى افتتح الجسر الجديد؟"
    texts = [
        ReaderInput("افتتح الجسر الجديد عام 1998 بحضور الأهالي."),
        ReaderInput("خسر الفريق مباراته الثانية."),
    ]
    right, wrong = reader.read(question, texts)
    best = right.best()
    assert best is not None and "1998" in texts[0].text[best.start : best.end]
    assert right.probability(best) > wrong.probability(wrong.best())


def test_long_texts_are_read_to_their_end(reader: Reader) -> None:
    filler = "تحدث الحاضرون عن أمور كثيرة لا صلة لها بالموضوع. " * 120
    text = f"{filler}افتتح الجسر الجديد عام 1998 بحضور الأهالي."
    (found,) = reader.read("متى افتتح الجسر الجديد؟", [ReaderInput(text)])
    best = found.best()
    assert best is not None and "1998" in text[best.start : best.end]


@pytest.mark.parametrize("text", ["", " \n", "\u0000\ud800", "ﷺ" * 300])
def test_any_text_can_be_read(reader: Reader, text: str) -> None:
    (found,) = reader.read(text or "؟", [ReaderInput(text, text)])
    best = found.best()
    assert best is None or 0 <= best.start <= best.end <= len(text)


def test_torch_reads_as_openvino_does(reader: Reader, models_dir: Path) -> None:
    other = load_reader(models_dir, engine="torch")
    texts = [ReaderInput(body, title) for title, body in ARTICLES.values()]
    for question in ("كم بلغت كلفة الجسر؟", "من سجل هدفين؟"):
        pairs = zip(reader.read(question, texts), other.read(question, texts), strict=True)
        for ours, theirs in pairs:
            mine, its = ours.best(), theirs.best()
            assert mine is not None and its is not None
            # OpenVINO's 8-bit arithmetic differs from one processor to the next.
            assert max(mine.start, its.start) < min(mine.end, its.end)
            assert mine.score == pytest.approx(its.score, abs=2.5)


def test_a_broken_file_leaves_the_hand_made_selection_and_a_warning(
    settings: StoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_file.model_folder(), folder)
    with (folder / model_file.WEIGHTS_FILE).open("r+b") as file:
        file.truncate(100_000)
    monkeypatch.setattr(model_file, "model_folder", lambda: folder)
    monkeypatch.setenv("RAWI_BOT_READER", "auto")
    told: list[str] = []
    with Engine.open(store_settings=settings, settings=BotSettings(), notify=told.append) as opened:
        answer = opened.ask("كم بلغت كلفة جسر وادي الريحان؟")
        opened.ask("متى أسست مكتبة قرية السنديان؟")
    assert "42 مليون" in answer.citations[0].quote
    assert answer.reading is None
    assert len([line for line in told if "without the reading model" in line]) == 1
    finding = doctor.check_reader(settings)
    assert finding.severity == "warning"
    assert "SHA-256" in finding.message


def test_the_setting_turns_it_off(settings: StoreSettings) -> None:
    with Engine.open(store_settings=settings, settings=BotSettings(reader="off")) as opened:
        answer = opened.ask("كم بلغت كلفة جسر وادي الريحان؟")
    assert answer.reading is None
    assert "42 مليون" in answer.citations[0].quote


def test_doctor_finds_the_reader_in_order(rawi: Rawi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_BOT_READER", "auto")
    findings = {f["name"]: f for f in json.loads(rawi("doctor", "--json").stdout)}
    assert findings["reader"]["severity"] == "ok"
    assert "rawi-reader@" in findings["reader"]["message"]


@pytest.mark.parametrize("more", [["حريق الميناء"], ["من أطفأ الحريق؟", "--since", "2099-01-01"]])
def test_a_process_that_never_needs_the_reader_ends_well(
    rawi: Rawi, settings: StoreSettings, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    """It may still be loading then, and OpenVINO aborts a process that ends meanwhile."""
    monkeypatch.setenv("RAWI_HOME", str(settings.home))
    for _ in range(2):
        said = rawi("ask", *more)
        assert (said.returncode, said.stderr) == (0, ""), said
