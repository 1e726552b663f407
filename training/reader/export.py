"""Exports a run's checkpoint, or the mean of several, as the model that ships with Rawi.

    python -m training.reader.export RUN [RUN …] [--to FOLDER] [--logs FOLDER]

The mean of the weights of runs with the same initialisation but other seeds or settings is better
than each of them, at no cost at inference (Wortsman et al. 2022, "Model soups").

The weights become int8; the card keeps what each run was told, what it was trained on, and its last
measures. The runs' logs go to ``training/reader/logs``, which is not in the wheel, so that
``--repeat`` can follow them. The calibration is the identity until ``training/fit_reading.py`` sets
it.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from training.reader.run import CHECKPOINT, LOG, SETTINGS
from vectorstore.reader.model_file import CARD_FILE, WEIGHTS_FILE, model_folder, write_weights

LOGS = Path(__file__).parent / "logs"


def main() -> None:
    """Export the runs and print the card."""
    parser = argparse.ArgumentParser(prog="python -m training.reader.export", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--to", type=Path, default=model_folder())
    parser.add_argument("--logs", type=Path, default=LOGS, help="where the runs' logs go")
    options = parser.parse_args()
    card = export(options.runs, options.to, options.logs)
    print(json.dumps(card, indent=1))


def export(runs: Sequence[Path], folder: Path, logs: Path) -> dict[str, Any]:
    """Write weights and card of the checkpoints in ``runs`` into ``folder``; returns the card.

    Replaces the logs of an earlier model in ``logs`` by those of ``runs``.
    """
    states = [torch.load(r / CHECKPOINT, weights_only=True, map_location="cpu") for r in runs]
    networks = [state["network"] for state in states]
    weights = {
        name: torch.stack([network[name].float() for network in networks]).mean(dim=0).numpy()
        for name in networks[0]
    }
    folder.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    for old in logs.glob("log*.jsonl"):
        old.unlink()
    checksum = write_weights(weights, folder / WEIGHTS_FILE)
    records = [_run_record(run, state) for run, state in zip(runs, states, strict=True)]
    for number, run in enumerate(runs, 1):
        name = LOG if len(runs) == 1 else f"log-{number}.jsonl"
        shutil.copyfile(run / LOG, logs / name)
    card = {"sha256": checksum, "calibration": {"slope": 1.0, "bias": 0.0}, "runs": records}
    path = folder / CARD_FILE
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return card


def _run_record(run: Path, state: dict[str, Any]) -> dict[str, Any]:
    """A run's settings, training sets and last validation measures."""
    record = json.loads((run / SETTINGS).read_text(encoding="utf-8"))
    entries = [json.loads(line) for line in (run / LOG).read_text(encoding="utf-8").splitlines()]
    measured = [
        {**e["validation"], "after_examples": e.get("examples", state["examples"])}
        for e in entries
        if "validation" in e
    ]
    return {
        "examples": state["examples"],
        "minutes": round(state["elapsed"] / 60, 1),
        "validation": measured[-1] if measured else None,
        **record,
    }


if __name__ == "__main__":
    main()
