"""Whether a sentence affirms or denies what a yes/no question asks.

Two linear models decide, fitted by ``training/verdicts.py``: ``verdict_stated`` whether the
sentence tells it at all, ``verdict_yes`` whether it says yes. Their features compare the words of
both: how many of the question's are in the sentence, and whether a negation, a denial or an
opposite stands between them. Products and differences of their embeddings added nothing on topics
that were not learnt from.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from bot.answering.linear_model import load_linear_model
from bot.answering.readability import readable_span
from bot.answering.sentence_features import Sentence
from bot.core.models import Verdict
from bot.language.number_words import spell_digits
from bot.language.parsed_question import ParsedQuestion
from bot.language.question_words import QUESTION_WORDS
from bot.language.synonyms import synonym_class
from vectorstore.core.text_analysis import STOP_WORDS, AnalysedText, stem, word_grams, words

MIN_STATED = 0.6
"""Probability from which on a sentence is said to tell what is asked …"""
MIN_SURE = 0.7
"""… and that of "yes" or "no" from which on it is said."""
MAX_STATED_UNKNOWN = 0.4
"""Probability up to which it is said that the articles do not tell it."""
MIN_ON_TOPIC = 0.5
"""Share of the question's words that a sentence and its title have at least where it is quoted as
not telling what is asked."""
SCORE_WEIGHT = 0.3
"""Weight of a sentence's relative score beside the probability that it tells what is asked."""
MAX_JUDGED = 6
"""Sentences that are judged, those with the best scores, beside those of the best one's article."""
MIN_WORDS_TO_SAY = 0.6
"""Share of the question's words, in a sentence and its title, from which on "yes" or "no" is said,
and in a sentence that denies a premise."""
MAX_PREMISE_YES = 0.4
"""Probability of "yes" up to which it denies it."""
_ONE_MISSING = 1 / 3  # the feature "missing" where one word of the question is
_NEGATION_REACH, _DENIAL_REACH = 3, 8  # words after a negation or denial that it can apply to
_MIN_GRAM_OVERLAP = 0.4  # Jaccard index from which on two words are forms of one

_NEGATIONS = frozenset(
    words(
        "لا لم لن ليس ليست ليسوا ألم أليس ألا دون بدون غير عدم مش مو ماشي مب "
        "not no never cannot without"
    )
)
_TAGS = tuple(
    tuple(words(tag)) for tag in ("ولا لا", "ولا لأ", "لو لا", "أو لا", "أم لا", "يا لا", "or not")
)
"""What may close a yes/no question without negating it."""
_DENIALS = frozenset(
    words(
        "نفى نفت ينفي تنفي نافيا نفي كذب كذبت رفض رفضت يرفض ترفض رافضا استبعد استبعدت يستبعد أنكر "
        "أنكرت ينكر امتنع ألغى ألغت ألغي ألغيت إلغاء تراجع تراجعت أجل أجلت تأجل تأجلت تأجيل فشل "
        "فشلت غاب اعتذر منع منعت حظر أسقط denied denies refused rejected cancelled failed postponed"
    )
)
# Words of either side of a bar contradict each other.
_OPPOSITES = """
ارتفع ارتفاع زاد زيادة قفز صعد نما تجاوز رفع يزيد | انخفض انخفاض تراجع هبط نزل قل خفض قلة
فاز فوز كسب تغلب هزم غلب | خسر خسارة تعادل ودع
نجا نجاة عاش حيا أنقذ | قتل مات حتفهم توفي لقي مصرع أودى ضحايا
وافق قبل أقر أيد سمح | رفض عارض منع حظر خفف
استقال أقيل رحل انسحب غادر اعتزل انفصل | بقي باق يبقى جدد تمسك واصل يواصل عاد زال
برأ براءة أفرج أطلق | أدين أدان حكم سجن حبس اعتقل معتقل
فتح افتتح مفتوح أعيد | أغلق مغلق علق
نجح نجاح | فشل أخفق تحطم أفلس
اعترف أكد تبنى | أنكر نفى كذب
هارب فار طليق | اعتقل قبض ألقت القبض مسك
بدأ انطلق أقيم | تأجل أجل ألغي توقف أوقف انتهى
حضر شارك | غاب امتنع قاطع
أرباح | خسائر
ملوث ضار تسبب | خلا خلت آمن صالح
تأهل | خرج ودع أقصي
"""


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """The sentence that bears out a verdict, and the probability that it tells what is asked."""

    verdict: Verdict | None
    sentence: Sentence
    stated: float


@lru_cache
def _sides() -> dict[str, frozenset[tuple[int, int]]]:
    """Synonym class to the ``(line, side)`` of the opposites that it is one of."""
    found: dict[str, set[tuple[int, int]]] = {}
    for number, line in enumerate(_OPPOSITES.strip().split("\n")):
        for side, group in enumerate(line.split("|")):
            for word in words(group):
                found.setdefault(synonym_class(word), set()).add((number, side))
    return {key: frozenset(value) for key, value in found.items()}


def _is_one_of(word: str, group: Set[str]) -> bool:
    """Whether ``word`` is one of ``group``, with or without a conjunction before it."""
    return word in group or (word[0] in "وف" and word[1:] in group)


def _without_tag(asked: list[str]) -> list[str]:
    for tag in _TAGS:
        if len(asked) > len(tag) and tuple(asked[-len(tag) :]) == tag:
            return asked[: -len(tag)]
    return asked


def _is_form_of(word: str, other: str) -> bool:
    if synonym_class(word) == synonym_class(other):
        return True
    if word in _DENIALS and other in _DENIALS and _bare(word) == _bare(other):
        return True
    grams, others = set(word_grams(word)), set(word_grams(other))
    return len(grams & others) >= _MIN_GRAM_OVERLAP * max(1, len(grams | others))


def _matches(word: str, told: Sequence[str]) -> list[int]:
    """Indexes of the forms of ``word``; without any, of words on its side of an opposition."""
    content = [(i, t) for i, t in enumerate(told) if t not in STOP_WORDS]
    sides = _sides().get(synonym_class(word), frozenset())
    return [i for i, t in content if _is_form_of(word, t)] or [
        i for i, t in content if sides & _sides().get(synonym_class(t), frozenset())
    ]


@lru_cache(maxsize=4096)
def _bare(word: str) -> str:
    """The synonym class without the first letter of the imperfect: of "ترفض", that of "رفض"."""
    root = stem(word)
    return synonym_class(root[1:] if len(root) > 3 and root[0] in "يتنا" else root)


def _opposes(word: str, other: str) -> bool:
    if other in STOP_WORDS:
        return False
    others = _sides().get(synonym_class(other), frozenset())
    return any((n, 1 - side) in others for n, side in _sides().get(synonym_class(word), ()))


def verdict_features(
    question: str | AnalysedText, sentence: str, title: str = "", *, similarity: float = 0.85
) -> dict[str, float]:
    """Features of a question and a sentence, each in [0, 1] or near it.

    ``similarity`` is the cosine of their embeddings, ``title`` that of the sentence's article.
    """
    asked = _without_tag(spell_digits(AnalysedText.of(question).words))
    told = spell_digits(words(sentence))
    ignored = STOP_WORDS | QUESTION_WORDS | _NEGATIONS
    content = [w for w in asked if w not in ignored] or list(asked[-1:])
    matched = {w: _matches(w, told) for w in content}
    heads = words(title)
    near = [w for w in content if matched[w] or _matches(w, heads)]
    opposed = {i for w in content if not matched[w] for i, t in enumerate(told) if _opposes(w, t)}
    touched = opposed.union(*matched.values())
    denials = [
        i
        for i, w in enumerate(told)
        if _is_one_of(w, _DENIALS) and i not in touched and _reaches(i, _DENIAL_REACH, touched)
    ]
    negations = [
        i
        for i, w in enumerate(told)
        if _is_one_of(w, _NEGATIONS) and _reaches(i, _NEGATION_REACH, touched)
    ]
    negated = bool(_NEGATIONS.intersection(asked))
    turns = bool(negations) + bool(denials) + bool(opposed) + negated
    numbers = {w for w in asked if w.isdigit()}
    share = sum(map(bool, matched.values())) / len(content)
    return {
        "share": share,
        "near": len(near) / len(content),
        "first": float(bool(matched[content[0]])),
        "last": float(bool(matched[content[-1]])),
        "missing": min(3, len(content) - len(near)) / 3,
        "negated": float(negated),
        "negation": float(bool(negations)),
        "denial": float(bool(denials)),
        "opposed": float(bool(opposed)),
        "odd": float(turns % 2),
        "number": float(bool(numbers - set(told))),
        "similarity": 10 * (similarity - 0.85),
    }


