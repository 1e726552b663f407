"""The stream of training batches, deterministic for a seed and seekable by chunk."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from training.reader.augment import augment
from training.reader.examples import SHARES, Example
from training.reader.negatives import Negatives
from vectorstore.reader.windows import PAD, TokenizedText, Window, tokenize, windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch.utils.data import Dataset

CHUNK = 512
"""Examples drawn together, sorted by length and cut into batches."""
NEGATIVE = 0.25
"""Share of answerable questions that are made unanswerable."""
SECOND_PASSAGE = 0.15
"""Share of the others that get a second passage before or after their own."""
TITLED = 0.5
"""Share of inputs with their article's title, as at inference."""

_MOST_CHUNKS = 1_000_000

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """Inputs of similar length.

    Attributes:
        ids: Token ids (batch, tokens).
        mask: 1 for tokens, 0 for padding (batch, tokens).
        allowed: 1 where an answer may start and end (batch, tokens).
        bounds: Probability of each token to be an answer's first and last (batch, tokens, 2).
        inside: 1 for tokens of an answer (batch, tokens).
    """

    ids: Ints
    mask: Ints
    allowed: Ints
    bounds: Floats
    inside: Floats


@dataclass(frozen=True, slots=True)
class Input:
    """A window with the first and last tokens of its answers; none if it contains no answer."""

    window: Window
    spans: tuple[tuple[int, int], ...] = ()


class ExampleStream:
    """Samples chunks of examples by the shares of their groups, and makes batches."""

    def __init__(
        self,
        groups: dict[str, list[Example]],
        tokenizer: Tokenizer,
        *,
        seed: int,
        batch_tokens: int,
        limit: int,
    ) -> None:
        self._groups = groups
        self._tokenizer = tokenizer
        self._seed = seed
        self._batch_tokens = batch_tokens
        self._limit = limit
        self._negatives = Negatives([e for few in groups.values() for e in few])

    def chunks(self, first: int, workers: int = 0) -> Iterator[list[TrainingBatch]]:
        """The chunks from ``first`` on, endless; made ahead by ``workers`` processes, if any."""
        if not workers:
            yield from map(self.chunk, itertools.count(first))
            return
        from torch.utils.data import DataLoader

        yield from DataLoader(
            cast("Dataset[list[TrainingBatch]]", _ChunkDataset(self)),
            batch_size=None,
            sampler=range(first, first + _MOST_CHUNKS),
            num_workers=workers,
            prefetch_factor=4,
            collate_fn=_identity,
        )

    def chunk(self, number: int) -> list[TrainingBatch]:
        """The batches of chunk ``number``, counted from 0, in a random order."""
        rng = random.Random(f"{self._seed}:{number}")  # noqa: S311
        examples = [self._transform(e, rng) for e in self._sample(number)]
        inputs = self._inputs(examples, rng)
        inputs.sort(key=lambda i: len(i.window.ids))
        batches = list(self._batches(inputs))
        rng.shuffle(batches)
        return batches

    def _sample(self, number: int) -> Iterator[Example]:
        """The next examples of each group; a group is used up before it repeats."""
        for name, share in SHARES.items():
            group = self._groups.get(name)
            if not group:
                continue
            count = round(CHUNK * share)
            for at in range(number * count, (number + 1) * count):
                epoch, place = divmod(at, len(group))
                yield group[self._order(name, epoch)[place]]

    def _order(self, name: str, epoch: int) -> list[int]:
        order = list(range(len(self._groups[name])))
        random.Random(f"{self._seed}:{name}:{epoch}").shuffle(order)  # noqa: S311
        return order

    def _transform(self, example: Example, rng: random.Random) -> Example:
        if example.spans and rng.random() < NEGATIVE:
            example = self._negatives.draw(example, rng)
        elif rng.random() < SECOND_PASSAGE:
            example = self._negatives.add_passage(example, rng)
        return augment(example, rng)

    def _inputs(self, examples: Sequence[Example], rng: random.Random) -> list[Input]:
        questions = tokenize(self._tokenizer, [f"query: {e.question}" for e in examples])
        contexts = tokenize(self._tokenizer, [e.context for e in examples])
        titles = tokenize(self._tokenizer, [e.title for e in examples])
        inputs = []
        for e, question, context, title in zip(examples, questions, contexts, titles, strict=True):
            used_title = title if rng.random() < TITLED else None
            part = _near_answer(e, context, self._limit - 90, rng)
            window = windows(question, part, used_title, limit=self._limit)[0]
            spans = tuple(t for span in e.spans if (t := target(window, *span)) is not None)
            inputs.append(Input(window, spans))
        return inputs

    def _batches(self, inputs: list[Input]) -> Iterator[TrainingBatch]:
        begin = 0
        while begin < len(inputs):
            end = begin + 1
            while end < len(inputs) and (
                (end + 1 - begin) * len(inputs[end].window.ids) <= self._batch_tokens
            ):
                end += 1
            yield as_batch(inputs[begin:end])
            begin = end


class _ChunkDataset:
    """A stream as a map-style dataset."""

    def __init__(self, stream: ExampleStream) -> None:
        self._stream = stream

    def __getitem__(self, number: int) -> list[TrainingBatch]:
        return self._stream.chunk(number)

    def __len__(self) -> int:
        return _MOST_CHUNKS


def _identity(batches: list[TrainingBatch]) -> list[TrainingBatch]:
    return batches


def target(window: Window, start: int, end: int) -> tuple[int, int] | None:
    """The first and last token of a character span; None if the window cuts it."""
    touched = [i for i, (s, e) in enumerate(window.offsets) if s < end and e > start]
    if not touched:
        return None
    whole = window.offsets[touched[0]][0] <= start and end <= window.offsets[touched[-1]][1]
    return (window.first + touched[0], window.first + touched[-1]) if whole else None


def as_batch(inputs: Sequence[Input]) -> TrainingBatch:
    """Pad inputs to the longest; ``allowed`` marks the context's tokens and the first one."""
    width = max(len(i.window.ids) for i in inputs)
    ids = np.full((len(inputs), width), PAD, np.int64)
    mask = np.zeros_like(ids)
    allowed = np.zeros_like(ids)
    bounds = np.zeros((*ids.shape, 2), np.float32)
    inside = np.zeros(ids.shape, np.float32)
    for row, one in enumerate(inputs):
        window = one.window
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        allowed[row, 0] = 1
        allowed[row, window.first : window.first + len(window.offsets)] = 1
        spans = one.spans or ((0, 0),)
        for first, last in spans:
            bounds[row, first, 0] += 1 / len(spans)
            bounds[row, last, 1] += 1 / len(spans)
            inside[row, first : last + 1] = bool(one.spans)
    return TrainingBatch(ids, mask, allowed, bounds, inside)


def _near_answer(
    example: Example, context: TokenizedText, room: int, rng: random.Random
) -> TokenizedText:
    """At most ``room`` tokens of a long context, at a random offset around the answer."""
    spare = len(context.ids) - room
    if spare <= 0:
        return context
    begin = rng.randint(0, spare)
    if example.spans:
        start, end = example.spans[0][0], example.spans[-1][1]
        touched = [i for i, (s, e) in enumerate(context.offsets) if s < end and e > start]
        if touched:
            low, high = max(0, touched[-1] + 1 - room), min(touched[0], spare)
            begin = rng.randint(min(low, high), max(low, high))
    part = slice(begin, begin + room)
    return TokenizedText(context.ids[part], context.offsets[part])
