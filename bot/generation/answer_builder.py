"""From a model's words to what the reader sees: checked, numbered, with sources. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answering.quote_selection import DEPENDENT_OPENING
from bot.core.models import Citation, Draft, Suggestion
from bot.generation.core.prompt import NO_ANSWER, Excerpt
from bot.generation.stream.citation_markers import MarkerStream
from bot.generation.stream.reasoning_tags import ReasoningFilter
from bot.generation.stream.sentence_stream import Claim, SentenceStream
from bot.generation.support.support_checker import Support, SupportChecker
from prompts import Language, text
from vectorstore.core.text_analysis import words

LONGEST_QUOTE = 700
"""Characters to which a citation's quote grows when several sentences rest on one passage."""
MOST_SENTENCES = 12
"""Sentences of an answer; a model that goes on for longer is not listened to."""
_ENDS = '.!؟?…»”":؛'


@dataclass(slots=True)
class _Source:
    """A passage that is cited under a number, and the stretch of it that is quoted."""

    marker: int
    number: int
    start: int
    end: int


class AnswerBuilder:
    """Takes a model's words as they come; holds what of them the passages bear out."""

    def __init__(
        self,
        excerpts: list[Excerpt],
        checker: SupportChecker,
        language: Language,
        *,
        mark: bool = False,
        lead: str = "",
    ) -> None:
        self._excerpts, self._checker = excerpts, checker
        self._language, self._mark = language, mark
        self._thoughts = ReasoningFilter()
        self._markers = MarkerStream(len(excerpts))
        self._claims = SentenceStream()
        self._sources: list[_Source] = []
        self._shown, self._lead = "", lead
        self._said: set[tuple[str, ...]] = set()
        self._gap = False
        self._heard = 0
        self.sentences = self.unsupported = self.moved = self.supported = 0
        self.declined = self.broken_off = False

    @property
    def full(self) -> bool:
        """Whether the model has said more than an answer may hold."""
        return self._heard >= MOST_SENTENCES

    def take(self, piece: str) -> bool:
        """Add ``piece`` of the model's words; whether there is more to show."""
        said = self._markers.feed(self._thoughts.feed(piece))
        return self._judge(self._claims.feed(said))

    def finish(self) -> bool:
        """The model has ended; whether there is more to show."""
        last = self._markers.feed(self._thoughts.finish()) + self._markers.finish()
        shown = self._judge(self._claims.feed(last))
        claims = self._claims.finish()
        if claims and _is_broken_off(claims[-1]):
            self.broken_off = True  # in the middle, as at a bound of tokens
            self.sentences += 1
            self.unsupported += 1
            claims.pop()
        return self._judge(claims) or shown

    def draft(self) -> Draft:
        """What may be shown so far."""
        text = f"{self._lead}\n{self._shown}" if self._lead else self._shown
        return Draft(text=text, citations=tuple(map(self._citation, self._sources)))

    def _judge(self, claims: list[Claim]) -> bool:
        shown = False
        for claim in claims:
            if not self.full:
                shown = self._add(claim) or shown
        return shown

    def _add(self, claim: Claim) -> bool:
        said = tuple(words(claim.text))
        if _declines(claim):
            self.declined = True
            return False
        if not said:
            return False
        self._heard += 1
        if said in self._said:
            return False
        self.sentences += 1
        self._said.add(said)
        verdict = self._checker.judge(claim)
        if verdict.fault == "nothing":
            self.sentences -= 1
            return False
        leans = self._gap and DEPENDENT_OPENING.match(claim.text) is not None
        if verdict.support and not leans:
            self._gap = False
            self.supported += 1
            self.moved += verdict.moved
            markers = "".join(f"[{self._marker(n, s)}]" for n, s in verdict.support.items())
            self._append(f"{claim.text} {markers}", claim)
            return True
        self.unsupported += 1
        self._gap = True
        if self._mark and self._shown:
            self._append(text("bot.answer.unsupported", self._language, text=claim.text), claim)
            return True
        return False

    def _append(self, sentence: str, claim: Claim) -> None:
        if self._shown:
            self._shown += "\n" if claim.new_line else " "
        self._shown += sentence

    def _marker(self, number: int, support: Support) -> int:
        """The marker of the source; its quote grows while it stays short enough to read."""
        for source in self._sources:
            if source.number == number:
                start, end = min(source.start, support.start), max(source.end, support.end)
                if end - start <= LONGEST_QUOTE:
                    source.start, source.end = start, end
                    return source.marker
                if source.start <= support.start and support.end <= source.end:
                    return source.marker
        marker = len(self._sources) + 1
        self._sources.append(_Source(marker, number, support.start, support.end))
        return marker

    def _citation(self, source: _Source) -> Citation:
        passage = self._excerpts[source.number - 1].passage
        article = passage.article
        return Citation(
            marker=source.marker,
            article_id=article.id,
            title=article.title,
            url=article.url,
            source=article.source,
            published_at=article.published_at,
            quote=passage.text[source.start - passage.start : source.end - passage.start],
            start=source.start,
            end=source.end,
            passage_id=passage.id,
            also_in=tuple(map(Suggestion.of, passage.also_in)),
        )


def _declines(claim: Claim) -> bool:
    return NO_ANSWER.lower().replace("_", " ") in " ".join(words(claim.text))


def _is_broken_off(claim: Claim) -> bool:
    return not claim.cited and claim.text[-1] not in _ENDS and not _declines(claim)
