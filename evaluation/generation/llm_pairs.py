"""Question–answer pairs that a chat model writes from passages, each checked before it counts.

A pair is kept when its answer stands in the passage and is not given away by the question, and when
the model, asked again with nothing but passage and question, finds the same answer there. All
comparing is done on the words of ``evaluation.core.normalise``.
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

FEWEST_WORDS = 20
"""A shorter passage is not worth a question."""
LONGEST_ANSWER = 15
"""Words; a longer answer is hardly ever found again to the letter."""
PATIENCE = 3
"""Failures of the model in a row after which there is no point in going on."""


class PassageSource(Protocol):
    """Where articles and their passages are: the store's catalogue."""

    def article_ids(self) -> list[str]:
        """All ids."""

    def get(self, article_id: str) -> Article | None:
        """The whole article."""

    def passages_of(self, article_id: str) -> list[tuple[str, Passage]]:
        """``(passage id, passage)`` in reading order."""


class _NoPairError(Exception):
    """Why a passage gives no pair."""


@dataclass(slots=True)
class PairWriter:
    """Has a chat model write pairs.

    Attributes:
        model: Any LangChain chat model.
        name: What the model is called in the test set.
        left_out: How many passages gave no pair, by reason; grows while pairs are made.
    """

    model: BaseChatModel
    name: str = ""
    left_out: Counter[str] = field(default_factory=Counter)
    _failures: int = 0

    def pairs(self, shelves: PassageSource, *, limit: int, seed: int = 0) -> Iterator[QuestionItem]:
        """At most ``limit`` pairs, from passages drawn at random, every article once at first.

        Raises:
            EvaluationError: the model fails again and again.
        """
        made = 0
        for article, passage in _drawn(shelves, seed):
            if made >= limit:
                return
            try:
                item = self._pair(article, passage)
            except _NoPairError as error:
                self.left_out[str(error)] += 1
            else:
                made += 1
                yield item

    def _pair(self, article: Article, passage: Passage) -> QuestionItem:
        language: Language = "en" if article.language == "en" else "ar"
        written = self._asked(
            text("evaluation.pairs.write", language, title=article.title, passage=passage.text)
        )
        question, answer = _field(written, "question"), _field(written, "answer")
        if fault := _rejection(question, answer, passage.text):
            raise _NoPairError(fault)
        found = self._asked(
            text("evaluation.pairs.find", language, passage=passage.text, question=question)
        )
        if not _same_answer(_field(found, "answer"), answer, passage.text):
            raise _NoPairError("another answer the second time")
        return self._item(article, passage, question, answer)

    def _asked(self, prompt: str) -> dict[str, Any]:
        """The JSON object that the model replies with."""
        try:
            reply = str(self.model.invoke(prompt).text)
        except Exception as error:  # each provider raises errors of its own
            self._failures += 1
            if self._failures >= PATIENCE:
                raise EvaluationError(
                    f"The chat model failed {PATIENCE} times in a row: {error}"
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


def _drawn(shelves: PassageSource, seed: int) -> Iterator[tuple[Article, Passage]]:
    """Passages worth asking about, at random: one of each article, then another of each, …"""
    ids = shelves.article_ids()
    Random(seed).shuffle(ids)  # noqa: S311
    drawn = 0
    while ids:
        having_more = []
        for article_id in ids:
            passages = _long_passages(shelves, article_id, seed)[drawn:]
            article = shelves.get(article_id)
            if article and passages:
                having_more.append(article_id)
                yield article, passages[0]
        ids, drawn = having_more, drawn + 1


def _long_passages(shelves: PassageSource, article_id: str, seed: int) -> list[Passage]:
    passages = [passage for _, passage in shelves.passages_of(article_id)]
    long_enough = [passage for passage in passages if len(passage.text.split()) >= FEWEST_WORDS]
    Random(f"{seed} {article_id}").shuffle(long_enough)  # noqa: S311
    return long_enough


def _rejection(question: str, answer: str, passage: str) -> str | None:
    """Why a pair cannot be used."""
    if not tokens(question) or not tokens(answer):
        return "nothing to ask"
    if len(tokens(answer)) > LONGEST_ANSWER:
        return f"an answer over {LONGEST_ANSWER} words"
    if not contains(passage, answer):
        return "an answer that does not stand in the passage"
    if contains(question, answer):
        return "a question that gives its answer away"
    return None


def _same_answer(found: str, answer: str, passage: str) -> bool:
    """Whether both name the same stretch: one stands within the other, both in the passage."""
    if len(tokens(found)) > LONGEST_ANSWER:
        return False
    return contains(passage, found) and (contains(found, answer) or contains(answer, found))


def _field(reply: dict[str, Any], name: str) -> str:
    value = reply.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).split())


def _object_in(reply: str) -> dict[str, Any]:
    """The first JSON object in a reply, whatever the model wrote around it."""
    at = reply.find("{")
    while at >= 0:
        try:
            value, _ = json.JSONDecoder().raw_decode(reply, at)
        except (ValueError, RecursionError):
            at = reply.find("{", at + 1)
        else:
            return dict(value)
    raise _NoPairError("no JSON in the reply")
