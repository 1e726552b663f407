"""A question with everything that is derived from its text, each computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bot.language import coreference, question_types
from bot.language.date_mentions import tokenise
from bot.language.question_types import QuestionType
from bot.language.reply_language import reply_language
from prompts import Language
from vectorstore.core.text_analysis import AnalysedText


@dataclass(frozen=True)
class ParsedQuestion(AnalysedText):
    """A question and its features, which are computed on first use and cached.

    Can be passed to ``ArticleStore.search``. Its embedding is cached by the store.
    """

    @cached_property
    def type(self) -> QuestionType:
        """The kind of answer that is asked for."""
        return question_types.question_type(self)

    @cached_property
    def is_question(self) -> bool:
        """Whether it asks or requests anything, unlike a headline or search words."""
        return question_types.is_question(self)

    @cached_property
    def is_statement(self) -> bool:
        """Whether it is a pasted headline or lead."""
        return question_types.is_statement(self)

    @cached_property
    def date_tokens(self) -> list[tuple[str, int, int]]:
        """Its tokens with their offsets, for date parsing."""
        return tokenise(self.text)

    @cached_property
    def has_question_word(self) -> bool:
        """Whether it contains a question word."""
        return coreference.has_question_word(self)

    @cached_property
    def language(self) -> Language:
        """``ar`` or ``en``, by the script of its words."""
        return reply_language(self.text)

    @cached_property
    def opens_with_conjunction(self) -> bool:
        """Whether it opens with a conjunction: "و…", "طيب…", "and…"."""
        return coreference.opens_with_conjunction(self)

    @cached_property
    def without_conjunction(self) -> ParsedQuestion:
        """The question without the conjunction it opens with."""
        if not self.opens_with_conjunction:
            return self
        return ParsedQuestion(coreference.strip_conjunction(self.text))

    @cached_property
    def topic_words(self) -> tuple[str, ...]:
        """Normalised words that say what the question is about."""
        return coreference.topic_words_among(self.without_conjunction.words)

    @cached_property
    def has_anaphor(self) -> bool:
        """Whether a pronoun or possessive refers to something named before."""
        return coreference.has_anaphor(self, has_topic=bool(self.topic_words))

    @cached_property
    def is_definition_question(self) -> bool:
        """Whether it asks who or what something is that it names: "من هو …؟", "who is …?"."""
        return coreference.is_definition_question(self)

    def with_topic(self, topic: str) -> ParsedQuestion:
        """The question followed by ``topic`` in parentheses."""
        joined = ParsedQuestion(f"{self.text} ({topic})")
        # Parentheses separate words, so the question need not be tokenised again.
        vars(joined)["words"] = self.words + AnalysedText(topic).words
        return joined

    def without(self, phrase: str) -> ParsedQuestion:
        """The question without ``phrase``, or as it is if no word would be left."""
        if phrase not in self._shortened:
            rest = " ".join(self.text.replace(phrase, " ", 1).split())
            same = rest == self.text or not any(c.isalnum() for c in rest)
            self._shortened[phrase] = self if same else ParsedQuestion(rest)
        return self._shortened[phrase]

    @cached_property
    def _shortened(self) -> dict[str, ParsedQuestion]:
        return {}
