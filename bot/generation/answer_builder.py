"""Builds an answer from the output of a chat model: supported sentences with numbered citations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.models import Citation, Draft
from bot.generation.core.prompt import NO_ANSWER, PromptPassage
from bot.generation.stream.citation_markers import CitationMarkerStream
from bot.generation.stream.reasoning_tags import ReasoningFilter
from bot.generation.stream.sentence_stream import Claim, SentenceStream
from bot.generation.support.support_checker import SupportChecker, SupportSpan
from prompts import Language, text
from vectorstore.core.text_analysis import words

MAX_QUOTE_LENGTH = 700
"""Characters of a citation's quote when several sentences share it."""
MAX_SENTENCES = 12
"""Sentences of an answer; further output is ignored."""
# Openings that continue the sentence before; a model names in it whom it speaks of.
_REFERRING = re.compile(
    r"^(?:و(?:أضاف|تابع|أوضح|أكد|قال|أشار|لفت|شدد|زاد|ذكر)|كما |لكنه |لكنها |إلا أنه |"
    r"وهو |وهي |وهم |(?:He|She|It|They|But|However|This|That)\b)"
)
_SENTENCE_ENDS = '.!؟?…»”":؛'


@dataclass(slots=True)
class _CitedSpan:
    """A quoted span ``[start, end)`` of an article, cited as ``[marker]``."""

    marker: int
    passage_number: int
    start: int
    end: int


class AnswerBuilder:
    """Filters the output of a chat model as it is streamed.

    Args:
        passages: The passages of the prompt.
        checker: Checks sentences against them.
        language: The reader's language.
        mark_unsupported: Mark unsupported sentences instead of removing them.
        intro: A line to show before the answer.

    Attributes:
        sentences: Number of distinct sentences with a claim.
        supported: Those shown with citations.
        unsupported: Those removed or marked.
        moved: Those whose citation was corrected.
        declined: Whether the model wrote that the passages do not answer the question.
        truncated: Whether the output ended within a sentence.
    """

    def __init__(
        self,
        passages: list[PromptPassage],
        checker: SupportChecker,
        language: Language,
        *,
        mark_unsupported: bool = False,
        intro: str = "",
    ) -> None:
        self._passages, self._checker = passages, checker
        self._language, self._mark_unsupported = language, mark_unsupported
        self._reasoning = ReasoningFilter()
        self._markers = CitationMarkerStream(len(passages))
        self._splitter = SentenceStream()
        self._cited_spans: list[_CitedSpan] = []
        self._text, self._intro = "", intro
        self._seen: set[tuple[str, ...]] = set()
        self._removed_last = False
        self._received = 0
        self.sentences = self.unsupported = self.moved = self.supported = 0
        self.declined = self.truncated = False

    @property
    def is_full(self) -> bool:
        """Whether `MAX_SENTENCES` have been received."""
        return self._received >= MAX_SENTENCES

    def feed(self, chunk: str) -> bool:
        """Add a chunk of output; whether the draft changed."""
        parts = self._markers.feed(self._reasoning.feed(chunk))
        return self._add_all(self._splitter.feed(parts))

    def finish(self) -> bool:
        """The output has ended; whether the draft changed."""
        parts = self._markers.feed(self._reasoning.finish()) + self._markers.finish()
        changed = self._add_all(self._splitter.feed(parts))
        claims = self._splitter.finish()
        if claims and _is_truncated(claims[-1]):
            self.truncated = True
            self.sentences += 1
            self.unsupported += 1
            claims.pop()
        return self._add_all(claims) or changed

    def draft(self) -> Draft:
        """The answer so far."""
        shown = f"{self._intro}\n{self._text}" if self._intro else self._text
        return Draft(text=shown, citations=tuple(map(self._citation, self._cited_spans)))

    def _add_all(self, claims: list[Claim]) -> bool:
        return any([not self.is_full and self._add(claim) for claim in claims])

    def _add(self, claim: Claim) -> bool:
        tokens = tuple(words(claim.text))
        if _declines(claim):
            self.declined = True
            return False
        if not tokens:
            return False
        self._received += 1
        if tokens in self._seen:
            return False
        self._seen.add(tokens)
        verdict = self._checker.check(claim)
        if verdict.fault == "no_claim":
            return False
        self.sentences += 1
        refers_to_removed = self._removed_last and _REFERRING.match(claim.text)
        if verdict.support and not refers_to_removed:
            self._removed_last = False
            self.supported += 1
            self.moved += verdict.moved
            markers = "".join(f"[{self._marker(n, s)}]" for n, s in verdict.support.items())
            self._append(f"{claim.text} {markers}", claim)
            return True
        self.unsupported += 1
        self._removed_last = True
        if self._mark_unsupported and self._text:
            self._append(text("bot.answer.unsupported", self._language, text=claim.text), claim)
            return True
        return False

    def _append(self, sentence: str, claim: Claim) -> None:
        if self._text:
            self._text += "\n" if claim.new_line else " "
        self._text += sentence

    def _marker(self, passage_number: int, span: SupportSpan) -> int:
        """The marker that cites ``span``, the same for all quotes of one article.

        Extends an earlier quote of the passage if it stays within `MAX_QUOTE_LENGTH`.
        """
        for cited in self._cited_spans:
            if cited.passage_number == passage_number:
                start, end = min(cited.start, span.start), max(cited.end, span.end)
                if end - start <= MAX_QUOTE_LENGTH:
                    cited.start, cited.end = start, end
                if cited.start <= span.start and span.end <= cited.end:
                    return cited.marker
        article = self._article(passage_number)
        markers = {self._article(c.passage_number): c.marker for c in self._cited_spans}
        marker = markers.get(article, len(markers) + 1)
        self._cited_spans.append(_CitedSpan(marker, passage_number, span.start, span.end))
        return marker

    def _article(self, passage_number: int) -> str:
        return self._passages[passage_number - 1].passage.article.id

    def _citation(self, cited: _CitedSpan) -> Citation:
        passage = self._passages[cited.passage_number - 1].passage
        return Citation.of(passage, cited.marker, cited.start, cited.end)


def _declines(claim: Claim) -> bool:
    return NO_ANSWER.lower().replace("_", " ") in " ".join(words(claim.text))


def _is_truncated(claim: Claim) -> bool:
    return not claim.cited and claim.text[-1] not in _SENTENCE_ENDS and not _declines(claim)
