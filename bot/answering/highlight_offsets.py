"""Where the words that answer stand in a reply's text, to be shown in bold."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.models import Citation


def highlighted_spans(text: str, citations: Sequence[Citation]) -> list[tuple[int, int]]:
    """Offsets in ``text`` of the answering words of each quote that it holds, in order.

    A reply writes quotes with single blanks, whatever white space the article has. Composed
    answers hold no quotes, and nothing is marked in them.
    """
    found: list[tuple[int, int]] = []
    done = 0
    for citation in citations:
        if citation.highlight_start is None or citation.highlight_end is None:
            continue
        quote = " ".join(citation.quote.split())
        at = text.find(quote, done)
        if at < 0 or not quote:
            continue
        done = at + len(quote)
        first = citation.highlight_start - citation.start
        last = citation.highlight_end - citation.start
        before = len(" ".join((citation.quote[:first] + "|").split())) - 1
        said = " ".join(citation.quote[first:last].split())
        if said:
            found.append((at + before, at + before + len(said)))
    return found
