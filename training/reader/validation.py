"""Validation measures during training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from evaluation.metrics.answers import exact_match, token_f1
from training.reader.batches import Input, as_batch
from training.reader.examples import Example
from training.reader.run import batch_logits
from vectorstore.reader.model_file import Floats
from vectorstore.reader.network import ReaderNetwork
from vectorstore.reader.spans import best_span
from vectorstore.reader.windows import Window, tokenize, windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH = 16


def read_texts(
    network: ReaderNetwork, words: Tensor, tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]]
) -> list[list[tuple[Window, Floats]]]:
    """The windows of each pair of question and context, with their logits."""
    network.eval()
    questions = tokenize(tokenizer, [f"query: {question}" for question, _ in pairs])
    contexts = tokenize(tokenizer, [context for _, context in pairs])
    rows = [
        (i, window)
        for i, (q, c) in enumerate(zip(questions, contexts, strict=True))
        for window in windows(q, c)
    ]
    rows.sort(key=lambda row: len(row[1].ids))
    found: list[list[tuple[Window, Floats]]] = [[] for _ in pairs]
    with torch.no_grad():
        for begin in range(0, len(rows), _BATCH):
            few = rows[begin : begin + _BATCH]
            batch = as_batch([Input(window) for _, window in few])
            logits = batch_logits(network, words, batch).cpu().numpy()
            for (i, window), row in zip(few, logits, strict=True):
                found[i].append((window, row))
    return found


def validation_measures(
    network: ReaderNetwork,
    words: Tensor,
    tokenizer: Tokenizer,
    examples: Sequence[Example],
    negatives: Sequence[Example],
) -> dict[str, float]:
    """F1 and exact match on ``examples``; AUC of their scores against those of ``negatives``."""
    from sklearn.metrics import roc_auc_score

    pairs = [(e.question, e.context) for e in (*examples, *negatives)]
    found = read_texts(network, words, tokenizer, pairs)
    spans = [best_span(few) for few in found]
    f1 = exact = 0.0
    for example, span in zip(examples, spans, strict=False):
        predicted = example.context[span.start : span.end] if span else ""
        f1 += max(token_f1(predicted, gold) for gold in example.answers)
        exact += max(exact_match(predicted, gold) for gold in example.answers)
    scores = [span.score if span else -99.0 for span in spans]
    labels = [1] * len(examples) + [0] * len(negatives)
    return {
        "f1": round(100 * f1 / len(examples), 2),
        "em": round(100 * exact / len(examples), 2),
        "auc": round(float(roc_auc_score(labels, scores)), 4),
    }
