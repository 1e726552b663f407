"""``config.json``: everything needed to repeat a run."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.core.normalise import VERSION as NORMALISER
from evaluation.core.stored_run import FORMAT

if TYPE_CHECKING:
    from bot.engine import Engine

_PACKAGES = (
    "rawi",
    "chromadb",
    "ir-measures",
    "langchain-core",
    "langgraph",
    "numpy",
    "openvino",
    "sentence-transformers",
    "tantivy",
    "tokenizers",
)


def run_config(
    engine: Engine,
    *,
    name: str,
    testset: Mapping[str, Any],
    articles: Mapping[str, Any],
    settings: Mapping[str, Mapping[str, Any]],
    seed: int,
    jobs: int,
) -> dict[str, Any]:
    """The object in ``config.json``; the caller masks secrets in ``settings``."""
    counts = engine.store.catalogue.counts()
    fingerprint = engine.store.stored_fingerprint() or engine.store.fingerprint()
    return {
        "format": FORMAT,
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "testset": dict(testset),
        "engine": {
            **articles,
            "stored_articles": counts["articles"],
            "stored_passages": counts["passages"],
        },
        "settings": {part: dict(values) for part, values in settings.items()},
        "fingerprint": fingerprint.to_json(),
        "versions": _versions(),
        "git_revision": git_revision(),
        "seed": seed,
        "machine": {"cpus": os.cpu_count(), "platform": platform.platform(), "jobs": jobs},
    }


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return {**found, "evaluation-normaliser": NORMALISER}


def git_revision() -> str | None:
    """The checked-out commit, with ``-dirty`` if files were changed; None without git."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],  # noqa: S607
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
