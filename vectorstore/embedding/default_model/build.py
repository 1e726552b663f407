"""Builds the default model: ``python -m vectorstore.embedding.default_model.build MODELS_DIR``.

Run by `model_cache.ensure_model` in a process of its own, as it needs torch, nncf and much memory.
Exit status 3 means that the last line on stderr is a message for users.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vectorstore.core.errors import ModelError, RawiError
from vectorstore.embedding.default_model.atomic_folder import (
    build_folder,
    remove_leftovers,
)
from vectorstore.embedding.default_model.e5_conversion import (
    find_weights,
    write_sentence_transformer,
)
from vectorstore.embedding.default_model.model_cache import (
    EXIT_WITH_MESSAGE,
    is_intact,
    model_paths,
)
from vectorstore.embedding.default_model.openvino_export import export_openvino

_LOCK = ".build.lock"
_LOCK_TIMEOUT = 900.0  # seconds; a build takes a minute on a slow machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what is missing; returns the exit status, 0 or 3."""
    parser = argparse.ArgumentParser(prog="python -m vectorstore.embedding.default_model.build")
    parser.add_argument("models_dir", type=Path)
    parser.add_argument("--openvino", action="store_true", help="also export for OpenVINO")
    options = parser.parse_args(arguments)
    try:
        build(options.models_dir, want_openvino=options.openvino)
    except RawiError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return EXIT_WITH_MESSAGE
    return 0


def build(models_dir: Path, *, want_openvino: bool) -> None:
    """Build the folders that are missing or damaged, one process at a time.

    The lock is taken here and not by the parent, so that it is held even if that is killed.

    Raises:
        ModelError: The model cannot be built.
    """
    from filelock import FileLock, Timeout

    paths = model_paths(models_dir, want_openvino=want_openvino)
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(models_dir / _LOCK, timeout=_LOCK_TIMEOUT):
            remove_leftovers(models_dir)
            source = paths.sentence_transformers
            if not is_intact(source):
                weights = find_weights()
                build_folder(source, lambda folder: write_sentence_transformer(weights, folder))
            if paths.openvino is not None and not is_intact(paths.openvino):
                build_folder(paths.openvino, lambda folder: export_openvino(source, folder))
    except Timeout as error:
        raise ModelError(
            f"Another process has been preparing the model in {models_dir} for more than "
            f"{_LOCK_TIMEOUT / 60:.0f} minutes. End it, or wait for it, and try again."
        ) from error
    except OSError as error:
        raise ModelError(
            f"The model folder {models_dir} cannot be written: {error}. It needs 600 MB; "
            "RAWI_STORE_MODELS_DIR puts it elsewhere."
        ) from error
    except ImportError as error:
        raise ModelError(
            f"A package that prepares the embedding model cannot be imported: {error}. "
            "Install Rawi again with its dependencies: pip install -e ."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
