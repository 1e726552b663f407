"""How well follow-ups find their passages, beside the same questions asked in full.

Every later turn of a conversation is asked twice: in its thread, as a reader would, and by itself
in its gold standalone form. What retrieval finds for the two differs by what resolving the question
lost (or added); everything else is the same.
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
    """One later turn: recall@5 and reciprocal rank of its articles, resolved and in full.

    Attributes:
        resolved: What the engine searched for.
        gold: The standalone form of the test set.
        answered: Whether the reply in the thread was no refusal, and that to the full question.
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
    def lost(self) -> bool:
        """Whether resolving cost something that the full question finds."""
        return self.recall < self.recall_gold


@dataclass(frozen=True, slots=True)
class FollowUpReport:
    """What a test set's follow-ups come to."""

    turns: tuple[FollowUpTurn, ...]

    def mean(self, name: str) -> float:
        """Mean of one figure over the turns; 0 without any."""
        return sum(getattr(t, name) for t in self.turns) / len(self.turns) if self.turns else 0.0

    @property
    def share(self) -> float:
        """Recall@5 of the resolved questions as a share of the full ones'; 0 where those find none.

        Example:
            Nine of ten found in full, eight in the thread: 0.89.
        """
        full = self.mean("recall_gold")
        return self.mean("recall") / full if full else 0.0

    def to_json(self) -> dict[str, Any]:
        """The figures, and the turns one by one."""
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
    """Ask all conversations; their later turns that have a gold standalone form and articles.

    ``advance`` hears how many turns were asked.
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


def _follow_up(gold: GoldQuestion, answer: Answer, full: Answer) -> FollowUpTurn:
    mine, theirs = _measures(gold, answer), _measures(gold, full)
    return FollowUpTurn(
        id=gold.id,
        kind=gold.kind,
        question=gold.question,
        resolved=answer.standalone_question,
        gold=gold.standalone or "",
        recall=mine[RECALL],
        recall_gold=theirs[RECALL],
        rank=mine[RANK],
        rank_gold=theirs[RANK],
        answered=not answer.refused,
        answered_gold=not full.refused,
    )


def _measures(gold: GoldQuestion, answer: Answer) -> dict[str, float]:
    ranking = list(dict.fromkeys(ref.article_id for ref in answer.retrieved))
    measured = ranking_measures(ranking, set(gold.relevant_ids))
    return {name: measured[name] or 0.0 for name in (RECALL, RANK)}
