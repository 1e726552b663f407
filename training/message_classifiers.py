"""Fits the classifiers of messages: intent, relation to the last turn, and script.

    python -m training.message_classifiers [--models DIR] [--cache FILE] [--write] [--errors N]

``training/intents/<intent>.txt`` has utterances of an intent, ``training/relations/*.txt`` those
that follow a question (see training/intents/README.md), all grouped in families of wording. The
report is cross-validated over families, so that each is tested by a classifier that never met its
wording; the written weights are fitted on all.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from bot.conversation.intent_classifier import LastTurn, intent_features, relation_features
from bot.conversation.message_terms import message_hashes
from bot.core.intents import COMMAND_INTENTS, QUESTION_INTENTS, SMALLTALK_INTENTS
from bot.language.parsed_question import ParsedQuestion
from bot.language.question_types import question_type
from bot.transliteration.arabizi import to_arabic
from bot.transliteration.keyboard_layout import from_latin_keys
from bot.transliteration.latin_script import script_features, script_hashes
from vectorstore.core.characters import has_arabic
from vectorstore.core.settings import StoreSettings
from vectorstore.core.text_analysis import AnalysedText, stem, words
from vectorstore.embedding.loading import load_embedder

FOLDER = Path(__file__).parent
WEIGHTS_FOLDER = FOLDER.parent / "bot" / "conversation"
SCRIPT_FOLDER = FOLDER.parent / "bot" / "transliteration"
WRITTEN_STEP = 3
"""Of the questions written for the reading model, one in so many is used."""
REQUEST_EVIDENCE = ((3, 0.2), (5, 0.1), (20, 0.05))
"""Fewest families of a word, and the least share of utterances; see `request_vocabulary`."""
MIN_WORD_FAMILIES = 2
"""Families of wording that a word of the questions' vocabulary occurs in."""
MIN_TERM_FAMILIES = 3
"""Families that a term occurs in to have a weight."""
N_FOLDS = 10
UNREAD = "arabizi_in_latin_letters"
"""Variety of utterances in Arabizi before they are read in Arabic script."""
_HEADER = re.compile(r"##\s*(\S+)\s*(.*)")


Features = tuple[np.ndarray, list[list[int]]]
"""Dense features (n, d), and the hashes of the terms of each message."""


@dataclass(frozen=True)
class Weights:
    """Weights of dense features (labels, d) and of terms (n, labels), for sorted labels."""

    labels: list[str]
    dense: np.ndarray
    bias: np.ndarray
    hashes: np.ndarray
    terms: np.ndarray


@dataclass(frozen=True)
class Utterance:
    """A message with its label; of a relation also the question and title before it."""

    text: str
    label: str
    family: str
    variety: str
    question: str = ""
    title: str = ""


def read_intents(folder: Path) -> list[Utterance]:
    """The utterances of all intents.

    Raises:
        ValueError: a line is not in a family.
    """
    examples = []
    for path in sorted(folder.glob("*.txt")):
        family = variety = ""
        for line in filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())):
            if header := _HEADER.match(line):
                variety, family = header[1], f"{path.stem}/{header[1]}/{header[2]}"
            elif not family:
                raise ValueError(f"{path.name}: {line!r} stands before the first family")
            else:
                examples.append(Utterance(line, path.stem, family, variety))
    return examples


def read_written_questions(folder: Path) -> list[Utterance]:
    """The questions written for the reading model, as questions of fact or yes/no questions.

    They are about other things than news, so that a subject does not decide the intent. Those of a
    passage are a family.
    """
    varieties = {"س": "msa", "د": "dialect", "Q": "english"}
    found = []
    for path in sorted(folder.rglob("*.txt")):
        passage = 0
        for line in path.read_text(encoding="utf-8").splitlines():
            key, _, text = line.partition(":")
            passage += line.startswith("##")
            if key in varieties and text.strip():
                yes_no = question_type(text.strip()) == "yes_no"
                family = f"written/{path.parent.name}/{path.stem}/{passage}"
                label = "yes_no" if yes_no else "fact"
                found.append(Utterance(text.strip(), label, family, varieties[key]))
    return found


