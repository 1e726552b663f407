"""Formats measures for people: shares in percent, differences of shares in points."""

from __future__ import annotations

from evaluation.metrics.registry import Unit

MINUS = "−"


def format_value(value: float, unit: Unit) -> str:
    """A value in its unit.

    Example:
        >>> amount(0.9166, "share"), amount(12.3, "milliseconds")
        ('91.7%', '12 ms')
    """
    if unit == "share":
        return f"{value * 100:.1f}%"
    if unit == "score":
        return f"{value:.2f}".replace("-", MINUS)
    if unit == "milliseconds":
        return format_milliseconds(value)
    if unit == "price":
        return f"{value:.5f}"
    return f"{value:.0f}"


def format_difference(value: float, unit: Unit) -> str:
    """A signed difference; of shares in percentage points, without the % sign."""
    number = f"{value * 100:+.1f}" if unit == "share" else f"{value:+.2f}"
    if unit in ("milliseconds", "characters", "tokens"):
        number = f"{value:+.1f}"
    if unit == "price":
        number = f"{value:+.5f}"
    if float(number) == 0:
        number = number.replace("-", "+")
    return number.replace("-", MINUS)


def format_milliseconds(value: float) -> str:
    """A duration with two or three digits: ``0.4 ms``, ``38 ms``, ``2.1 s``."""
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def format_p_value(value: float) -> str:
    """A p-value with three digits, the most that resampling supports."""
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".")
