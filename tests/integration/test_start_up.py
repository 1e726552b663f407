"""What the commands import, which is most of the time that a short one takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, rawi_environment
from tests.integration.conftest import Typed

MOST_MODULES = 100
"""``rawi ask`` imports fewer modules of the project than this, ``__init__`` files not counted."""

PRINT_MODULES = """
import json, sys
from rawi import main
try:
    main()
finally:
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    print(json.dumps(files), file=sys.stderr)
"""


def imported_by(*arguments: str) -> dict[str, str | None]:
    """The modules that a ``rawi`` command has imported when it ends, and their files."""
    done = subprocess.run(
        [sys.executable, "-c", PRINT_MODULES, *arguments],
        env=rawi_environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    files: dict[str, str | None] = json.loads(done.stderr.splitlines()[-1])
    return files


def test_asking_imports_little_of_the_project(typed: Typed, tmp_path: Path) -> None:
    article = tmp_path / "tram.txt"
    text = "الترام الليلي\n\nيعود الترام الليلي إلى العمل يوم الخميس المقبل.\n"
    article.write_text(text, encoding="utf-8")
    assert typed("ingest", article).exit_code == 0
    imported = imported_by("ask", "متى يعود الترام الليلي؟")
    packages = {"bot", "evaluation", "ingest", "prompts", "vectorstore"}
    modules = {
        name: Path(file)
        for name, file in imported.items()
        if file is not None and name.split(".")[0] in packages and Path(file).is_relative_to(ROOT)
    }
    assert "bot.pipeline.answer" in modules
    assert sum(file.name != "__init__.py" for file in modules.values()) < MOST_MODULES
    assert imported.keys().isdisjoint(
        {
            "bot.generation",
            "bot.telegram",
            "evaluation",
            "ingest.fetching",
            "ingest.formats",
            "ingest.html",
            "ingest.loaders",
            "vectorstore.maintenance",
            "chromadb",
            "torch",
        }
    )


def test_the_help_imports_no_heavy_package() -> None:
    imported = imported_by("--help")
    assert "rawi" in imported
    assert imported.keys().isdisjoint(
        {"chromadb", "langgraph", "numpy", "openvino", "telegram", "torch"}
    )