def follow_ups_of_fact(relations: Sequence[Utterance]) -> list[Utterance]:
    """The messages that go on with a question word for a fact; they have no topic of their own."""
    kinds = ("who", "when", "where", "how_many", "why")
    return [
        Utterance(e.text, "fact", f"relations/{e.family}", e.variety)
        for e in relations
        if e.label == "on" and question_type(e.text) in kinds
    ]


def with_transliterations(utterances: Sequence[Utterance], vocabulary: str) -> list[Utterance]:
    """``utterances``, and those in Arabizi also as they are read in Arabic script.

    The bot classifies that reading. What it cannot read it classifies as it is, but only to find
    small talk and commands; these utterances get the variety `UNREAD`.
    """
    counts = {word: int(n) for word, n in (line.split() for line in vocabulary.splitlines())}
    stems = {stem(word) for word in counts}

    def weights(found: Sequence[str]) -> dict[str, tuple[float, bool]]:
        return {one: (5.0, one in stems) for one in found}

    arabizi = [e for e in utterances if e.variety == "arabizi"]
    return [
        *(replace(e, variety=UNREAD) if e.variety == "arabizi" else e for e in utterances),
        *(replace(e, text=to_arabic(e.text, weights).text) for e in arabizi),
    ]


def read_relations(folder: Path) -> list[Utterance]:
    """The messages after a question; those after the same question are a family."""
    examples = []
    for path in sorted(folder.glob("*.txt")):
        for number, block in enumerate(re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))):
            fields: dict[str, str] = {}
            for line in filter(None, map(str.strip, block.splitlines())):
                key, _, value = line.partition(":")
                if key in ("V", "Q", "T"):
                    fields[key] = value.strip()
                elif key in ("new", "on", "correct", "act"):
                    examples.append(
                        Utterance(
                            value.strip(),
                            key,
                            f"{path.stem}/{number}",
                            fields["V"],
                            fields["Q"],
                            fields["T"],
                        )
                    )
                else:
                    raise ValueError(f"{path.name}: unknown line {line!r}")
    return examples


def embed(texts: Iterable[str], models: Path | None, cache: Path | None) -> dict[str, np.ndarray]:
    """Query embeddings of ``texts`` by the shipped model; those in ``cache`` are not computed."""
    known: dict[str, np.ndarray] = {}
    if cache is not None and cache.exists():
        known = pickle.loads(cache.read_bytes())  # noqa: S301 - written by this script
    missing = sorted(set(texts) - known.keys())
    if missing:
        embedder = load_embedder("default", "auto", models or StoreSettings().models_path)
        known |= zip(missing, embedder.embed_queries(missing), strict=True)
        if cache is not None:
            cache.write_bytes(pickle.dumps(known))
    return known


def read_scripts(utterances: Sequence[Utterance]) -> list[Utterance]:
    """English, Arabizi and Arabic typed on Latin keys, of the utterances of the intents."""
    names = {"english": "english", "arabizi": "arabizi"}
    examples = [
        replace(e, label=names[e.variety])
        for e in utterances
        if e.variety in names and not has_arabic(e.text) and re.search("[A-Za-z]", e.text)
    ]
    arabic = [e for e in utterances if e.variety not in names and has_arabic(e.text)]
    examples += [
        replace(e, text=to_latin_keys(e.text), label="layout", variety="layout")
        for e in arabic[::4]
    ]
    return examples


def to_latin_keys(text: str) -> str:
    """What is typed for Arabic ``text`` with the keyboard switched to Latin letters."""
    keys = {from_latin_keys(chr(code)): chr(code) for code in range(126, 32, -1)}
    pairs = {key: value for key, value in keys.items() if len(key) == 2}
    for arabic, latin in pairs.items():
        text = text.replace(arabic, latin)
    return "".join(keys.get(c, c) for c in text)


