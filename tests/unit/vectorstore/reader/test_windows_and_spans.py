"""Windows over long texts, spans from logits, weights in int8: what reading is made of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from vectorstore.core.errors import ModelError
from vectorstore.reader.model_file import (
    CARD_FILE,
    WEIGHTS_FILE,
    ReaderCalibration,
    quantised,
    read_model,
    write_weights,
)
from vectorstore.reader.spans import LONGEST_ANSWER, best_span
from vectorstore.reader.windows import EOS, OVERLAP, TokenizedText, Window, tokenize, windows


def letters() -> Tokenizer:
    """One token per word, the space before it counted to it as SentencePiece does."""
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 3}, unk_token="<unk>"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_next")
    return tokenizer


def tokens(count: int, first: int = 10) -> TokenizedText:
    """``count`` tokens of two characters each."""
    return TokenizedText(
        list(range(first, first + count)), [(2 * i, 2 * i + 2) for i in range(count)]
    )


def test_a_short_text_is_one_window_of_question_title_and_text() -> None:
    (window,) = windows(tokens(3), tokens(5, 50), tokens(2, 90))
    assert window.ids == [0, 10, 11, 12, 2, 2, 90, 91, 2, 50, 51, 52, 53, 54, 2]
    assert window.first == 9
    assert window.offsets[0] == (0, 2)


def test_a_long_text_is_read_in_windows_that_overlap_and_leave_nothing_out() -> None:
    found = windows(tokens(6), tokens(700, 50), limit=200)
    assert all(len(w.ids) <= 200 and w.ids[-1] == EOS for w in found)
    covered = [offset for w in found for offset in w.offsets]
    assert set(covered) == set(tokens(700).offsets)
    assert found[0].offsets[-OVERLAP:] == found[1].offsets[:OVERLAP]


def test_a_question_of_any_length_leaves_room_for_the_text() -> None:
    found = windows(tokens(5_000), tokens(40, 50))
    assert [len(w.offsets) for w in found] == [40]


def test_offsets_do_not_count_the_space_before_a_word_nor_lose_diacritics() -> None:
    text = "قالَ  الوَزيرُ \u0000نعم"
    (found,) = tokenize(letters(), [text])
    said = [text[s:e] for s, e in found.offsets if s < e]
    assert said[0] == "قالَ"
    assert "الوَزيرُ" in said


def logits(
    count: int, start: int, end: int, *, null: float = 0.0, score: float = 5.0
) -> np.ndarray:
    found = np.full((count, 2), -9.0, np.float32)
    found[0] = null / 2
    found[start, 0] = found[end, 1] = score / 2
    return found


def window(count: int) -> Window:
    return Window([0, 9, 2, 2, *range(count), 2], 4, [(3 * i, 3 * i + 2) for i in range(count)])


def test_the_best_span_is_given_in_characters_and_scored_against_the_null_answer() -> None:
    span = best_span([(window(10), logits(15, 4 + 2, 4 + 5, null=1.0))])
    assert span is not None
    assert (span.start, span.end) == (6, 17)
    assert span.score == pytest.approx(4.0)


def test_a_span_never_ends_before_it_starts_nor_grows_beyond_the_longest_answer() -> None:
    backwards = best_span([(window(10), logits(15, 4 + 5, 4 + 2))])
    assert backwards is not None and backwards.start < backwards.end
    endless = best_span([(window(60), logits(65, 4, 4 + 55))])
    assert endless is not None and endless.end - endless.start <= 3 * LONGEST_ANSWER


def test_only_tokens_within_the_sentence_asked_for_count() -> None:
    found = [(window(10), logits(15, 4 + 2, 4 + 3))]
    elsewhere = best_span(found, 15, 29)
    assert elsewhere is not None and elsewhere.start >= 15
    assert elsewhere.score < best_span(found).score  # type: ignore[union-attr]
    assert best_span(found, 100, 200) is None
    assert best_span([]) is None


def test_of_several_windows_the_surest_one_wins() -> None:
    weak, strong = logits(15, 5, 6, score=2.0), logits(15, 9, 9, score=8.0)
    span = best_span([(window(10), weak), (window(10), strong)])
    assert span is not None and (span.start, span.end) == (15, 17)


def test_int8_weights_are_within_half_a_step_of_the_originals() -> None:
    matrix = np.random.default_rng(1).normal(0, 0.05, (40, 30)).astype(np.float32)
    matrix[3] = 0
    values, scale = quantised(matrix)
    wrong = np.abs(values * scale.astype(np.float32) - matrix).max(axis=1, keepdims=True)
    assert values.dtype == np.int8
    assert (wrong <= 0.51 * scale.astype(np.float32) + 1e-7).all()


def written(folder: Path) -> Path:
    weights = {"head.weight": np.ones((2, 4), np.float32), "head.bias": np.zeros(2, np.float32)}
    checksum = write_weights(weights, folder / WEIGHTS_FILE)
    card = {"sha256": checksum, "calibration": {"slope": 0.5, "bias": -1.0}}
    (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")
    return folder


def test_a_model_comes_back_from_its_file_with_its_calibration(tmp_path: Path) -> None:
    model = read_model(written(tmp_path))
    assert model.plain("head.weight") == pytest.approx(np.ones((2, 4)), abs=1e-3)
    assert model.calibration.probability(2.0) == pytest.approx(0.5)


def test_a_file_that_was_changed_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = written(tmp_path)
    content = bytearray((folder / WEIGHTS_FILE).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS_FILE).write_bytes(content)
    with pytest.raises(ModelError, match=r"SHA-256.*Install Rawi again"):
        read_model(folder)


@pytest.mark.parametrize("name", [WEIGHTS_FILE, CARD_FILE])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (written(tmp_path) / name).unlink()
    with pytest.raises(ModelError, match=name):
        read_model(tmp_path)


def test_a_card_that_is_no_card_is_refused(tmp_path: Path) -> None:
    (written(tmp_path) / CARD_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="card"):
        read_model(tmp_path)


def test_calibrated_scores_grow_with_the_score_and_stay_probabilities() -> None:
    calibration = ReaderCalibration(0.8, 0.3)
    found = [calibration.probability(score) for score in (-1e9, -2.0, 0.0, 2.0, 1e9)]
    assert found == sorted(found)
    assert 0 <= found[0] < found[-1] <= 1
