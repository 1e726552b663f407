from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ingest.articles.document_builder import DocumentProperties, article_from_document
from vectorstore.core.types import Article

TEXT = "افتتاح الجسر\n\nأعلنت الوزارة اليوم افتتاح الجسر الجديد."


def article(text: str = TEXT, **properties: Any) -> Article:
    return article_from_document(
        text, DocumentProperties(**properties), fallback_id="a.docx", origin="/news/a.docx"
    )


@pytest.mark.parametrize(
    "title", ["", "Microsoft Word - a", "Untitled 1", "report.docx", "مستند", "---"]
)
def test_a_title_that_programs_write_is_not_used(title: str) -> None:
    found = article(title=title)
    assert (found.title, found.metadata["title_from"]) == ("افتتاح الجسر", "text")


def test_the_title_of_the_properties_leaves_the_first_line_in_the_text() -> None:
    found = article(title="جسر النورس", author="Windows User")
    assert (found.title, found.metadata["title_from"]) == ("جسر النورس", "file properties")
    assert found.text == TEXT and found.author is None


def test_a_date_line_is_preferred_to_the_date_of_the_file() -> None:
    created = "2024-05-01T10:00:00Z"
    dated = article(TEXT.replace("\n\n", "\n14 كانون ثاني 2024\n\n"), created=created)
    assert dated.published_at == datetime(2024, 1, 14)
    assert dated.metadata["date_from"] == "text"
    assert article(created=created).metadata["date_from"] == "file properties"
    assert article(created="1980-01-01T00:00:00Z").published_at is None


def test_presentation_forms_in_text_and_title_are_repaired() -> None:
    found = article("ﻣﺪﻳﻨﺔ ﺍﻟﺠﺴﺮ\n\nأعلنت الوزارة.", title="ﺟﺴﺮ")
    assert (found.title, found.text) == ("جسر", "مدينة الجسر\n\nأعلنت الوزارة.")
    assert found.metadata["repaired"] == ["presentation forms"]
