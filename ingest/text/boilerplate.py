"""Lines of an article that link to other stories, found in the article alone.

Scraped bodies hold lines such as "اقرأ أيضا: …", runs of headlines between two paragraphs, rules of
dashes. They stay in the article's text and are left out of its passages:

- a line that begins with a label ("للمزيد:", "Read more:"), and the headlines under a bare label;
- lines of a headline's form that interrupt the paragraphs, unless they seem to be a list, a poem or
  the heading of what follows;
- other stories at the end of the page: a headline and the paragraphs that take it up, or several
  paragraphs, which have few words in common with what stands before them.

What takes several articles to see (another article's title or lead, a line that many articles
share) is found by ``ingest.text.cross_article_boilerplate``, which passes the keys of such lines.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby, takewhile

from vectorstore.core.text_analysis import STOP_WORDS, normalise, stem, words

MAX_HEADLINE_LENGTH = 150
"""Longest headline in characters; a longer line is a paragraph."""
HEADLINE_WORDS = range(5, 25)
"""Words of a headline; fewer are the heading of a section."""
MAX_SUMMARY_LENGTH = 350
"""Longest summary of another story, in characters."""
MIN_SINGLE_HEADLINE_WORDS = 6
"""Fewest words of a headline that stands alone between two paragraphs …"""
MIN_SINGLE_QUESTION_WORDS = 8
"""… and of a question there: shorter ones mostly are headings."""
MAX_HEADLINES_IN_A_ROW = 6
"""Most short lines in a row; more are a list, a table or a poem."""
MIN_LIST_WORDS = 3
"""Words shared by three lines from which on they are a list."""
MIN_LIST_OVERLAP = 0.5
"""Share of a line's words in a sentence beside it from which on both are items of a list."""
MIN_KNOWN_SHARE = 0.3
"""Share of known lines in a row of headlines from which on all of them are teasers."""
MIN_TOPIC_LINES = 3
"""Lines of an article from which on a word belongs to its topic."""
HEADING_OVERLAP = 0.5
"""Share of a line's stems in the paragraph below from which on it is the paragraph's heading."""
MAX_LABELLED_LENGTH = 220
"""Longest line in characters that is looked at for a label."""
UNPUNCTUATED_SHARE = 0.5
"""Share of lines without a full stop from which on the author is taken to use none."""

MIN_BODY_LINES = 3
"""First lines of an article that never are its tail."""
TAIL_SHARE = 0.4
"""Share of an article's lines that is its tail …"""
MIN_TAIL_LINES = 6
"""… and the fewest lines of it, if the body leaves so many."""
MIN_TAIL_STEMS = 6
"""Fewest content stems of a line of the tail that is compared with its article …"""
MAX_TAIL_OVERLAP = 0.25
"""… and the share of them from which on the article has them, too: .93 of other stories' leads are
below it (.83 of those of the same section and days), and .34 of an article's own last lines."""
MAX_FOOT_LINES = 30
"""Most lines below an article that are looked at for a list of other stories."""
MIN_FOOT_PARAGRAPHS = 4
"""Fewest paragraphs below an article, each of them foreign to it, that are other stories …"""
MIN_FOOT_SUMMARIES = 3
"""… and the fewest if one of them is a summary without its full stop."""
MAX_FOOT_SHARE = 0.67
"""Largest share of them that have a content stem in common; more tell of one thing."""
MIN_LEAD_OVERLAP = 0.7
"""Share of a headline's words, under a label, that the paragraph below it has if it is its lead."""
MIN_STORY_HEADLINE_WORDS = 4
"""Fewest words of another story's headline at the end of a page, with paragraphs below it."""
KEY_WORDS = 12
"""Words by which a paragraph of the tail is recognised; its end may be cut off."""

_READ = "[اإأ]قر[أا]"
_ALSO = "[أا]يض[اًا]+"
_RELATED = r"\s+(?:ذات\s+صلة|متعلقة|مشابهة|مرتبطة)"
_ENGLISH_RELATED = r"related\s+(?:stories|articles|topics|news|posts|content)"
CLOSING_LABEL = (
    rf"{_READ}(?:وا)?\s+(?:{_ALSO}|المزيد|أكثر|كذلك)|(?:طالع|شاهد|تابع)\s+{_ALSO}"
    rf"|(?:مواضيع|موضوعات|أخبار|مقالات|قصص){_RELATED}"
    rf"|read\s+(?:also|more|next)|also\s+read|see\s+also|{_ENGLISH_RELATED}|more\s+on\s+this\s+story"
)
"""Pattern of the labels that surely open a block of links to other stories."""

