"""What can go wrong between a file and an article."""

from __future__ import annotations

from vectorstore.core.errors import RawiError


class LoadError(RawiError):
    """A file or record cannot become an article.

    Attributes:
        problem: What is wrong, on one line.
        remedy: What to do about it, on one line.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy
