"""Questions that a reader may ask next: those that the cited article still has an answer to.

They are made from its own sentences, so that what is asked is what a sentence says: «وبلغت كلفة
الحملة 310 آلاف دينار» answers "كم بلغت كلفة الحملة؟". Only sentences of a few plain shapes are
taken; most articles have some. No model is asked: a question counts as answerable when, of all
sentences of the article, the one that it was made from fits it best.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.answering import sentence_features
from bot.language.coreference import points_back
from bot.language.query_dates import date_asked
from bot.language.synonyms import synonym_class
from ingest.text.sentences import split_sentences
from prompts import Language
from vectorstore.core.text_analysis import STOP_WORDS, normalise, stem, words
from vectorstore.core.types import Article, ArticleInfo, RetrievedPassage

SENTENCES = 40
"""Sentences of an article that are looked at."""

_SOME_DAY = date(2020, 1, 1)  # whether a date is named does not depend on the day

Weights = Callable[[Sequence[str]], Mapping[str, tuple[float, bool]]]
"""idf and presence of stems in the collection: ``ArticleStore.stem_weights``."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    question: str
    kind: str
    at: int
    """The sentence that it was made from."""


def followups(
    article: Article,
    quoted: Sequence[tuple[int, int]],
    asked: Sequence[str],
    language: Language,
    weights: Weights,
    *,
    limit: int,
) -> tuple[str, ...]:
    """At most ``limit`` questions, of different kinds where there are some.

    ``quoted`` are the stretches of the article that the reader has been shown, ``asked`` the
    questions of the conversation so far; neither is asked for again. An article in another
    language than the reply's has none: its sentences would make questions in its own.
    """
    if article.language != language or limit < 1:
        return ()
    spans = list(split_sentences(article.text))[:SENTENCES]
    sentences = [article.text[start:end] for start, end in spans]
    shown = {
        i for i, (s, e) in enumerate(spans) if any(s < end and start < e for start, end in quoted)
    }
    make = _arabic if language == "ar" else _english
    known = [_stems(q) for q in asked]
    found: list[_Candidate] = []
    for at, sentence in enumerate(sentences):
        if at in shown or len(sentence) < 25:
            continue
        for kind, question in make(sentence):
            mine = _stems(question)
            if len(mine) >= 2 and not any(_same(mine, other) for other in known):
                found.append(_Candidate(question, kind, at))
    return tuple(c.question for c in _chosen(found, article, spans, weights, limit))


def _chosen(
    found: Sequence[_Candidate],
    article: Article,
    spans: Sequence[tuple[int, int]],
    weights: Weights,
    limit: int,
) -> list[_Candidate]:
    """The first answerable ones, each kind once before any comes twice."""
    chosen: list[_Candidate] = []
    left = list(found)
    while left and len(chosen) < limit:
        kinds = [c.kind for c in chosen]
        best = min(left, key=lambda c: (kinds.count(c.kind), c.at))
        left.remove(best)
        mine = _stems(best.question)
        if any(_same(mine, _stems(c.question)) for c in chosen):
            continue
        if _answered_by_its_own(best, article, spans, weights):
            chosen.append(best)
    return chosen


def _answered_by_its_own(
    candidate: _Candidate, article: Article, spans: Sequence[tuple[int, int]], weights: Weights
) -> bool:
    """Whether the sentence that the question was made from fits it best in its article."""
    idf = weights(sentence_features.content_stems(candidate.question))
    question = sentence_features.Question.of(candidate.question, idf)
    info = ArticleInfo(id=article.id, title=article.title)
    whole = RetrievedPassage(
        id="", article=info, index=0, start=0, end=len(article.text), text=article.text
    )
    sentences = [sentence_features.Sentence(whole, 0, s, e, article.text[s:e]) for s, e in spans]
    sentence_features.weigh_lexically(question, sentences)

    def fit(sentence: sentence_features.Sentence) -> float:
        f = sentence.features
        return f["local_stems"] + f["grams"] + f["local_grams"] + 0.5 * f["type"]

    return max(range(len(sentences)), key=lambda i: fit(sentences[i])) == candidate.at


