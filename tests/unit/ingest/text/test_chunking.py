from __future__ import annotations

import re
from itertools import pairwise, zip_longest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.text.boilerplate import boilerplate_spans
from ingest.text.chunking import CHARACTERS_PER_TOKEN, TAIL_TOLERANCE, Chunker
from ingest.text.sentences import split_sentences
from vectorstore.core.types import Article, Passage


def word_starts(text: str) -> list[int]:
    """A token per word: easy to count by hand."""
    return [match.start() for match in re.finditer(r"\S+", text)]


def letter_starts(text: str) -> list[int]:
    """A token per three letters, as an embedder's vocabulary spells out rare words."""
    return [match.start() for match in re.finditer(r"\S{1,3}", text)]


def chunk(text: str, max_tokens: int, starts=word_starts) -> list[Passage]:  # type: ignore[no-untyped-def]
    return Chunker(starts, max_tokens)(Article(id="a", title="", text=text))


def sentence(words: int, name: str = "كلمة") -> str:
    return " ".join([name] * (words - 1) + ["النهاية."])


def test_a_short_article_is_one_passage() -> None:
    text = "وصل الوفد. ثم غادر."
    assert [p.text for p in chunk(text, 256)] == [text]


def test_no_text_gives_no_passage() -> None:
    assert chunk("", 10) == []
    assert chunk(" \n\u00a0\n ", 10) == []


def test_passages_are_runs_of_whole_sentences() -> None:
    text = " ".join(sentence(4) for _ in range(10))
    passages = chunk(text, 9)
    ends = {end for _, end in split_sentences(text)}
    starts = {start for start, _ in split_sentences(text)}
    assert [len(p.text.split()) for p in passages] == [8, 8, 8, 8, 8]
    assert all(p.start in starts and p.end in ends for p in passages)


def test_a_paragraph_is_not_split_if_the_passage_before_is_half_full() -> None:
    first = " ".join(sentence(3) for _ in range(2))
    second = " ".join(sentence(3) for _ in range(3))
    passages = chunk(f"{first}\n\n{second}", 10)
    assert [p.text for p in passages] == [first, second]


def test_a_sentence_over_the_budget_is_split_at_a_clause_mark() -> None:
    passages = chunk("واحد اثنان ثلاثة أربعة، خمسة ستة سبعة ثمانية تسعة.", 6)
    assert [p.text for p in passages] == ["واحد اثنان ثلاثة أربعة،", "خمسة ستة سبعة ثمانية تسعة."]


def test_a_short_rest_joins_the_passage_before_it() -> None:
    text = f"{sentence(20)} {sentence(2)}"
    assert [p.text for p in chunk(text, 20)] == [text]


def test_a_word_over_the_budget_is_split() -> None:
    passages = chunk("ا" * 1000, 5, starts=letter_starts)
    assert "".join(p.text for p in passages) == "ا" * 1000
    assert all(len(p.text) <= 18 for p in passages)


def test_a_split_inside_a_word_keeps_letters_and_their_marks_together() -> None:
    text = "مَّ" * 200
    for passage in chunk(text, 3, starts=lambda text: list(range(len(text)))):
        assert passage.text.startswith("م")


def test_passages_are_limited_in_characters_if_a_text_is_one_token() -> None:
    text = "一" * 100_000
    passages = chunk(text, 50, starts=lambda text: [0])
    assert max(len(p.text) for p in passages) <= 50 * CHARACTERS_PER_TOKEN


def test_a_budget_below_one_token_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Chunker(word_starts, 0)


pieces = st.sampled_from(
    [
        *("كلمة", "السلام", "١٢٣", "3.5", "Dr.", "word", "مُحَمَّد", "👨‍👩‍👧", "🇸🇾", "x" * 40),
        *(". ", "، ", "؟ ", "! ", "؛ ", "…", "\n", "\n\n", " ", "\u00a0", ".", "(", ")", "«", "»"),
    ]
)
texts = st.lists(pieces, max_size=80).map("".join) | st.text(max_size=300)


@settings(max_examples=150, deadline=None)
@given(texts, st.integers(1, 40), st.sampled_from([word_starts, letter_starts]))
def test_passages_are_ordered_complete_but_for_boilerplate_and_within_budget(text, budget, starts):  # type: ignore[no-untyped-def]
    passages = chunk(text, budget, starts)
    visible = [i for i, character in enumerate(text) if not character.isspace()]
    assert [p.index for p in passages] == list(range(len(passages)))
    assert all(text[p.start : p.end] == p.text for p in passages)
    assert all(before.end <= after.start for before, after in pairwise(passages))
    covered = [i for p in passages for i in range(p.start, p.end) if not text[i].isspace()]
    elsewhere = {i for start, end in boilerplate_spans(text) for i in range(start, end)}
    expected = [i for i in visible if i not in elsewhere] or visible
    assert covered == expected
    begins = starts(text)
    for passage, after in zip_longest(passages, passages[1:]):
        # A token that a cut goes through counts on both sides of it.
        tokens = sum(passage.start <= begin < passage.end for begin in begins)
        most = (
            budget * TAIL_TOLERANCE
            if after is None or elsewhere & {*range(passage.end, after.start)}
            else budget
        )
        assert tokens <= most
