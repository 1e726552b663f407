"""Sentences and quotes for the tests of answering."""

from __future__ import annotations

from bot.answering.quote_selection import Quote
from bot.answering.sentence_features import Sentence, split_passages
from vectorstore.core.types import ArticleInfo, RetrievedPassage


def passage(text: str, *, article: str = "a", start: int = 0) -> RetrievedPassage:
    return RetrievedPassage(
        id=f"{article}-{start}",
        article=ArticleInfo(id=article, title="حريق الميناء", language="ar"),
        index=0,
        start=start,
        end=start + len(text),
        text=text,
    )


def highlighted_sentence(
    text: str, words: str, *, article: str = "a", score: float = 9.0
) -> Sentence:
    (sentence,) = split_passages([passage(text, article=article, start=100)])
    begin = 100 + text.index(words)
    sentence.span, sentence.span_score = (begin, begin + len(words)), score
    return sentence


def as_quote(sentence: Sentence) -> Quote:
    return Quote(sentence, sentence.start, sentence.end, sentence.text, 0.5)
