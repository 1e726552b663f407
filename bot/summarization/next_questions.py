"""Questions to continue with after an answer, each of which has an answer in the store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bot.core.models import SuggestedQuestion
from bot.summarization.article_sentences import article_sentences
from bot.summarization.stories import MIN_STORY_ARTICLES, articles_on_topic, find_story
from bot.summarization.summary import MIN_FULL_REPORT_SENTENCES
from prompts import Language, text
from vectorstore.core.characters import ARABIC
from vectorstore.core.text_analysis import STOP_WORDS, AnalysedText
from vectorstore.core.types import RetrievedPassage

if TYPE_CHECKING:
    from vectorstore.store import ArticleStore

MAX_QUESTIONS = 3
MAX_NAMES = 3
"""Names of an article that are looked up; each takes a search."""
SEARCHED_PASSAGES = 20
MIN_OTHER_ARTICLES = 2
"""Fewest articles on a name, outside the story, for it to be offered."""

# In news a name follows a nationality or an office: "الرئيس الفرنسي إيمانويل ماكرون".
_OFFICE = (
    rf"(?<![{ARABIC}])(?:ال[{ARABIC}]{{3,}}ي|الرئيس|الوزير|النجم|اللاعب|المدرب|المهاجم|العهد|الأمير"
    r"|الملك|الشيخ|القيادي|الفنان|الممثل|المخرج)،? "
)
_PART = rf"(?!ال|وال|بال|لل)[{ARABIC}]{{3,}}"
_ARABIC_NAME = re.compile(rf"{_OFFICE}({_PART}(?: بن| آل| أبو| عبد)? {_PART})")
_ENGLISH_NAME = re.compile(r"\b(?:[A-Z][a-z]+ )?([A-Z][a-z]+ [A-Z][a-z]+)\b")


def next_questions(
    store: ArticleStore,
    article_ids: Sequence[str],
    language: Language,
    *,
    already: str = "",
    limit: int = MAX_QUESTIONS,
) -> tuple[SuggestedQuestion, ...]:
    """Up to ``limit`` questions about the first of ``article_ids``, in ``language``.

    Args:
        store: The store.
        article_ids: The articles that the answer cites.
        language: The language of the questions.
        already: The mode of the answer; no question asks for that again.
        limit: Most questions.
    """
    article = store.get(article_ids[0]) if article_ids else None
    if article is None:
        return ()
    questions: list[SuggestedQuestion] = []

    def add(intent: str, article_id: str | None, key: str, **values: str) -> None:
        question = text(f"summaries.next.{key}", language, **values)
        questions.append(SuggestedQuestion(text=question, intent=intent, article_id=article_id))

    story = find_story(store, "", context_articles=[article.id])
    if already != "timeline" and len(story) >= MIN_STORY_ARTICLES:
        add("timeline", article.id, "timeline")
    sentences = article_sentences(store, article.id)
    if already != "summary" and len(sentences) >= MIN_FULL_REPORT_SENTENCES:
        add("summary", article.id, "summary")
    told = {a.id for a in story} | set(article_ids)
    if len(questions) < limit:
        name = next(_names_with_articles(store, article.text, told), None)
        if name is not None:
            add("overview", None, "name", name=name)
    return tuple(questions[:limit])


def _names_with_articles(store: ArticleStore, article: str, told: set[str]) -> Iterator[str]:
    """Names in ``article`` that have articles of their own beside those already ``told``."""
    names = dict.fromkeys(" ".join(m[1].split()) for m in _ARABIC_NAME.finditer(article))
    names |= dict.fromkeys(m[1] for m in _ENGLISH_NAME.finditer(article))
    usable = [n for n in names if STOP_WORDS.isdisjoint(AnalysedText(n).words)]
    for name in usable[:MAX_NAMES]:
        passages = store.search(name, SEARCHED_PASSAGES)
        others = {p.article.id for p in passages if p.article.id not in told and _names(p, name)}
        prefixed = any(re.search(rf"(?<!\w){re.escape(name[1:])}", p.text) for p in passages)
        told_of = len(others) >= MIN_OTHER_ARTICLES and not prefixed
        if told_of and articles_on_topic(store, name).covered:
            yield name


def _names(passage: RetrievedPassage, name: str) -> bool:
    """Whether ``passage`` names someone so, and the last part stands in its title."""
    last = AnalysedText(name).words[-1]
    if last not in AnalysedText(passage.article.title).words:
        return False
    introduced = name.isascii() or re.search(rf"{_OFFICE}{re.escape(name)}", passage.text)
    return bool(introduced) and name in passage.text
