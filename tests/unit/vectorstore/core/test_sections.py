"""The sections that articles are given by their sources."""

from __future__ import annotations

from typing import Any

import pytest

from vectorstore.core.sections import given_section, normalise_section


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("internationalNews", "world"),
        ("middleEast", "middle_east"),
        ("politic", "politics"),
        ("localNews", "local"),
        ("diverse", "variety"),
        ("Sports", "sport"),
        ("News / Business", "economy"),
        ("science-and-tech", "technology"),
        ("أخبار الرياضة العربية", "sport"),
        ("الأخبار الاقتصادية", "economy"),
        ("ثقافة وفنون", "culture"),
        ("الشرق الأوسط", "middle_east"),
        ("تقنية", "technology"),
        ("الرياض", None),
        ("مصر", None),
        ("", None),
    ],
)
def test_names_of_sections_have_one_key(name: str, section: str | None) -> None:
    assert normalise_section(name) == section


@pytest.mark.parametrize(
    ("metadata", "url", "section"),
    [
        ({"category": "sport"}, None, "sport"),
        ({"Sections": [{"name": "مصر"}, {"name": "صحة"}]}, None, "health"),
        ({"feed_categories": ["Cairo", "Economy"]}, "https://x.example/world/1", "economy"),
        ({"section": 5, "category": None}, "https://x.example/ar/sports-42912991", "sport"),
        ({}, "https://x.example/middle-east/2018/01/some-story", "middle_east"),
        ({}, "https://x.example/2018/how-science-and-health-met-in-the-middle", None),
        ({}, "http://[", None),
        ({}, None, None),
    ],
)
def test_the_section_stands_in_metadata_or_in_the_url(
    metadata: dict[str, Any], url: str | None, section: str | None
) -> None:
    assert given_section(metadata, url) == section
