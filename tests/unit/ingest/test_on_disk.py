"""What a run remembers on disk behaves like a dictionary."""

from __future__ import annotations

import pytest

from ingest.article_ids import Known
from ingest.core.disk_dict import DiskDict


def test_it_keeps_replaces_and_forgets_values_by_name() -> None:
    kept: DiskDict[Known] = DiskDict()
    kept["ب"] = Known("/b", "1")
    kept["a"] = Known(None, "2")
    kept["ب"] = Known("/b", "3")
    assert dict(kept) == {"a": Known(None, "2"), "ب": Known("/b", "3")} and len(kept) == 2
    assert "ب" in kept and "c" not in kept and kept.get("c") is None
    del kept["a"]
    assert list(kept) == ["ب"]
    with pytest.raises(KeyError):
        kept["a"]
    with pytest.raises(KeyError):
        del kept["a"]
    kept.close()


def test_much_lies_on_disk_and_is_found_again() -> None:
    kept: DiskDict[tuple[str, int]] = DiskDict()
    for n in range(20_000):
        kept[f"https://a.example/{n}"] = ("added", n)
    assert kept["https://a.example/19999"] == ("added", 19_999) and len(kept) == 20_000
    kept.close()
