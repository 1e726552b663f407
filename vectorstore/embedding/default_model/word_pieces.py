"""Tokenizes a few texts without loading the whole tokenizer.

Loading it takes half a second and 200 MB for 250,000 pieces, of which a query needs a few dozen. So
the pieces are also kept in a sorted table on disk. The substrings of a text's words are looked up
there, and a Unigram model (Kudo 2018, "Subword Regularization") is built of those found. As the
tokenizer splits at spaces first and tokenizes each word by itself, the ids are the same.
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

_CACHED_WORDS = 20_000  # some 300 bytes each
_MAX_WORD_LENGTH = 200  # characters; a longer one has too many substrings


def write_word_pieces(tokenizer_file: Path, folder: Path) -> None:
    """Write the files of `WordPieces`: the tokenizer's pieces sorted by bytes, and its rules.

    Raises:
        ValueError: The tokenizer does not apply a Unigram model word by word.
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
    """The ids of the special tokens before and after a single text."""
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
    """A tokenizer from the files of `write_word_pieces`. Thread-safe.

    Raises:
        OSError, ValueError, KeyError: The folder does not have these files.
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
        """Token ids of ``text`` with special tokens, not truncated.

        None if it needs the whole tokenizer: it has a very long word or a special token's name.
        """
        if any(name in text for name in self._special):
            return None
        normal = self._normalizer.normalize_str(text) if text else ""
        words = [word for word, _ in self._pre_tokenizer.pre_tokenize_str(normal)]
        if any(len(word) > _MAX_WORD_LENGTH for word in words):
            return None
        with self._lock:
            self._tokenize([word for word in dict.fromkeys(words) if word not in self._known])
            found = [i for word in words for i in self._known[word]]
            for oldest in list(self._known)[: max(0, len(self._known) - _CACHED_WORDS)]:
                del self._known[oldest]
        return [*self._before, *found, *self._after]

    def tokens(self, texts: Sequence[str]) -> list[tuple[list[int], list[tuple[int, int]]]] | None:
        """Token ids and character offsets of ``texts``, without special tokens.

        None if one of them needs the whole tokenizer, as for `ids`.
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
        if any(len(word) > _MAX_WORD_LENGTH for word in words):
            return None
        pieces, scores, ids = self._pieces_in(sorted(words))
        unknown = (self._unknown_piece, self._least_score)
        small = Tokenizer(Unigram([unknown, *zip(pieces, scores, strict=True)], 0, False))
        small.normalizer, small.pre_tokenizer = self._normalizer, self._pre_tokenizer
        own = [self._unknown_id, *ids]
        encodings = small.encode_batch(list(texts), add_special_tokens=False)
        return [([own[i] for i in e.ids], e.offsets) for e in encodings]

    def _tokenize(self, words: Sequence[str]) -> None:
        if not words:
            return
        from tokenizers.models import Unigram

        pieces, scores, ids = self._pieces_in(words)
        # Unigram derives the score of unknown characters from the least one, so it must be present.
        unknown = (self._unknown_piece, self._least_score)
        model = Unigram([unknown, *zip(pieces, scores, strict=True)], 0, False)
        own = [self._unknown_id, *ids]
        for word in words:
            self._known[word] = [own[token.id] for token in model.tokenize(word)]

    def _pieces_in(self, words: Sequence[str]) -> tuple[list[str], list[float], list[int]]:
        """Pieces, scores and ids of all pieces that are substrings of ``words``."""
        every = dict.fromkeys(s for word in words for s in self._substrings(word))
        # No piece has a NUL, with which the rows of the table are padded.
        substrings = [substring for substring in every if "\0" not in substring]
        if not substrings:
            return [], [], []
        wanted = np.array([substring.encode("utf-8") for substring in substrings])
        table = self._pieces
        # Truncated to the table's width for the search, but compared in full.
        at = np.searchsorted(table, wanted.astype(table.dtype))
        at = np.minimum(at, len(table) - 1)
        there = np.flatnonzero(table[at] == wanted)
        rows = at[there]
        pieces = [substrings[i] for i in there]
        return pieces, self._scores[rows].tolist(), self._ids[rows].tolist()

    def _substrings(self, word: str) -> Iterator[str]:
        for start in range(len(word)):
            for end in range(start + 1, min(start + self._longest, len(word)) + 1):
                yield word[start:end]
