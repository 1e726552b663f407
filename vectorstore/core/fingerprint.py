"""What a store was written with. Data of different fingerprints is never mixed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from vectorstore.core.errors import FingerprintMismatchError


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Everything that decides whether stored data can be compared with new data.

    Attributes:
        model: Embedding model, revision and prefixes (``Embedder.fingerprint``), or None while
            the model has not been loaded and only its name is known.
        model_name: The setting that chose the model.
        chunker: How articles are cleaned and cut into passages; None when the caller cuts none.
        lexical: Analyser and format of the lexical index.
    """

    model: str | None
    model_name: str
    chunker: str | None
    lexical: str

    def to_json(self) -> str:
        """For the catalogue."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Fingerprint:
        """What ``to_json`` wrote."""
        stored = json.loads(text)
        return cls(**{field.name: stored.get(field.name) for field in fields(cls)})

    def differences(self, other: Fingerprint) -> list[tuple[str, str, str]]:
        """``(part, here, there)`` for every part that differs.

        A model that is not loaded yet is compared by its name, two loaded ones by what they are.
        """
        found = []
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if field.name in ("model", "chunker") and None in (mine, theirs):
                continue
            if field.name == "model_name" and None not in (self.model, other.model):
                continue  # two names of one model
            if mine != theirs:
                found.append((field.name, str(mine), str(theirs)))
        return found

    def require(self, configured: Fingerprint) -> None:
        """Refuse to go on with a store that was written differently.

        Raises:
            FingerprintMismatchError: names both fingerprints and the command that migrates.
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
