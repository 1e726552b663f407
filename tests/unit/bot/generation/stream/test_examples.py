"""The examples in the docstrings of ``bot.generation.stream``."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from bot.generation.stream import citation_markers, reasoning_tags, sentence_stream


@pytest.mark.parametrize("module", [citation_markers, reasoning_tags, sentence_stream])
def test_examples_give_what_they_show(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted and not result.failed
