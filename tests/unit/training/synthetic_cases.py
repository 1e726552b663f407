"""Questions on small articles with a bag-of-words embedder: no model, and deterministic."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from training.fit_weights import QuestionCase, build_case
from training.reader.splits import in_tuning_half
from vectorstore.core.text_analysis import AnalysedText
from vectorstore.core.types import ArticleInfo, RetrievedPassage
from vectorstore.store import ArticleStore

CITIES = ("فاس", "وجدة", "طنجة", "مراكش", "أغادير", "تطوان", "مكناس", "آسفي", "سلا", "الناظور")
THINGS = (("المدارس", "مدرسة"), ("المستشفيات", "مستشفى"), ("الحافلات", "حافلة"))
PASSAGES = 3
SIZE = 12


class BagOfWordsEmbedder:
    """Embeds a text as its hashed stem counts."""

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), 64), 0.1)
        for row, text in zip(rows, texts, strict=True):
            for stem in AnalysedText(text).stems:
                row[zlib.crc32(stem.encode()) % 64] += 1
        vectors: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return vectors

    embed_queries = embed_passages


def fake_store() -> ArticleStore:
    """The part of a store that `build_case` uses; every stem is known and has the same idf."""

    def stem_weights(stems: Iterable[str]) -> dict[str, tuple[float, bool]]:
        return dict.fromkeys(stems, (2.0, True))

    store = SimpleNamespace(embedder=BagOfWordsEmbedder(), stem_weights=stem_weights)
    return cast(ArticleStore, store)


def questions() -> Iterator[tuple[dict[str, Any], str]]:
    """Each question with the text of the article that answers it."""
    for number, (city, (things, thing)) in enumerate(
        (city, names) for city in CITIES for names in THINGS
    ):
        count = str(11 + 7 * number)
        text = (
            f"أعلن مجلس مدينة {city} اليوم خطة جديدة. "
            f"بلغ عدد {things} في {city} نحو {count} {thing}. "
            "وقال الوالي إن العمل مستمر."
        )
        question = f"كم عدد {things} في {city}؟"
        yield (
            {
                "id": f"q{number}",
                "set": "synthetic",
                "question": question,
                "answers": [count],
                "passage_id": f"article-{number}",
            },
            text,
        )


def retrieve(
    store: ArticleStore, question: str, texts: dict[str, str], *, without: str = ""
) -> list[RetrievedPassage]:
    """The most similar articles, each one passage."""
    names = [name for name in texts if name != without]
    vectors = store.embedder.embed_passages([texts[name] for name in names])
    similarities = vectors @ store.embedder.embed_queries([question])[0]
    best = np.argsort(-similarities, kind="stable")[:PASSAGES]
    return [
        RetrievedPassage(
            id=names[i],
            article=ArticleInfo(id=names[i], title=""),
            index=0,
            start=0,
            end=len(texts[names[i]]),
            text=texts[names[i]],
            score=float(similarities[i]),
            similarity=float(similarities[i]),
            lexical=1.0,
        )
        for i in best
    ]


def synthetic_cases() -> list[QuestionCase]:
    """Every question with its article, and without it."""
    store = fake_store()
    rows = list(questions())
    texts = {q["passage_id"]: text for q, text in rows}
    cases = []
    for q, _ in rows:
        tune = in_tuning_half(q["passage_id"])
        for answerable in (True, False):
            removed = "" if answerable else q["passage_id"]
            passages = retrieve(store, q["question"], texts, without=removed)
            cases.append(build_case(store, q, passages, answerable, tune, SIZE, q["answers"]))
    return cases
