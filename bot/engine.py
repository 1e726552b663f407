"""The engine behind every mouth of Rawi: a question in, an ``Answer`` out."""

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

from bot.conversation.thread_locks import NamedLocks
from bot.core.models import Answer, Draft
from bot.core.settings import BotSettings
from bot.generation.core.settings import LLMSettings
from bot.generation.models.tracing import tracing
from bot.language.reply_language import reply_language
from prompts import text
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Filters
from vectorstore.reader.loading import LazyReader
from vectorstore.store import ArticleStore

if TYPE_CHECKING:
    from bot.generation.composer import Composer
    from bot.pipeline.state import QuestionState


class Engine:
    """Answers questions from a store. Thread-safe; questions of one thread are taken in order.

    ``Engine.open`` makes one; it is a context manager.
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
        composer = self._opened_composer(self.llm)
        # Importing LangGraph takes a second, in which the store may load its model.
        from bot.pipeline.dependencies import Dependencies
        from bot.pipeline.graph import compiled

        self._means = Dependencies.of(store, settings, composer, LazyReader(store.settings, notify))
        self._one_off = compiled(self._means, None)
        self._threads_db = str(home / "threads.sqlite3")
        self._conversations: Any = None
        self._saver: Any = None
        self._db: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._turns = NamedLocks()

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
        """An engine over the store at ``RAWI_HOME``, made first when ``create`` is set.

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
        """Whether a chat model writes the answers."""
        return self._means.composer is not None

    def close(self) -> None:
        """Release databases and models."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = self._conversations = self._saver = None
        if self._means.composer is not None:
            self._means.composer.close()
        self._means.weighing.close()
        self.store.close()

    def ask(
        self,
        question: str,
        *,
        thread: str | None = None,
        filters: Filters | None = None,
        language: Literal["auto", "ar", "en"] = "auto",
        turn: str | None = None,
        anew: bool = False,
        on_draft: Callable[[Draft], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        compose: bool = True,
    ) -> Answer:
        """Answer ``question``; with a ``thread``, as the next turn of that conversation.

        A thread survives the process: the same name goes on with it. Never raises for anything a
        person may type.

        ``turn`` names the question within its thread (by its message, say). Asked again under the
        same name, it takes the place of the earlier turn and leans on what came before that one
        only. ``anew`` says that it is such a question for certain: when its turn is no longer
        remembered, it is answered by itself, and no turn is added.

        ``on_draft`` is called, from this thread, whenever more of a composed answer may be shown;
        for quoted answers never. ``cancelled`` is asked several times a second while an answer is
        composed, and before: once it says True, ``CancelledError`` is raised and the thread is as
        it was. Without ``compose`` no chat model is called, even where one is set.

        Raises:
            StoreError: the store has become unusable.
            CancelledError: ``cancelled`` said so.
        """
        begun = time.perf_counter()
        replies_in = self.settings.language if language == "auto" else language
        problem = self._unusable(question, replies_in)
        if problem is not None:
            return problem
        from bot.pipeline.state import QuestionState

        work = QuestionState(
            question=question,
            filters=filters,
            replies_in=replies_in,
            turn=turn,
            anew=anew,
            on_draft=on_draft,
            cancelled=cancelled,
            compose=compose,
        )
        with tracing(self.llm.tracing):
            if thread is None:
                self._one_off.invoke({}, context=work)
            else:
                self._ask_in_thread(thread, work)
        assert work.answer is not None  # noqa: S101
        total = round((time.perf_counter() - begun) * 1000, 2)
        return replace(work.answer, timings_ms={**work.timings_ms, "total": total})

    def reconfigure(self, settings: BotSettings, llm: LLMSettings) -> None:
        """Answer by these settings from the next question on; what is under way ends as it began.

        Which reading model is used (``reader``) was decided when the engine was opened and stays.

        Raises:
            ModelUnusableError: the chat model's package is missing; then all stays as it was.
        """
        from bot.pipeline.graph import compiled

        before = self._means.composer
        composer = before if llm == self.llm else self._opened_composer(llm)
        means = replace(self._means, settings=settings, composer=composer)
        with self._lock:
            self.settings, self.llm, self._means = settings, llm, means
            self._one_off = compiled(means, None)
            if self._saver is not None:
                self._conversations = compiled(means, self._saver)
        if before is not None and before is not composer:
            before.close()  # an answer under way opens its file again

    def forget(self, thread: str) -> None:
        """Forget a conversation."""
        with self._turns.of(thread):
            self._open_threads()
            self._saver.delete_thread(thread)

    def _ask_in_thread(self, thread: str, work: QuestionState) -> None:
        with self._turns.of(thread):
            self._open_threads()
            config = {"configurable": {"thread_id": thread}}
            self._conversations.invoke({}, config, context=work, durability="exit")
            self._prune(thread)

    def _opened_composer(self, llm: LLMSettings) -> Composer | None:
        if llm.model is None:
            return None
        from bot.generation.composer import Composer

        return Composer(llm, self._home, lambda texts: self._means.weighing.sentence_vectors(texts))

    def _open_threads(self) -> None:
        with self._lock:
            if self._conversations is not None:
                return
            from langgraph.checkpoint.sqlite import SqliteSaver

            from bot.pipeline.graph import compiled

            self._db = sqlite3.connect(self._threads_db, check_same_thread=False, timeout=60)
            self._saver = SqliteSaver(self._db)
            self._saver.setup()
            self._conversations = compiled(self._means, self._saver)

    def _prune(self, thread: str) -> None:
        """Keep only the newest checkpoint of a thread: nobody travels back in a conversation."""
        with self._saver.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < "  # noqa: S608
                    "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?)",
                    (thread, thread),
                )

    def _unusable(self, question: str, replies_in: Literal["auto", "ar", "en"]) -> Answer | None:
        """The reply to a message that is no question at all."""
        blank = not any(character.isalnum() for character in question)
        limit = self.settings.question_limit
        if not blank and len(question) <= limit:
            return None
        language = reply_language(question[:limit]) if replies_in == "auto" else replies_in
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
    """A name for a conversation that nobody has used."""
    return uuid.uuid4().hex
