"""Writes a run's checkpoint as the model that ships with Rawi.

    python -m training.reader.export RUN [--to FOLDER]

The weights become int8; the card keeps what the run was told, what it was trained on, and its last
measures. The run's log lies beside it, so that ``--repeat`` can follow it. The calibration is the
identity until ``training/fit_reading.py`` sets it.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import torch

from training.reader.run import CHECKPOINT, LOG
from vectorstore.reading.weights import CARD_FILE, WEIGHTS_FILE, model_folder, write_weights


def main() -> None:
    """Export one run."""
    parser = argparse.ArgumentParser(prog="python -m training.reader.export", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--to", type=Path, default=model_folder())
    options = parser.parse_args()
    card = export(options.run, options.to)
    print(json.dumps(card, indent=1))


def export(run: Path, folder: Path) -> dict[str, Any]:
    """Write weights and card of the checkpoint in ``run`` into ``folder``; the card."""
    state = torch.load(run / CHECKPOINT, weights_only=True, map_location="cpu")
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.float().numpy() for name, tensor in state["network"].items()}
    checksum = write_weights(weights, folder / WEIGHTS_FILE)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    entries = [json.loads(line) for line in (run / LOG).read_text(encoding="utf-8").splitlines()]
    measured = [
        {**e["validation"], "after_examples": e.get("examples", state["examples"])}
        for e in entries
        if "validation" in e
    ]
    card = {
        "sha256": checksum,
        "calibration": {"slope": 1.0, "bias": 0.0},
        "examples": state["examples"],
        "minutes": round(state["elapsed"] / 60, 1),
        "validation": measured[-1] if measured else None,
        **record,
    }
    shutil.copyfile(run / LOG, folder / LOG)
    path = folder / CARD_FILE
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return card


if __name__ == "__main__":
    main()
