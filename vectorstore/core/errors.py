"""Errors that say what to do next. Every one is a ``RawiError`` with a remedy in its message."""


class RawiError(Exception):
    """Anything Rawi can explain to the person who caused it."""


class SettingsError(RawiError):
    """A setting has a value that cannot be used."""


class StoreError(RawiError):
    """The store cannot do what was asked."""


class FingerprintMismatchError(StoreError):
    """The store was written with another embedding model, normaliser or chunker."""


class StoreBusyError(StoreError):
    """Another process has been writing for longer than we were willing to wait."""


class ModelError(RawiError):
    """The embedding model cannot be prepared or loaded."""


class IndexDamagedError(StoreError):
    """Chroma's folder or the lexical index's cannot be used; ``what`` says which and why."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} To make it anew from the catalogue, run: rawi store rebuild")
        self.what = what
