"""Whether an answer passes all checks of its turn, and how bad it is if not.

Each turn whose labels decide is exactly one of

- ``right``: all checks hold;
- ``wrongly_refused``: refused, and not right;
- ``wrong``: answered and misleading: it answers what is not answerable, contradicts ``says``, holds
  no gold answer and no nugget although some are known, cites only wrong articles, or is neither of
  the mode nor the command asked for where nothing else is known;
- ``partly``: answered, neither right nor wrong.

A refusal is right where the question is not answerable, or where ``modes`` allows one; what an
answer should hold and cite is not checked then. Nuggets are matched in the reply's text as gold
answers are (``evaluation.metrics.answers.contains``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from evaluation.metrics.answers import candidate_texts, contains, without_markers
from evaluation.metrics.citations import judged_id
from vectorstore.core.sections import normalise_section

if TYPE_CHECKING:
    from bot.core.models import Answer, Citation
    from evaluation.testsets.testsets import GoldQuestion

OUTCOMES = ("right", "partly", "wrong", "wrongly_refused")


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check that does not hold.

    Attributes:
        check: The field of the test set.
        expected: What it asks for; of ``nuggets`` those that are missing.
        found: What the answer has instead; of articles the wrong ones.
    """

    check: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """The result of a turn's checks.

    ``measures`` has ``nugget_recall`` and the outcomes, all None where the labels decide nothing.
    """

    measures: dict[str, float | None]
    failed: list[FailedCheck]

    def failed_json(self) -> list[dict[str, Any]]:
        """``failed_checks`` of a row."""
        return [asdict(check) for check in self.failed]


def check_answer(
    gold: GoldQuestion, answer: Answer, sections: Mapping[str, str] | None = None
) -> CheckedAnswer:
    """Apply the checks of a turn to its answer.

    ``sections`` maps the ids of cited articles to the keys of their sections.
    """
    turn = _Turn(gold, answer, sections or {})
    failed = list(turn.failed())
    outcome = turn.outcome(failed) if gold.has_checks else None
    measures = {name: None if outcome is None else float(name == outcome) for name in OUTCOMES}
    return CheckedAnswer({"nugget_recall": turn.nugget_recall} | measures, failed)


