"""One training run: a folder with settings, log and the last checkpoint.

The learning rate decays to zero over a planned number of examples, or if that is 0 over a planned
wall-clock time. The progress is logged before each chunk, so that a run with ``--repeat LOG``
follows the same schedule at any speed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from training.reader.batches import TrainingBatch
from vectorstore.reader.model_file import ReaderFile
from vectorstore.reader.network import ReaderNetwork

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
SETTINGS = "run.json"
SAVE_EVERY = 60.0
"""Seconds between two checkpoints."""
INSIDE_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """The hyperparameters of a run; written into its folder."""

    minutes: float = 75.0
    examples: int = 0
    seed: int = 11
    rate: float = 1.2e-4
    head_rate: float = 6e-4
    layer_decay: float = 0.94
    warm_up: float = 0.02
    frozen_layers: int = 0
    batch_tokens: int = 1_408
    limit: int = 320
    dropout: float = 0.2
    weight_decay: float = 0.01
    threads: int = 2


class Training:
    """A network, its optimiser and the progress of training."""

    def __init__(
        self, folder: Path, network: ReaderNetwork, words: Tensor, settings: Settings
    ) -> None:
        """``network`` and the word embeddings ``words`` are on the training device."""
        self.folder = folder
        self.network = network
        self.settings = settings
        self.chunk = 0
        self.examples = 0
        self.elapsed = 0.0
        self._saved = 0.0
        self._words = words
        self._optimiser = torch.optim.AdamW(
            list(_parameter_groups(network, settings)),
            weight_decay=settings.weight_decay,
            betas=(0.9, 0.98),
            fused=True,
        )
        self._peaks = [group["lr"] for group in self._optimiser.param_groups]

    def resume(self) -> bool:
        """Load the folder's checkpoint; False without one."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True, map_location=self._words.device)
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.chunk, self.examples = state["chunk"], state["examples"]
        self.elapsed = state["elapsed"]
        self._truncate_log()
        return True

    def _truncate_log(self) -> None:
        """Remove log entries after the checkpoint, as those chunks are repeated."""
        log = self.folder / LOG
        if not log.exists():
            return
        lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
        entries = [line for line in lines if json.loads(line).get("chunk", 0) <= self.chunk]
        unfinished = log.with_suffix(".new")
        unfinished.write_text("".join(entries), encoding="utf-8")
        os.replace(unfinished, log)

    def save(self) -> None:
        """Write the checkpoint atomically."""
        unfinished = self.folder / f"{CHECKPOINT}.new"
        torch.save(
            {
                "network": self.network.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "chunk": self.chunk,
                "examples": self.examples,
                "elapsed": self.elapsed,
            },
            unfinished,
        )
        os.replace(unfinished, self.folder / CHECKPOINT)
        self._saved = time.monotonic()

    def run(
        self,
        chunks: Callable[[int], Iterable[list[TrainingBatch]]],
        *,
        validate: Callable[[ReaderNetwork], dict[str, float]],
        validate_every: int,
        schedule: list[float] | None = None,
        stop_after: int | None = None,
    ) -> None:
        """Train to the end of the schedule; ``schedule`` overrides each chunk's progress.

        ``chunks`` returns the chunks from a number on. ``stop_after`` stops after that many, like
        an interruption. A checkpoint is written then, at the end, and once a minute.
        """
        start = time.monotonic() - self.elapsed
        last = None if stop_after is None else self.chunk + stop_after
        upcoming = iter(chunks(self.chunk))
        while (progress := self._progress(schedule)) < 1:
            if self.chunk == last:
                self.save()
                return
            loss, examples, seconds = self._train_chunk(next(upcoming), progress)
            self.chunk += 1
            self.examples += examples
            self.elapsed = time.monotonic() - start
            entry: dict[str, Any] = {
                "chunk": self.chunk,
                "progress": progress,
                "loss": round(loss, 4),
                "examples": self.examples,
                "examples_per_second": round(examples / seconds, 2),
                "minutes": round(self.elapsed / 60, 2),
            }
            if self.chunk % validate_every == 0:
                entry["validation"] = validate(self.network)
            if time.monotonic() - self._saved >= SAVE_EVERY:
                self.save()
            self._log(entry)
        self.save()
        self._log({"end": True, "validation": validate(self.network)})

    def _progress(self, schedule: list[float] | None) -> float:
        if schedule is not None:
            return schedule[self.chunk] if self.chunk < len(schedule) else 1.0
        if self.settings.examples:
            return round(self.examples / self.settings.examples, 5)
        return round(self.elapsed / 60 / self.settings.minutes, 5)

    def _train_chunk(
        self, batches: list[TrainingBatch], progress: float
    ) -> tuple[float, int, float]:
        begun = time.monotonic()
        # Dropout depends on the chunk only, so that a resumed run is the same.
        torch.manual_seed(self.settings.seed * 1_000_003 + self.chunk)
        self.network.train()
        total, examples = torch.zeros((), device=self._words.device), 0
        for at, batch in enumerate(batches):
            # Within the first chunk the progress is 0, so it warms up by batch.
            early = (at + 1) / len(batches) if self.chunk == 0 else 1.0
            self._set_rates(progress, early)
            loss = batch_loss(self.network, self._words, batch)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self._optimiser.step()
            total += loss.detach() * len(batch.ids)  # .item() would wait for the GPU
            examples += len(batch.ids)
        return total.item() / examples, examples, time.monotonic() - begun

    def _set_rates(self, progress: float, early: float) -> None:
        warm = self.settings.warm_up
        factor = early * min(1.0, (1 - progress) / (1 - warm))
        for group, peak in zip(self._optimiser.param_groups, self._peaks, strict=True):
            group["lr"] = peak * factor

    def _log(self, entry: dict[str, Any]) -> None:
        with (self.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")


def batch_loss(network: ReaderNetwork, words: Tensor, batch: TrainingBatch) -> Tensor:
    """The sum of each head's mean cross-entropy, weighted.

    Start and end: over the allowed tokens, several of which share the probability in a list.
    Inside an answer: per allowed token (Segal et al. 2020, "A Simple and Effective Model for
    Answering Multi-span Questions").
    """
    logits = batch_logits(network, words, batch)
    bounds, inside, allowed = (
        torch.from_numpy(a).to(logits.device) for a in (batch.bounds, batch.inside, batch.allowed)
    )
    span = -(bounds * logits[..., :2].log_softmax(dim=1)).sum(dim=1).mean()
    tags = functional.binary_cross_entropy_with_logits(logits[..., 2], inside, reduction="none")
    tag = ((tags * allowed).sum(dim=1) / allowed.sum(dim=1)).mean()
    return span + INSIDE_WEIGHT * tag


def batch_logits(network: ReaderNetwork, words: Tensor, batch: TrainingBatch) -> Tensor:
    """Logits (batch, tokens, OUTPUTS) in fp32; disallowed bounds are masked with -1e4."""
    device = words.device
    ids, mask, allowed = (
        torch.from_numpy(a).to(device, non_blocking=True)
        for a in (batch.ids, batch.mask, batch.allowed)
    )
    vectors = functional.embedding(ids, words)
    # Without native bf16 it is emulated, six times slower than fp32.
    fast = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    with torch.autocast(device.type, torch.bfloat16, enabled=fast):
        vectors = vectors.to(torch.bfloat16 if fast else torch.float32)
        logits = network(vectors, mask)
    logits = logits.float()
    bounds = logits[..., :2].masked_fill(allowed[..., None] == 0, -1e4)
    return torch.cat([bounds, logits[..., 2:]], dim=-1)


def _parameter_groups(network: ReaderNetwork, settings: Settings) -> Iterator[dict[str, Any]]:
    """The head, then the layers from the top down with layer-wise learning rate decay."""
    yield {"params": list(network.head.parameters()), "lr": settings.head_rate}
    rate = settings.rate
    for layer in reversed(network.layers[settings.frozen_layers :]):
        yield {"params": list(layer.parameters()), "lr": rate}
        rate *= settings.layer_decay


def write_settings(
    folder: Path, settings: Settings, trained_on: dict[str, int], started_from: str
) -> None:
    """Write the settings and the number of examples of each set to ``folder``."""
    record = {
        "settings": asdict(settings),
        "trained_on": trained_on,
        "started_from": started_from,
        "torch": torch.__version__,
    }
    path = folder / SETTINGS
    path.write_text(json.dumps(record, indent=1), encoding="utf-8")


def load_exported(network: ReaderNetwork, model: ReaderFile) -> None:
    """Load the weights of an exported model into ``network``; heads that it lacks stay as made."""
    state = network.state_dict()
    for name, tensor in state.items():
        if name not in model.arrays:
            continue
        weight = torch.from_numpy(model.plain(name))
        tensor[: len(weight)] = weight


def read_schedule(log: Path) -> list[float]:
    """The progress of each chunk from the log of an earlier run."""
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [e["progress"] for e in entries if "progress" in e]
