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