def premise_denial(
    question: ParsedQuestion, sentences: Sequence[Sentence]
) -> JudgedSentence | None:
    """The sentence that says that what ``question`` takes for granted is not so; None without one.

    It denies or opposes a word of the question, and has most of the others; and no sentence that is
    judged affirms as much.
    """
    found: list[tuple[float, Sentence, dict[str, float]]] = []
    for sentence in _judged_sentences(sentences):
        start, end = readable_span(sentence.text, 0, len(sentence.text))
        features = verdict_features(question, sentence.text[start:end])
        if features["near"] >= MIN_WORDS_TO_SAY and not features["negated"]:
            yes = load_linear_model("verdict_yes").probability(features)
            found.append((yes, sentence, features))
    if question.type == "who" or any(
        yes > 0.5 and f["first"] and not f["odd"] for yes, _, f in found
    ):
        return None
    denying = []
    for yes, sentence, features in found:
        turned = features["opposed"] or (
            features["denial"] and (features["first"] or features["missing"])
        )
        turned = turned and features["missing"] <= _ONE_MISSING
        stated = load_linear_model("verdict_stated").probability(features)
        if turned and yes <= MAX_PREMISE_YES and stated >= MIN_STATED:
            denying.append((yes, JudgedSentence("no", sentence, stated)))
    return min(denying, key=lambda pair: pair[0])[1] if denying else None


def _reaches(at: int, reach: int, touched: set[int]) -> bool:
    return any(at < i <= at + reach for i in touched)


def judge(question: ParsedQuestion, sentences: Sequence[Sentence]) -> JudgedSentence | None:
    """The sentence that best tells what ``question`` asks, with its verdict.

    ``sentences`` have been scored. A title that tells it counts for the sentences of its article.
    The verdict is None where it is unsure, and ``unknown`` where nothing tells it; then the
    sentence is the nearest on the topic. None if nothing is on the topic.
    """
    ranked = _judged_sentences(sentences)
    judged = [_Evidence.of(question, s) for s in ranked]
    on_topic = [e for e in judged if e.near >= MIN_ON_TOPIC]
    if not on_topic:
        return None
    best = judged[0].sentence.score
    told = max(on_topic, key=lambda e: e.stated + SCORE_WEIGHT * e.sentence.score / best)
    if told.stated >= MIN_STATED:
        article = told.sentence.passage.article.id
        shown = told.sentence
        if told.by_title:  # the article's sentence that tells most bears it out
            same = [e for e in judged if e.sentence.passage.article.id == article]
            shown = max(same, key=lambda e: (e.own, e.sentence.score)).sentence
        return JudgedSentence(told.verdict, shown, told.stated)
    nearest = max(on_topic, key=lambda e: (e.near, e.sentence.score))
    known = any(e.stated > MAX_STATED_UNKNOWN for e in judged)
    return JudgedSentence(None if known else "unknown", nearest.sentence, nearest.stated)


def _judged_sentences(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The best sentences, then the others of the best one's article, which may not be scored."""
    ranked = sorted(sentences, key=lambda s: (-s.score, s.rank, s.start))
    best = [s for s in ranked[:MAX_JUDGED] if s.score > 0]
    article = best[0].passage.article.id if best else None
    return best + [s for s in ranked[len(best) :] if s.passage.article.id == article]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What a sentence and the title of its article say."""

    sentence: Sentence
    near: float
    stated: float
    own: float
    verdict: Verdict | None

    @property
    def by_title(self) -> bool:
        """Whether only the title tells it."""
        return self.own < MIN_STATED <= self.stated

    @classmethod
    def of(cls, question: AnalysedText, sentence: Sentence) -> _Evidence:
        title = sentence.passage.article.title
        similarity = sentence.features.get("similarity") or 0.85
        own = verdict_features(question, sentence.text, title, similarity=similarity)
        stated, yes = load_linear_model("verdict_stated"), load_linear_model("verdict_yes")
        found = [(stated.probability(own), yes.probability(own))]
        if title and own["near"] >= MIN_ON_TOPIC:
            headline = verdict_features(question, title)
            found.append((stated.probability(headline), yes.probability(headline)))
        verdicts = {_verdict(y) for s, y in found if s >= MIN_STATED} - {None}
        sure = len(verdicts) == 1 and own["near"] >= MIN_WORDS_TO_SAY
        verdict = verdicts.pop() if sure else None
        return cls(sentence, own["near"], max(s for s, _ in found), found[0][0], verdict)


def _verdict(says_yes: float) -> Verdict | None:
    if max(says_yes, 1 - says_yes) < MIN_SURE:
        return None
    return "yes" if says_yes > 0.5 else "no"
