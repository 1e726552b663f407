"""Small articles for tests, and looks at what a store keeps of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vectorstore.core.types import Article, ArticleInfo, Passage
from vectorstore.store import ArticleStore

CHUNKER = "paragraphs-1"


def article(article_id: str, *paragraphs: str, **fields: Any) -> Article:
    """An article of one passage per paragraph."""
    fields.setdefault("title", "")
    return Article(id=article_id, text="\n".join(paragraphs), language="ar", **fields)


def by_paragraph(article: Article) -> list[Passage]:
    """Cuts at line ends."""
    passages: list[Passage] = []
    start = 0
    for line in article.text.split("\n") if article.text else []:
        passages.append(Passage(len(passages), start, start + len(line), line))
        start += len(line) + 1
    return passages


def by_sentence(article: Article) -> list[Passage]:
    """Cuts after every full stop."""
    passages: list[Passage] = []
    start = 0
    for sentence in article.text.replace("\n", " ").split(". "):
        passages.append(Passage(len(passages), start, start + len(sentence), sentence))
        start += len(sentence) + 2
    return passages


def put(store: ArticleStore, *articles: Article) -> list[tuple[str, int]]:
    """Put articles cut by paragraph: status and embedded passages of each."""
    results = store.put_many([(a, by_paragraph) for a in articles])
    return [(r.status, r.embedded) for r in results]


def kept(store: ArticleStore) -> tuple[set[str], set[str], set[str]]:
    """Ids of the passages in the catalogue, in Chroma and in the lexical index."""
    view = store.indexes.view()
    vectors, lexical = view.both()
    in_chroma = {pid for ids, _ in vectors.pages() for pid in ids}
    return store.catalogue.passage_ids(), in_chroma, set(lexical.all_passage_ids())


def found(store: ArticleStore, question: str, **search: Any) -> list[str]:
    """Texts of the passages found, best first."""
    return [passage.text for passage in store.search(question, **search)]


def everything(store: ArticleStore, questions: Sequence[str]) -> dict[str, Any]:
    """What a reader could see: articles, passages and what some questions find."""
    catalogue = store.catalogue
    return {
        "articles": [catalogue.get(i) for i in catalogue.article_ids()],
        "passages": {i: catalogue.passages_of(i) for i in catalogue.article_ids()},
        "found": {q: [p.id for p in store.search(q, k=3)] for q in questions},
    }


def stored(store: ArticleStore, article_id: str) -> Article:
    """The article of that id, which must be there."""
    article = store.get(article_id)
    assert article is not None, article_id
    return article


def stored_info(store: ArticleStore, article_id: str) -> ArticleInfo:
    """What the catalogue says of the article of that id, which must be there."""
    info = store.catalogue.info(article_id)
    assert info is not None, article_id
    return info


def utc(text: str) -> datetime:
    """An aware moment, of ``2021-06-04T16:57`` or ``2021-155`` (a day of the year)."""
    form = "%Y-%m-%dT%H:%M" if "T" in text else "%Y-%j"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of the store but the locks."""
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock"]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}
