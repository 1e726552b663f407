"""Training the reading model: what it is shown, and that an interrupted run goes on as if whole."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from training.reader import batches
from training.reader.augment import augment
from training.reader.batches import ExampleStream, TrainingBatch, target
from training.reader.examples import Example, group_of, read_examples, training_groups
from training.reader.export import export
from training.reader.negatives import Negatives
from training.reader.run import (
    LOG,
    Settings,
    Training,
    load_exported,
    read_schedule,
    write_settings,
)
from training.reader.splits import is_validation
from training.reader.written import WRITTEN, read_written
from vectorstore.core.text_analysis import normalise
from vectorstore.reader.model_file import read_model
from vectorstore.reader.network import Layer, ReaderNetwork, Shape
from vectorstore.reader.windows import tokenize, windows

LONGEST_PREFIX = 3
"""Letters of the particles that are written in one with the next word, as in "وبال"."""
CITIES = ("الميناء", "المدينة", "الجزيرة", "القرية", "الواحة", "العاصمة")
SHAPE = Shape(hidden=24, layers=3, heads=2, feed_forward=32, positions=128, polarity_layer=2)


def example(number: int, *, lang: str = "ar", name: str = "arcd-train") -> Example:
    city, year = CITIES[number % len(CITIES)], str(1900 + number)
    context = f"تقع {city} رقم {number} على الساحلِ. أُسست عام {year} ثم اتسعت كثيرا بعد ذلك."
    return Example(
        id=f"{name}-{number}",
        set=name,
        lang=lang,
        question=f"متى أُسست {city} رقم {number}؟",
        context=context,
        title=f"{city} {number}",
        answers=(year,),
        spans=((context.index(year), context.index(year) + 4),),
    )


def tokenizer() -> Tokenizer:
    words = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    for number in range(40):
        for word in f"{example(number).context} {example(number).question}".split():
            words.setdefault(word, len(words))
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))  # noqa: S106
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return made


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> ExampleStream:
    monkeypatch.setattr(batches, "CHUNK", 40)
    groups: dict[str, list[Example]] = {name: [] for name in ("heq", "tydiqa-en", "arcd-train")}
    groups["news"] = [example(n) for n in range(30)]
    return ExampleStream(groups, tokenizer(), seed=3, batch_tokens=120, limit=96)


def same(one: list[TrainingBatch], two: list[TrainingBatch]) -> bool:
    return len(one) == len(two) and all(
        (a.ids.tolist(), a.bounds.tolist()) == (b.ids.tolist(), b.bounds.tolist())
        for a, b in zip(one, two, strict=True)
    )


def test_the_stream_is_the_same_from_any_chunk_on_and_other_in_each_chunk(
    stream: ExampleStream,
) -> None:
    first, second = stream.chunk(0), stream.chunk(1)
    assert same(second, stream.chunk(1))
    assert not same(first, second)


def test_batches_are_padded_to_their_longest_and_hold_no_more_than_they_may(
    stream: ExampleStream,
) -> None:
    for batch in stream.chunk(0):
        lengths = batch.mask.sum(axis=1)
        assert batch.ids.shape[1] == lengths.max()
        assert batch.ids.size <= 120 or len(batch.ids) == 1
        assert (batch.allowed[:, 0] == 1).all() and (batch.allowed <= batch.mask).all()


def test_some_questions_lose_their_answer_and_the_others_point_at_it(stream: ExampleStream) -> None:
    made = [b for number in range(3) for b in stream.chunk(number)]
    null = [share for b in made for share in b.bounds[:, 0, 0]]
    assert 0 < sum(null) < len(null) / 2
    for b in made:
        assert b.bounds.sum(axis=1) == pytest.approx(1.0)
        assert (b.inside.any(axis=1) == (b.bounds[:, 0, 0] == 0)).all()


@pytest.mark.parametrize("seed", range(40))
def test_no_change_of_spelling_loses_the_answer(seed: int) -> None:
    changed = augment(example(seed % 30), random.Random(seed))  # noqa: S311
    ((start, end),) = changed.spans
    said = changed.context[start:end]
    assert said == changed.answers[0]
    assert normalise(said) == str(1900 + seed % 30)


def test_questions_come_in_dialect_and_half_in_english_too() -> None:
    asked = {augment(example(1), random.Random(n)).question.split()[0] for n in range(200)}  # noqa: S311
    assert {"متى", "when"} <= asked
    assert asked & {"امتى", "إمتى", "وقتاش"}


def test_hard_negatives_are_near_and_hold_none_of_the_answers() -> None:
    examples = [example(n) for n in range(30)]
    negatives = Negatives(examples)
    chance = random.Random(2)  # noqa: S311
    drawn = [(e, negatives.draw(e, chance)) for e in examples for _ in range(4)]
    changed = [(e, n) for e, n in drawn if not n.spans]
    assert len(changed) > 80
    for original, negative in changed:
        asked_otherwise = negative.question != original.question
        assert asked_otherwise or original.answers[0] not in normalise(negative.context)
    near = [n for e, n in changed if n.context != e.context and e.title.split()[0] in n.context]
    assert len(near) > len(changed) / 4, "most negatives are about the like"


def test_a_second_passage_beside_its_own_leaves_the_answer_where_it_was() -> None:
    examples = [example(n) for n in range(30)]
    negatives = Negatives(examples)
    chance = random.Random(4)  # noqa: S311
    both = [negatives.add_passage(e, chance) for e in examples]
    for before, after in zip(examples, both, strict=True):
        assert before.context in after.context and len(after.context) > len(before.context) + 20
        ((start, end),) = after.spans
        assert after.context[start:end] == before.answers[0]
    assert {b.context.index(a.context) > 0 for a, b in zip(examples, both, strict=True)} == {
        True,
        False,
    }


PASSAGE = """## ميناء الجزيرة
افتُتح الميناء عام 1956 ثم وُسّع،
وأُغلق عام 1956 يوما واحدا.

