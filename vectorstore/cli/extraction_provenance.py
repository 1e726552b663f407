"""Provenance of an article's extracted fields: where they were found, and how certain that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from vectorstore.core.types import Article, ArticleInfo, Passage

if TYPE_CHECKING:
    from vectorstore.store import ArticleStore

Certainty = Literal["stated", "read", "guessed"]
"""``stated`` by the source as such, ``read`` where it is usually found, or ``guessed``."""

_DATES: dict[str, tuple[Certainty, str]] = {
    "json-ld": ("stated", "stated in the page's data (JSON-LD)"),
    "meta": ("stated", "stated in the page's head"),
    "microdata": ("stated", "stated in the page's markup"),
    "time": ("stated", "stated on the page"),
    "book": ("stated", "stated by the book"),
    "address": ("read", "read from the address"),
    "text": ("read", "read from a line of the text"),
    "file properties": ("guessed", "the file's date; it may have been published at another time"),
    "guess": ("guessed", "guessed from the page"),
    "source": ("stated", "stated by the source"),
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a field was found, how certain it is, and a description of both."""

    origin: str
    certainty: Certainty
    description: str

    def to_json(self) -> dict[str, str]:
        """As ``rawi articles show --json`` prints it."""
        return {"from": self.origin, "sure": self.certainty}


_STATED = Provenance("source", "stated", "stated by the source")


def field_provenance(article: Article) -> dict[str, Provenance]:
    """Provenance of title, date, author and source, as far as ``article`` has them."""
    found: dict[str, Provenance] = {}
    plain = (article.origin or "").lower().endswith(".txt")
    if article.title:
        found["title"] = _title(article, plain)
    if article.published_at is not None:
        origin = article.metadata.get("date_from") or ("text" if plain else "source")
        certainty, description = _DATES.get(str(origin), ("stated", f"from {origin}"))
        found["date"] = Provenance(str(origin), certainty, description)
    if article.author:
        in_file = "title_from" in article.metadata
        found["author"] = (
            Provenance("file properties", "stated", "stated in the file's properties")
            if in_file
            else _STATED
        )
    if article.source:
        host = (urlsplit(article.url or "").hostname or "").removeprefix("www.")
        of_host = article.source == host
        found["source"] = (
            Provenance("address", "read", "read from the address") if of_host else _STATED
        )
    return found


def _title(article: Article, plain: bool) -> Provenance:
    origin = article.metadata.get("title_from")
    if origin == "file properties":
        return Provenance(origin, "stated", "stated in the file's properties")
    if article.text.startswith(article.title.rstrip("…")):
        return Provenance("text", "guessed", "the first words of the text: it has no title")
    if origin == "text" or plain:
        return Provenance("text", "read", "read from a line of the text")
    return _STATED


def unindexed_spans(article: Article, passages: Sequence[Passage]) -> list[Passage]:
    """Spans of the text outside of all passages: lines detected as boilerplate."""
    gaps: list[Passage] = []
    start = 0
    for end, after in [*((p.start, p.end) for p in passages), (len(article.text), 0)]:
        gap = article.text[start:end]
        if gap.strip():
            begins = start + len(gap) - len(gap.lstrip())
            gaps.append(Passage(len(gaps), begins, begins + len(gap.strip()), gap.strip()))
        start = after
    return gaps


def near_duplicates(store: ArticleStore, article_id: str) -> list[ArticleInfo]:
    """The near-duplicates of an article."""
    group = store.catalogue.duplicate_groups([article_id]).get(article_id, ())
    infos = store.catalogue.infos(group)
    return [infos[other] for other in group if other != article_id and other in infos]


def extraction_notes(article: Article) -> dict[str, Any]:
    """Other notes on the extraction of ``article`` by name, for display."""
    notes = {
        "modified": article.metadata.get("modified_at"),
        "encoding": article.metadata.get("encoding"),
        "repaired": ", ".join(article.metadata.get("repaired", ())),
        "damaged": _places(article.metadata.get("undecodable")),
        "unreadable": article.metadata.get("date_unreadable"),
        "unusable": article.metadata.get("url_unusable"),
    }
    return {name: value for name, value in notes.items() if value}


def _places(count: Any) -> str | None:
    if not count:
        return None
    return f"{count} characters could not be read" if count != 1 else "a character was unreadable"
