"""Whether catalogue, vectors and lexical index agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vectorstore.core.errors import FingerprintMismatchError, IndexDamagedError

if TYPE_CHECKING:
    from vectorstore.store import ArticleStore

_LEAST_COSINE = 0.999  # between a vector in Chroma and the same in the catalogue
_MEND = "`rawi store rebuild` mends it"


def problems(store: ArticleStore) -> list[str]:
    """What is wrong, in words. Hold the writers' turn.

    Every vector in Chroma is read and compared with the catalogue's.
    """
    found = store.catalogue.integrity_problems()
    try:
        stored = store.stored_fingerprint()
        if stored is not None:
            stored.require(store.fingerprint())
    except FingerprintMismatchError as error:
        found.append(str(error))
    if outdated := store.catalogue.outdated_vectors():
        found.append(f"{outdated} articles are embedded with titles of any length; {_MEND}")
    if journal := store.catalogue.journal():
        found.append(
            f"{len(journal)} articles left unfinished by an interrupted run; "
            "the next `rawi ingest` puts them in order"
        )
    listed = store.catalogue.passage_ids()
    view = store.indexes.reopen()
    found += [str(error) for error in view.damage]
    try:
        if view.lexical is not None:
            found += _disagreements("lexical index", listed, view.lexical.all_passage_ids())
        if view.vectors is not None:
            ids: list[str] = []
            wrong = 0
            for page, rows in view.vectors.pages():
                ids += page
                known = store.catalogue.vectors_of(page)
                pairs = zip(page, rows, strict=True)
                wrong += sum(
                    float(row @ known[pid]) < _LEAST_COSINE for pid, row in pairs if pid in known
                )
            found += _disagreements("vectors", listed, ids)
            if wrong:
                found.append(f"{wrong} vectors differ from the catalogue's; {_MEND}")
    except IndexDamagedError as error:
        found.append(str(error))
    return found


def _disagreements(name: str, listed: set[str], ids: list[str]) -> list[str]:
    there = set(ids)
    counts = (
        (len(listed - there), f"passages are missing from the {name}"),
        (len(there - listed), f"passages in the {name} belong to no article"),
        (len(ids) - len(there), f"passages stand more than once in the {name}"),
    )
    return [f"{n} {what}; {_MEND}" for n, what in counts if n]
