"""Lines of summaries, overviews and timelines."""

from __future__ import annotations

from bot.answering.lead_and_dates import format_day
from bot.core.models import Citation
from bot.language.relative_dates import day_note
from prompts import Language, text
from vectorstore.core.types import ArticleInfo


def quoted(citation: Citation, language: Language, *, dated: bool = False) -> str:
    """The quote in quotation marks, with the dates of its weekdays and its marker.

    ``dated`` says that the day of publication stands before it, and need not be repeated.
    """
    opening, closing = ("«", "»") if language == "ar" else ("“", "”")
    published = citation.published_at.date() if citation.published_at else None
    note = day_note(citation.quote, published, language, known=published if dated else None)
    quote = f"{opening}{' '.join(citation.quote.split())}{closing}"
    return " ".join(filter(None, (quote, note, f"[{citation.marker}]")))


def dated_line(citation: Citation, language: Language) -> str:
    """The quote after the day on which its article was published, if that is known."""
    if citation.published_at is None:
        return text("summaries.line.undated", language, quote=quoted(citation, language))
    day = format_day(citation.published_at, language)
    quote = quoted(citation, language, dated=True)
    return text("summaries.line.dated", language, day=day, quote=quote)


def day_of(article: ArticleInfo, language: Language) -> str:
    """The day on which ``article`` was published; empty if unknown."""
    return format_day(article.published_at, language) if article.published_at else ""
