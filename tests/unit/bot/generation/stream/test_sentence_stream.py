from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.stream.citation_markers import CitationMarkerStream
from bot.generation.stream.sentence_stream import Claim, SentenceStream, clean_sentence


def claims(chunks: list[str], passages: int = 5) -> list[Claim]:
    markers, stream = CitationMarkerStream(passages), SentenceStream()
    found = [c for chunk in chunks for c in stream.feed(markers.feed(chunk))]
    return found + stream.feed(markers.finish()) + stream.finish()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("افتتح الجسر [1].", [("افتتح الجسر.", (1,))]),
        ("افتتح الجسر. [1]", [("افتتح الجسر.", (1,))]),
        ("افتتح الجسر.[1] وهو طويل.[2]", [("افتتح الجسر.", (1,)), ("وهو طويل.", (2,))]),
        ("افتتح الجسر. [1][2] وهو طويل.", [("افتتح الجسر.", (1, 2)), ("وهو طويل.", ())]),
        ("افتتح [1] الجسر [2].", [("افتتح الجسر.", (1, 2))]),
        ("[1] افتتح الجسر.", [("افتتح الجسر.", (1,))]),
        ("افتتح الجسر [9].", [("افتتح الجسر.", ())]),
        (
            "It rose 3.5 percent [1]. It fell [2].",
            [("It rose 3.5 percent.", (1,)), ("It fell.", (2,))],
        ),
        ("Dr. Haddad said so [1].", [("Dr. Haddad said so.", (1,))]),
        ("- بند أول [1]\n- بند ثان [2]", [("- بند أول", (1,)), ("- بند ثان", (2,))]),
        ("**مهم:** افتتح الجسر [1].", [("مهم: افتتح الجسر.", (1,))]),
        ("### الجواب\nافتتح الجسر [1].", [("الجواب", ()), ("افتتح الجسر.", (1,))]),
        ("نعم، افتتح الجسر [1].", [("افتتح الجسر.", (1,))]),
        ("Yes, it opened [1].", [("it opened.", (1,))]),
        ("افتتح الجسر ([1]).", [("افتتح الجسر.", (1,))]),
        ("لم يفتتح الجسر [1]؟ بلى [2]", [("لم يفتتح الجسر؟", (1,)), ("بلى", (2,))]),
        ("", []),
        ("[1]", []),
        ("   \n ", []),
    ],
)
def test_sentences_and_their_citations(
    text: str, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert [(c.text, c.cited) for c in claims([text])] == expected
    assert [(c.text, c.cited) for c in claims(list(text))] == expected


def test_a_sentence_is_emitted_when_the_next_has_begun() -> None:
    markers, stream = CitationMarkerStream(2), SentenceStream()
    assert stream.feed(markers.feed("افتتح الجسر [1]. وقا")) == []
    assert stream.feed(markers.feed("ل ")) == [Claim("افتتح الجسر.", (1,))]


def test_new_lines_are_reported() -> None:
    assert [c.new_line for c in claims(["أولا [1].\nثانيا [1]. ثالثا [1]."])] == [
        False,
        True,
        False,
    ]


def test_invisible_characters_are_removed() -> None:
    assert clean_sentence("افتتح\u202e الجسر\u200b.") == "افتتح الجسر."


PIECES = st.sampled_from(
    [*"ابج .؟!\n[]1،,", "افتتح الجسر", " [1]", ". ", "[2]", "Dr.", "3.5", "\n- "]
)


@given(st.lists(PIECES, max_size=25).map("".join), st.data())
def test_chunk_boundaries_do_not_matter(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert claims(chunks) == claims([text])
