"""Fingerprint of a store: the model, chunker and analyser that its data was made with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from vectorstore.core.errors import FingerprintMismatchError


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Versions of what stored data depends on; data of different fingerprints must not mix.

    Attributes:
        model: Embedding model, revision and prefixes (`Embedder.fingerprint`); None as long as
            the model is not loaded and only its name is known.
        model_name: The setting that selects the model.
        chunker: How articles are cleaned and chunked; None if the caller chunks none.
        lexical: Analyser and format of the lexical index.
    """

    model: str | None
    model_name: str
    chunker: str | None
    lexical: str

    def to_json(self) -> str:
        """JSON, as stored in the catalogue."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Fingerprint:
        """Inverse of `to_json`."""
        stored = json.loads(text)
        return cls(**{field.name: stored.get(field.name) for field in fields(cls)})

    def differences(self, other: Fingerprint) -> list[tuple[str, str, str]]:
        """``(part, value of self, value of other)`` for every part that differs.

        Models are compared by ``model_name`` only if one of them is not loaded.
        """
        found = []
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if field.name in ("model", "chunker") and None in (mine, theirs):
                continue
            if field.name == "model_name" and None not in (self.model, other.model):
                continue  # the loaded models are compared
            if mine != theirs:
                found.append((field.name, str(mine), str(theirs)))
        return found

    def require(self, configured: Fingerprint) -> None:
        """Compare the fingerprint of a store, ``self``, with the configured one.

        Raises:
            FingerprintMismatchError: They differ; names the differences and the remedy.
        """
        differences = self.differences(configured)
        if differences:
            lines = [
                f"  {part}: the store has {stored!r}, the settings give {wanted!r}"
                for part, stored, wanted in differences
            ]
            raise FingerprintMismatchError(
                "The store was written differently from what the settings say:\n"
                + "\n".join(lines)
                + "\nTo migrate it, run: rawi store rebuild\n"
                "To keep it as it is, undo the change of settings."
            )
