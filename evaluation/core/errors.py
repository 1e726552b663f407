"""Errors of the evaluation; each message says what to do about it."""

from vectorstore.core.errors import RawiError


class EvaluationError(RawiError):
    """A test set, a run, a baseline or a file of thresholds cannot be used."""


class TestSetError(EvaluationError):
    """A test set, or a file that one is made from, cannot be read."""

    __test__ = False  # for pytest: a name, not a test case
