"""Sections of news sites: their keys, and the key that a name given by a source stands for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from vectorstore.core.text_analysis import normalise

FEED_CATEGORIES = "feed_categories"
"""Metadata key of the categories that a feed gives for an entry."""
_FIELDS = ("section", "sections", "category", "categories", "articlesection", FEED_CATEGORIES,
           "القسم", "قسم", "التصنيف", "تصنيف")  # fmt: skip

# Names as `_bare` returns them. Arabic names stand without the article.
_NAMES = {
    "world": "world;world news;international;international news;global;abroad;arab and world;"
    "عالم;عالمي;عالميه;دولي;دوليه;شوون دوليه;عربي ودولي;عرب وعالم",
    "middle_east": "middle east;middleeast;mideast;mena;arab;arab world;arab news;"
    "شرق اوسط;شرق اوسطي;عالم عربي;عربي;عربيه;شوون عربيه;وطن عربي",
    "politics": "politics;politic;political;elections;سياسه;سياسي;سياسيه",
    "economy": "economy;economics;economic;business;finance;financial;money;markets;aswaq;"
    "اقتصاد;اقتصادي;اقتصاديه;مال;مال واعمال;اعمال;اسواق;بورصه",
    "sport": "sport;sports;football;soccer;رياضه;رياضي;رياضيه;كره;كوره;كره قدم;ملاعب",
    "technology": "technology;tech;science and tech;science and technology;digital;internet;"
    "تكنولوجيا;تكنولوجي;تكنولوجيه;تقنيه;تقني;تقنيات;تيك;علوم وتكنولوجيا;علوم وتقنيه",
    "science": "science;sciences;environment;climate;space;nature;"
    "علوم;علمي;علميه;بييه;بييي;مناخ;فضاء",
    "health": "health;medicine;medical;wellness;صحه;صحي;صحيه;طب;طبي;طبيه",
    "culture": "culture;cultural;art;arts;art and culture;culture and art;arts and culture;"
    "entertainment;books;music;cinema;film;ثقافه;ثقافي;ثقافيه;فن;فنون;فني;فنيه;ثقافه وفنون;"
    "ثقافه وفن;ادب;سينما;ترفيه;مشاهير",
    "society": "society;social;community;education;family;مجتمع;اجتماعي;اجتماعيه;تعليم;اسره;"
    "حوادث;قضايا وحوادث",
    "local": "local;local news;national;domestic;محلي;محليه;محليات;وطني;وطنيه;داخلي",
    "variety": "diverse;variety;misc;miscellaneous;lifestyle;trending;social media;travel;tourism;"
    "منوعات;متفرقات;منوع;منوعه;طرايف;سياحه;سفر",
    "opinion": "opinion;opinions;editorial;editorials;comment;columns;columnists;"
    "راي;اراء;مقالات راي;افتتاحيه;كتاب واراء",
}  # fmt: skip
SECTIONS = tuple(_NAMES)
"""Keys of sections."""
_REGIONAL = frozenset({"world", "middle_east", "local"})
"""Sections that say where a story happened: a name such as "Arab sports" stands for the other."""
_NEWS = frozenset({"news", "section", "اخبار", "انباء", "قسم", "ar", "en", "arabic", "english"})
MAX_NAME_WORDS = 3
"""Number of words of the longest section name."""

_KEYS = {name: key for key, names in _NAMES.items() for name in names.split(";")}
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+")
_SEPARATOR = re.compile(r"[/|>›»,،;؛:]+")


def section_named(words: Sequence[str]) -> str | None:
    """The section that normalised ``words`` name as a whole, in any form; None for other words."""
    return _KEYS.get(" ".join(map(_bare, words))) or _KEYS.get(" ".join(words))


def normalise_section(name: str) -> str | None:
    """The key of a section's name as a source gives it; None if it names none.

    Example:
        >>> normalise_section("middleEast"), normalise_section("أخبار الرياضة العربية")
        ('middle_east', 'sport')
    """
    for part in _SEPARATOR.split(name):
        words = [w for w in _words(part) if w not in _NEWS]
        found = section_named(words) or section_named([w for w in words if w != "و"])
        if found is not None:
            return found
        among = {key for word in words if (key := section_named([word])) is not None}
        for keys in (among - _REGIONAL, among):
            if len(keys) == 1:
                return keys.pop()
    return None


def given_section(metadata: Mapping[str, Any], url: str | None) -> str | None:
    """The section that an article's source gives, in its metadata or in the path of its URL."""
    fields = {key.strip().lower(): value for key, value in metadata.items()}
    names = [name for field in _FIELDS for name in _strings(fields.get(field))]
    found = next(filter(None, map(normalise_section, names)), None)
    return found or next(filter(None, map(_section_of_segment, _segments(url))), None)


def given_section_json(metadata: str, url: str | None) -> str | None:
    """`given_section` of metadata as JSON, for SQL."""
    found = json.loads(metadata)
    return given_section(found, url) if isinstance(found, dict) else None


@cache
def _bare(word: str) -> str:
    """A normalised word without the Arabic article."""
    for prefix in ("وال", "ال", "لل", "بال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 2:
            return ("و" if prefix == "وال" else "") + word[len(prefix) :]
    return word


def _words(name: str) -> list[str]:
    return _WORD.findall(normalise(_CAMEL_CASE.sub(" ", name)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings(value.get("name"))
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _segments(url: str | None) -> list[str]:
    try:
        path = urlsplit(url or "").path
    except ValueError:
        return []
    return [segment for segment in unquote(path).split("/") if segment]


def _section_of_segment(segment: str) -> str | None:
    """The section that a whole segment names, but for digits ("sports-42912991")."""
    words = [w for w in _words(segment) if w not in _NEWS]
    return section_named(words) if len(words) <= MAX_NAME_WORDS else None
