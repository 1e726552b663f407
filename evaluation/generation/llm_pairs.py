"""Question–answer pairs that a chat model writes from passages, filtered by round-trip consistency.

A pair is accepted when its answer occurs in the passage and not in the question, and when the
model, given only passage and question, finds the same answer again (Alberti et al. 2019). Texts are
compared by the words of ``evaluation.core.normalise``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from evaluation.core.errors import EvaluationError
from evaluation.core.normalise import tokens
from evaluation.metrics.answers import contains
from evaluation.testsets.items import QuestionItem
from ingest.text.sentences import split_sentences
from prompts import Language, text

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from vectorstore.core.types import Article, Passage

MIN_PASSAGE_WORDS = 20
"""Shorter passages are skipped."""
MAX_ANSWER_WORDS = 15
"""A longer answer is hardly ever found again verbatim."""
MAX_FAILURES = 3
"""Consecutive failures of the model after which generation stops."""


class PassageSource(Protocol):
    """Articles and their passages: the store's catalogue."""

    def article_ids(self) -> list[str]:
        """All ids."""

    def get(self, article_id: str) -> Article | None:
        """The whole article."""

    def passages_of(self, article_id: str) -> list[tuple[str, Passage]]:
        """``(passage id, passage)`` in reading order."""


class _NoPairError(Exception):
    """The reason why a passage gives no pair."""


@dataclass(slots=True)
class PairWriter:
    """Generates pairs with a chat model.

    Attributes:
        model: Any LangChain chat model.
        name: The model's name in the test set.
        skipped: Number of passages without a pair by reason; counted while pairs are made.
    """

    model: BaseChatModel
    name: str = ""
    skipped: Counter[str] = field(default_factory=Counter)
    _failures: int = 0

    def pairs(self, source: PassageSource, *, limit: int, seed: int = 0) -> Iterator[QuestionItem]:
        """At most ``limit`` pairs from sampled passages, one of each article first.

        Raises:
            EvaluationError: the model fails ``MAX_FAILURES`` times in a row.
        """
        made = 0
        for article, passage in _sample_passages(source, seed):
            if made >= limit:
                return
            try:
                item = self._pair(article, passage)
            except _NoPairError as error:
                self.skipped[str(error)] += 1
            else:
                made += 1
                yield item

    def _pair(self, article: Article, passage: Passage) -> QuestionItem:
        language: Language = "en" if article.language == "en" else "ar"
        written = self._invoke(
            text("evaluation.pairs.write", language, title=article.title, passage=passage.text)
        )
        question, answer = _field(written, "question"), _field(written, "answer")
        if reason := _rejection(question, answer, passage.text):
            raise _NoPairError(reason)
        found = self._invoke(
            text("evaluation.pairs.find", language, passage=passage.text, question=question)
        )
        if not _same_answer(_field(found, "answer"), answer, passage.text):
            raise _NoPairError("another answer the second time")
        return self._item(article, passage, question, answer)

    def _invoke(self, prompt: str) -> dict[str, Any]:
        """The JSON object in the model's reply."""
        try:
            reply = str(self.model.invoke(prompt).text)
        except Exception as error:  # each provider raises errors of its own
            self._failures += 1
            if self._failures >= MAX_FAILURES:
                raise EvaluationError(
                    f"The chat model failed {MAX_FAILURES} times in a row: {error}"
                ) from error
            raise _NoPairError("the model failed") from error
        self._failures = 0
        return _object_in(reply)

    def _item(self, article: Article, passage: Passage, question: str, answer: str) -> QuestionItem:
        sentences = [passage.text[start:end] for start, end in split_sentences(passage.text)]
        row = {
            "id": f"model-{article.id}-{passage.index}",
            "question": question,
            "answers": [answer],
            "relevant_ids": [article.id],
            "quotes": [sentence for sentence in sentences if contains(sentence, answer)],
            "answerable": True,
            "kind": "model",
            "generated": "model",
        }
        return QuestionItem.model_validate(row | ({"generated_by": self.name} if self.name else {}))


def _sample_passages(source: PassageSource, seed: int) -> Iterator[tuple[Article, Passage]]:
    """Passages in random order: one of each article, then another of each, and so on."""
    ids = source.article_ids()
    Random(seed).shuffle(ids)  # noqa: S311
    used = 0
    while ids:
        remaining = []
        for article_id in ids:
            passages = _long_passages(source, article_id, seed)[used:]
            article = source.get(article_id)
            if article and passages:
                remaining.append(article_id)
                yield article, passages[0]
        ids, used = remaining, used + 1


def _long_passages(source: PassageSource, article_id: str, seed: int) -> list[Passage]:
    passages = [passage for _, passage in source.passages_of(article_id)]
    long_enough = [
        passage for passage in passages if len(passage.text.split()) >= MIN_PASSAGE_WORDS
    ]
    Random(f"{seed} {article_id}").shuffle(long_enough)  # noqa: S311
    return long_enough


def _rejection(question: str, answer: str, passage: str) -> str | None:
    """Why a pair is rejected; None if it is not."""
    if not tokens(question) or not tokens(answer):
        return "nothing to ask"
    if len(tokens(answer)) > MAX_ANSWER_WORDS:
        return f"an answer over {MAX_ANSWER_WORDS} words"
    if not contains(passage, answer):
        return "an answer that does not stand in the passage"
    if contains(question, answer):
        return "a question that gives its answer away"
    return None


def _same_answer(found: str, answer: str, passage: str) -> bool:
    """Whether both are the same span: one contains the other, and both occur in the passage."""
    if len(tokens(found)) > MAX_ANSWER_WORDS:
        return False
    return contains(passage, found) and (contains(found, answer) or contains(answer, found))


def _field(reply: dict[str, Any], name: str) -> str:
    value = reply.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).split())


def _object_in(reply: str) -> dict[str, Any]:
    """The first JSON object in a reply; text around it is ignored."""
    at = reply.find("{")
    while at >= 0:
        try:
            value, _ = json.JSONDecoder().raw_decode(reply, at)
        except (ValueError, RecursionError):
            at = reply.find("{", at + 1)
        else:
            return dict(value)
    raise _NoPairError("no JSON in the reply")
