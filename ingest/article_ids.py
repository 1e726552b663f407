"""Ids for articles that bring none of their own: the path of their file under the ingested folder.

The path alone would let ``tuesday/1.txt`` overwrite ``monday/1.txt`` when the two folders are
ingested by turns. So a path that already names the article of another file gets as many of the
folders above put before it as tell the two apart (``tuesday/1.txt``), and a file keeps the id that
its article already has, whichever of the folders above is ingested.

Two files are not told apart when they say the same, or when the other one is gone: then the
article was copied or moved.

A number that a record brings as its id (``1``) may be no more than its row: every table begins with
it. It names the article it named before only if that came from the same file (and the same sheet,
or file of an archive), has the same address, or tells the same story; else the record is known by
its file and number (``march.csv#id=1``).
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


@dataclass(frozen=True, slots=True)
class Known:
    """An article of this run or of the store: its origin, content hash and ``part_of`` it.

    ``is_repeated``: several records of this run had its id.
    """

    origin: str | None
    content_hash: str
    part: str = ""
    is_repeated: bool = False


_ROW = re.compile(r"[:#]?\d+$")


def part_of(file: Discovered, place: str) -> str:
    """The sheet, or the file of an archive, that ``place`` in ``file`` lies in; else empty."""
    return _ROW.sub("", place.removeprefix(file.place)) if place.startswith(file.place) else ""


def resolve_id(
    article: Article,
    file: Discovered,
    catalogue: Catalogue,
    seen: Mapping[str, Known],
    read: Callable[[str], Article | None] = lambda article_id: None,
    part: str = "",
) -> Article:
    """``article`` under the id it is to have; ``seen`` are the articles of this run so far.

    An id or URL that the article itself brought stays as it is, but for a number that is another
    article's: ``read`` gives the article that has an id, in this run or in the store.
    """
    path_id = id_from_path(file.path, file.root)
    numbered = article.id.isdecimal()
    suffix = f"{part}#id={article.id}" if numbered else article.id.removeprefix(path_id)
    within = article.id.startswith(path_id) and suffix.startswith(("#", "/"))  # "/": of an archive
    if not numbered and article.id != path_id and not within:
        return article
    names = [tail + suffix for tail in _tails(article.origin or path_id)]
    asked = [article.id, *names]
    known = {**_stored(catalogue, asked), **{n: seen[n] for n in asked if n in seen}}
    if numbered:
        told_apart = any(known[n].origin == article.origin for n in names if n in known)
        if not told_apart and not _anothers(article, part, known, seen, read):
            return article
        article = replace(article, id=path_id + suffix)
    first = [article.id, *(n for n in names if n != article.id)]
    mine = next((n for n in first if n in known and known[n].origin == article.origin), None)
    if mine is None:
        longer = [n for n in names if len(n) > len(article.id)]
        mine = next((n for n in [article.id, *longer] if _free(n, article, known)), names[-1])
    return article if mine == article.id else replace(article, id=mine)


def _anothers(
    article: Article,
    part: str,
    known: Mapping[str, Known],
    seen: Mapping[str, Known],
    read: Callable[[str], Article | None],
) -> bool:
    """Whether the number that is the id of ``article`` is that of another article."""
    before, met = known.get(article.id), seen.get(article.id)
    if before is None or before.content_hash == article.content_hash:
        return False
    if before.origin == article.origin and (met is None or met.part == part):
        return False
    other = read(article.id)
    if other is None or (article.url is not None and article.url == other.url):
        return False
    return not same_story(article, other)


def _tails(origin: str) -> Iterator[str]:
    """``c.txt``, ``b/c.txt``, ``a/b/c.txt`` … of a path, alike on every system."""
    parts = unicodedata.normalize("NFC", origin).replace(os.sep, "/").split("/")
    for start in range(len(parts) - 1, -1, -1):
        yield "/".join(parts[start:])


def _stored(catalogue: Catalogue, ids: list[str]) -> dict[str, Known]:
    hashes = catalogue.content_hashes(ids)
    origins = catalogue.origins_of(list(hashes))
    return {i: Known(origins.get(i), content) for i, content in hashes.items()}


def _free(name: str, article: Article, known: Mapping[str, Known]) -> bool:
    other = known.get(name)
    return (
        other is None
        or other.content_hash == article.content_hash
        or other.origin is None
        or not origin_exists(other.origin)
        or os.path.realpath(other.origin) == os.path.realpath(article.origin or "")
    )