س: متى افتُتح ميناء الجزيرة؟
ج: 1956
د: قفلوا ميناء الجزيره سنة كام
ج: [2] عام 1956
Q: Who built the port of Al-Jazira?
ج: -
"""


def test_written_questions_are_read_with_their_place_and_language(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").write_text(PASSAGE, encoding="utf-8")
    opened, closed, built = read_written(tmp_path)
    assert opened.title == "ميناء الجزيرة" and opened.set == "written"
    assert opened.context == "افتُتح الميناء عام 1956 ثم وُسّع، وأُغلق عام 1956 يوما واحدا."
    assert opened.spans[0][0] == opened.context.index("1956")
    assert closed.spans[0][0] == opened.context.rindex("عام 1956")
    assert closed.answers == ("عام 1956",)
    assert (built.lang, built.spans, built.answers) == ("en", (), ())
    assert len({e.id for e in (opened, closed, built)}) == 3


@pytest.mark.parametrize(
    ("line", "told"),
    [("ج: 1957", "1957"), ("ج: [3] 1956", "1956"), ("افتُتح عام 1956", "expected an answer")],
)
def test_a_written_answer_that_is_not_there_is_told_with_its_line(
    tmp_path: Path, line: str, told: str
) -> None:
    text = PASSAGE.replace("ج: 1956", line)
    (tmp_path / "1.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"1\.txt:6: .*{told}"):
        read_written(tmp_path)


def test_every_written_question_that_is_carried_can_be_read() -> None:
    examples = read_written(WRITTEN)
    assert len(examples) > 1_000
    share = sum(not e.spans for e in examples) / len(examples)
    assert 0.08 < share < 0.3
    for e in examples:
        assert e.question and e.context and e.title, e.id
        assert e.answers == tuple(e.context[start:end] for start, end in e.spans), e.id
        for start, end in e.spans:
            cut = e.context[end - 1].isalnum() and e.context[end : end + 1].isalnum()
            assert not cut, f"{e.id} cuts a word"
            before = e.context[:start].rpartition(" ")[2]
            assert not before.isalnum() or len(before) <= LONGEST_PREFIX, f"{e.id} cuts a word"
    assert any(is_validation(e.context) for e in examples)


@pytest.mark.slow
def test_chunks_made_by_other_processes_are_the_same(stream: ExampleStream) -> None:
    made = stream.chunks(2, workers=2)
    for number in (2, 3, 4):
        assert same(next(made), stream.chunk(number))
    made.close()  # type: ignore[attr-defined]


def test_a_target_is_the_tokens_that_hold_the_answer() -> None:
    one = example(4)
    question, context = tokenize(tokenizer(), [one.question, one.context])
    (window,) = windows(question, context)
    found = target(window, *one.spans[0])
    assert found is not None
    start, end = found
    spans = window.offsets[start - window.first], window.offsets[end - window.first]
    assert one.context[spans[0][0] : spans[1][1]] == "1904"
    assert target(window, 10_000, 10_004) is None


def test_xquad_and_validation_sets_are_never_trained_on(tmp_path: Path) -> None:
    for name in ("arcd-train", "heq-val", "tydiqa-goldp-train-en", "xquad-ar", "mlqa-dev-ar"):
        one = example(1, name=name)
        row = {
            "id": one.id,
            "set": name,
            "lang": "ar",
            "question": one.question,
            "context": one.context,
            "answers": [{"text": one.answers[0], "start": one.spans[0][0]}],
        }
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    sets = {e.set for few in training_groups(tmp_path).values() for e in few}
    assert sets <= {"arcd-train", "heq-val", "tydiqa-goldp-train-en"}
    assert group_of("xquad-ar") is None and group_of("mlqa-dev-ar") is None


def test_an_answer_that_is_not_where_the_file_says_stops_the_run(tmp_path: Path) -> None:
    row: dict[str, object] = {"id": "x", "set": "s", "lang": "ar", "question": "؟", "context": "نص"}
    row |= {"answers": [{"text": "غيره", "start": 0}]}
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(ValueError, match="x"):
        read_examples(path)


def training(folder: Path, settings: Settings | None = None) -> Training:
    torch.manual_seed(5)
    folder.mkdir(exist_ok=True)
    settings = settings or Settings(rate=3e-3, head_rate=1e-2, frozen_layers=1, dropout=0.1)
    network = ReaderNetwork(SHAPE, frozen_layers=1, dropout=settings.dropout)
    words = torch.randn(400, SHAPE.hidden)
    return Training(folder, network, words, settings)


def first_layer(run: Training) -> Layer:
    layer = run.network.layers[0]
    assert isinstance(layer, Layer)
    return layer


def validated(_: ReaderNetwork) -> dict[str, float]:
    return {"f1": 1.0}


COURSE = [0.0, 0.25, 0.5, 0.75]


@pytest.mark.slow
def test_a_run_that_was_interrupted_ends_with_the_weights_of_one_that_was_not(
    tmp_path: Path, stream: ExampleStream
) -> None:
    whole = training(tmp_path / "whole")
    whole.run(stream.chunks, validate=validated, validate_every=2, schedule=COURSE)
    cut = training(tmp_path / "cut")
    cut.run(stream.chunks, validate=validated, validate_every=2, schedule=COURSE, stop_after=2)
    again = training(tmp_path / "cut")
    assert again.resume() and again.chunk == 2
    again.run(stream.chunks, validate=validated, validate_every=2, schedule=COURSE)
    for name, weight in whole.network.state_dict().items():
        assert torch.allclose(weight, again.network.state_dict()[name], atol=1e-6), name
    assert read_schedule(tmp_path / "cut" / LOG) == COURSE


@pytest.mark.slow
def test_several_runs_are_exported_as_the_mean_of_their_weights(
    tmp_path: Path, stream: ExampleStream
) -> None:
    runs = [training(tmp_path / name) for name in ("one", "two")]
    for run, schedule in zip(runs, ([0.0], [0.0, 0.3]), strict=True):
        write_settings(run.folder, run.settings, {"written": 30}, "e5")
        run.run(stream.chunks, validate=validated, validate_every=1, schedule=schedule)
    folder, logs = tmp_path / "model", tmp_path / "logs"
    logs.mkdir()
    (logs / LOG).write_text("of an earlier model", encoding="utf-8")
    card = export([run.folder for run in runs], folder, logs)
    assert [len(read_schedule(logs / f"log-{n}.jsonl")) for n in (1, 2)] == [1, 2]
    assert not (logs / LOG).exists()
    first, second = (told["validation"]["after_examples"] for told in card["runs"])
    assert second == 2 * first == run.examples
    one, two = (run.network.state_dict()["head.weight"] for run in runs)
    assert not torch.allclose(one, two, atol=1e-3)
    mean = read_model(folder).plain("head.weight")
    assert mean == pytest.approx(((one + two) / 2).numpy(), abs=0.005)


@pytest.mark.slow
def test_a_run_may_be_planned_by_examples_and_its_log_tells_each_chunk_once(
    tmp_path: Path, stream: ExampleStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Settings(examples=60, frozen_layers=1, dropout=0.1)
    run = training(tmp_path / "run", plan)
    run.run(stream.chunks, validate=validated, validate_every=9, stop_after=1)
    monkeypatch.setattr("training.reader.run.SAVE_EVERY", 1e9)
    killed = training(tmp_path / "run", plan)
    killed.resume()
    with pytest.raises(KeyboardInterrupt):
        killed.run(_until(stream, 2), validate=validated, validate_every=9)
    again = training(tmp_path / "run", plan)
    assert again.resume() and again.chunk == 1, "what was not saved is done again"
    again.run(stream.chunks, validate=validated, validate_every=9)
    log = [json.loads(line) for line in (tmp_path / "run" / LOG).read_text().splitlines()]
    assert [entry.get("chunk") for entry in log] == [1, 2, 3, None]
    assert log[2]["progress"] < 1 <= log[2]["examples"] / 60


def _until(stream: ExampleStream, last: int) -> Callable[[int], Iterator[list[TrainingBatch]]]:
    def chunks(first: int) -> Iterator[list[TrainingBatch]]:
        for number in range(first, last):
            yield stream.chunk(number)
        raise KeyboardInterrupt

    return chunks


@pytest.mark.slow
def test_training_lowers_the_loss_leaves_what_is_frozen_and_exports_what_it_learnt(
    tmp_path: Path, stream: ExampleStream
) -> None:
    run = training(tmp_path / "run")
    frozen = first_layer(run).qkv.weight.clone()
    write_settings(run.folder, run.settings, {"arcd-train": 30}, "e5")
    run.run(
        stream.chunks, validate=validated, validate_every=2, schedule=[n / 30 for n in range(30)]
    )
    log = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    losses = [entry["loss"] for entry in log if "loss" in entry]
    assert losses[-1] < 0.8 * losses[0]
    assert torch.equal(frozen, first_layer(run).qkv.weight)
    (told,) = export([run.folder], tmp_path / "model", tmp_path / "logs")["runs"]
    assert told["trained_on"] == {"arcd-train": 30}
    assert told["settings"]["seed"] == run.settings.seed
    assert told["started_from"] == "e5"
    assert read_schedule(tmp_path / "logs" / LOG) == [n / 30 for n in range(30)]
    head = read_model(tmp_path / "model").plain("head.weight")
    assert head == pytest.approx(run.network.head.weight.detach().numpy(), abs=0.02)

    further = training(tmp_path / "further")
    load_exported(further.network, read_model(tmp_path / "model"))
    further.run(stream.chunks, validate=validated, validate_every=9, schedule=[0.97, 0.99])
    first = json.loads((further.folder / LOG).read_text().splitlines()[0])
    # It begins where the other ended, not at the start.
    assert first["loss"] < (losses[0] + losses[-1]) / 2