_OPENING = r"[\s*#•>|\-–—«»\"]*"
_SEPARATOR = r"\s*(?:\.\.+|…|[:：|/\\(\[\-–—«\"“>])\s*"
_LABEL = re.compile(
    rf"{_OPENING}(?:{CLOSING_LABEL}"
    r"|(?:[اإأ]قر[أاؤ]و?ا?|شاهدو?ا?|طالعو?ا?|تابعو?ا?|[اأ]نظر)"
    rf"(?:\s+(?:{_ALSO}|كذلك|المزيد|[أا]كثر|عن|more|also|next))*"
    rf"|(?:قد|ربما)\s+(?:يهم|تهم)(?:ك|كم)(?:\s+(?:{_ALSO}|قراءة|متابعة|الاطلاع))*"
    r"|(?:ل|و)?لمزيد(?:\s+من\s+(?:الأخبار|التفاصيل|المعلومات))?|المزيد(?:\s+(?:من|عن|حول)\s+\S+)?"
    rf"|(?:اخبار|روابط|تقارير){_RELATED}|في\s+هذا\s+الموضوع|{_ALSO}"
    r"|watch(?:\s+(?:also|more|now))?|related|more\s+on\s+this|you\s+may\s+also\s+like"
    rf")(?P<rest>\s*$|{_SEPARATOR}.*$)",
    re.IGNORECASE,
)
# "شاهد كيف …", "اقرأ مدونة …": addressed to the reader, with no mark after the label.
_CALL = re.compile(rf"{_OPENING}(?:{_READ}و?ا?|شاهدو?ا?)\s+\S")
_ENDED = re.compile(r"[.!…,،؛;:؟?][\"'”’»)\]]*$")
_RULE = re.compile(r"[-–—_=*~.·•\s]{3,}")
_QUESTION = re.compile(r"[؟?][\"'”’»)\]]*$")
_INNER_STOP = re.compile(r"[^\W\d]{2}[.!؛]\s+\S")
_LIST_MARK = re.compile(r"[-–—•*·▪●○]\s*\S|[(\[]?\d{1,3}\s*[.)\]\-–:]\s*\S")
_ROW = re.compile(r"[^:]{2,30}:\s*\S+(?:\s+\S+){0,2}$")
_DATELINE = re.compile(r"^[^()\n]{0,60}\([^()\n]{2,30}\)\s*[-–—]+\s*")
_IN_QUOTES = re.compile(r"[\"“«][^\"”»]*[\"”»]$")
# Conjunctions, which continue a story. The negative list has words that only begin with "و".
_AND = re.compile(
    r"و(?!اشنطن|زير|زارة|زراء|فاة|فيات|كال[ةا]|فد\b|سط\b|سائل|ساط|ثائق|ثيق|لي\b|لاد|لاي|يليام|يكيل|ول\b"
    r"|قف\b|قفة|عود\b|داع|جبة|جبات|جه\b|جوه|ضع\b|رش[ةا]|حد[ةا]|رق[ةا]|ادي\b|الد[ةه]?\b|ريث|صول|صف[ةا]|صي[ةا]"
    r"|قود|ظائف|ظيف|يلز|اتساب|حش\b|حوش|ارسو|ستهام|زن\b|قت\b|كلاء|كيل|لع\b|باء|شاح|فرة|فق\b|رد\b|رود)[^\W\d]{2}"
    r"|(?:لكن\w*|كما|إلا|غير\s+[أا]ن|حيث|بينما|فيما|[إا]ذ|لأن\w*|لذلك|ثم|however|but|and)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: ``text[start:end]`` of its article, trimmed."""

    start: int
    end: int
    text: str

    @property
    def words(self) -> list[str]:
        """Normalised words, as in the lexical index."""
        return words(self.text)


def split_lines(text: str) -> list[Line]:
    """The lines of ``text`` that are not blank, in order."""
    found = []
    for match in re.finditer(r"[^\n]+", text):
        stripped = match[0].strip()
        if stripped:
            start = match.start() + match[0].index(stripped)
            found.append(Line(start, start + len(stripped), stripped))
    return found


def strip_label(line: str) -> str:
    """A teaser's headline: ``line`` without "اقرأ أيضا:" and the like before it."""
    match = _LABEL.match(line)
    rest = re.sub(rf"^{_SEPARATOR}", "", match["rest"]).strip() if match else line
    return rest or line


def line_key(line: str) -> int:
    """A hash of 63 bits that ignores spelling variants and punctuation; 0 without any word."""
    return _hash(re.findall(r"\w+", normalise(line)))


def paragraph_key(line: str) -> int:
    """A hash of 63 bits of how a paragraph begins, after its dateline; never equals a `line_key`.

    Compares paragraphs of tails with each other and with leads.
    """
    spelled = re.findall(r"\w+", normalise(_DATELINE.sub("", line)))
    return _hash(spelled[:KEY_WORDS], person=b"paragraph")


def _hash(spelled: Sequence[str], person: bytes = b"") -> int:
    if not spelled:
        return 0
    content = " ".join(spelled).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(content, digest_size=8, person=person).digest()
    return int.from_bytes(digest, "big") >> 1


def is_headline(line: Line) -> bool:
    """Whether ``line`` has the form of a headline; a question may be one."""
    text = line.text
    return (
        len(text) <= MAX_HEADLINE_LENGTH
        and len(line.words) in HEADLINE_WORDS
        and (not _ENDED.search(text) or bool(_QUESTION.search(text)))
        and not _INNER_STOP.search(text)
        and not _LIST_MARK.match(text)
        and not _AND.match(text)
        and not _IN_QUOTES.fullmatch(text)
    )


def is_summary(line: Line) -> bool:
    """Whether ``line`` may be another story's summary: long, and without a full stop."""
    text = line.text
    return (
        MAX_HEADLINE_LENGTH < len(text) <= MAX_SUMMARY_LENGTH
        and not _ENDED.search(text)
        and not _LIST_MARK.match(text)
        and not _AND.match(text)
    )


def _may_be_teaser(line: Line) -> bool:
    return is_headline(line) or is_summary(line)


def _is_unended(line: Line) -> bool:
    return is_short(line) or is_summary(line)


def boilerplate_spans(
    text: str, known: Set[int] = frozenset(), title: str = ""
) -> list[tuple[int, int]]:
    """The spans ``(start, end)`` of lines that are not part of the story, in order.

    ``known`` are keys of lines that other articles show to be boilerplate: a `line_key` anywhere, a
    `paragraph_key` only in the tail (`unrelated_tail`) of the article, for which ``title`` is
    needed.
    """
    lines = split_lines(text)
    matched = {i for i, line in enumerate(lines) if known and not known.isdisjoint(line_keys(line))}
    found = matched | {i for i, line in enumerate(lines) if _RULE.fullmatch(line.text)}
    found |= set(_labelled(lines))
    found |= set(_stories_at_end(lines, title, found - matched)) | set(_list_at_end(lines, title))
    if known:
        found |= set(_known_tail(lines, title, known))
    found |= set(_between_known(lines, matched)) | set(_unlabelled(lines, found))
    return [(lines[i].start, lines[i].end) for i in sorted(found)]


def line_keys(line: Line) -> set[int]:
    """The keys of ``line`` as it stands, and without a label before it."""
    return {line_key(line.text), line_key(strip_label(line.text))} - {0}


def _tail_start(count: int) -> int:
    """The index of the first line of the tail of an article of ``count`` lines."""
    return max(MIN_BODY_LINES, min(math.ceil((1 - TAIL_SHARE) * count), count - MIN_TAIL_LINES))


def unrelated_tail(lines: Sequence[Line], title: str) -> list[int]:
    """Indices of lines of an article's tail that have little in common with what stands before.

    Most lines of other stories are among them, and a third of an article's own last lines: what
    they are takes other articles to see.
    """
    count = len(lines)
    first = min(_tail_start(count), _foot_start(lines, title))
    stems = [_story_stems(line) for line in lines]
    related = _content_stems(words(title)).union(*stems[:first])
    found = []
    for i in range(first, count):
        own = stems[i]
        if _overlaps(own, related):
            related |= own
        elif len(own) >= MIN_TAIL_STEMS:
            found.append(i)
    return found


def _foot_start(lines: Sequence[Line], title: str) -> int:
    """The index from which on no line takes up words of what stands above, or goes on from it.

    It is ``len(lines)`` where the last line does.
    """
    stems = [_story_stems(line) for line in lines]
    above = Counter(s for own in (_content_stems(words(title)), *stems) for s in own)
    start, related = len(lines), list[set[str]]()
    for first in range(len(lines) - 1, max(MIN_BODY_LINES, len(lines) - MAX_FOOT_LINES) - 1, -1):
        if _AND.match(lines[first].text) or _LIST_MARK.match(lines[first].text):
            break
        above.subtract(stems[first])
        vocabulary = {s for s in set().union(stems[first], *related) if above[s]}
        related = [own for own in (stems[first], *related) if _overlaps(own, vocabulary)]
        if not related:
            start = first
    return start


def _list_at_end(lines: Sequence[Line], title: str) -> Iterator[int]:
    """Summaries of several other stories below an article."""
    # In 5,164 texts as they were one was cut: readers' answers to one question, each with a name.
    foot = range(_foot_start(lines, title), len(lines))
    stems = [own for own in (_story_stems(lines[i]) for i in foot) if len(own) >= MIN_TAIL_STEMS]
    shared = Counter(s for own in stems for s in own)
    unended = any(is_summary(lines[i]) for i in foot)
    if len(stems) >= (MIN_FOOT_SUMMARIES if unended else MIN_FOOT_PARAGRAPHS) and max(
        shared.values()
    ) <= MAX_FOOT_SHARE * len(stems):
        yield from foot


def _known_tail(lines: Sequence[Line], title: str, known: Set[int]) -> Iterator[int]:
    """Known paragraphs of the tail, each with the headline above it."""
    for i in unrelated_tail(lines, title):
        if paragraph_key(lines[i].text) in known:
            yield i
            if i > MIN_BODY_LINES and is_short(lines[i - 1]) and not is_short(lines[i - 2]):
                yield i - 1


def _stories_at_end(lines: Sequence[Line], title: str, found: Set[int]) -> Iterator[int]:
    """Headlines and paragraphs of other stories below an article.

    The paragraphs take up words of their headline, and neither takes up the article's. Lines
    already ``found`` to be boilerplate are passed over.
    """
    # Of stories put below articles of the same days .69 were found; in 5,164 texts as they were,
    # nothing.
    others = [i for i in range(len(lines)) if i not in found]
    end = len(others)
    for first in range(end - 2, _tail_start(end) - 1, -1):
        if not _is_story_headline(lines[others[first]]):
            continue
        headline, *below = [_story_stems(lines[i]) for i in others[first:end]]
        before = _content_stems(words(title)).union(
            *(_story_stems(lines[i]) for i in others[:first])
        )
        if (
            not below
            or _AND.match(lines[others[first + 1]].text)
            or any(_overlaps(own, before) for own in (headline, *below))
            or not _overlaps(headline, set().union(*below))
        ):
            return
        yield from others[first:end]
        end = first


def _overlaps(stems: Set[str], others: Set[str]) -> bool:
    return len(stems & others) >= MAX_TAIL_OVERLAP * len(stems)


def _is_story_headline(line: Line) -> bool:
    """Whether ``line`` may be the headline of the paragraphs below it."""
    return (
        is_short(line)
        and len(line.words) >= MIN_STORY_HEADLINE_WORDS
        and not _LIST_MARK.match(line.text)
        and not _AND.match(line.text)
    )


def _story_stems(line: Line) -> set[str]:
    return _content_stems(words(_DATELINE.sub("", line.text)))


def _content_stems(tokens: Sequence[str]) -> set[str]:
    return {stem(w) for w in tokens if w not in STOP_WORDS}


def teaser_candidates(text: str) -> list[Line]:
    """Lines of a headline's or a summary's form between paragraphs, labelled or not."""
    lines = split_lines(text)
    runs = _runs(lines, range(len(lines)))
    return [lines[i] for run, _ in runs for i in run if _may_be_teaser(lines[i])]


def _between_known(lines: Sequence[Line], known: Set[int]) -> Iterator[int]:
    """Headlines and summaries in a row in which several lines are known: a list of teasers."""
    for in_row, group in groupby(
        range(len(lines)), key=lambda i: i in known or _is_unended(lines[i])
    ):
        row = list(group)
        if in_row and len(known & set(row)) >= max(2, len(row) * MIN_KNOWN_SHARE):
            yield from (i for i in row if _may_be_teaser(lines[i]))


def _labelled(lines: Sequence[Line]) -> Iterator[int]:
    """Lines that begin with a label, the headlines that follow a bare one, and their leads."""
    under_label = False
    for i, line in enumerate(lines):
        match = _LABEL.match(line.text) if len(line.text) <= MAX_LABELLED_LENGTH else None
        if match and i > 0:
            yield i
            under_label = not match["rest"].strip(" :.…-–—|")
        elif (_belongs_to_label(line, under_label=under_label) and i > 0) or (
            under_label and _is_lead_of(line, lines[i - 1])
        ):
            yield i
        else:
            under_label = False


def _is_lead_of(line: Line, headline: Line) -> bool:
    """Whether ``line`` has most words of ``headline``, a line under a label."""
    stems = _story_stems(headline)
    if _LABEL.match(headline.text) or len(stems) < MIN_STORY_HEADLINE_WORDS:
        return False
    return len(stems & _story_stems(line)) >= MIN_LEAD_OVERLAP * len(stems)


def _belongs_to_label(line: Line, *, under_label: bool) -> bool:
    """Whether ``line`` is a headline below a label, or one that calls to read another story."""
    if under_label:
        return is_short(line) and not _AND.match(line.text)
    return is_headline(line) and _CALL.match(line.text) is not None


def is_short(line: Line) -> bool:
    """Whether ``line`` is no paragraph: short, and without a full stop."""
    ended = _ENDED.search(line.text) and not _QUESTION.search(line.text)
    return len(line.text) <= MAX_HEADLINE_LENGTH and not ended


def _unlabelled(lines: Sequence[Line], found: Set[int]) -> Iterator[int]:
    """Headlines without a label between paragraphs, or two and more of them at the end.

    Lines already ``found`` to be boilerplate are passed over.
    """
    others = [i for i in range(len(lines)) if i not in found]
    short = [i for i in others if _is_unended(lines[i])]
    if len(short) > UNPUNCTUATED_SHARE * len(others):
        return
    questions = sum(bool(_QUESTION.search(lines[i].text)) for i in short)
    topic = Counter(s for line in lines for s in _stems(line))
    for run, following in _runs(lines, others):
        heads = [i for i in run if _may_be_teaser(lines[i])]
        if len(run) == 1:
            if heads and following and _is_unrelated(lines[run[0]], following, questions, topic):
                yield run[0]
        elif following is not None:
            # A short line amid headlines is one, too; right above a paragraph it is its heading.
            most = 2 * len(heads) > len(run)
            yield from (i for i in run if i in heads or (most and i != run[-1]))
        elif len(heads) == len(run):
            yield from run


def _runs(lines: Sequence[Line], indices: Sequence[int]) -> Iterator[tuple[list[int], Line | None]]:
    """Runs of short lines that are no list, each with the paragraph that follows.

    ``indices`` are those of the lines to look at.
    """
    first = 0
    while first < len(indices):
        run = list(takewhile(lambda i: _is_unended(lines[i]), indices[first:]))
        after = first + len(run)
        if (
            0 < len(run) <= MAX_HEADLINES_IN_A_ROW
            and first
            and not _is_list(lines, indices, run, first)
        ):
            yield run, lines[indices[after]] if after < len(indices) else None
        first = after + 1


def _is_list(lines: Sequence[Line], indices: Sequence[int], run: Sequence[int], first: int) -> bool:
    """Whether a run of short lines, from ``indices[first]`` on, is a list or a table."""
    if lines[indices[first - 1]].text.endswith((":", "：")):
        return True
    if any(_LIST_MARK.match(lines[i].text) for i in run):
        return True
    if sum(bool(_ROW.fullmatch(lines[i].text)) for i in run) > 1:
        return True
    around = [lines[i] for i in indices[first - 1 : first + len(run) + 1]]
    vocabularies = [
        set(line.words) - STOP_WORDS for line in around if len(line.text) <= MAX_HEADLINE_LENGTH
    ]
    shared = Counter(word for vocabulary in vocabularies for word in vocabulary)
    if sum(count > 2 for count in shared.values()) >= MIN_LIST_WORDS:
        return True
    # A short sentence of nearly the same words beside it is another item, with a full stop.
    beside = [(around[0], around[1]), (around[-1], around[-2])]
    return any(
        len(sentence.text) <= MAX_HEADLINE_LENGTH
        and not is_short(sentence)
        and len(_stems(sentence) & _stems(line)) >= MIN_LIST_OVERLAP * len(_stems(line))
        for sentence, line in beside
    )


def _stems(line: Line) -> set[str]:
    return {stem(w) for w in line.words}


def _is_unrelated(line: Line, following: Line, questions: int, topic: Mapping[str, int]) -> bool:
    """Whether a single headline is not the heading of the paragraph ``following`` it.

    ``topic`` counts the lines of the article in which each stem occurs; frequent ones are ignored.
    Several short ``questions`` are the article's own.
    """
    shortest, limit = MIN_SINGLE_HEADLINE_WORDS, HEADING_OVERLAP
    if _QUESTION.search(line.text):
        shortest, limit = MIN_SINGLE_QUESTION_WORDS, HEADING_OVERLAP / 2
        if questions > 1:
            return False
    if len(line.words) < shortest or is_summary(line):
        return False  # a summary without a headline may be the article's own
    every = _content_stems(line.words)
    rare = {s for s in every if topic[s] < MIN_TOPIC_LINES}
    if len(rare) < len(every) / 3:
        rare = every
    return bool(rare) and len(rare & _stems(following)) < limit * len(rare)