class _Turn:
    """An answer beside the labels of its turn."""

    def __init__(self, gold: GoldQuestion, answer: Answer, sections: Mapping[str, str]) -> None:
        self._gold = gold
        self._checks = gold.checks
        self._answer = answer
        self._sections = sections
        self._right_ids = {*gold.relevant_ids, *gold.acceptable_ids}

    def failed(self) -> Iterator[FailedCheck]:
        """The checks that do not hold, in the order of a test set's fields."""
        answer, checks = self._answer, self._checks
        if not self._refused_rightly:
            if self._gold.answerable is not None and answer.refused == self._gold.answerable:
                yield FailedCheck("answerable", self._gold.answerable, not answer.refused)
            yield from self._failed_content()
            yield from self._failed_sources()
        if checks.says and not self._says(checks.says):
            yield FailedCheck("says", checks.says, answer.verdict)
        if checks.modes and not self._mode_allowed:
            yield FailedCheck("modes", checks.modes, answer.mode)
        if checks.max_characters and len(answer.text) > checks.max_characters:
            yield FailedCheck("max_characters", checks.max_characters, len(answer.text))
        if checks.command and answer.command != checks.command:
            yield FailedCheck("command", checks.command, answer.command)

    def outcome(self, failed: Sequence[FailedCheck]) -> str:
        """Which of ``OUTCOMES`` the answer is."""
        if not failed:
            return "right"
        if self._answer.refused:
            return "wrongly_refused"
        return "wrong" if self._is_misleading(failed) else "partly"

    @cached_property
    def nugget_recall(self) -> float | None:
        """Share of the nuggets in the reply's text; None without any, 0 for a refusal."""
        nuggets = self._checks.nuggets
        if not nuggets or self._gold.answerable is False:
            return None
        return 1 - len(self._missing_nuggets) / len(nuggets)

    @cached_property
    def _missing_nuggets(self) -> list[list[str]]:
        text = "" if self._answer.refused else without_markers(self._answer.text)
        return [
            nugget
            for nugget in self._checks.nuggets
            if not any(contains(text, wording) for wording in nugget)
        ]

    @cached_property
    def _holds_gold(self) -> bool:
        if self._answer.refused:
            return False
        texts = list(candidate_texts(self._answer))
        return any(contains(text, gold) for text in texts for gold in self._gold.answers)

    @cached_property
    def _cited_ids(self) -> list[str]:
        """The articles cited, each once, by the ids that the test set names them by."""
        known = self._right_ids | {*self._checks.cites_any}
        ids = (judged_id(c, self._gold.forbidden_ids, known) for c in self._answer.citations)
        return list(dict.fromkeys(ids))

    @property
    def _refused_rightly(self) -> bool:
        allowed = self._gold.answerable is False or "refusal" in self._checks.modes
        return self._answer.refused and allowed

    @property
    def _mode_allowed(self) -> bool:
        mode, modes = self._answer.mode, self._checks.modes
        return mode in modes or (mode == "composed" and "quoted" in modes)

    def _says(self, verdict: str) -> bool:
        """A refusal says that the answer is unknown, too."""
        if self._answer.refused:
            return verdict == "unknown" or self._refused_rightly
        return self._answer.verdict == verdict

    def _failed_content(self) -> Iterator[FailedCheck]:
        gold, nuggets = self._gold, self._checks.nuggets
        if gold.answers and gold.answerable is not False and not self._holds_gold:
            yield FailedCheck("answers", list(gold.answers), None)
        found = len(nuggets) - len(self._missing_nuggets)
        if found < (self._checks.min_nuggets or len(nuggets)):
            yield FailedCheck("nuggets", self._missing_nuggets, found)

    def _failed_sources(self) -> Iterator[FailedCheck]:
        checks, cited = self._checks, self._cited_ids
        if self._right_ids and self._gold.answerable is not False:
            wrong = [name for name in cited if name not in self._right_ids]
            if wrong or not cited:
                yield FailedCheck("relevant_ids", sorted(self._right_ids), wrong)
        if forbidden := [name for name in cited if name in self._gold.forbidden_ids]:
            yield FailedCheck("forbidden_ids", None, forbidden)
        if checks.cites_any and not {*cited} & {*checks.cites_any}:
            yield FailedCheck("cites_any", checks.cites_any, cited)
        if checks.min_articles and len(cited) < checks.min_articles:
            yield FailedCheck("min_articles", checks.min_articles, len(cited))
        days = [c.published_at.date() for c in self._answer.citations if c.published_at]
        if checks.dates:
            ordered = days if checks.dates == "ascending" else days[::-1]
            if not days or any(before > after for before, after in pairwise(ordered)):
                yield FailedCheck("dates", checks.dates, [day.isoformat() for day in days])
        for name, expected, values in self._article_facts():
            if not values or not all(values.values()):
                wrong = [article for article, holds in values.items() if not holds]
                yield FailedCheck(name, expected, wrong)

    def _article_facts(self) -> Iterator[tuple[str, Any, dict[str, bool]]]:
        """Per check of all cited articles: its name, what it asks, and article id → holds."""
        checks, citations = self._checks, self._answer.citations
        if checks.published:
            holds = {c.article_id: self._in_range(c) for c in citations}
            yield "published", checks.published, holds
        if checks.section:
            holds = {c.article_id: self._in_section(c, checks.section) for c in citations}
            yield "section", checks.section, holds
        if checks.source:
            holds = {c.article_id: _same(c.source, checks.source) for c in citations}
            yield "source", checks.source, holds

    def _in_range(self, citation: Citation) -> bool:
        if citation.published_at is None:
            return False
        day = citation.published_at.date()
        first, last = self._checks.published_between
        return (first is None or first <= day) and (last is None or day <= last)

    def _in_section(self, citation: Citation, section: str) -> bool:
        return _same(self._sections.get(citation.article_id), normalise_section(section) or section)

    def _is_misleading(self, failed: Sequence[FailedCheck]) -> bool:
        gold, checks, answer = self._gold, self._checks, self._answer
        if gold.answerable is False:
            return True
        if checks.says and answer.verdict not in (None, "unknown", checks.says):
            return True
        if (gold.answers or checks.nuggets) and not self._holds_gold and not self.nugget_recall:
            return True
        return self._cites_only_wrong_articles() or self._is_something_else(failed)

    def _cites_only_wrong_articles(self) -> bool:
        wrong = {*self._gold.forbidden_ids}
        if right := self._right_ids | {*self._checks.cites_any}:
            wrong |= {name for name in self._cited_ids if name not in right}
        if self._cited_ids and wrong.issuperset(self._cited_ids):
            return True
        facts = [holds for _, _, holds in self._article_facts()]
        return bool(facts) and not any(
            all(holds[c.article_id] for holds in facts) for c in self._answer.citations
        )

    def _is_something_else(self, failed: Sequence[FailedCheck]) -> bool:
        """Whether only the form of the answer is known, and nothing of it is right."""
        gold, checks = self._gold, self._checks
        if gold.answers or checks.nuggets or self._right_ids or gold.forbidden_ids:
            return False
        if checks.cites_any or checks.published or checks.section or checks.source:
            return False
        form = {name for name in ("says", "modes", "command") if getattr(checks, name)}
        return bool(form) and form <= {check.check for check in failed}


def _same(value: str | None, expected: str) -> bool:
    return value is not None and value.strip().casefold() == expected.strip().casefold()
