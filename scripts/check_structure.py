"""Checks the structure of the source tree; part of ``make lint``.

- A folder holds at most `MAX_MODULES` modules beside each other.
- Folders of the packages do not import each other in a circle, counting imports inside functions.
- A public class name is defined once, so that one name means one thing.

Exit code 1 and one line for each violation.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vectorstore", "ingest", "prompts", "bot", "evaluation", "training", "benchmarks")
MAX_MODULES = 12


def module_name(path: Path) -> str:
    """The dotted name of a module, a package's own name for its ``__init__.py``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(tree: ast.Module, known: dict[str, Path]) -> Iterator[str]:
    """The modules of this tree that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                target = f"{node.module}.{alias.name}"
                target = target if target in known else node.module
                if target in known:
                    yield target


def violations(root: Path = ROOT) -> Iterator[str]:
    """One line for each violation."""
    paths = [p for package in PACKAGES for p in sorted((root / package).rglob("*.py"))]
    modules = {module_name(path): path for path in paths}
    trees = {name: ast.parse(path.read_text("utf-8")) for name, path in modules.items()}

    counts = Counter(path.parent for path in paths if path.name != "__init__.py")
    for folder, count in sorted(counts.items()):
        if count > MAX_MODULES:
            yield f"{folder.relative_to(root)}: {count} modules, more than {MAX_MODULES}"

    def folder_of(module: str) -> str:
        return str(modules[module].parent.relative_to(root))

    imports: dict[str, set[str]] = defaultdict(set)
    for name, tree in trees.items():
        for target in imported_modules(tree, modules):
            if folder_of(target) != folder_of(name):
                imports[folder_of(name)].add(folder_of(target))
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        yield f"folders import each other: {' -> '.join(error.args[1])}"

    classes: dict[str, list[str]] = defaultdict(list)
    for name, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].append(name)
    for class_name, places in sorted(classes.items()):
        if len(places) > 1:
            yield f"class {class_name} is defined {len(places)} times: {', '.join(places)}"


if __name__ == "__main__":
    found = list(violations())
    print("\n".join(found) or "structure: no violations")
    sys.exit(1 if found else 0)
