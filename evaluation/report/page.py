"""Renders the report as one HTML file with inline style, script and data."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import StoredRun
from evaluation.decisions.compare import Comparison, compare
from evaluation.report.configuration import configuration_section
from evaluation.report.judgement import judgement_section
from evaluation.report.markup import Html, escape, join, script_json
from evaluation.report.overview import header_section, overview_section
from evaluation.report.questions import question_data
from evaluation.report.refusals import refusals_section
from evaluation.report.tables import breakdown_section, latency_section, measures_section

_SLOT = re.compile(r"\{\{(\w+)\}\}")


def write_report(run: StoredRun, out: Path, *, against: StoredRun | None = None) -> None:
    """Write the report of ``run`` to ``out``, compared with ``against`` if given.

    Raises:
        EvaluationError: the runs cannot be compared, or the file cannot be written.
    """
    page = render_report(run, against=against)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{out} cannot be written: {error.strerror or error}.") from error


def render_report(run: StoredRun, *, against: StoredRun | None = None) -> str:
    """The report of ``run`` as HTML.

    The page makes no requests: its Content-Security-Policy allows only its own style and script, by
    hash. Texts of articles are untrusted and escaped.
    """
    comparison = compare(against.scored_run(), run.scored_run()) if against else None
    style, script = _asset("report.css"), _asset("report.js")
    return _fill(
        _asset("report.html"),
        {
            "title": escape(f"{run.name} · Rawi evaluation"),
            "policy": escape(
                "default-src 'none'; "
                f"style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
                "img-src data:; base-uri 'none'; form-action 'none'"
            ),
            "style": Html(style),
            "script": Html(script),
            "data": script_json(question_data(run, against, comparison)),
            **_sections(run, against, comparison),
        },
    )


def _sections(
    run: StoredRun, against: StoredRun | None, comparison: Comparison | None
) -> dict[str, Html]:
    return {
        "head": header_section(run, against),
        "overview": overview_section(run, comparison),
        "measures": join(measures_section(run, comparison), judgement_section(run)),
        "parts": breakdown_section(run, against),
        "refusals": refusals_section(run),
        "latency": latency_section(run, against),
        "configuration": configuration_section(run, against),
    }


def _asset(name: str) -> str:
    return files("evaluation.report").joinpath(name).read_text(encoding="utf-8")


def _fill(template: str, slots: Mapping[str, Any]) -> str:
    """Replace each slot once; the inserted markup is not searched for slots."""
    return _SLOT.sub(lambda found: str(slots[found[1]]), template)


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"sha256-{digest}"
