"""What runs the reading model: OpenVINO, or torch where that is missing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from vectorstore.reading.reader import Floats, Reader, Tokenize
from vectorstore.reading.weights import ReaderFile
from vectorstore.reading.word_vectors import WordVectors

if TYPE_CHECKING:
    from vectorstore.reading.network import ReaderNetwork


class OpenVinoReader(Reader):
    """One stream over all threads; a text after another."""

    engine = "openvino-int8"

    def __init__(
        self, weights: ReaderFile, words: WordVectors, tokenize: Tokenize, threads: int
    ) -> None:
        super().__init__(weights, words, tokenize)
        import openvino

        from vectorstore.embedding.openvino_engine import compile_options
        from vectorstore.reading.openvino_graph import build_graph

        core = openvino.Core()
        options = compile_options(core, streams=1, threads=threads)
        compiled = core.compile_model(build_graph(weights), "CPU", options)
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()

    def _infer(self, words: Floats, mask: Floats) -> Floats:
        with self._lock:
            # A copy: the request's memory is written again by its next batch.
            return np.array(self._request.infer({"words": words, "mask": mask})[0])


class TorchReader(Reader):
    """The same network in torch, fp32; several times slower."""

    engine = "torch"

    def __init__(self, weights: ReaderFile, words: WordVectors, tokenize: Tokenize) -> None:
        super().__init__(weights, words, tokenize)
        self._network = torch_network(weights)

    def _infer(self, words: Floats, mask: Floats) -> Floats:
        import torch

        with torch.inference_mode():
            logits: Any = self._network(torch.from_numpy(words), torch.from_numpy(mask))
            return np.asarray(logits.numpy())


def torch_network(weights: ReaderFile) -> ReaderNetwork:
    """The network with the file's weights."""
    import torch

    from vectorstore.reading.network import ReaderNetwork
    from vectorstore.reading.weights import SCALE

    network = ReaderNetwork()
    state = {n: torch.from_numpy(weights.plain(n)) for n in weights.arrays if not n.endswith(SCALE)}
    network.load_state_dict(state)
    return network.eval()
