"""Retrieval for follow-up questions, compared with their gold standalone forms.

A follow-up is a later turn of a conversation. Each is asked twice: in its thread, and by itself in
the standalone form of the test set. The difference in retrieval is the effect of query rewriting.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from evaluation.metrics.retrieval import ranking_measures

if TYPE_CHECKING:
    from bot.core.models import Answer
    from evaluation.runs.runner import AnsweringEngine
    from evaluation.testsets.testsets import Conversation, GoldQuestion

RECALL = "recall@5"
RANK = "mrr@10"


@dataclass(frozen=True, slots=True)
class FollowUpTurn:
    """Recall@5 and reciprocal rank of one follow-up, rewritten and in its standalone form.

    Attributes:
        resolved: The engine's standalone question.
        gold: The standalone form in the test set.
        recall_gold: Recall of ``gold``; likewise ``rank_gold`` and ``answered_gold``.
        answered: Whether the reply in the thread is not a refusal.
    """

    id: str
    kind: str
    question: str
    resolved: str
    gold: str
    recall: float
    recall_gold: float
    rank: float
    rank_gold: float
    answered: bool
    answered_gold: bool

    @property
    def loses_recall(self) -> bool:
        """Whether the standalone form finds more."""
        return self.recall < self.recall_gold


@dataclass(frozen=True, slots=True)
class FollowUpReport:
    """The follow-ups of a test set and their means."""

    turns: tuple[FollowUpTurn, ...]

    def mean(self, name: str) -> float:
        """Mean of one attribute over the turns; 0 without any."""
        return sum(getattr(t, name) for t in self.turns) / len(self.turns) if self.turns else 0.0

    @property
    def share(self) -> float:
        """Ratio of recall@5 to that of the standalone forms; 0 if the latter is 0."""
        gold = self.mean("recall_gold")
        return self.mean("recall") / gold if gold else 0.0

    def to_json(self) -> dict[str, Any]:
        """The means, and the single turns under ``by_turn``."""
        return {
            "turns": len(self.turns),
            "recall@5": round(self.mean("recall"), 4),
            "recall@5_gold": round(self.mean("recall_gold"), 4),
            "share": round(self.share, 4),
            "mrr@10": round(self.mean("rank"), 4),
            "mrr@10_gold": round(self.mean("rank_gold"), 4),
            "answered": round(self.mean("answered"), 4),
            "answered_gold": round(self.mean("answered_gold"), 4),
            "by_turn": [asdict(turn) for turn in self.turns],
        }


def measure_followups(
    engine: AnsweringEngine,
    conversations: Sequence[Conversation],
    advance: Callable[[int], None] = lambda turns: None,
) -> FollowUpReport:
    """Ask all conversations, and compare follow-ups with a standalone form and relevant articles.

    ``advance`` is called with the number of turns asked.
    """
    found: list[FollowUpTurn] = []
    for conversation in conversations:
        found += _conversation(engine, conversation)
        advance(len(conversation.questions))
    return FollowUpReport(tuple(found))


def _conversation(engine: AnsweringEngine, conversation: Conversation) -> Iterator[FollowUpTurn]:
    thread = f"evaluation-{uuid.uuid4().hex}"
    try:
        for gold in conversation.questions:
            answer = engine.ask(gold.question, thread=thread)
            if gold.position == "followup" and gold.relevant_ids and gold.standalone:
                yield _follow_up(gold, answer, engine.ask(gold.standalone))
    finally:
        engine.delete_thread(thread)


def _follow_up(gold: GoldQuestion, answer: Answer, gold_answer: Answer) -> FollowUpTurn:
    threaded, standalone = _measures(gold, answer), _measures(gold, gold_answer)
    return FollowUpTurn(
        id=gold.id,
        kind=gold.kind,
        question=gold.question,
        resolved=answer.standalone_question,
        gold=gold.standalone or "",
        recall=threaded[RECALL],
        recall_gold=standalone[RECALL],
        rank=threaded[RANK],
        rank_gold=standalone[RANK],
        answered=not answer.refused,
        answered_gold=not gold_answer.refused,
    )


def _measures(gold: GoldQuestion, answer: Answer) -> dict[str, float]:
    ranking = list(dict.fromkeys(ref.article_id for ref in answer.retrieved))
    measured = ranking_measures(ranking, set(gold.relevant_ids))
    return {name: measured[name] or 0.0 for name in (RECALL, RANK)}
