"""What a model is given: text it cannot choke on, and where its tokens lie in the original."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BLOCK_CHARACTERS = 20_000  # long enough to cost nothing, short enough to bound memory


def model_text(text: str) -> str:
    """``text`` without what tokenizers reject; every character keeps its offset.

    Control characters become spaces; lone surrogates, which have no UTF-8, become U+FFFD.
    """
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text))


def token_starts(tokenizer: Tokenizer, text: str) -> list[int]:
    """Character offsets in ``text`` at which the tokens of ``tokenizer`` begin, ascending.

    One entry per token, without special tokens and without truncation: the length is what the
    text costs. Several tokens may share an offset (a ligature that is spelled out).
    """
    cleaned = model_text(text)
    starts: list[int] = []
    begin = 0
    while begin < len(cleaned):
        end = _block_end(cleaned, begin)
        encoding = tokenizer.encode(cleaned[begin:end], add_special_tokens=False)
        for start, stop in encoding.offsets:
            # SentencePiece counts the space before a word to the word.
            while start < stop and cleaned[begin + start].isspace():
                start += 1
            starts.append(begin + start)
        begin = end
    return starts


def _block_end(text: str, begin: int) -> int:
    """The end of a block that starts at ``begin``: before a space, where there is one."""
    end = begin + _BLOCK_CHARACTERS
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", begin + 1, end)
    return space if space > begin else end


def approximate_token_starts(text: str) -> list[int]:
    """A guess for models whose tokenizer keeps no offsets: a token per three letters of a word."""
    return [match.start() for match in re.finditer(r"\S{1,3}", text)]
