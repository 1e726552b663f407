"""The developers' documents name files that exist, and the site's navigation holds every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PATH = re.compile(
    r"`((?:vectorstore|ingest|prompts|bot|evaluation|training|benchmarks|tests|scripts|samples)"
    r"/[\w./-]+)`"
)


@pytest.mark.parametrize("document", ["docs/architecture.md", "CONTRIBUTING.md", "README.md"])
def test_files_that_a_document_names_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert not [path for path in _PATH.findall(text) if not (ROOT / path).exists()]


def test_every_page_of_the_documentation_is_in_the_navigation() -> None:
    pages = {str(p.relative_to(ROOT / "docs")) for p in (ROOT / "docs").rglob("*.md")}
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    assert pages == set(re.findall(r": ([\w/-]+\.md)$", navigation, re.MULTILINE))
