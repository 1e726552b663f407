"""Token ids of a few texts without the whole tokenizer.

Building the model's tokenizer takes half a second and 200 MB, for 250,000 pieces of which a
question needs some dozens. So the pieces also lie in a table on disk: what the words of a text can
be made of is looked up there, and the same Unigram model (Kudo 2018, "Subword Regularization") that
the tokenizer runs over all pieces runs over those. The tokenizer cuts at spaces first and every
word by itself, so the ids are its own.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

RULES_FILE = "words.json"
PIECES_FILE = "pieces.npy"
SCORES_FILE = "scores.npy"
IDS_FILE = "ids.npy"

_KNOWN_WORDS = 20_000  # kept in memory, some 300 bytes each
_LONGEST_WORD = 200  # characters; looking up all that a longer one could be made of takes too long


def write_word_pieces(tokenizer_file: Path, folder: Path) -> None:
    """Write what ``WordPieces`` reads: the tokenizer's pieces sorted by bytes, and its rules.

    Raises:
        ValueError: the tokenizer is none that cuts word by word with a Unigram model.
    """
    tokenizer = json.loads(tokenizer_file.read_text(encoding="utf-8"))
    model = tokenizer["model"]
    words = tokenizer["pre_tokenizer"]
    splits = words["type"] == "Metaspace" and words["split"]
    if model["type"] != "Unigram" or model["byte_fallback"] or not splits:
        raise ValueError(f"{tokenizer_file} does not cut word by word with a Unigram model")
    vocabulary: list[tuple[str, float]] = model["vocab"]
    pieces = [piece.encode("utf-8") for piece, _ in vocabulary]
    order = sorted(range(len(pieces)), key=pieces.__getitem__)
    np.save(folder / PIECES_FILE, np.array([pieces[i] for i in order], np.bytes_))
    np.save(folder / SCORES_FILE, np.array([vocabulary[i][1] for i in order], np.float64))
    np.save(folder / IDS_FILE, np.array(order, np.int32))
    before, after = _around(tokenizer["post_processor"])
    unknown = {**model, "vocab": [vocabulary[model["unk_id"]]], "unk_id": 0}
    rules = {
        "tokenizer": {**tokenizer, "model": unknown, "added_tokens": [], "post_processor": None},
        "special": [token["content"] for token in tokenizer["added_tokens"]],
        "before": before,
        "after": after,
        "unknown": (model["unk_id"], vocabulary[model["unk_id"]][0]),
        "longest": max(len(piece) for piece, _ in vocabulary),
        "least_score": min(score for _, score in vocabulary),
    }
    (folder / RULES_FILE).write_text(json.dumps(rules), encoding="utf-8")


def _around(template: dict[str, Any]) -> tuple[list[int], list[int]]:
    """The ids that a single text gets before and after its own."""
    before: list[int] = []
    after: list[int] = []
    side = before
    for part in template["single"]:
        if "Sequence" in part:
            side = after
        else:
            side += template["special_tokens"][part["SpecialToken"]["id"]]["ids"]
    return before, after


class WordPieces:
    """The ids that a tokenizer gives, from what ``write_word_pieces`` made of it. Thread-safe.

    Raises:
        OSError, ValueError, KeyError: the folder does not hold that.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        rules = json.loads((folder / RULES_FILE).read_text(encoding="utf-8"))
        splitter = Tokenizer.from_str(json.dumps(rules["tokenizer"]))
        self._normalizer = splitter.normalizer
        self._pre_tokenizer = splitter.pre_tokenizer
        self._special: list[str] = rules["special"]
        self._before: list[int] = rules["before"]
        self._after: list[int] = rules["after"]
        self._unknown_id, self._unknown_piece = rules["unknown"]
        self._longest: int = rules["longest"]
        self._least_score: float = rules["least_score"]
        self._pieces = np.load(folder / PIECES_FILE, mmap_mode="r")
        self._scores = np.load(folder / SCORES_FILE, mmap_mode="r")
        self._ids = np.load(folder / IDS_FILE, mmap_mode="r")
        self._known: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def ids(self, text: str) -> list[int] | None:
        """The tokenizer's ids of ``text``, its special tokens around them; not truncated.

        None for the rare text that only the tokenizer itself can cut: with a word as long as a
        paragraph, or with a special token's name.
        """
        if any(name in text for name in self._special):
            return None
        normal = self._normalizer.normalize_str(text) if text else ""
        words = [word for word, _ in self._pre_tokenizer.pre_tokenize_str(normal)]
        if any(len(word) > _LONGEST_WORD for word in words):
            return None
        with self._lock:
            self._learn([word for word in dict.fromkeys(words) if word not in self._known])
            found = [i for word in words for i in self._known[word]]
            for oldest in list(self._known)[: max(0, len(self._known) - _KNOWN_WORDS)]:
                del self._known[oldest]
        return [*self._before, *found, *self._after]

    def tokens(self, texts: Sequence[str]) -> list[tuple[list[int], list[tuple[int, int]]]] | None:
        """Ids and character offsets of the tokens of ``texts``, without special tokens.

        None where ``ids`` would give none: then only the tokenizer itself can cut them.
        """
        from tokenizers import Tokenizer
        from tokenizers.models import Unigram

        if any(name in text for text in texts for name in self._special):
            return None
        words = {
            word
            for text in texts
            if text
            for word, _ in self._pre_tokenizer.pre_tokenize_str(
                self._normalizer.normalize_str(text)
            )
        }
        if any(len(word) > _LONGEST_WORD for word in words):
            return None
        pieces, scores, ids = self._among(sorted(words))
        unknown = (self._unknown_piece, self._least_score)
        small = Tokenizer(Unigram([unknown, *zip(pieces, scores, strict=True)], 0, False))
        small.normalizer, small.pre_tokenizer = self._normalizer, self._pre_tokenizer
        own = [self._unknown_id, *ids]
        encodings = small.encode_batch(list(texts), add_special_tokens=False)
        return [([own[i] for i in e.ids], e.offsets) for e in encodings]

    def _learn(self, words: Sequence[str]) -> None:
        if not words:
            return
        from tokenizers.models import Unigram

        pieces, scores, ids = self._among(words)
        # An unknown character costs the least score and ten; so that score must be there.
        unknown = (self._unknown_piece, self._least_score)
        model = Unigram([unknown, *zip(pieces, scores, strict=True)], 0, False)
        own = [self._unknown_id, *ids]
        for word in words:
            self._known[word] = [own[token.id] for token in model.tokenize(word)]

    def _among(self, words: Sequence[str]) -> tuple[list[str], list[float], list[int]]:
        """Every piece that stands in one of ``words``, with its score and id."""
        every = dict.fromkeys(s for word in words for s in self._stretches(word))
        # No piece has a NUL, and the table's rows are filled up with them.
        stretches = [stretch for stretch in every if "\0" not in stretch]
        if not stretches:
            return [], [], []
        wanted = np.array([stretch.encode("utf-8") for stretch in stretches])
        table = self._pieces
        # Cut to the table's width a stretch may meet a piece, but it is compared uncut.
        at = np.searchsorted(table, wanted.astype(table.dtype))
        at = np.minimum(at, len(table) - 1)
        there = np.flatnonzero(table[at] == wanted)
        rows = at[there]
        pieces = [stretches[i] for i in there]
        return pieces, self._scores[rows].tolist(), self._ids[rows].tolist()

    def _stretches(self, word: str) -> Iterator[str]:
        for start in range(len(word)):
            for end in range(start + 1, min(start + self._longest, len(word)) + 1):
                yield word[start:end]
