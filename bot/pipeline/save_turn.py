"""What a conversation remembers of a question."""

from __future__ import annotations

from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState, ThreadState, history_of, offer_of, spoken_of

REMEMBERED = 500
"""Characters of an answer that are remembered, for a follow-up to lean on."""


def remember(means: Dependencies, state: ThreadState, work: QuestionState) -> ThreadState:
    """Keep what the next question may lean on."""
    history = history_of(state, work)
    turns = list(history.before)
    answer = work.answer
    if answer is not None and answer.mode != "smalltalk" and not history.forgotten:
        turns.append(
            {
                "question": work.question,
                "standalone": work.standalone.text,
                "topic": work.standalone.topic,
                "said": work.standalone.said,
                "articles": spoken_of(work),
                "offer": offer_of(work, answer).to_json(),
                "answer": answer.text[:REMEMBERED],
                "quoted": [(c.article_id, c.start, c.end) for c in answer.citations],
                "name": work.turn,
            }
        )
    turns += history.after
    return {"turns": turns[-means.settings.history :], "language": work.language}
