"""What is said holds: citations to the letter, and of when they speak."""

from __future__ import annotations

from dataclasses import replace

from bot.answering.lead_and_dates import DateNote, date_line, supersedes_any
from bot.conversation.intent import confirm_topic
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState, ThreadState, query_of
from vectorstore.core.types import Article


def verify(means: Dependencies, state: ThreadState, work: QuestionState) -> None:
    """Each citation's words must stand in its article, to the letter, now."""
    assert work.answer is not None  # noqa: S101
    articles = {c.article_id: means.store.get(c.article_id) for c in work.answer.citations}
    for citation in work.answer.citations:
        article = articles[citation.article_id]
        if article is None or article.text[citation.start : citation.end] != citation.quote:
            # The article changed or went while we were reading it.
            work.throw_away()
            return
    cited_first = articles[work.answer.citations[0].article_id] if articles else None
    _say_when(means, state, work, cited_first)


def _say_when(
    means: Dependencies, state: ThreadState, work: QuestionState, cited_first: Article | None
) -> None:
    """Say of when the answer speaks, where the question or an older report makes it matter."""
    answer = work.answer
    assert answer is not None  # noqa: S101
    work.understood = confirm_topic(work.understood, [c.article_id for c in answer.citations])
    work.standalone = work.understood.standalone
    older = bool(answer.citations) and supersedes_any(answer.citations[0].article_id, work.passages)
    dating = DateNote(query_of(work).own_dates, superseded=older)
    line = date_line(answer.citations, dating, work.language)
    reply = f"{line}\n{answer.text}" if line else answer.text
    work.answer = replace(
        answer,
        text=reply,
        standalone_question=work.standalone.text,
    )
