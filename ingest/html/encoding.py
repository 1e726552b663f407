"""A page as text, whatever it says of its encoding."""

from __future__ import annotations

import codecs
import re

from ingest.text.encodings import SAMPLE_BYTES, Decoded, decode, plausibility, refuse_binary

_HEAD_BYTES = 4_096
_DECLARED = re.compile(
    rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)|^\s*<\?xml[^>]+encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
_CLEARLY_BETTER = 0.05


def decode_page(data: bytes, declared: str | None = None) -> Decoded:
    """``data`` as text; ``declared`` is the charset that came with it, of an HTTP header.

    Bytes that are valid UTF-8, or begin with a mark, are what they are. Otherwise a declared
    encoding is believed unless another reads clearly more like prose.

    Raises:
        LoadError: the bytes are no text.
    """
    refuse_binary(data)
    found = decode(data)
    if found.encoding.startswith("utf") and not found.replaced:
        return found
    for name in (declared, _in_head(data)):
        claimed = _read_as(data, name)
        if claimed is None:
            continue
        best = plausibility(_sample(found.text))
        if plausibility(_sample(claimed.text)) >= best - _CLEARLY_BETTER:
            return claimed
    return found


def _in_head(data: bytes) -> str | None:
    match = _DECLARED.search(data[:_HEAD_BYTES])
    return (match[1] or match[2]).decode("ascii", "replace") if match else None


def _read_as(data: bytes, name: str | None) -> Decoded | None:
    try:
        encoding = codecs.lookup(name or "").name
        return Decoded(data.decode(encoding), encoding)
    except (LookupError, UnicodeDecodeError, ValueError, TypeError):
        return None


def _sample(text: str) -> str:
    return text[:SAMPLE_BYTES]