def _stems(question: str) -> frozenset[str]:
    return frozenset(stem(w) for w in words(question) if w not in STOP_WORDS)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= 0.7 * min(len(one), len(other) or 1)


# -- Arabic ----------------------------------------------------------------------------------------

_SAID = {
    synonym_class(normalise(verb)): asks
    for asks, verbs in {
        "ماذا قال": "قال أضاف أوضح ذكر تابع",
        "ماذا أكد": "أكد شدد",
        "ماذا أعلن": "أعلن كشف",
        "مم حذر": "حذر",
        "ماذا انتقد": "انتقد",
        "بماذا طالب": "طالب",
        "إلى ماذا دعا": "دعا",
        "بماذا وعد": "وعد تعهد",
    }.items()
    for verb in verbs.split()
}
_DID = frozenset(
    synonym_class(verb)
    for verb in words(
        "بلغ قتل أصيب جرح وقع اندلع أقر افتتح أغلق بدأ انطلق ارتفع تراجع انخفض سجل فاز خسر أحرز "
        "تبرع دفع كلف تكلف أنتج تنتج باع اشترى وصل شارك أجلى أجلت أخلى دمر أحصى أحصت قدر ضم تضم "
        "يضم وفر عين اختير أقيل استقال صدر أصدر عقد أجرى نفذ شن قصف اعتقل أوقف أفرج حكم قضى منح "
        "نال حصل كسب تقدم سقط انسحب غادر زار التقى اجتمع طرد فرض ألغى أجل علق استأنف بنى شيد "
        "أطلق اكتشف عثر توفي ولد تأسس أسس هبط صعد نقل فقد خصص استثمر اقترض سدد أتلف انهار انتشر "
        "تعرض استقبل"
    )
)
_OPENS = re.compile(
    r"^[\s\-–•*«\"“]*(?:و(?=[\u0621-\u064a]{3}))?(?P<verb>[\u0621-\u064a]{3,})(?=\s)"
)
_NOBODY = frozenset(
    ("الأخير", "الأخيرة", "المصدر", "البيان", "هؤلاء", "ذلك", "هذا", "عن", "إنه", "إنها", "بعض")
)
_PERSON_ENDS = re.compile(
    r"\s*(?:[،,:؛(«\"“]|\s(?:إن|أن|إنه|إنها|أنه|أنها|بأن|إنهم|في|خلال|على|من|إلى|أمام|عبر|أمس|اليوم|"
    r"بداية|مطلع|نهاية|أول|الأحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|ب\S+|ل\S+)\b)"
)
_NUMBER = re.compile(
    r"^(?P<clause>[^،,.:؛()«»\"“”\d٠-٩]{6,70}?)\s+"
    r"(?:(?P<to>إلى|بـ|ب)\s*)?(?:(?:نحو|حوالي|قرابة|زهاء|أكثر من|أقل من)\s+)?"
    r"(?P<number>[\d٠-٩][\d٠-٩.,٬٫]*)\s+(?P<unit>[\u0621-\u064a\u064b-\u0652]+)"
)
_REASON = re.compile(
    r"^(?P<clause>[^.:؛()«»\"“”]{12,80}?)[،,]?\s+(?:لأن\S*|بسبب|نتيجة|جراء|من جراء)\s"
)
_PLACE = re.compile(
    r"^(?P<clause>[^،,.:؛()«»\"“”]{12,70}?)\s+(?:في|ب)\s*(?:ال)?"
    r"(?:مدينة|بلدة|قرية|ولاية|محافظة|عاصمة|منطقة|ملعب|حي|مطار|ميناء)\s"
)
_SCALES = frozenset(map(normalise, ("ألف", "آلاف", "مليون", "ملايين", "مليار", "مليارات", "في")))


