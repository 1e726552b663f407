"""Fits the polarity of the reading model: whether the words that answer affirm or deny.

    python -m training.polarity MODEL [--write]

A logistic regression (a linear probe, Alain and Bengio 2016) on the mean state of a sentence's
tokens after the polarity's layer of the model in the folder MODEL, weighted by the probability that
they are inside the answer. Learnt from the written news:
yes/no questions, questions whose premise the passage denies, and as many plain answers; and from
``training/verdicts``. Each is read with the sentences beside it, as when a question is answered.
What is printed is tested on files that were not learnt from.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from ingest.text.sentences import split_sentences
from training.linear_fits import standardised_logistic_regression
from training.reader.batches import Input, as_batch, target
from training.reader.examples import Example, Stated
from training.reader.verdicts import VERDICTS, read_verdicts
from training.reader.written import NEWS, WRITTEN, read_written
from vectorstore.core.settings import StoreSettings
from vectorstore.reader.engines import torch_network
from vectorstore.reader.model_file import (
    CARD_FILE,
    WEIGHTS_FILE,
    Floats,
    model_folder,
    read_model,
    write_weights,
)
from vectorstore.reader.spans import INSIDE
from vectorstore.reader.windows import tokenize, windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from vectorstore.reader.network import ReaderNetwork

PENALTY = 300.0
PLAIN_PER_PASSAGE = 1
"""Answers that are no verdict, of each passage."""


def main() -> None:
    """Fit, print the measures, and write the head with ``--write``."""
    parser = argparse.ArgumentParser(prog="python -m training.polarity", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=model_folder())
    parser.add_argument("--models", type=Path, default=StoreSettings().models_dir)
    parser.add_argument("--limit", type=int, help="examples")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    from training.reader.__main__ import load_embedder

    bert, tokenizer = load_embedder(options.models)
    words = bert["embeddings.word_embeddings.weight"].float()
    file = read_model(options.model)
    examples = polarity_examples()[: options.limit]
    states = answer_states(torch_network(file), words, tokenizer, examples)
    groups = [e.id.rpartition("-")[0].rstrip("_0123456789") for e in examples]
    print(json.dumps(cross_validate(states, examples, groups), indent=1))
    if options.write:
        weight, bias = fit_head(states, examples)
        weights = {n: file.plain(n) for n in file.arrays if not n.endswith(".scale")}
        weights |= {"polarity.weight": weight[None, :], "polarity.bias": bias}
        checksum = write_weights(weights, options.model / WEIGHTS_FILE)
        card = json.loads((options.model / CARD_FILE).read_text(encoding="utf-8"))
        card["sha256"] = checksum
        text = json.dumps(card, indent=1) + "\n"
        (options.model / CARD_FILE).write_text(text, encoding="utf-8")


def polarity_examples() -> list[Example]:
    """Questions with a verdict, and plain answers, each with the sentences around the answer."""
    rng = random.Random(7)  # noqa: S311
    news = [e for e in read_written(WRITTEN) if e.set == NEWS and e.spans]
    plain: dict[str, list[Example]] = {}
    for e in news:
        if e.stated is Stated.NOT_SAID and len(e.spans) == 1:
            plain.setdefault(e.context, []).append(e)
    found = [e for e in (*news, *read_verdicts(VERDICTS)) if e.stated is not Stated.NOT_SAID]
    found += [e for few in plain.values() for e in rng.sample(few, PLAIN_PER_PASSAGE)]
    rng.shuffle(found)
    return [_with_neighbours(e, rng) for e in found]


def _sentences_of(example: Example) -> tuple[int, int]:
    """Offsets of the sentences that have the answer."""
    start, end = example.spans[0]
    sentences = split_sentences(example.context)
    first = max((a for a, _ in sentences if a <= start), default=0)
    last = min((b for _, b in sentences if b >= end), default=len(example.context))
    return first, last


def _with_neighbours(example: Example, rng: random.Random) -> Example:
    """``example`` on the sentences of its answer and those before and after, if chance wills."""
    start, end = example.spans[0]
    sentences = split_sentences(example.context)
    first, last = _sentences_of(example)
    before = max((a for a, _ in sentences if a < first), default=first)
    after = min((b for _, b in sentences if b > last), default=last)
    first, last = rng.choice([first, before]), rng.choice([last, after])
    spans = ((start - first, end - first),)
    return replace(example, context=example.context[first:last], spans=spans)


def answer_states(
    network: ReaderNetwork, words: torch.Tensor, tokenizer: Tokenizer, examples: Sequence[Example]
) -> Floats:
    """The mean state (examples, hidden) after the polarity's layer of the tokens in the sentences
    that have the answer, weighted by the probability that they are inside it."""
    found = []
    for e in examples:
        question, context, title = tokenize(tokenizer, [f"query: {e.question}", e.context, e.title])
        window = windows(question, context, title)[0]
        batch = as_batch([Input(window)])
        with torch.inference_mode():
            vectors = functional.embedding(torch.from_numpy(batch.ids), words)
            middle, last = network.states(vectors, torch.from_numpy(batch.mask))
            logits = network.head(last)[0].numpy()
        begin, end = target(window, *_sentences_of(e)) or (window.first, len(window.ids) - 2)
        share = 1 / (1 + np.exp(-logits[begin : end + 1, INSIDE]))
        pooled = (middle[0, begin : end + 1].numpy() * share[:, None]).sum(axis=0)
        found.append(pooled / share.sum())
    return np.array(found, np.float32)


def labels_of(examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Whether each affirms, and its weight: verdicts on yes/no questions and on premises alike."""
    affirms = np.array([e.stated is not Stated.NO for e in examples])
    weights = np.where(affirms, 1 / affirms.mean(), 1 / (1 - affirms.mean()))
    return affirms, weights


