"""The measures of a run: name, meaning, unit and direction of each.

The names appear in ``results.jsonl``, ``summary.json``, ``gate.toml`` and the reports. A name never
changes its meaning; a new meaning gets a new name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["share", "score", "characters", "milliseconds", "tokens", "price"]
Group = Literal[
    "checks", "retrieval", "answers", "citations", "refusals", "composing", "cost", "other"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure.

    Attributes:
        name: The stable name.
        title: The name shown in a report.
        meaning: One line of explanation.
        group: The section of a report.
        higher_is_better: None for a measure without a direction.
        unit: ``share`` is in [0, 1]; ``score`` in [-1, 1]; the others are absolute.
        set_level: True where the value of a set is not the mean over its questions.
    """

    name: str
    title: str
    meaning: str
    group: Group
    higher_is_better: bool | None = True
    unit: Unit = "share"
    set_level: bool = False


def _retrieval(level: str) -> list[Measure]:
    relevant = f"relevant {level}s"
    return [
        *(
            Measure(
                name=f"{level}_recall@{k}",
                title=f"{level.title()} recall@{k}",
                meaning=f"Share of a question's {relevant} among the first {k} retrieved.",
                group="retrieval",
            )
            for k in (1, 5, 10)
        ),
        Measure(
            name=f"{level}_mrr@10",
            title=f"{level.title()} MRR@10",
            meaning=f"One over the rank of the first of the {relevant}; 0 past the first 10.",
            group="retrieval",
        ),
        Measure(
            name=f"{level}_ndcg@10",
            title=f"{level.title()} nDCG@10",
            meaning=f"How near the first 10 come to having all {relevant} on top.",
            group="retrieval",
        ),
        Measure(
            name=f"{level}_map@10",
            title=f"{level.title()} MAP@10",
            meaning=f"Mean of the precision at the rank of each of the {relevant} in the first 10.",
            group="retrieval",
        ),
    ]


_ALL = (
    Measure(
        name="right",
        title="Right",
        meaning="All checks of the question hold: rightly answered or rightly refused.",
        group="checks",
    ),
    Measure(
        name="partly",
        title="Partly right",
        meaning="Answered, and neither right nor wrong.",
        group="checks",
        higher_is_better=None,
    ),
    Measure(
        name="wrong",
        title="Wrong",
        meaning="Answered and misleading: nothing of the answer, wrong sources, or not answerable.",
        group="checks",
        higher_is_better=False,
    ),
    Measure(
        name="wrongly_refused",
        title="Wrongly refused",
        meaning="Refused although an answer was due.",
        group="checks",
        higher_is_better=False,
    ),
    Measure(
        name="nugget_recall",
        title="Nugget recall",
        meaning="Share of a question's nuggets that stand in the reply.",
        group="checks",
    ),
    *_retrieval("article"),
    *_retrieval("passage"),
    Measure(
        name="contains_gold",
        title="Contains gold",
        meaning="A gold answer stands in the reply, after normalisation.",
        group="answers",
    ),
    Measure(
        name="token_f1",
        title="Token F1",
        meaning="Overlap in words of the reply and the nearest gold answer.",
        group="answers",
    ),
    Measure(
        name="exact_match",
        title="Exact match",
        meaning="The reply is a gold answer and nothing else, after normalisation.",
        group="answers",
    ),
    Measure(
        name="highlight_f1",
        title="Highlight F1",
        meaning="Overlap in words of the highlighted span and the nearest gold answer.",
        group="answers",
    ),
    Measure(
        name="citation_precision",
        title="Citation precision",
        meaning="Share of an answer's citations that name a relevant or acceptable article.",
        group="citations",
    ),
    Measure(
        name="citation_recall",
        title="Citation recall",
        meaning="Share of a question's relevant articles that the answer cites.",
        group="citations",
    ),
    Measure(
        name="wrong_source",
        title="Wrong source",
        meaning="The answer cites a forbidden or an irrelevant article.",
        group="citations",
        higher_is_better=False,
    ),
    Measure(
        name="verbatim",
        title="Verbatim quotes",
        meaning="Every quote stands in its article to the letter; anything under 100% is a fault.",
        group="citations",
    ),
    Measure(
        name="refusal_correct",
        title="Refusal correct",
        meaning="Answered what is answerable and refused what is not.",
        group="refusals",
    ),
    Measure(
        name="refusal_precision",
        title="Refusal precision",
        meaning="Share of the refusals whose question is indeed unanswerable.",
        group="refusals",
        set_level=True,
    ),
    Measure(
        name="refusal_recall",
        title="Refusal recall",
        meaning="Share of the unanswerable questions that were refused.",
        group="refusals",
        set_level=True,
    ),
    Measure(
        name="refusal_f1",
        title="Refusal F1",
        meaning="Harmonic mean of refusal precision and refusal recall.",
        group="refusals",
        set_level=True,
    ),
    Measure(
        name="false_refusal",
        title="False refusals",
        meaning="Share of the answerable questions that were refused.",
        group="refusals",
        higher_is_better=False,
        set_level=True,
    ),
    Measure(
        name="crag_score",
        title="CRAG-style score",
        meaning="+1 for right, 0 for refused, -1 for wrong, on average.",
        group="refusals",
        unit="score",
    ),
    Measure(
        name="composed",
        title="Composed",
        meaning="The reply is a chat model's, not a quote or a refusal. Of questions it was asked.",
        group="composing",
        higher_is_better=None,
    ),
    Measure(
        name="faithful_sentences",
        title="Faithful sentences",
        meaning="Share of a chat model's sentences that the articles bear out, by the check.",
        group="composing",
    ),
    Measure(
        name="moved_citations",
        title="Moved citations",
        meaning="Share of its faithful sentences whose citation had to be moved.",
        group="composing",
        higher_is_better=False,
    ),
    Measure(
        name="model_tokens",
        title="Tokens",
        meaning="Tokens that the chat model read and wrote for a question.",
        group="cost",
        higher_is_better=False,
        unit="tokens",
    ),
    Measure(
        name="model_cost",
        title="Cost",
        meaning="What its tokens cost, by the prices in the settings.",
        group="cost",
        higher_is_better=False,
        unit="price",
    ),
    Measure(
        name="answer_characters",
        title="Answer length",
        meaning="Characters in the reply, refusals left out.",
        group="cost",
        higher_is_better=None,
        unit="characters",
    ),
    Measure(
        name="latency_total_ms",
        title="Latency",
        meaning="Milliseconds from question to reply.",
        group="cost",
        higher_is_better=False,
        unit="milliseconds",
    ),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}

SET_LEVEL = frozenset(name for name, measure in MEASURES.items() if measure.set_level)


def get_measure(name: str) -> Measure:
    """The measure of that name; an unknown one is a share, higher is better."""
    known = MEASURES.get(name)
    return known or Measure(name=name, title=name.replace("_", " "), meaning="", group="other")


def sort_measures(names: set[str]) -> list[str]:
    """``names`` in the order of ``MEASURES``, unknown ones last and sorted by name."""
    position = {name: index for index, name in enumerate(MEASURES)}
    return sorted(names, key=lambda name: (position.get(name, len(position)), name))
