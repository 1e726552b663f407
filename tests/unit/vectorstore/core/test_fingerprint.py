from __future__ import annotations

from dataclasses import replace

import pytest

from vectorstore.core.errors import FingerprintMismatchError
from vectorstore.core.fingerprint import Fingerprint

STORED = Fingerprint("e5@1 query: |passage: ", "default", "clean-1 sentences-1/256", "grams34-1")


def test_to_json_and_from_json_are_inverse() -> None:
    assert Fingerprint.from_json(STORED.to_json()) == STORED


def test_equal_fingerprints_are_accepted() -> None:
    STORED.require(replace(STORED))


@pytest.mark.parametrize(
    "configured",
    [
        replace(STORED, chunker=None),  # a caller that cuts nothing
        replace(STORED, model_name="/models/e5"),  # another name of the same model
        replace(STORED, model=None),  # not loaded yet, but of the same name
    ],
)
def test_unknown_parts_are_not_compared(configured: Fingerprint) -> None:
    STORED.require(configured)


@pytest.mark.parametrize(
    ("configured", "named"),
    [
        (replace(STORED, model="bge@2 |"), ("e5@1 query: |passage: ", "bge@2 |")),
        (replace(STORED, model=None, model_name="bge"), ("default", "bge")),
        (replace(STORED, chunker="clean-1 sentences-1/128"), ("1/256", "1/128")),
        (replace(STORED, lexical="grams34-2"), ("grams34-1", "grams34-2")),
    ],
)
def test_a_mismatch_names_both_and_the_command_that_migrates(
    configured: Fingerprint, named: tuple[str, str]
) -> None:
    with pytest.raises(FingerprintMismatchError) as refusal:
        STORED.require(configured)
    message = str(refusal.value)
    assert all(name in message for name in named)
    assert "rawi store rebuild" in message


def test_a_fingerprint_from_another_version_is_read_and_differs() -> None:
    old = Fingerprint.from_json('{"model": "m", "model_name": "default", "colour": "red"}')
    assert [part for part, _, _ in old.differences(STORED)] == ["model", "lexical"]
