"""The lexical index: BM25 over character grams in tantivy.

One writer at a time, ensured by the store's lock, and any number of reading processes: every search
first checks for commits of others, which takes about 0.1 ms.

Passages are analysed by `vectorstore.core.text_analysis`; tantivy only splits at spaces. Queries
are built from terms, not parsed, so no character in them has a special meaning.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from vectorstore.core import text_analysis
from vectorstore.core.errors import IndexDamagedError
from vectorstore.core.text_analysis import AnalysedText
from vectorstore.core.types import Filters, timestamp

MAX_CLAUSES = 256
"""Largest number of grams of a query, the rarest; bounds the time of a search."""

MAX_DOCUMENT_FREQUENCY = 0.2
"""In a large index, grams in more than this share of passages are dropped from a query: they take
the most time and discriminate least."""

LARGE_INDEX_PASSAGES = 5_000
"""Passages."""

_HEAP_BYTES = 64_000_000
_SECONDS_RANGE = 1 << 62


class LexicalEntry(NamedTuple):
    """The indexed fields of one passage; ``ts`` is its date in seconds since the epoch."""

    passage_id: str
    article_id: str
    text: str
    ts: int | None
    source: str | None


class TantivyIndex:
    """A tantivy index in ``folder``, created with the first write. Thread-safe.

    Raises:
        IndexDamagedError: From every method, if tantivy fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index: Any = None
        self._schema: Any = None
        self._lock = threading.Lock()

    @staticmethod
    def format_name() -> str:
        """Version of analyser and tantivy; an index with another one must be rebuilt."""
        from importlib.metadata import version

        return f"{text_analysis.ANALYSER_VERSION}-tantivy{version('tantivy')}"

    def _open(self, *, create: bool) -> Any:
        import tantivy

        with self._lock:
            if self._index is None:
                exists = self.folder.is_dir() and tantivy.Index.exists(str(self.folder))
                if not exists and not create:
                    return None
                if exists:
                    index = tantivy.Index.open(str(self.folder))
                else:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    index = tantivy.Index(_schema(), path=str(self.folder))
                whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
                index.register_tokenizer("rawi", whitespace)  # not stored with the index
                index.config_reader("manual", 0)
                self._index, self._schema = index, index.schema
            return self._index

    def close(self) -> None:
        """Release the index; the next use opens it again."""
        with self._lock:
            self._index = None

    def reload(self) -> bool:
        """Read the latest commit; False if there is no index yet."""
        with self._translating_errors():
            return self._searcher() is not None

    @contextmanager
    def writing(self) -> Iterator[TantivyWriter]:
        """A writer that commits on success and rolls back on error. Needs the write lock."""
        with self._translating_errors():
            writer = self._open(create=True).writer(_HEAP_BYTES, 1)
        try:
            yield TantivyWriter(writer)
            with self._translating_errors():
                writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # Rust panics are no Exception
            raise IndexDamagedError(
                f"The lexical index in {self.folder} cannot be used ({error})."
            ) from error

    def _searcher(self) -> Any:
        index = self._open(create=False)
        if index is None:
            return None
        index.reload()
        return index.searcher()

    def search(
        self, query: AnalysedText, k: int, filters: Filters | None = None
    ) -> list[tuple[str, float]]:
        """The ``k`` best passages as ``(passage id, BM25 score)``, best first."""
        with self._translating_errors():
            return self._search(query.grams, k, filters)

    def _search(
        self, grams: Sequence[str], k: int, filters: Filters | None
    ) -> list[tuple[str, float]]:
        import tantivy

        searcher = self._searcher()
        if searcher is None or searcher.num_docs == 0:
            return []
        terms = self._selected(searcher, grams)
        if not terms:
            return []
        query_of, should, must = tantivy.Query, tantivy.Occur.Should, tantivy.Occur.Must
        query = query_of.boolean_query(
            [(should, query_of.term_query(self._schema, "grams", g, "freq")) for g in terms]
        )
        required = self._filter_queries(filters) if filters else []
        if required:
            query = query_of.boolean_query(
                [(must, query)]
                + [(must, query_of.const_score_query(clause, 0.0)) for clause in required]
            )
        # count=False lets tantivy skip documents that cannot reach the top k.
        hits = searcher.search(query, k, count=False).hits
        return [(searcher.doc(address)["pid"][0], float(score)) for score, address in hits]

    @staticmethod
    def _selected(searcher: Any, grams: Sequence[str]) -> list[str]:
        """Those of ``grams`` that are indexed, without the most common ones."""
        total = searcher.num_docs
        df = {gram: searcher.doc_freq("grams", gram) for gram in set(grams)}
        known = [gram for gram in grams if df[gram]]
        if total > LARGE_INDEX_PASSAGES:
            known = [g for g in known if df[g] < MAX_DOCUMENT_FREQUENCY * total] or known
        if len(known) > MAX_CLAUSES:
            known = sorted(known, key=df.__getitem__)[:MAX_CLAUSES]
        return known

    def _filter_queries(self, filters: Filters) -> list[Any]:
        import tantivy

        query_of = tantivy.Query
        clauses = []
        if filters.since or filters.until:
            low = timestamp(filters.since) if filters.since else -_SECONDS_RANGE
            high = timestamp(filters.until) if filters.until else _SECONDS_RANGE
            clauses.append(
                query_of.range_query(
                    self._schema, "ts", tantivy.FieldType.Integer, low, high, True, True
                )
            )
        if filters.sources:
            clauses.append(query_of.term_set_query(self._schema, "source", list(filters.sources)))
        return clauses

    def stem_weights(self, stems: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """For each stem, its idf and whether it occurs in any passage.

        idf = ln(1 + (N - df + .5) / (df + .5)) over passages, as in BM25 (Robertson & Zaragoza
        2009, "The Probabilistic Relevance Framework").
        """
        with self._translating_errors():
            searcher = self._searcher()
            total = searcher.num_docs if searcher else 0
            weights = {}
            for stem in dict.fromkeys(stems):
                df = searcher.doc_freq("stems", stem) if total else 0
                weights[stem] = (math.log(1 + (total - df + 0.5) / (df + 0.5)), df > 0)
            return weights

    def all_passage_ids(self) -> list[str]:
        """Ids of all indexed passages, including duplicates; for checks."""
        import tantivy

        with self._translating_errors():
            searcher = self._searcher()
            if searcher is None or searcher.num_docs == 0:
                return []
            hits = searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits
            return [searcher.doc(address)["pid"][0] for _, address in hits]

    def __len__(self) -> int:
        searcher = self._searcher()
        return int(searcher.num_docs) if searcher else 0


class TantivyWriter:
    """Adds and deletes passages; see `TantivyIndex.writing`."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def add(self, entries: Iterable[LexicalEntry]) -> None:
        """Add passages, which must not be in the index yet."""
        import tantivy

        for entry in entries:
            words = text_analysis.words(entry.text)
            document = tantivy.Document()
            document.add_text("pid", entry.passage_id)
            document.add_text("aid", entry.article_id)
            if entry.ts is not None:
                document.add_integer("ts", entry.ts)
            if entry.source:
                document.add_text("source", entry.source)
            document.add_text(
                "grams", " ".join(" ".join(text_analysis.word_grams(w)) for w in words)
            )
            document.add_text("stems", " ".join({text_analysis.stem(w) for w in words}))
            self._writer.add_document(document)

    def delete_passages(self, passage_ids: Iterable[str]) -> None:
        """Delete passages by id."""
        for passage_id in passage_ids:
            self._writer.delete_documents_by_term("pid", passage_id)

    def delete_article(self, article_id: str) -> None:
        """Delete all passages of an article."""
        self._writer.delete_documents_by_term("aid", article_id)


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("pid", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("aid", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("source", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("ts", indexed=True, fast=True)
    builder.add_text_field("grams", stored=False, tokenizer_name="rawi", index_option="freq")
    builder.add_text_field("stems", stored=False, tokenizer_name="rawi", index_option="basic")
    return builder.build()
