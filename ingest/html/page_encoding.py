"""Decodes a page, whose declared encoding may be wrong."""

from __future__ import annotations

import codecs
import re

from ingest.text.encodings import SAMPLE_BYTES, Decoded, decode, plausibility, reject_binary

_HEAD_BYTES = 4_096
_DECLARED = re.compile(
    rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)|^\s*<\?xml[^>]+encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
_CLEARLY_BETTER = 0.05  # in plausibility


def decode_page(data: bytes, declared: str | None = None) -> Decoded:
    """``data`` as text; ``declared`` is the charset of the HTTP header.

    Valid UTF-8 and a byte order mark take precedence. Otherwise a declared encoding is used unless
    the detected one gives clearly more plausible text.

    Raises:
        LoadError: the bytes are no text.
    """
    reject_binary(data)
    found = decode(data)
    if found.encoding.startswith("utf") and not found.replaced:
        return found
    for name in (declared, _declared_in(data)):
        decoded = _decode_as(data, name)
        if decoded is None:
            continue
        best = plausibility(_sample(found.text))
        if plausibility(_sample(decoded.text)) >= best - _CLEARLY_BETTER:
            return decoded
    return found


def _declared_in(data: bytes) -> str | None:
    match = _DECLARED.search(data[:_HEAD_BYTES])
    return (match[1] or match[2]).decode("ascii", "replace") if match else None


def _decode_as(data: bytes, name: str | None) -> Decoded | None:
    try:
        encoding = codecs.lookup(name or "").name
        return Decoded(data.decode(encoding), encoding)
    except (LookupError, UnicodeDecodeError, ValueError, TypeError):
        return None


def _sample(text: str) -> str:
    return text[:SAMPLE_BYTES]
