"""Resolves the ids of articles read from files.

An article without an id of its own is named by its path under the ingested folder. So that
``tuesday/1.txt`` does not overwrite ``monday/1.txt`` when the two folders are ingested one after
the other, a path that is already the id of another file's article is prefixed with as many parent
folders as are needed (``tuesday/1.txt``); and a file keeps the id that its article has, whichever
parent folder is ingested. Two files are the same article if their content is equal, or if the other
file no longer exists: then the article was copied or moved.

A record's numeric id (``1``) may be a row number that every table begins with. It stands for the
stored article of that id only if that came from the same file (and sheet, or archive member), or
has the same URL or a similar text; otherwise the id is made of file and number
(``march.csv#id=1``).
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.articles.files import id_from_path, origin_exists
from ingest.articles.url_identity import same_story
from ingest.loaders import Discovered
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from vectorstore.catalogue.articles import Catalogue


_ROW = re.compile(r"[:#]?\d+$")


@dataclass(frozen=True, slots=True)
class SeenArticle:
    """What identifies an article of this run or of the store.

    Attributes:
        origin: The path of its file.
        part: Its `part_of` the file; empty for a stored article.
        is_repeated: Several records of this run had its id.
    """

    origin: str | None
    content_hash: str
    part: str = ""
    is_repeated: bool = False


def part_of(file: Discovered, place: str) -> str:
    """The sheet or archive member of ``file`` that ``place`` names; empty if there is none."""
    return _ROW.sub("", place.removeprefix(file.place)) if place.startswith(file.place) else ""


def resolve_id(
    article: Article,
    file: Discovered,
    catalogue: Catalogue,
    seen: Mapping[str, SeenArticle],
    get: Callable[[str], Article | None] = lambda article_id: None,
    part: str = "",
) -> Article:
    """``article`` with its final id.

    An id or URL that the record has is not changed, except for a number that is the id of another
    article.

    Args:
        article: As loaded from ``file``.
        file: Where it comes from.
        catalogue: Of the store.
        seen: The articles of this run so far, by id.
        get: The article of an id, in this run or in the store.
        part: The article's `part_of` the file.
    """
    path_id = id_from_path(file.path, file.root)
    is_number = article.id.isdecimal()
    suffix = f"{part}#id={article.id}" if is_number else article.id.removeprefix(path_id)
    is_path_based = article.id.startswith(path_id) and (not suffix or suffix[0] in "#/")
    if not is_number and not is_path_based:
        return article
    candidates = [tail + suffix for tail in _tails(article.origin or path_id)]
    known = _known([article.id, *candidates], catalogue, seen)
    if is_number:
        has_own_id = any(known[i].origin == article.origin for i in candidates if i in known)
        if not has_own_id and not _is_taken(article, part, known, seen, get):
            return article
        article = replace(article, id=path_id + suffix)
    for article_id in [article.id, *candidates]:
        if article_id in known and known[article_id].origin == article.origin:
            return replace(article, id=article_id)
    longer = [i for i in candidates if len(i) > len(article.id)]
    free = (i for i in [article.id, *longer] if _is_free(i, article, known))
    return replace(article, id=next(free, candidates[-1]))


def _is_taken(
    article: Article,
    part: str,
    known: Mapping[str, SeenArticle],
    seen: Mapping[str, SeenArticle],
    get: Callable[[str], Article | None],
) -> bool:
    """Whether the number that is the id of ``article`` is the id of another article."""
    before, seen_before = known.get(article.id), seen.get(article.id)
    if before is None or before.content_hash == article.content_hash:
        return False
    if before.origin == article.origin and (seen_before is None or seen_before.part == part):
        return False
    other = get(article.id)
    if other is None or (article.url is not None and article.url == other.url):
        return False
    return not same_story(article, other)


def _tails(origin: str) -> Iterator[str]:
    """``c.txt``, ``b/c.txt``, ``a/b/c.txt`` … of a path, with slashes on every system."""
    parts = unicodedata.normalize("NFC", origin).replace(os.sep, "/").split("/")
    for start in range(len(parts) - 1, -1, -1):
        yield "/".join(parts[start:])


def _known(
    ids: list[str], catalogue: Catalogue, seen: Mapping[str, SeenArticle]
) -> dict[str, SeenArticle]:
    """Those of the ids that this run or the store has."""
    hashes = catalogue.content_hashes(ids)
    origins = catalogue.origins_of(list(hashes))
    stored = {i: SeenArticle(origins.get(i), content) for i, content in hashes.items()}
    return stored | {i: seen[i] for i in ids if i in seen}


def _is_free(article_id: str, article: Article, known: Mapping[str, SeenArticle]) -> bool:
    """Whether ``article`` can have the id: no other article has it whose file still exists."""
    other = known.get(article_id)
    return (
        other is None
        or other.content_hash == article.content_hash
        or other.origin is None
        or not origin_exists(other.origin)
        or os.path.realpath(other.origin) == os.path.realpath(article.origin or "")
    )