def script_matrices(examples: Sequence[Utterance]) -> Features:
    """Dense features (n, 1) and hashes of terms of the script classifier."""
    dense = np.array([script_features(e.text) for e in examples])
    return dense, [script_hashes(e.text) for e in examples]


def question_vocabulary(examples: Sequence[Utterance]) -> str:
    """Normalised Arabic words and the number of families that they occur in, one a line."""
    families: dict[str, set[str]] = {}
    for example in examples:
        for word in words(example.text):
            if has_arabic(word):
                families.setdefault(word, set()).add(example.family)
    counts = sorted((-len(found), word) for word, found in families.items())
    return "".join(f"{word} {-n}\n" for n, word in counts if -n >= MIN_WORD_FAMILIES)


def request_vocabulary(examples: Sequence[Utterance]) -> str:
    """Normalised words of the wording of requests, one a line.

    Those that, on average over the families with the word, enough of a family's other utterances
    have too (``REQUEST_EVIDENCE``). Topics differ within a family, so that their words do not.
    """
    families: dict[str, list[frozenset[str]]] = {}
    for example in examples:
        if example.label in QUESTION_INTENTS:
            families.setdefault(example.family, []).append(frozenset(words(example.text)))
    shares: dict[str, list[float]] = {}
    for utterances in families.values():
        others = len(utterances) - 1
        for word, n in Counter(w for found in utterances for w in found).items():
            if others:
                shares.setdefault(word, []).append((n - 1) / others)
    kept = [
        word
        for word, found in shares.items()
        if any(len(found) >= n and sum(found) / len(found) >= s for n, s in REQUEST_EVIDENCE)
    ]
    return "".join(f"{word}\n" for word in sorted(kept))


def feature_matrices(
    examples: Sequence[Utterance], vectors: dict[str, np.ndarray] | None
) -> Features:
    """Dense features (n, d) and the hashes of the terms of each message."""
    dense, hashes = [], []
    for example in examples:
        message = ParsedQuestion(example.text)
        vector = vectors[example.text] if vectors else None
        hashes.append(message_hashes(message))
        if not example.question:
            dense.append(intent_features(message, vector))
            continue
        last = LastTurn(
            AnalysedText(example.question),
            AnalysedText(example.title),
            vectors[example.question] if vectors else None,
            vectors[example.title] if vectors else None,
        )
        dense.append(relation_features(message, vector, last))
    return np.array(dense), hashes


def known_terms(hashes: Sequence[Sequence[int]], families: Sequence[str]) -> np.ndarray:
    """Sorted hashes (uint32) of the terms that occur in at least `MIN_TERM_FAMILIES` families."""
    found: dict[str, set[int]] = {}
    for row, family in zip(hashes, families, strict=True):
        found.setdefault(family, set()).update(row)
    counts = Counter(chain.from_iterable(found.values()))
    return np.array(sorted(h for h, n in counts.items() if n >= MIN_TERM_FAMILIES), dtype=np.uint32)


def term_matrix(hashes: Sequence[Sequence[int]], known: np.ndarray) -> Any:
    """The ``known`` terms of each message as rows of length 1, sparse (n, len(known))."""
    from scipy.sparse import csr_matrix

    at = {int(h): i for i, h in enumerate(known)}
    rows = [[at[h] for h in row if h in at] for row in hashes]
    values = [1 / len(row) ** 0.5 for row in rows for _ in row]
    indptr = np.cumsum([0, *map(len, rows)])
    return csr_matrix((values, list(chain(*rows)), indptr), shape=(len(rows), len(known)))


