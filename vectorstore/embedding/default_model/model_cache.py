"""The folder of prepared models, filled by a subprocess."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vectorstore.core.errors import ModelError
from vectorstore.embedding.default_model import MODEL_NAME, MODEL_SHA256

Notify = Callable[[str], None]

EXIT_WITH_MESSAGE = 3
"""Exit status of the builder if its last line on stderr is a message for users."""

# The number is increased whenever the written files change.
_SENTENCE_TRANSFORMERS = f"{MODEL_NAME}-{MODEL_SHA256[:8]}-sentence-transformers-1"
_OPENVINO = f"{MODEL_NAME}-{MODEL_SHA256[:8]}-openvino-int8-2"
_LAST_LINES = 6

MANIFEST_FILE = "manifest.json"
"""In a complete folder: the sizes of its files."""


@dataclass(frozen=True, slots=True)
class ModelPaths:
    """Folders of the default model; ``openvino`` is None if it is not wanted."""

    sentence_transformers: Path
    openvino: Path | None = None


def model_paths(models_dir: Path, *, want_openvino: bool) -> ModelPaths:
    """The folders of the default model under ``models_dir``, whether they exist or not."""
    return ModelPaths(
        models_dir / _SENTENCE_TRANSFORMERS,
        models_dir / _OPENVINO if want_openvino else None,
    )


def is_intact(folder: Path) -> bool:
    """Whether all files of the folder's manifest exist with their full size."""
    try:
        sizes = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))["sizes"]
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def is_ready(paths: ModelPaths) -> bool:
    """Whether the model can be loaded; only OpenVINO's folder is needed if it is wanted."""
    return is_intact(paths.openvino or paths.sentence_transformers)


def ensure_model(
    models_dir: Path, *, want_openvino: bool, notify: Notify | None = None
) -> ModelPaths:
    """Build the default model under ``models_dir`` if it is missing or damaged.

    Building takes 20 seconds and 2 GB of memory, in a process of its own, so that the caller does
    not import torch. If several processes call this at once, one builds and the others wait.

    Raises:
        ModelError: The model cannot be built; the message includes the builder's.
    """
    models_dir = models_dir.absolute()
    paths = model_paths(models_dir, want_openvino=want_openvino)
    if is_ready(paths):
        return paths
    if notify is not None:
        notify(f"Preparing the embedding model in {models_dir} (once, about 20 seconds)")
    _run_builder(models_dir, want_openvino=want_openvino)
    if not is_ready(paths):
        raise ModelError(
            f"The embedding model in {models_dir} is still incomplete after it was built. "
            "Delete that folder and try again."
        )
    return paths


def _run_builder(models_dir: Path, *, want_openvino: bool) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "vectorstore.embedding.default_model.build"]
    command += [str(models_dir), *(["--openvino"] if want_openvino else [])]
    done = subprocess.run(  # noqa: S603
        command,
        env=_builder_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode == EXIT_WITH_MESSAGE and lines:
        raise ModelError(lines[-1])
    if done.returncode == -getattr(signal, "SIGKILL", 9):
        lines.append("It was killed, most likely for lack of memory (it needs about 2 GB).")
    raise ModelError(
        f"The embedding model could not be prepared in {models_dir}. Its builder's last words:\n"
        + "\n".join(lines[-_LAST_LINES:])
        + f"\nTo see all of it, run: {' '.join(command)}"
    )


def _builder_environment() -> dict[str, str]:
    """The environment of the builder: finds our packages, and is offline."""
    root = str(Path(__file__).resolve().parents[3])
    search = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(search),
        "PYTHONIOENCODING": "utf-8",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
