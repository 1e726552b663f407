"""Reads rows of the embedder's word embedding matrix from its file.

The matrix has 250,037 rows of 384 in fp16, 192 MB, of which a question and its passages need a few
hundred. Each is read separately (some 2 µs from the page cache), as mapping the file would
gradually add the matrix to the memory of the process.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vectorstore.core.errors import ModelError

_MATRIX = "embeddings.word_embeddings.weight"
_TYPES: dict[str, np.dtype[Any]] = {"F16": np.dtype(np.float16), "F32": np.dtype(np.float32)}


class WordVectors:
    """The word embeddings in ``model.safetensors`` of a BERT-like model.

    Raises:
        ModelError: The file has none or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb", buffering=0)
            size = int.from_bytes(self._file.read(8), "little")
            entry = json.loads(self._file.read(size))[_MATRIX]
            self._type = _TYPES[entry["dtype"]]
            self._begin = 8 + size + entry["data_offsets"][0]
            self._width = int(entry["shape"][1])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{path} has no word embeddings that can be read ({error!r}). Delete its folder; "
                "it is made again on the next start."
            ) from error

    def __getitem__(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Vectors (…, 384) of token ids (…)."""
        distinct, places = np.unique(ids, return_inverse=True)
        length = self._width * self._type.itemsize
        handle = self._file.fileno()
        # pread does not change the file position, which threads share.
        rows = [os.pread(handle, length, self._begin + int(i) * length) for i in distinct]
        stored = np.frombuffer(b"".join(rows), self._type).reshape(-1, self._width)
        matrix: npt.NDArray[np.float32] = stored.astype(np.float32)
        return np.asarray(matrix[places.reshape(ids.shape)])