def fit(features: Features, examples: Sequence[Utterance], c: float) -> Weights:
    """Weights of a linear support vector machine (one against the rest), for raw features.

    It takes seconds where a multinomial logistic regression takes minutes; ``temperature`` makes
    probabilities of its margins.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    dense, hashes = features
    known = known_terms(hashes, [e.family for e in examples])
    n = dense.shape[1]
    mean, scale = dense.mean(axis=0), (dense.std(axis=0) + 1e-6) * np.sqrt(n)
    x = hstack([csr_matrix((dense - mean) / scale), term_matrix(hashes, known)]).tocsr()
    model = LinearSVC(C=c, random_state=1).fit(x, [e.label for e in examples])
    raw = model.coef_[:, :n] / scale
    return Weights(
        list(model.classes_), raw, model.intercept_ - raw @ mean, known, model.coef_[:, n:].T
    )


def margins(weights: Weights, features: Features) -> np.ndarray:
    """Margins (n, labels)."""
    dense, hashes = features
    terms = term_matrix(hashes, weights.hashes) @ weights.terms
    found: np.ndarray = dense @ weights.dense.T + weights.bias + terms
    return found


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (n, labels)."""
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: np.ndarray = exp / exp.sum(axis=1, keepdims=True)
    return probabilities


def temperature(logits: np.ndarray, gold: np.ndarray) -> float:
    """The factor of the margins that gives the least log loss (temperature scaling, Guo 2017).

    ``gold`` (n,) has the column of the right label, or -1 where it was never met.
    """
    known = gold >= 0
    logits, gold = logits[known], gold[known]

    def loss(factor: float) -> float:
        p = softmax(factor * logits)[np.arange(len(gold)), gold]
        return float(-np.log(np.maximum(p, 1e-9)).mean())

    return min(map(float, np.geomspace(0.5, 16, 41)), key=loss)


def cross_validate(
    examples: Sequence[Utterance], features: Features, c: float
) -> tuple[np.ndarray, list[str], float]:
    """Probabilities (n, labels) for families that the classifier never met, the labels, and the
    temperature."""
    from sklearn.model_selection import GroupKFold

    dense, hashes = features
    labels = np.array([e.label for e in examples])
    classes = np.array(sorted(set(labels)))
    found = np.full((len(labels), len(classes)), -9.0)
    folds = GroupKFold(N_FOLDS, shuffle=True, random_state=1)
    for train, test in folds.split(dense, labels, [e.family for e in examples]):
        part, rest = ((dense[rows], [hashes[i] for i in rows]) for rows in (train, test))
        weights = fit(part, [examples[i] for i in train], c)
        found[np.ix_(test, np.searchsorted(classes, weights.labels))] = margins(weights, rest)
    factor = temperature(found, np.searchsorted(classes, labels))
    return softmax(factor * found), list(classes), factor


def coarse(label: str) -> str:
    """The label with all commands as one, and all small talk as one."""
    if label in COMMAND_INTENTS:
        return "command"
    return "smalltalk" if label in SMALLTALK_INTENTS else label


def report(
    examples: Sequence[Utterance], probabilities: np.ndarray, classes: Sequence[str]
) -> dict[str, Any]:
    """F1 by label and, as a mean over labels, by variety, with `coarse` labels as the bot sums them
    up. Only varieties count utterances that are `UNREAD`."""
    from sklearn.metrics import f1_score

    gold = [coarse(e.label) for e in examples]
    labels = sorted(set(gold))
    found = coarse_predictions(probabilities, classes)
    read = [i for i, e in enumerate(examples) if e.variety != UNREAD]
    by_label = f1_score(
        [gold[i] for i in read], [found[i] for i in read], labels=labels, average=None
    )
    fine = [classes[probabilities[i].argmax()] for i in read]
    varieties = {}
    for variety in sorted({e.variety for e in examples}):
        rows = [i for i, e in enumerate(examples) if e.variety == variety]
        truth, guess = [gold[i] for i in rows], [found[i] for i in rows]
        score = f1_score(truth, guess, labels=sorted(set(truth)), average="macro")
        varieties[variety] = [round(float(score), 3), len(rows)]
    return {
        "examples": len(read),
        "families": len({e.family for e in examples}),
        "macro_f1": round(float(by_label.mean()), 4),
        "macro_f1_of_all_labels": round(
            float(f1_score([examples[i].label for i in read], fine, average="macro")), 4
        ),
        "f1": {k: round(float(v), 3) for k, v in zip(labels, by_label, strict=True)},
        "varieties": varieties,
    }