def _arabic(sentence: str) -> Iterator[tuple[str, str]]:
    """``(kind, question)`` for each shape that ``sentence`` has."""
    opening = _OPENS.match(sentence)
    if opening is None:
        return
    told = sentence[opening.start("verb") :]
    verb = synonym_class(normalise(opening["verb"]))
    if verb in _SAID:
        if person := _person(told[len(opening["verb"]) :]):
            yield "said", f"{_agreeing(_SAID[verb], opening['verb'])} {person}؟"
        return
    if verb not in _DID:
        return
    if number := _NUMBER.match(told):
        yield from _how_many(number)
    if (reason := _REASON.match(told)) and _short(reason["clause"]):
        yield "why", f"لماذا {reason['clause'].strip()}؟"
    if (place := _PLACE.match(told)) and _short(place["clause"]):
        yield "where", f"أين {place['clause'].strip()}؟"
    if when := _when(told):
        yield "when", f"متى {when}؟"


def _agreeing(asks: str, verb: str) -> str:
    """The verb of ``asks`` in the gender in which the sentence has it."""
    return f"{asks}ت" if verb.endswith("ت") and not asks.endswith("دعا") else asks


def _person(after: str) -> str | None:
    """Who spoke, when the sentence names them in a few words."""
    end = _PERSON_ENDS.search(after)
    name = after[: end.start()].strip() if end else ""
    if not 1 <= len(name.split()) <= 6 or re.search(r"[\d٠-٩]", name) or len(name) < 4:
        return None
    vague = len(name.split()) == 1 and name.startswith("ال")  # "the agency": which?
    if vague or name.split()[0] in _NOBODY or points_back(name):
        return None
    return name


def _how_many(found: re.Match[str]) -> Iterator[tuple[str, str]]:
    clause, unit = found["clause"].strip(), found["unit"]
    if not _short(clause) or date_asked(f"في {found['number']} {unit}", _SOME_DAY).kind != "none":
        return
    to = "إلى " if found["to"] == "إلى" else "بـ" if found["to"] else ""
    if normalise(unit) in _SCALES:
        yield "how many", f"{to}كم {clause}؟"
    elif unit.endswith(("ة", "ًا", "اً")):  # "كم" wants this form; others change after it
        yield "how many", f"{to}كم {unit} {clause}؟"


def _when(told: str) -> str | None:
    """What happened, up to the date that the sentence gives it."""
    start = told[:160]
    asked = date_asked(start, _SOME_DAY)
    if asked.kind == "none" or not asked.words:
        return None
    clause = start[: start.index(asked.words)].rstrip(" ،,")
    plain = not re.search(r"[،,.:؛()«»\"“”\d٠-٩]", clause)
    return clause if plain and _short(clause) and len(clause.split()) >= 3 else None


def _short(clause: str) -> bool:
    tokens = words(clause)
    return 2 <= len(tokens) <= 9 and not {"ان", "الذي", "التي", "الذين", "انه"} & set(tokens)


# -- English ---------------------------------------------------------------------------------------

_SAYING = r"(?:said|says|added|warned|explained|announced|told)"
_SPEAKER = re.compile(
    rf"(?:^|[,”\"]\s*){_SAYING}\s+(?P<after>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+){{1,3}})"
    rf"|^(?P<before>(?:The\s)?[A-Z][\w'’-]+(?:\s[\w'’-]+){{1,5}}?),?\s+{_SAYING}\b"
)
_PRONOUNS = frozenset({"he", "she", "it", "they", "we", "i", "you", "this", "that"})


def _english(sentence: str) -> Iterator[tuple[str, str]]:
    found = _SPEAKER.search(sentence)
    if found is None:
        return
    name = (found["after"] or found["before"]).strip()
    if name.split()[0].lower() not in _PRONOUNS:
        name = name[0].lower() + name[1:] if name.startswith("The ") else name
        yield "said", f"What did {name} say?"
