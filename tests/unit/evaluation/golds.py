"""Questions with labels and replies to them, made up by hand."""

from __future__ import annotations

from typing import Any

from bot.core.models import Answer, Citation, RetrievedRef
from evaluation.testsets.testsets import GoldQuestion

TEXTS = {
    "flood": "ضربت السيول وادي القطا. ارتفعت الحصيلة إلى 21 قتيلًا. تضرر 412 منزلًا.",
    "early": "ضربت السيول وادي القطا. قتل تسعة أشخاص.",
    "oil": "بلغت صادرات الزيت 21,300 طن.",
}


def gold(**changes: Any) -> GoldQuestion:
    """A question that the article ``flood`` answers with 21."""
    facts: dict[str, Any] = {
        "id": "q",
        "item_id": "q",
        "turn": None,
        "position": "single",
        "kind": "number",
        "language": "ar",
        "question": "كم قتيلًا؟",
        "standalone": None,
        "answers": ["21"],
        "relevant_ids": ["flood"],
        "acceptable_ids": [],
        "forbidden_ids": [],
        "quotes": [],
        "answerable": True,
    }
    return GoldQuestion(**facts | changes)


def cite(
    article_id: str, quote: str, /, *, highlight: str | None = None, **changes: Any
) -> Citation:
    """A citation of words that stand in the article ``article_id``."""
    text = TEXTS[article_id]
    start = text.index(quote)
    marked = text.index(highlight) if highlight else None
    facts: dict[str, Any] = {
        "marker": 1,
        "article_id": article_id,
        "title": "",
        "url": None,
        "source": None,
        "published_at": None,
        "quote": quote,
        "start": start,
        "end": start + len(quote),
        "highlight_start": marked,
        "highlight_end": marked + len(highlight) if marked is not None and highlight else None,
    }
    return Citation(**facts | changes)


def found(*spans: tuple[str, str]) -> tuple[RetrievedRef, ...]:
    """Retrieved passages, best first, each given as an article and its words."""
    return tuple(
        RetrievedRef(
            passage_id=f"{article_id}:{rank}",
            article_id=article_id,
            index=0,
            start=TEXTS[article_id].index(words),
            end=TEXTS[article_id].index(words) + len(words),
            score=1 / (1 + rank),
        )
        for rank, (article_id, words) in enumerate(spans)
    )


def reply(*citations: Citation, **changes: Any) -> Answer:
    """A reply that quotes ``citations``, the way quoted answers do."""
    facts: dict[str, Any] = {
        "text": "\n".join(f"«{c.quote}» [{n}]" for n, c in enumerate(citations, 1)),
        "refused": False,
        "language": "ar",
        "mode": "quoted",
        "question": "كم قتيلًا؟",
        "standalone_question": "كم قتيلًا؟",
        "citations": citations,
        "timings_ms": {"total": 30.0},
    }
    return Answer(**facts | changes)


def refuse(**changes: Any) -> Answer:
    """A refusal."""
    return reply(text="لم أجد في المقالات جوابًا.", refused=True, mode="refusal", **changes)
