"""Disables LangSmith tracing unless the settings enable it.

LangChain and LangGraph send all data to LangSmith if an environment variable says so, which may
have been set for another program.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tracing(enabled: bool) -> Iterator[None]:
    """Context in which the LANGSMITH_ variables have an effect only if ``enabled``."""
    if enabled:
        yield
        return
    from langsmith import tracing_context

    with tracing_context(enabled=False):
        yield
