"""Fits the linear model of sections, ``vectorstore/core/section_weights.json``.

    python -m training.sections PATH... [--home DIR] [--write]

PATH are articles whose source gives a section (see ``vectorstore.core.sections``). They are
ingested into DIR, or into a temporary folder, and each is represented by the vector of its first
passage. A multinomial logistic regression with an L2 penalty is cross-validated by source, since a
site's style must not decide, and then fitted to all. Sections that fewer than `MIN_SOURCES` sources
have are left out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.pipeline import run_ingest
from ingest.store import open_store
from vectorstore.core.section_model import WEIGHTS_FILE, SectionModel
from vectorstore.core.sections import given_section
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

MIN_SOURCES = 3
INVERSE_PENALTIES = (0.3, 1.0, 3.0, 10.0)
PRECISION = 0.85
"""Share of right ones among the articles that get a section, for each section; so the least
probability with which it is given is chosen."""
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class LabelledVectors:
    """Vectors (n, d) of first passages, with the section and source of each."""

    vectors: np.ndarray
    sections: np.ndarray
    sources: np.ndarray


def labelled_vectors(store: ArticleStore) -> LabelledVectors:
    """The articles of ``store`` whose source gives a section that enough sources have."""
    catalogue = store.catalogue
    found = []
    for article_id in catalogue.article_ids():
        article, passages = catalogue.get(article_id), catalogue.passages_of(article_id)
        section = given_section(article.metadata, article.url) if article else None
        if article is None or section is None or not passages:
            continue
        vector = catalogue.vectors_of([passages[0][0]])[passages[0][0]]
        found.append((vector, section, article.source or ""))
    sources = defaultdict(set)
    for _, section, source in found:
        sources[section].add(source)
    kept = [row for row in found if len(sources[row[1]]) >= MIN_SOURCES]
    return LabelledVectors(*(np.array(column) for column in zip(*kept, strict=True)))


def fit(data: LabelledVectors, inverse_penalty: float, chosen: np.ndarray) -> SectionModel:
    """The model fitted to the ``chosen`` rows; it gives the most probable section."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=inverse_penalty, max_iter=2_000, class_weight="balanced")
    model.fit(data.vectors[chosen], data.sections[chosen])
    return SectionModel(
        sections=tuple(model.classes_.tolist()),
        coefficients=np.round(model.coef_, _DIGITS),
        intercepts=np.round(model.intercept_, _DIGITS),
        min_probabilities=(0.0,) * len(model.classes_),
        embedding="",
    )


def cross_validated(data: LabelledVectors, inverse_penalty: float) -> np.ndarray:
    """Probabilities (n, k) of the sections, in sorted order, by models of the other sources."""
    names = sorted(set(data.sections))
    found = np.zeros((len(data.sections), len(names)))
    for source in sorted(set(data.sources)):
        held_out = data.sources == source
        model = fit(data, inverse_penalty, ~held_out)
        columns = [names.index(section) for section in model.sections]
        found[np.ix_(held_out, columns)] = model.probabilities(data.vectors[held_out])
    return found


def main() -> None:
    """See the module's docstring."""
    from sklearn.metrics import classification_report, f1_score

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        settings = StoreSettings(home=options.home or Path(scratch))
        with open_store(settings, writable=True) as store:
            run_ingest(store, options.paths)
            data = labelled_vectors(store)
            embedding = store.fingerprint().model or ""
    names = np.array(sorted(set(data.sections)))
    scores = {}
    for inverse_penalty in INVERSE_PENALTIES:
        predicted = names[cross_validated(data, inverse_penalty).argmax(axis=1)]
        scores[inverse_penalty] = f1_score(data.sections, predicted, average="macro")
        print(f"C={inverse_penalty:g}: macro-F1 {scores[inverse_penalty]:.3f}")
    best = max(scores, key=scores.__getitem__)
    found = cross_validated(data, best)
    print(classification_report(data.sections, names[found.argmax(axis=1)], digits=3))
    least = [least_probability(found, at, data.sections == name) for at, name in enumerate(names)]
    given = found.max(axis=1) >= np.array(least)[found.argmax(axis=1)]
    right = (names[found.argmax(axis=1)] == data.sections)[given].mean()
    print(dict(zip(names.tolist(), least, strict=True)))
    print(f"{given.mean():.1%} given, {right:.1%} of these right")
    model = fit(data, best, np.ones(len(data.sections), bool))
    stored = {
        "embedding": embedding,
        "min_probabilities": least,
        "sections": list(model.sections),
        "intercepts": model.intercepts.tolist(),
        "coefficients": model.coefficients.tolist(),
    }
    if options.write:
        WEIGHTS_FILE.write_text(json.dumps(stored) + "\n", encoding="utf-8")


def least_probability(found: np.ndarray, at: int, right: np.ndarray) -> float:
    """The least probability from which on a section is right in `PRECISION` of its articles.

    ``found`` (n, k) are probabilities, ``at`` is the section's column, ``right`` (n,) says where it
    is the true one.
    """
    chosen = found.argmax(axis=1) == at
    for least in np.arange(0.3, 1.0, 0.02):
        given = chosen & (found[:, at] >= least)
        if given.any() and right[given].mean() >= PRECISION:
            return round(float(least), 2)
    return 1.0


if __name__ == "__main__":
    main()
