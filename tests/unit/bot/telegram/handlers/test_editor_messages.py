"""Names of files that editors send."""

from __future__ import annotations

import pytest

from bot.telegram.handlers.editor_messages import safe_file_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("خبر.txt", "خبر.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        (r"C:\news\a.md", "a.md"),
        (".hidden.txt", "hidden.txt"),
        ("a\x00b?.txt", "a_b_.txt"),
        ("", "article.txt"),
    ],
)
def test_a_file_name_cannot_leave_its_folder(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


def test_a_very_long_file_name_keeps_its_suffix() -> None:
    name = safe_file_name("م" * 300 + ".jsonl")
    assert name.endswith(".jsonl")
    assert len(name.encode()) <= 200
