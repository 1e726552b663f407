"""A hypothesis strategy for formatted texts."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.telegram.messages.formatted_text import FormatSpan, FormattedText

LETTERS = st.text(alphabet="اب تث.؟!؛\n a😀𞸀é\u0301👩\u200d🌾«»", max_size=300)


@st.composite
def formatted_texts(draw: st.DrawFn) -> FormattedText:
    text = draw(LETTERS)
    spans = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, len(text)))
        spans.append(FormatSpan(draw(st.sampled_from(["bold", "italic"])), start, end))
    return FormattedText(text, tuple(spans))
