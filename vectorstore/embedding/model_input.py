"""Cleans text for tokenizers, and finds the offsets of tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BLOCK_CHARACTERS = 20_000  # bounds memory


def model_text(text: str) -> str:
    """``text`` without characters that tokenizers reject; offsets stay the same.

    Control characters become spaces, lone surrogates U+FFFD.
    """
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text))


def token_starts(tokenizer: Tokenizer, text: str) -> list[int]:
    """Ascending character offsets of the tokens of ``text``, one per token.

    Without special tokens and truncation. Tokens of one character, such as a ligature, share an
    offset.
    """
    cleaned = model_text(text)
    starts: list[int] = []
    begin = 0
    while begin < len(cleaned):
        end = _block_end(cleaned, begin)
        encoding = tokenizer.encode(cleaned[begin:end], add_special_tokens=False)
        for start, stop in encoding.offsets:
            # SentencePiece includes the space before a word.
            while start < stop and cleaned[begin + start].isspace():
                start += 1
            starts.append(begin + start)
        begin = end
    return starts


def _block_end(text: str, begin: int) -> int:
    """The end of the block that starts at ``begin``, before a space if possible."""
    end = begin + _BLOCK_CHARACTERS
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", begin + 1, end)
    return space if space > begin else end


def approximate_token_starts(text: str) -> list[int]:
    """An estimate for tokenizers without offsets: one token per three characters of a word."""
    return [match.start() for match in re.finditer(r"\S{1,3}", text)]
