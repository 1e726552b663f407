"""In expected values ``<1,2>`` is a citation of passages 1 and 2, ``<>`` one without a passage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.stream.citation_markers import (
    CitationMarkerStream,
    CitationPart,
    StreamPart,
    TextPart,
    split_markers,
)


def render(pieces: list[StreamPart]) -> str:
    return "".join(
        p.text if isinstance(p, TextPart) else f"<{','.join(map(str, p.numbers))}>" for p in pieces
    )


def streamed(chunks: list[str], passages: int = 5) -> str:
    stream = CitationMarkerStream(passages)
    return render([p for chunk in chunks for p in stream.feed(chunk)] + stream.finish())


MARKERS = [
    # one number
    ("افتتح الوزير الجسر [1].", "افتتح الوزير الجسر <1>."),
    ("The minister opened the bridge [1].", "The minister opened the bridge <1>."),
    ("الجسر[1]", "الجسر<1>"),
    ("الجسر [ 1 ]", "الجسر <1>"),
    ("الجسر [5]", "الجسر <5>"),
    ("[1] الجسر", "<1> الجسر"),
    ("الجسر 【1】", "الجسر <1>"),
    ("الجسر ［1］", "الجسر <1>"),
    ("الجسر ［１］", "الجسر <1>"),
    ("الجسر [٣]", "الجسر <3>"),
    ("الجسر [۳]", "الجسر <3>"),
    ("الجسر 【٢】", "الجسر <2>"),
    ("الجسر [^1]", "الجسر <1>"),
    ("الجسر [#2]", "الجسر <2>"),
    ("الجسر [[1]]", "الجسر <1>"),
    ("الجسر [[ 2 ]]", "الجسر <2>"),
    ("الجسر \\[1\\]", "الجسر <1>"),
    ("الجسر 【1†source】", "الجسر <1>"),
    ("الجسر 【2†المصدر】", "الجسر <2>"),
    ("الجسر 【4:0†source】", "الجسر <4>"),
    ("الجسر [1†L10-L20]", "الجسر <1>"),
    # labels
    ("the bridge [ID:1]", "the bridge <1>"),
    ("the bridge [ID: 3]", "the bridge <3>"),
    ("the bridge [id 3]", "the bridge <3>"),
    ("the bridge [Source 1]", "the bridge <1>"),
    ("the bridge [source: 2]", "the bridge <2>"),
    ("the bridge [Sources: 1, 2]", "the bridge <1,2>"),
    ("the bridge [Passage 4]", "the bridge <4>"),
    ("the bridge [doc 4]", "the bridge <4>"),
    ("the bridge [Ref. 2]", "the bridge <2>"),
    ("الجسر [المصدر 1]", "الجسر <1>"),
    ("الجسر [مصدر: ٢]", "الجسر <2>"),
    ("الجسر [المقطع ٢]", "الجسر <2>"),
    ("الجسر [المقاطع 1، 2]", "الجسر <1,2>"),
    ("الجسر 【المصدر 1】", "الجسر <1>"),
    # several
    ("الجسر [1][2]", "الجسر <1><2>"),
    ("الجسر [1] [2]", "الجسر <1> <2>"),
    ("الجسر [1,2]", "الجسر <1,2>"),
    ("الجسر [1, 2, 3]", "الجسر <1,2,3>"),
    ("الجسر [1، 2]", "الجسر <1,2>"),
    ("الجسر [١،٢]", "الجسر <1,2>"),
    ("الجسر [1؛ 2]", "الجسر <1,2>"),
    ("الجسر [1;2]", "الجسر <1,2>"),
    ("الجسر [1 و 2]", "الجسر <1,2>"),
    ("the bridge [1 and 2]", "the bridge <1,2>"),
    ("the bridge [1 & 2]", "the bridge <1,2>"),
    ("الجسر [1/2]", "الجسر <1,2>"),
    ("الجسر [1 2]", "الجسر <1,2>"),
    ("الجسر [[1], [2]]", "الجسر <1,2>"),
    ("الجسر [[1][2]]", "الجسر <1,2>"),
    ("الجسر [3,1]", "الجسر <3,1>"),
    ("الجسر [2,2]", "الجسر <2>"),
    ("الجسر 【1】【2】", "الجسر <1><2>"),
    ("the bridge [Source 1, Source 2]", "the bridge <1,2>"),
    # ranges
    ("الجسر [1-3]", "الجسر <1,2,3>"),
    ("الجسر [1–3]", "الجسر <1,2,3>"),
    ("الجسر [1—3]", "الجسر <1,2,3>"),
    ("الجسر [٢-٤]", "الجسر <2,3,4>"),
    ("الجسر [1-2, 5]", "الجسر <1,2,5>"),
    ("الجسر [3-1]", "الجسر <3,1>"),
    ("الجسر [1-99]", "الجسر <1>"),
    ("الجسر [4-8]", "الجسر <4,5>"),
    # numbers that are no passages
    ("الجسر [9].", "الجسر <>."),
    ("الجسر [0]", "الجسر <>"),
    ("الجسر [6]", "الجسر <>"),
    ("الجسر [99]", "الجسر <>"),
    ("الجسر [٩]", "الجسر <>"),
    ("الجسر 【9】", "الجسر <>"),
    ("الجسر [1,9]", "الجسر <1>"),
    ("الجسر [9,1]", "الجسر <1>"),
    ("الجسر [10-21]", "الجسر <>"),
    # links after markers
    ("الجسر [1](https://example.org/a) طويل", "الجسر <1> طويل"),
    ("الجسر [1](http://example.org/?a=1&b=2)", "الجسر <1>"),
    ("the bridge [2](www.example.org)", "the bridge <2>"),
    ("the bridge [2](#source-2).", "the bridge <2>."),
    ("the bridge [9](https://invented.example)", "the bridge <>"),
    ("الجسر [1] (وهو طويل)", "الجسر <1> (وهو طويل)"),
    ("الجسر [1](وهو طويل)", "الجسر <1>(وهو طويل)"),
    ("الجسر [1]()", "الجسر <1>()"),
    ("الجسر [1](", "الجسر <1>("),
    # incomplete markers
    ("الجسر [1", "الجسر "),
    ("الجسر [1,", "الجسر "),
    ("الجسر 【1†sou", "الجسر "),
    ("الجسر [", "الجسر ["),
    ("الجسر [sour", "الجسر [sour"),
    # text
    ("سنة [2018]", "سنة [2018]"),
    ("سنة [٢٠١٨]", "سنة [٢٠١٨]"),
    ("[2018-2019]", "[2018-2019]"),
    ("[1,000]", "[1,000]"),
    ("[100]", "[100]"),
    ("[007]", "[007]"),
    ("[1.5]", "[1.5]"),
    ("[3 قتلى]", "[3 قتلى]"),
    ("[رويترز]", "[رويترز]"),
    ("[sic]", "[sic]"),
    ("[the source]", "[the source]"),
    ("[source]", "[source]"),
    ("[text of 1]", "[text of 1]"),
    ("[]", "[]"),
    ("[ ]", "[ ]"),
    ("[,]", "[,]"),
    ("[-1]", "[-1]"),
    ("[a1]", "[a1]"),
    ("[1a]", "[1a]"),
    ("(1)", "(1)"),
    ("{1}", "{1}"),
    ("]1[", "]1["),
    ("\\alpha", "\\alpha"),
    ("C:\\temp", "C:\\temp"),
    ("[وقال] [1]", "[وقال] <1>"),
    ("[[وقال] 1]", "[[وقال] 1]"),
    ("[حرب [1]]", "[حرب <1>]"),
    ("[1\n]", "[1\n]"),
    ("[\n1]", "[\n1]"),
    # code
    ("`a[1]` [1]", "`a[1]` <1>"),
    ("`[1]`", "`[1]`"),
    ("``[1]`` [2]", "``[1]`` <2>"),
    ("```\nx = a[1]\n``` [1]", "```\nx = a[1]\n``` <1>"),
    ("```python\na[1]\nb[2]\n```\n[3]", "```python\na[1]\nb[2]\n```\n<3>"),
    ("لا ` نهاية\n[1]", "لا ` نهاية\n<1>"),
    ("`a` و `b` [1]", "`a` و `b` <1>"),
]


@pytest.mark.parametrize(("text", "expected"), MARKERS)
def test_whole_texts(text: str, expected: str) -> None:
    assert streamed([text]) == expected


@pytest.mark.parametrize(("text", "expected"), MARKERS)
def test_character_by_character(text: str, expected: str) -> None:
    assert streamed(list(text)) == expected


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (["الجسر [", "1", "]."], "الجسر <1>."),
        (["الجسر [1", "][", "2]"], "الجسر <1><2>"),
        (["الجسر 【", "1†so", "urce】 طويل"], "الجسر <1> طويل"),
        (["a [1](ht", "tps://x.y", ") b"], "a <1> b"),
        (["a [So", "urce 1", "] b"], "a <1> b"),
        (["سنة [20", "18]"], "سنة [2018]"),
        (["``", "`\na[1]\n`", "`` [1]"], "```\na[1]\n``` <1>"),
        (["[", "[", "1", "]", "]"], "<1>"),
        (["\\", "[1\\", "]"], "<1>"),
        (["", "[1]", ""], "<1>"),
    ],
)
def test_markers_split_over_tokens(chunks: list[str], expected: str) -> None:
    assert streamed(chunks) == expected


ALPHABET = st.sampled_from(
    [
        *"[]()【】［］0123459٣,،;-–:†`\\ \nا",
        "[1]",
        "[2]",
        "source",
        "http://x.y",
        "وقال",
        "and",
        "```",
    ]
)


@given(st.lists(ALPHABET, max_size=30).map("".join), st.data())
def test_chunk_boundaries_do_not_matter(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert streamed(chunks) == streamed([text])


@given(st.lists(ALPHABET, max_size=30).map("".join), st.integers(0, 9))
def test_only_existing_passages_are_cited(text: str, passages: int) -> None:
    cited = [
        n for p in split_markers(text, passages) if isinstance(p, CitationPart) for n in p.numbers
    ]
    assert all(1 <= number <= passages for number in cited)


@given(st.text(alphabet=st.characters(exclude_characters="[]【】［］\\`"), max_size=200))
def test_text_without_brackets_is_not_delayed(text: str) -> None:
    stream = CitationMarkerStream(3)
    assert render(stream.feed(text)) == text
    assert stream.finish() == []


@given(st.lists(ALPHABET, max_size=40).map("".join))
def test_the_text_is_a_subsequence_of_the_input(text: str) -> None:
    output = "".join(p.text for p in split_markers(text, 5) if isinstance(p, TextPart))
    rest = iter(text)
    assert all(character in rest for character in output)


@pytest.mark.parametrize(
    ("text", "at_once"),
    [
        ("قال [ح", "قال [ح"),  # no marker begins so
        ("قال [ا", "قال "),  # المصدر begins so
        ("قال [وقا", "قال [وقا"),
        ("قال [الو", "قال [الو"),
        ("قال [2018", "قال [2018"),
        ("قال [1", "قال "),
        ("قال [1] ", "قال <1> "),
        ("قال [1]", "قال <1>"),
        ("قال [so", "قال "),
        ("قال [sol", "قال [sol"),
        ("قال [x", "قال [x"),
    ],
)
def test_text_is_delayed_only_while_it_may_become_a_marker(text: str, at_once: str) -> None:
    assert render(CitationMarkerStream(5).feed(text)) == at_once


def test_a_bracket_that_is_too_long_is_text() -> None:
    stream = CitationMarkerStream(5)
    assert "1, 2" in render(stream.feed("[" + "1, 2, " * 20))


def test_unknown_numbers_are_reported() -> None:
    assert split_markers("[1, 9]", 3) == [CitationPart((1,), (9,))]