def fit_head(states: Floats, examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Weight (hidden,) and bias (1,) of the head."""
    affirms, weights = labels_of(examples)
    beta = standardised_logistic_regression(
        states.astype(np.float64), affirms.astype(float), weights, PENALTY
    )
    return beta[:-1].astype(np.float32), beta[-1:].astype(np.float32)


def cross_validate(
    states: Floats, examples: Sequence[Example], groups: Sequence[str]
) -> dict[str, float]:
    """AUC and accuracy on groups that were not learnt from, by kind of question."""
    from sklearn.metrics import roc_auc_score

    affirms, _ = labels_of(examples)
    scores = np.zeros(len(examples))
    for group in sorted(set(groups)):
        out = np.array([g == group for g in groups])
        kept = [e for e, o in zip(examples, out, strict=True) if not o]
        weight, bias = fit_head(states[~out], kept)
        scores[out] = states[out] @ weight + bias[0]
    asks = np.array([_asks_yes_or_no(e.question) for e in examples])
    measures: dict[str, float] = {}
    for name, chosen in (("yes_no", asks), ("premise", ~asks)):
        right = (scores > 0) == affirms
        measures[f"{name}_questions"] = float(chosen.sum())
        measures[f"{name}_auc"] = round(float(roc_auc_score(affirms[chosen], scores[chosen])), 3)
        measures[f"{name}_accuracy"] = round(float(right[chosen].mean()), 3)
        for least in (0.65, 0.75, 0.85):
            sure = chosen & (np.abs(scores) >= np.log(least / (1 - least)))
            measures[f"{name}_said_{least}"] = round(float(sure.sum() / chosen.sum()), 3)
            measures[f"{name}_right_{least}"] = round(float(right[sure].mean()), 3)
    return measures


def _asks_yes_or_no(question: str) -> bool:
    from bot.language.parsed_question import ParsedQuestion

    return ParsedQuestion(question).type == "yes_no"


if __name__ == "__main__":
    main()
