"""LangSmith hears of questions only where the settings say so.

LangChain and LangGraph send what passes through them to LangSmith as soon as an environment
variable asks for it, which may have been set for quite another program.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tracing(enabled: bool) -> Iterator[None]:
    """Within, the environment's LANGSMITH_ variables count only when ``enabled``."""
    if enabled:
        yield
        return
    from langsmith import tracing_context

    with tracing_context(enabled=False):
        yield
