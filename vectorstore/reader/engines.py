"""Engines of the reading model: OpenVINO, and torch as a fallback."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from vectorstore.reader.model_file import Floats, ReaderFile
from vectorstore.reader.reader import Reader, Tokenize
from vectorstore.reader.windows import BOS, EOS
from vectorstore.reader.word_vectors import WordVectors

if TYPE_CHECKING:
    from vectorstore.reader.network import ReaderNetwork


_MAX_STREAMS = 4  # a query has two to five windows
_TORCH_BATCH_SIZE = 4  # windows per batch of torch; more do not fit the CPU cache


class OpenVinoReader(Reader):
    """The reading model on OpenVINO; windows are read in parallel, one per stream, without padding.

    On two cores this takes a quarter less time than one window after another on both cores.
    """

    engine = "openvino-int8"

    def __init__(
        self, weights: ReaderFile, words: WordVectors, tokenize: Tokenize, threads: int
    ) -> None:
        super().__init__(weights, words, tokenize)
        import openvino

        from vectorstore.embedding.openvino_engine import FIRST_INFERENCE, compile_options
        from vectorstore.reader.openvino_graph import build_graph

        core = openvino.Core()
        streams = min(threads, _MAX_STREAMS)
        options = compile_options(core, streams=streams, threads=threads)
        self._compiled = core.compile_model(build_graph(weights), "CPU", options)
        self._pool = ThreadPoolExecutor(streams, thread_name_prefix="read")
        self._requests = threading.local()  # a request serves one thread at a time
        with FIRST_INFERENCE:
            self._pool.submit(self._infer, [BOS, EOS]).result()

    def _logits(self, rows: Sequence[list[int]]) -> list[Floats]:
        # Longest first, so that no stream ends with a long window.
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        found = dict(zip(order, self._pool.map(self._infer, (rows[i] for i in order)), strict=True))
        return [found[i] for i in range(len(rows))]

    def _infer(self, row: list[int]) -> Floats:
        if not hasattr(self._requests, "request"):
            self._requests.request = self._compiled.create_infer_request()
        words, mask = self._inputs([row])
        # A copy, as the next window overwrites the request's memory.
        logits = self._requests.request.infer({"words": words, "mask": mask})[0]
        return np.array(logits[0, : len(row)])


class TorchReader(Reader):
    """The reading model in torch with fp32; several times slower."""

    engine = "torch"

    def __init__(self, weights: ReaderFile, words: WordVectors, tokenize: Tokenize) -> None:
        super().__init__(weights, words, tokenize)
        self._network = torch_network(weights)

    def _logits(self, rows: Sequence[list[int]]) -> list[Floats]:
        import torch

        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        found: dict[int, Floats] = {}
        for begin in range(0, len(order), _TORCH_BATCH_SIZE):
            few = order[begin : begin + _TORCH_BATCH_SIZE]
            words, mask = self._inputs([rows[i] for i in few])
            with torch.inference_mode():
                logits: Any = self._network(torch.from_numpy(words), torch.from_numpy(mask))
            for i, row in zip(few, logits.numpy(), strict=True):
                found[i] = np.array(row[: len(rows[i])])
        return [found[i] for i in range(len(rows))]


def torch_network(weights: ReaderFile) -> ReaderNetwork:
    """The network with the file's weights."""
    import torch

    from vectorstore.reader.model_file import SCALE
    from vectorstore.reader.network import ReaderNetwork

    network = ReaderNetwork()
    state = {n: torch.from_numpy(weights.plain(n)) for n in weights.arrays if not n.endswith(SCALE)}
    network.load_state_dict(state)
    return network.eval()
