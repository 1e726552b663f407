"""What is said of a machine's speed adds up."""

from __future__ import annotations

import pytest

from vectorstore.embedding.speed import Speed, generated_texts, gflop, matmul_ceilings


def test_operations_grow_with_length_and_its_square() -> None:
    assert gflop(379) == pytest.approx(18.7, rel=0.01), "as counted by hand for 200 Arabic words"
    assert gflop(400) > 2 * gflop(200)


def test_the_ceiling_is_the_rate_divided_by_operations() -> None:
    speed = Speed("openvino-int8", 20.0, 5.0, 10.0, 100.0, 400.0)
    assert speed.to_json()["fp32_ceiling"] == 10 and speed.to_json()["int8_ceiling"] == 40
    other = Speed("sentence-transformers", 2.0, 50.0, None, 100.0, None)
    assert other.ceiling(100.0) is None and other.to_json()["int8_ceiling"] is None


def test_generated_texts_have_about_200_words_and_differ() -> None:
    texts = generated_texts(5)
    assert len(set(texts)) == 5 and all(170 <= len(text.split()) <= 230 for text in texts)


def test_matrix_products_are_measured() -> None:
    fp32, int8 = matmul_ceilings(1)
    assert fp32 is None or (fp32 > 0 and int8 is not None and int8 > 0)
