"""``rawi evaluate contamination`` over a real store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.conftest import Typed

ARTICLES = [
    {
        "id": "bridge",
        "title": "افتتاح جسر الصنوبر الجديد",
        "text": "افتتح وزير الأشغال كريم العابد جسر الصنوبر الجديد في مدينة الروابي. "
        "وبلغت كلفة الجسر 14 مليون دينار، واستغرق بناؤه ثلاث سنوات.",
        "date": "2024-03-02",
    },
    {
        "id": "dates",
        "title": "ارتفاع أسعار التمور في الواحات",
        "text": "ارتفع سعر كيلوغرام التمر في أسواق الواحات إلى سبعة دنانير هذا الأسبوع. "
        "وعزت نقابة التجار ذلك إلى قلة الأمطار.",
        "date": "2024-03-05",
    },
]
BRIDGE = {"id": "bridge", "question": "كم بلغت كلفة جسر الصنوبر؟"}
DATES = {"id": "dates", "question": "إلى ماذا عزت نقابة التجار ارتفاع سعر التمر في الواحات؟"}
NOT_INDEPENDENT = [{"id": "more", "question": "المزيد"}, {"id": "why", "question": "ولماذا؟"}]


def _write(path: Path, records: list[dict[str, Any]]) -> Path:
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_changed_answers_are_listed_and_fail(typed: Typed, tmp_path: Path) -> None:
    articles = _write(tmp_path / "articles.jsonl", ARTICLES)
    clean = _write(tmp_path / "clean.jsonl", [BRIDGE, DATES])
    mixed = _write(tmp_path / "mixed.jsonl", [BRIDGE, *NOT_INDEPENDENT])
    options = ("--articles", articles, "--orders", "2", "--seed", "1")

    same = typed("evaluate", "contamination", clean, *options)
    assert same.exit_code == 0, same.stdout + same.stderr
    assert "0 of 4 answers changed" in same.stdout

    listed = typed("evaluate", "contamination", mixed, *options)
    counted = typed("evaluate", "contamination", mixed, *options, "--json")

    assert (listed.exit_code, counted.exit_code) == (1, 1), listed.stderr + counted.stderr
    found = json.loads(counted.stdout)
    changed = found["changed_answers"]
    assert (found["asked"], found["changed"]) == (6, len(changed))
    assert {each["id"] for each in changed} <= {"more", "why"}
    assert f"{len(changed)} of 6 answers changed" in listed.stdout
    for each in changed:
        assert f"{each['id']}: {each['question']}" in listed.stdout
        assert f"after:     {each['previous_id']}: {each['previous_question']}" in listed.stdout


def test_one_question_is_not_enough(typed: Typed, tmp_path: Path) -> None:
    testset = _write(tmp_path / "one.jsonl", [BRIDGE])
    found = typed("evaluate", "contamination", testset)
    assert found.exit_code == 1
    assert "no two independent questions" in found.stderr
