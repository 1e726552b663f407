from __future__ import annotations

from ingest.core.settings import IngestSettings
from ingest.store import chunker_id


def test_the_chunker_id_of_existing_stores() -> None:
    settings = IngestSettings(passage_tokens=256)
    assert chunker_id(settings) == "clean-1 teasers-1 sifting-1 sentences-2/256"


def test_the_chunker_id_depends_on_the_budget() -> None:
    assert chunker_id(IngestSettings(passage_tokens=200)).endswith("/200")
