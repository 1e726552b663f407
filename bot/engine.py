"""The answering engine: a question in, an ``Answer`` out."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from bot.conversation.named_locks import NamedLocks
from bot.core.models import Answer, Draft, SuggestedQuestion
from bot.core.settings import BotSettings, LLMSettings
from bot.core.tracing import tracing
from bot.language.reply_language import reply_language
from prompts import text
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Filters
from vectorstore.reader.loading import LazyReader
from vectorstore.store import ArticleStore

if TYPE_CHECKING:
    from bot.generation.composer import Composer
    from bot.pipeline.state import QuestionInput

_CONTINUED_MODES = frozenset({"quoted", "composed", "summary", "overview", "timeline", "article"})
"""Modes of answers under which questions to continue with are suggested."""


class Engine:
    """Answers questions from a store. Thread-safe; a context manager, made by ``Engine.open``.

    Questions of one conversation are answered one after the other.
    """

    def __init__(
        self,
        store: ArticleStore,
        settings: BotSettings,
        home: Path,
        llm: LLMSettings | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.llm = llm or LLMSettings.model_construct()
        self._home = home
        composer = self._open_composer(self.llm)
        # Importing LangGraph takes a second, in which the store may load its model.
        from bot.pipeline.dependencies import Dependencies
        from bot.pipeline.graph import compile_graph

        self._deps = Dependencies.of(store, settings, composer, LazyReader(store.settings, notify))
        self._graph = compile_graph(None)
        self._thread_graph: Any = None
        self._checkpointer: Any = None
        self._threads_db: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._thread_locks = NamedLocks()

    @classmethod
    def open(
        cls,
        *,
        store_settings: StoreSettings | None = None,
        settings: BotSettings | None = None,
        llm: LLMSettings | None = None,
        create: bool = False,
        notify: Callable[[str], None] | None = None,
    ) -> Self:
        """Open an engine over the store at ``RAWI_HOME``; ``create`` makes the store first.

        Raises:
            StoreError: there is no store, or it cannot be opened.
            FingerprintMismatchError: it was written with other settings.
            ModelUnusableError: the chat model's package is missing.
        """
        from ingest.store import open_store

        store_settings = store_settings or StoreSettings()
        settings, llm = settings or BotSettings(), llm or LLMSettings()
        store = open_store(store_settings, writable=create, notify=notify)
        try:
            store.preload_model()
            return cls(store, settings, store_settings.home, llm, notify)
        except BaseException:
            store.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def composes(self) -> bool:
        """Whether a chat model composes the answers."""
        return self._deps.composer is not None

    def close(self) -> None:
        """Release databases and models."""
        with self._lock:
            if self._threads_db is not None:
                self._threads_db.close()
                self._threads_db = self._thread_graph = self._checkpointer = None
        if self._deps.composer is not None:
            self._deps.composer.close()
        self._deps.scorer.close()
        self.store.close()

    def ask(
        self,
        question: str,
        *,
        thread: str | None = None,
        filters: Filters | None = None,
        language: Literal["auto", "ar", "en"] = "auto",
        turn_id: str | None = None,
        edited: bool = False,
        chosen: SuggestedQuestion | None = None,
        offset: int | None = None,
        followups: bool = False,
        on_draft: Callable[[Draft], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        compose: bool = True,
    ) -> Answer:
        """Answer ``question``. Never raises for any text of a question.

        Args:
            question: The question.
            thread: Name of a conversation, which the question continues. It is stored, so that
                another process can continue it.
            filters: Limits the articles that are searched.
            language: Language of the reply; the setting's by default.
            turn_id: Name of the question within its thread. A question of the same name replaces
                the earlier one, and refers to the turns before that only.
            edited: The question surely replaces an earlier one. If that is no longer stored, it is
                answered without context and not stored.
            chosen: The suggested question of this text, which then needs no interpretation.
            offset: Gives the items of the edited question's list from this number on, as "more"
                does; ``question`` is its standalone form.
            followups: Also suggest questions to continue with, as many as the settings say.
            on_draft: Called, in this thread, with each extended draft of a composed answer; never
                for a quoted one.
            is_cancelled: Called before each step, and several times a second during composition.
                Once it returns True, ``CancelledError`` is raised and nothing is stored.
            compose: Without it no chat model is called.

        Raises:
            StoreError: the store has become unusable.
            CancelledError: ``is_cancelled`` returned True.
        """
        start = time.perf_counter()
        if language == "auto":
            language = self.settings.language
        if (problem := self._unusable(question, language)) is not None:
            return problem
        from bot.pipeline.state import QuestionInput, QuestionRequest

        request = QuestionRequest(
            question=question,
            filters=filters,
            language=language,
            turn_id=turn_id,
            edited=edited,
            chosen=chosen,
            offset=offset,
            on_draft=on_draft,
            is_cancelled=is_cancelled,
            compose=compose,
        )
        with tracing(self.llm.tracing):
            if thread is None:
                state = self._graph.invoke(QuestionInput(request=request), context=self._deps)
            else:
                state = self._ask_in_thread(thread, QuestionInput(request=request))
        answer: Answer = state["answer"]
        if followups and self.settings.followups:
            answer = replace(answer, followups=self._followups(answer))
        total = round((time.perf_counter() - start) * 1000, 2)
        return replace(answer, timings_ms={**state["timings_ms"], "total": total})

    def _followups(self, answer: Answer) -> tuple[SuggestedQuestion, ...]:
        """Questions to continue with after an answer that tells of articles."""
        if answer.mode not in _CONTINUED_MODES:
            return ()
        from bot.summarization.next_questions import next_questions

        cited = [citation.article_id for citation in answer.citations]
        if answer.mode == "timeline":
            cited.reverse()  # the newest report comes last
        return next_questions(
            self.store,
            cited,
            "en" if answer.language == "en" else "ar",
            already=answer.mode,
            limit=self.settings.followups,
        )

    def reconfigure(self, settings: BotSettings, llm: LLMSettings) -> None:
        """Use these settings from the next question on; questions in progress keep the old ones.

        The reading model (``reader``) stays as it was when the engine was opened.

        Raises:
            ModelUnusableError: the chat model's package is missing; then nothing changes.
        """
        before = self._deps.composer
        composer = before if llm == self.llm else self._open_composer(llm)
        with self._lock:
            self.settings, self.llm = settings, llm
            self._deps = replace(self._deps, settings=settings, composer=composer)
        if before is not None and before is not composer:
            before.close()  # an answer in progress opens its file again

    def delete_thread(self, thread: str) -> None:
        """Delete a conversation."""
        with self._thread_locks.hold(thread):
            self._open_threads()
            self._checkpointer.delete_thread(thread)

    def _ask_in_thread(self, thread: str, question: QuestionInput) -> dict[str, Any]:
        with self._thread_locks.hold(thread):
            self._open_threads()
            state: dict[str, Any] = self._thread_graph.invoke(
                question,
                {"configurable": {"thread_id": thread}},
                context=self._deps,
                durability="exit",
            )
            self._prune(thread)
            return state

    def _open_composer(self, llm: LLMSettings) -> Composer | None:
        if llm.model is None:
            return None
        from bot.generation.composer import Composer

        return Composer(llm, self._home, lambda texts: self._deps.scorer.sentence_vectors(texts))

    def _open_threads(self) -> None:
        with self._lock:
            if self._thread_graph is not None:
                return
            from langgraph.checkpoint.sqlite import SqliteSaver

            from bot.pipeline.graph import compile_graph

            path = self._home / "threads.sqlite3"
            self._threads_db = sqlite3.connect(path, check_same_thread=False, timeout=60)
            self._checkpointer = SqliteSaver(self._threads_db)
            self._checkpointer.setup()
            self._thread_graph = compile_graph(self._checkpointer)

    def _prune(self, thread: str) -> None:
        """Keep only the newest checkpoint of a thread; earlier ones are never used."""
        with self._checkpointer.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < "  # noqa: S608
                    "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?)",
                    (thread, thread),
                )

    def _unusable(self, question: str, language: Literal["auto", "ar", "en"]) -> Answer | None:
        """The answer to a text that is empty or too long; None for a question."""
        blank = not any(character.isalnum() for character in question)
        limit = self.settings.question_limit
        if not blank and len(question) <= limit:
            return None
        if language == "auto":
            language = reply_language(question[:limit])
        key = "empty_question" if blank else "too_long"
        return Answer(
            text=text(f"bot.refusal.{key}", language, limit=limit),
            refused=True,
            language=language,
            mode="refusal",
            question=question,
            standalone_question="",
        )


def new_thread_id() -> str:
    """A new, unused name for a conversation."""
    return uuid.uuid4().hex
