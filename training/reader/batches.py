"""The stream of training batches: the same for the same seed, from any point on."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from training.reader.augment import augmented
from training.reader.examples import SHARES, Example
from training.reader.negatives import Negatives
from vectorstore.reader.windows import PAD, TokenizedText, Window, tokenize, windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch.utils.data import Dataset

CHUNK = 512
"""Examples drawn together, sorted by length and cut into batches."""
NEGATIVE = 0.25
"""Share of the answerable questions that are turned into unanswerable ones."""
BESIDE = 0.15
"""Share of the others that get a second passage before or after their own."""
TITLED = 0.5
"""Share of the inputs that carry their article's title, as they do in an answer."""

_MOST_CHUNKS = 1_000_000

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """Inputs of like length: ids and masks (batch, tokens), targets (batch)."""

    ids: Ints
    mask: Ints
    allowed: Ints
    starts: Ints
    ends: Ints


@dataclass(frozen=True, slots=True)
class Input:
    """A window with its target tokens; 0 and 0 where nothing in it answers."""

    window: Window
    start: int
    end: int


class ExampleStream:
    """Draws chunks of examples by their groups' shares and makes batches of them."""

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
        """The chunks from ``first`` on, without end; made by ``workers`` processes ahead of time,
        where a GPU would wait for one."""
        if not workers:
            yield from map(self.chunk, itertools.count(first))
            return
        from torch.utils.data import DataLoader

        yield from DataLoader(
            cast("Dataset[list[TrainingBatch]]", _Numbered(self)),
            batch_size=None,
            sampler=range(first, first + _MOST_CHUNKS),
            num_workers=workers,
            prefetch_factor=4,
            collate_fn=_as_it_is,
        )

    def chunk(self, number: int) -> list[TrainingBatch]:
        """The batches of chunk ``number``, counted from 0, in a random order."""
        chance = random.Random(f"{self._seed}:{number}")  # noqa: S311
        examples = [self._changed(e, chance) for e in self._drawn(number)]
        inputs = self._inputs(examples, chance)
        inputs.sort(key=lambda i: len(i.window.ids))
        batches = list(self._cut(inputs))
        chance.shuffle(batches)
        return batches

    def _drawn(self, number: int) -> Iterator[Example]:
        """Each group's next examples; a group is gone through whole before it comes up again."""
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

    def _changed(self, example: Example, chance: random.Random) -> Example:
        if example.start is not None and chance.random() < NEGATIVE:
            example = self._negatives.draw(example, chance)
        elif chance.random() < BESIDE:
            example = self._negatives.beside(example, chance)
        return augmented(example, chance)

    def _inputs(self, examples: Sequence[Example], chance: random.Random) -> list[Input]:
        questions = tokenize(self._tokenizer, [f"query: {e.question}" for e in examples])
        contexts = tokenize(self._tokenizer, [e.context for e in examples])
        titles = tokenize(self._tokenizer, [e.title for e in examples])
        inputs = []
        for e, question, context, title in zip(examples, questions, contexts, titles, strict=True):
            shown = title if chance.random() < TITLED else None
            cut = _near_answer(e, context, self._limit - 90, chance)
            window = windows(question, cut, shown, limit=self._limit)[0]
            inputs.append(Input(window, *target(window, e.start, e.end)))
        return inputs

    def _cut(self, inputs: list[Input]) -> Iterator[TrainingBatch]:
        begin = 0
        while begin < len(inputs):
            end = begin + 1
            while end < len(inputs) and (
                (end + 1 - begin) * len(inputs[end].window.ids) <= self._batch_tokens
            ):
                end += 1
            yield as_batch(inputs[begin:end])
            begin = end


class _Numbered:
    """A stream as torch's loader wants it."""

    def __init__(self, stream: ExampleStream) -> None:
        self._stream = stream

    def __getitem__(self, number: int) -> list[TrainingBatch]:
        return self._stream.chunk(number)

    def __len__(self) -> int:
        return _MOST_CHUNKS


def _as_it_is(batches: list[TrainingBatch]) -> list[TrainingBatch]:
    return batches


def target(window: Window, start: int | None, end: int | None) -> tuple[int, int]:
    """The tokens that hold the characters from ``start`` to ``end``; 0 and 0 where not all do."""
    if start is None or end is None:
        return 0, 0
    touched = [i for i, (s, e) in enumerate(window.offsets) if s < end and e > start]
    if not touched:
        return 0, 0
    whole = window.offsets[touched[0]][0] <= start and end <= window.offsets[touched[-1]][1]
    return (window.first + touched[0], window.first + touched[-1]) if whole else (0, 0)


def as_batch(inputs: Sequence[Input]) -> TrainingBatch:
    """Inputs padded to the longest; ``allowed`` marks the context's tokens and the first one."""
    width = max(len(i.window.ids) for i in inputs)
    ids = np.full((len(inputs), width), PAD, np.int64)
    mask = np.zeros_like(ids)
    allowed = np.zeros_like(ids)
    for row, one in enumerate(inputs):
        window = one.window
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        allowed[row, 0] = 1
        allowed[row, window.first : window.first + len(window.offsets)] = 1
    starts = np.array([i.start for i in inputs], np.int64)
    ends = np.array([i.end for i in inputs], np.int64)
    return TrainingBatch(ids, mask, allowed, starts, ends)


def _near_answer(
    example: Example, context: TokenizedText, room: int, chance: random.Random
) -> TokenizedText:
    """At most ``room`` tokens of a long context, the answer somewhere among them."""
    spare = len(context.ids) - room
    if spare <= 0:
        return context
    begin = chance.randint(0, spare)
    if example.start is not None and example.end is not None:
        touched = [
            i for i, (s, e) in enumerate(context.offsets) if s < example.end and e > example.start
        ]
        if touched:
            low, high = max(0, touched[-1] + 1 - room), min(touched[0], spare)
            begin = chance.randint(min(low, high), max(low, high))
    part = slice(begin, begin + room)
    return TokenizedText(context.ids[part], context.offsets[part])
