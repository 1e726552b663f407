"""Errors of measuring, each with what to do about it."""

from vectorstore.errors import RawiError


class EvaluationError(RawiError):
    """A test set, a run, a baseline or a file of thresholds cannot be used."""
