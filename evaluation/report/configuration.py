"""The configuration section of the report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evaluation.core.stored_run import StoredRun
from evaluation.report.markup import Html, join, tag

_SECRET = ("key", "token", "secret", "password")


def configuration_section(run: StoredRun, against: StoredRun | None) -> Html:
    """The whole configuration of each run."""
    runs = [run, against] if against else [run]
    return join(
        *(
            tag(
                "details",
                tag("summary", f"Configuration of {each.name}"),
                tag("pre", json.dumps(_masked(each.config), ensure_ascii=False, indent=2)),
            )
            for each in runs
        )
    )


def _masked(value: Any, name: str = "") -> Any:
    """The configuration without secrets; runs mask theirs too, but a report is passed on."""
    if isinstance(value, Mapping):
        return {key: _masked(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, name) for inner in value]
    secret = isinstance(value, str) and any(word in name.lower() for word in _SECRET)
    return "***" if secret and value else value
