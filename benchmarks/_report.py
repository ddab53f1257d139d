"""What every benchmark writes: its rows, and where they were measured."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch


def print_row(name: str, seed: int, row: dict[str, Any]) -> None:
    """Print the scores of one fit."""
    print(
        f"{name:22s} seed {seed}  mean accuracy {row['mean_accuracy']:.4f}  all right "
        f"{row['all_right']:.4f}  log-loss {row['log_loss']:.4f}  fit {row['fit_seconds']:.1f} s",
        flush=True,
    )


def write_report(path: str, rows: list[dict[str, Any]], **contents: Any) -> None:
    """Write rows as JSON, with the machine and the versions of the libraries."""
    report = {
        **contents,
        "machine": platform.machine(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "versions": {p: version(p) for p in ("torch", "scikit-learn", "skorch", "numpy")},
        "rows": rows,
    }
    Path(path).write_text(json.dumps(report, indent=1) + "\n")
