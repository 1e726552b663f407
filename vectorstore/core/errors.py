"""Exceptions. Every message says what went wrong and what to do."""


class RawiError(Exception):
    """Base class; the message is meant for users."""


class SettingsError(RawiError):
    """A setting is unknown or has an invalid value."""


class StoreError(RawiError):
    """The store cannot be read or written."""


class FingerprintMismatchError(StoreError):
    """The store was written with another embedding model, normaliser or chunker."""


class StoreBusyError(StoreError):
    """Another process held a lock for longer than the timeout."""


class ModelError(RawiError):
    """The embedding model cannot be prepared or loaded."""


class IndexDamagedError(StoreError):
    """An index cannot be used; ``description`` says which and why."""

    def __init__(self, description: str) -> None:
        super().__init__(f"{description} To rebuild it, run: rawi store rebuild")
        self.description = description
