from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.embedding.embedder import Prefixes, unit_rows
from vectorstore.embedding.model_input import approximate_token_starts, model_text

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_cleaned_text_is_valid_utf8_and_keeps_offsets(text: str) -> None:
    cleaned = model_text(text)
    assert len(cleaned) == len(text)
    cleaned.encode("utf-8")
    assert "\0" not in cleaned


def test_ordinary_text_is_left_alone() -> None:
    text = "قال:\tنعم\nثم \u200fمضى، ﷺ 😀 e\u0301"
    assert model_text(text) == text


def test_rows_without_direction_become_valid_unit_vectors() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]]))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(rows[0], [0.6, 0.8], rtol=1e-6)
    assert rows.dtype == np.float32


def test_only_given_prefixes_override_the_models_own() -> None:
    own = Prefixes("query: ", "passage: ")
    assert own.overridden(None, None) == own
    assert own.overridden("", None) == Prefixes("", "passage: ")
    assert own.overridden(None, "doc: ") == Prefixes("query: ", "doc: ")


@given(ANY_TEXT)
def test_approximate_starts_ascend_within_the_text(text: str) -> None:
    starts = approximate_token_starts(text)
    assert starts == sorted(set(starts))
    assert all(0 <= start < len(text) for start in starts)
