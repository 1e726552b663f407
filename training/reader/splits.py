"""Reproducible splits of the data sets, by a hash of the passage."""

from __future__ import annotations

import hashlib


def in_tuning_half(key: str) -> bool:
    """Whether a passage (its text or id) is in the half used for tuning; the other half reports."""
    return _hash_byte(key) < 128


def is_held_out(context: str) -> bool:
    """Whether ARCD's passage ``context`` is in the quarter that is never trained on."""
    return _hash_byte(context) < 64


def is_validation(context: str) -> bool:
    """Whether a written passage is in the sixteenth used for validation."""
    return _hash_byte(context) < 16


def _hash_byte(key: str) -> int:
    """The first byte of the key's SHA-256, uniform in 0 to 255."""
    return hashlib.sha256(key.strip().encode()).digest()[0]