def coarse_predictions(probabilities: np.ndarray, classes: Sequence[str]) -> list[str]:
    """The `coarse` label with the greatest sum of probabilities, for each row."""
    groups = [coarse(label) for label in classes]
    labels = sorted(set(groups))
    sums = [probabilities[:, [g == label for g in groups]].sum(axis=1) for label in labels]
    return [labels[i] for i in np.argmax(sums, axis=0)]


def main() -> None:
    """Fit, report, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", type=Path, help="folder of prepared models")
    parser.add_argument("--cache", type=Path, help="file of embeddings, read and extended")
    parser.add_argument("--write", action="store_true", help="write the weights")
    parser.add_argument("--errors", type=int, default=0, help="list so many wrong predictions")
    parser.add_argument("--c", type=float, default=1.0, help="inverse of the L2 penalty")
    parser.add_argument("--only", choices=["intent", "relation", "script"])
    args = parser.parse_args()
    utterances = read_intents(FOLDER / "intents")
    if args.only in (None, "script"):
        scripts = read_scripts(utterances)
        _run("script", scripts, script_matrices(scripts), args, SCRIPT_FOLDER)
        if args.write:
            path = SCRIPT_FOLDER / "question_words.txt"
            path.write_text(question_vocabulary(utterances), encoding="utf-8")
            path = WEIGHTS_FOLDER / "request_words.txt"
            path.write_text(request_vocabulary(utterances), encoding="utf-8")
    vocabulary = question_vocabulary(utterances)
    relations = with_transliterations(read_relations(FOLDER / "relations"), vocabulary)
    written = read_written_questions(FOLDER / "written")[::WRITTEN_STEP]
    facts = [*written, *follow_ups_of_fact(relations)]
    for name, examples in (
        ("intent", [*with_transliterations(utterances, vocabulary), *facts]),
        ("relation", relations),
    ):
        if args.only not in (None, name):
            continue
        texts = [t for e in examples for t in (e.text, e.question, e.title) if t]
        vectors = embed(texts, args.models, args.cache)
        _run(name, examples, feature_matrices(examples, vectors), args, WEIGHTS_FOLDER)
        lexical = feature_matrices(examples, None)
        _run(f"{name}_lexical", examples, lexical, args, WEIGHTS_FOLDER)


def _run(
    name: str,
    examples: Sequence[Utterance],
    features: Features,
    args: argparse.Namespace,
    folder: Path,
) -> None:
    probabilities, classes, factor = cross_validate(examples, features, args.c)
    figures = report(examples, probabilities, classes)
    print(json.dumps({name: figures, "temperature": round(factor, 2)}, ensure_ascii=False))
    found = coarse_predictions(probabilities, classes)
    wrong = [i for i, e in enumerate(examples) if found[i] != coarse(e.label)]
    for i in sorted(wrong, key=lambda i: -probabilities[i].max())[: args.errors]:
        e = examples[i]
        print(f"  {e.label} → {found[i]} {probabilities[i].max():.2f} {e.text} | {e.question}")
    if args.write:
        write(folder / f"{name}.npz", fit(features, examples, args.c), factor)


def write(path: Path, weights: Weights, factor: float) -> None:
    """Write ``weights`` times ``factor``, those of terms as 8 bits with a scale for each label."""
    scale = np.maximum(np.abs(weights.terms).max(axis=0), 1e-9) / 127
    np.savez_compressed(
        path,
        labels=np.array(weights.labels),
        dense=(factor * weights.dense).astype(np.float16),
        bias=(factor * weights.bias).astype(np.float32),
        hashes=weights.hashes,
        terms=np.round(weights.terms / scale).astype(np.int8),
        scale=(factor * scale).astype(np.float32),
    )


if __name__ == "__main__":
    main()
