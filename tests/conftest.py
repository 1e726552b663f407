"""What tests share: the prepared embedding model, a home of their own, and the command line."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from vectorstore.embedding.default_model.model_cache import ensure_model
from vectorstore.embedding.embedder import Embedder
from vectorstore.embedding.loading import load_embedder

ROOT = Path(__file__).resolve().parents[1]

Rawi = Callable[..., subprocess.CompletedProcess[str]]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job is deaf to Ctrl-C, and so are its children: tests send it to some.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The default model, built once and kept between runs.

    In RAWI_TEST_MODELS_DIR, or under .rawi in the checkout, where `make demo` keeps it too.
    """
    folder = Path(os.environ.get("RAWI_TEST_MODELS_DIR") or ROOT / ".rawi" / "models").absolute()
    ensure_model(folder, want_openvino=importlib.util.find_spec("openvino") is not None)
    return folder


@pytest.fixture(scope="session")
def model(models_dir: Path) -> Embedder:
    return load_embedder("default", "auto", models_dir)


@pytest.fixture(scope="session")
def samples_home(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Path:
    """A RAWI_HOME with the samples, made once for all workers: to copy, not to change."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "samples-home"
    with filelock.FileLock(f"{home}.lock"):
        if not home.exists():
            making = home.with_name("samples-home.making")
            kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("RAWI_")}
            subprocess.run(
                [sys.executable, str(ROOT / "rawi.py"), "ingest", str(ROOT / "samples")],
                env={**kept, "RAWI_HOME": str(making), "RAWI_STORE_MODELS_DIR": str(models_dir)},
                check=True,
                capture_output=True,
            )
            making.rename(home)
    return home


@pytest.fixture
def home(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty RAWI_HOME, set in the environment; no other setting and no .env is seen."""
    for name in [name for name in os.environ if name.upper().startswith("RAWI_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("RAWI_HOME", str(folder))
    monkeypatch.setenv("RAWI_STORE_MODELS_DIR", str(models_dir))
    return folder


@pytest.fixture
def rawi(home: Path) -> Rawi:
    """Runs the real command: ``rawi("ingest", path)`` gives the CompletedProcess."""

    def run(
        *arguments: object, stdin: str | None = None, timeout: float = 240
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            rawi_command(*arguments),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            env=rawi_environment(),
            check=False,
        )

    return run


def rawi_command(*arguments: object) -> list[str]:
    """The command line of ``rawi`` in this checkout."""
    return [sys.executable, "-m", "rawi", *map(str, arguments)]


def rawi_environment() -> dict[str, str]:
    """Our environment, with this checkout's packages found from any folder."""
    search = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(search),
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "200",
    }
