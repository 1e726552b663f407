from __future__ import annotations

from tokenizers import Tokenizer, models, pre_tokenizers

from vectorstore.reader.windows import EOS, OVERLAP_TOKENS, TokenizedText, tokenize, windows


def letters() -> Tokenizer:
    """One token per word, the space before it counted to it as SentencePiece does."""
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 3}, unk_token="<unk>"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_next")
    return tokenizer


def tokens(count: int, first: int = 10) -> TokenizedText:
    """``count`` tokens of two characters each."""
    return TokenizedText(
        list(range(first, first + count)), [(2 * i, 2 * i + 2) for i in range(count)]
    )


def test_a_short_text_is_one_window_of_question_title_and_text() -> None:
    (window,) = windows(tokens(3), tokens(5, 50), tokens(2, 90))
    assert window.ids == [0, 10, 11, 12, 2, 2, 90, 91, 2, 50, 51, 52, 53, 54, 2]
    assert window.first == 9
    assert window.offsets[0] == (0, 2)


def test_windows_of_a_long_text_overlap_and_cover_it() -> None:
    found = windows(tokens(6), tokens(700, 50), limit=200)
    assert all(len(w.ids) <= 200 and w.ids[-1] == EOS for w in found)
    covered = [offset for w in found for offset in w.offsets]
    assert set(covered) == set(tokens(700).offsets)
    assert found[0].offsets[-OVERLAP_TOKENS:] == found[1].offsets[:OVERLAP_TOKENS]


def test_a_long_question_is_truncated() -> None:
    found = windows(tokens(5_000), tokens(40, 50))
    assert [len(w.offsets) for w in found] == [40]


def test_offsets_exclude_leading_spaces_and_include_diacritics() -> None:
    text = "قالَ  الوَزيرُ \u0000نعم"
    (found,) = tokenize(letters(), [text])
    said = [text[s:e] for s, e in found.offsets if s < e]
    assert said[0] == "قالَ"
    assert "الوَزيرُ" in said
