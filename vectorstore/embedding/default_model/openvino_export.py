"""Exports the default model to OpenVINO IR with pooling, normalisation and int8 weights."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vectorstore.core.errors import ModelError
from vectorstore.embedding.default_model import (
    MODEL_FILE,
    TOKENIZER_FILE,
    silence_telemetry,
)
from vectorstore.embedding.default_model.word_pieces import write_word_pieces

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_SENTENCES = (
    "query: ما هي عاصمة المغرب؟",
    "passage: الرباط هي عاصمة المملكة المغربية، وتقع على ساحل المحيط الأطلسي.",
    "passage: The council will meet again on Tuesday.",
)
_MIN_COSINE = 0.98  # int8 weights have .995 and more; a wrong graph far less


def export_openvino(sentence_transformer: Path, folder: Path) -> None:
    """Export the model in ``sentence_transformer`` into ``folder``, with its tokenizer.

    The result maps ``input_ids`` and ``attention_mask`` (batch, tokens) to unit vectors
    (batch, dimension). Weights are symmetric int8 per channel, as nncf compresses them.

    Raises:
        ImportError: openvino or nncf is missing.
        ModelError: Vectors of the exported model differ from the original's.
    """
    silence_telemetry()
    import nncf
    import openvino
    import torch
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(
        str(sentence_transformer),
        device="cpu",
        local_files_only=True,
        model_kwargs={"dtype": torch.float32, "attn_implementation": "sdpa"},
    )
    graph = _convert(reference)
    graph = nncf.compress_weights(graph, mode=nncf.CompressWeightsMode.INT8_SYM)
    openvino.save_model(graph, folder / MODEL_FILE, compress_to_fp16=False)
    shutil.copyfile(sentence_transformer / TOKENIZER_FILE, folder / TOKENIZER_FILE)
    write_word_pieces(folder / TOKENIZER_FILE, folder)
    _verify(reference, folder)


def _convert(model: SentenceTransformer) -> Any:
    """The encoder with mean pooling and L2 normalisation as one OpenVINO graph."""
    import openvino
    import torch

    class Pooled(torch.nn.Module):
        def __init__(self, encoder: torch.nn.Module) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            output = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
            hidden = output.last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(mean, dim=-1)

    # The example has padding, or tracing would optimise the mask away.
    ids = torch.randint(5, 1000, (2, 24))
    mask = torch.ones_like(ids)
    mask[1, 12:] = 0
    encoder: Any = model[0].model
    with torch.no_grad():
        return openvino.convert_model(
            Pooled(encoder.eval()),
            example_input=(ids, mask),
            input=[("input_ids", [-1, -1]), ("attention_mask", [-1, -1])],
        )


def _verify(reference: SentenceTransformer, folder: Path) -> None:
    """Compare vectors of the export with those of the model."""
    import openvino
    import torch

    compiled = openvino.Core().compile_model(folder / MODEL_FILE, "CPU")
    batch = reference.tokenizer(list(_SENTENCES), padding=True, return_tensors="np")
    found = compiled([batch["input_ids"], batch["attention_mask"]])[0]
    with torch.no_grad():
        expected = reference.encode(list(_SENTENCES), prompt="", normalize_embeddings=True)
    cosine = float((found * expected).sum(axis=1).min())
    if not cosine >= _MIN_COSINE:
        raise ModelError(
            f"The OpenVINO export differs from the model (cosine {cosine:.3f}). "
            "Use the other engine: set RAWI_STORE_ENGINE=sentence-transformers"
        )
