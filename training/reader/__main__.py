"""Trains the reading model on the questions in a folder.

    python -m training.reader DATA --out RUN [--examples 200000 | --minutes 75] [--device cuda]

DATA has the files of ``docs/reading.md``; the questions written for Rawi are in
``training/written``. RUN gets the run's settings, its log, and a checkpoint every minute, from
which the same command resumes. Training starts from the embedder, or with ``--start`` from an
exported model: ``vectorstore/reader/model`` is the one that ships with Rawi.
"""

from __future__ import annotations

import argparse
import os
import random
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

# Before torch is imported: threads that spin while they wait are slow on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import Tensor

from training.reader.batches import ExampleStream
from training.reader.examples import Example, read_examples, training_groups
from training.reader.negatives import Negatives
from training.reader.run import Settings, Training, load_exported, read_schedule, write_settings
from training.reader.splits import in_tuning_half, is_validation
from training.reader.validation import validation_measures
from training.reader.verdicts import VERDICTS, read_verdicts
from training.reader.written import NEWS, SET, WRITTEN, read_written
from vectorstore.core.settings import StoreSettings
from vectorstore.embedding.default_model import MODEL_NAME
from vectorstore.embedding.default_model.model_cache import ensure_model
from vectorstore.reader.model_file import read_model
from vectorstore.reader.network import ReaderNetwork, encoder_weights

HEAD_SEED = 1
"""The same initial head for all seeds, so that runs can be averaged."""
VALIDATION = "mlqa-dev-ar.jsonl"


def main() -> None:
    """Train, or resume training."""
    options = _options()
    settings = Settings(**{f.name: getattr(options, f.name) for f in fields(Settings)})
    torch.set_num_threads(settings.threads)
    device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    workers = options.workers
    if workers is None:
        workers = max(1, (os.cpu_count() or 2) - 1) if device.type == "cuda" else 0
    options.out.mkdir(parents=True, exist_ok=True)
    bert, tokenizer = load_embedder(options.models)
    groups = training_groups(options.data)
    written = read_written(options.written)
    for name in (SET, NEWS):
        groups[name] = [e for e in written if e.set == name and not is_validation(e.context)]
    groups["verdicts"] = read_verdicts(options.verdicts)
    counts = Counter(e.set for few in groups.values() for e in few)
    started = read_model(options.start) if options.start else None
    write_settings(options.out, settings, dict(counts), started.model_id if started else MODEL_NAME)
    stream = ExampleStream(
        groups,
        tokenizer,
        seed=settings.seed,
        batch_tokens=settings.batch_tokens,
        limit=settings.limit,
    )
    torch.manual_seed(HEAD_SEED)
    network = ReaderNetwork(frozen_layers=settings.frozen_layers, dropout=settings.dropout)
    network.load_state_dict(encoder_weights(bert), strict=False)
    if started is not None:
        load_exported(network, started)
    words = bert["embeddings.word_embeddings.weight"].to(device)
    training = Training(options.out, network.to(device), words, settings)
    if training.resume():
        print(f"Resuming after chunk {training.chunk}", flush=True)
    sets = {
        "": _validation(options.data / VALIDATION, options.validation_questions),
        "written_": _written_validation(written, SET, options.validation_questions),
        "news_": _written_validation(written, NEWS, options.validation_questions),
    }
    training.run(
        lambda first: stream.chunks(first, workers),
        validate=lambda n: {
            prefix + name: value
            for prefix, (positive, negative) in sets.items()
            if positive and negative
            for name, value in validation_measures(n, words, tokenizer, positive, negative).items()
        },
        validate_every=options.validate_every,
        schedule=read_schedule(options.repeat) if options.repeat else None,
        stop_after=options.stop_after,
    )


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m training.reader", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of span-annotated questions")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--start", type=Path, help="folder of the model to train further")
    parser.add_argument("--models", type=Path, default=StoreSettings().models_dir)
    parser.add_argument("--written", type=Path, default=WRITTEN, help="questions in plain text")
    parser.add_argument("--verdicts", type=Path, default=VERDICTS, help="sentences with verdicts")
    parser.add_argument("--device", help="cpu or cuda; a GPU where there is one")
    parser.add_argument("--workers", type=int, help="processes that prepare batches")
    parser.add_argument("--repeat", type=Path, help="log of a run whose schedule is repeated")
    parser.add_argument("--validate-every", type=int, default=5, help="chunks")
    parser.add_argument("--validation-questions", type=int, default=80, help="of each set")
    parser.add_argument("--stop-after", type=int, help="chunks after which to stop")
    for field in fields(Settings):
        name = "--" + field.name.replace("_", "-")
        kind = {"float": float, "int": int}[str(field.type)]
        parser.add_argument(name, type=kind, default=field.default)
    return parser.parse_args()


def load_embedder(models: Path) -> tuple[dict[str, Tensor], Any]:
    """The embedder's weights and its tokenizer."""
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    folder = ensure_model(models, want_openvino=False).sentence_transformers
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return load_file(folder / "model.safetensors"), tokenizer


def _validation(path: Path, limit: int) -> tuple[list[Example], list[Example]]:
    """Questions of the tuning half of ``path``, and the same on passages without answers."""
    examples = [e for e in read_examples(path) if in_tuning_half(e.context)]
    rng = random.Random(1)  # noqa: S311
    chosen = rng.sample(examples, min(limit, len(examples)))
    negatives = Negatives(examples)
    near = (negatives.draw(e, rng) for e in chosen)
    return chosen, [e for e in near if not e.spans]


def _written_validation(
    examples: list[Example], name: str, limit: int
) -> tuple[list[Example], list[Example]]:
    """The validation questions of a written set with and without an answer."""
    validation = [e for e in examples if e.set == name and is_validation(e.context)]
    random.Random(1).shuffle(validation)  # noqa: S311
    answered, unanswered = ([e for e in validation if (not e.spans) == no] for no in (False, True))
    return answered[:limit], unanswered[:limit]


if __name__ == "__main__":
    main()
