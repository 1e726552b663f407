"""Consistency check of catalogue, vectors and lexical index."""

from __future__ import annotations

from vectorstore.catalogue.articles import Catalogue
from vectorstore.core.errors import FingerprintMismatchError, IndexDamagedError
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.indexes.index_set import IndexSet

_MIN_COSINE = 0.999  # between a vector in Chroma and the same one in the catalogue
_REMEDY = "`rawi store rebuild` repairs it"


def check(catalogue: Catalogue, indexes: IndexSet, fingerprint: Fingerprint) -> list[str]:
    """A message for each problem. The caller must hold the write lock.

    Reads every vector in Chroma and compares it with the catalogue's. ``fingerprint`` is the
    configured one.
    """
    found = catalogue.integrity_problems()
    try:
        stored = catalogue.stored_fingerprint()
        if stored is not None:
            stored.require(fingerprint)
    except FingerprintMismatchError as error:
        found.append(str(error))
    if outdated := catalogue.outdated_vectors():
        found.append(f"{outdated} articles are embedded with titles of any length; {_REMEDY}")
    if journal := catalogue.journal():
        found.append(
            f"{len(journal)} articles left unfinished by an interrupted run; "
            "the next `rawi ingest` puts them in order"
        )
    expected = catalogue.passage_ids()
    view = indexes.reopen()
    found += [str(error) for error in view.damage]
    try:
        if view.lexical is not None:
            found += _differences("lexical index", expected, view.lexical.all_passage_ids())
        if view.vectors is not None:
            ids: list[str] = []
            wrong = 0
            for page, rows in view.vectors.pages():
                ids += page
                known = catalogue.vectors_of(page)
                pairs = zip(page, rows, strict=True)
                wrong += sum(
                    float(row @ known[pid]) < _MIN_COSINE for pid, row in pairs if pid in known
                )
            found += _differences("vectors", expected, ids)
            if wrong:
                found.append(f"{wrong} vectors differ from the catalogue's; {_REMEDY}")
    except IndexDamagedError as error:
        found.append(str(error))
    return found


def _differences(name: str, expected: set[str], ids: list[str]) -> list[str]:
    indexed = set(ids)
    counts = (
        (len(expected - indexed), f"passages are missing from the {name}"),
        (len(indexed - expected), f"passages in the {name} belong to no article"),
        (len(ids) - len(indexed), f"passages stand more than once in the {name}"),
    )
    return [f"{n} {problem}; {_REMEDY}" for n, problem in counts if n]
