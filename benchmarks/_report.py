"""What every benchmark writes: its rows, and where they were measured."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch


def new_parser(description: str | None, out: Path | None = None) -> argparse.ArgumentParser:
    """Return a parser of a benchmark's options, among them the file of its results."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=out, help="JSON file for the results")
    return parser


def cpu_name() -> str:
    """Return the name of the processor if the system has it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def print_row(name: str, seed: int, row: dict[str, Any]) -> None:
    """Print the scores of one fit."""
    print(
        f"{name:22s} seed {seed}  mean accuracy {row['mean_accuracy']:.4f}  all labels correct "
        f"{row['all_right']:.4f}  log-loss {row['log_loss']:.4f}  fit {row['fit_seconds']:.1f} s",
        flush=True,
    )


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of results; none where there is no file."""
    return json.loads(path.read_text())["rows"] if path.exists() else []


def run_or_report(
    parser: argparse.ArgumentParser,
    run: Callable[[argparse.Namespace], None],
    print_report: Callable[[list[dict[str, Any]]], None],
) -> None:
    """Measure, or with ``--report`` print the rows of an earlier measurement."""
    parser.add_argument("--report", action="store_true", help="print the results as Markdown")
    arguments = parser.parse_args()
    if arguments.report:
        print_report(json.loads(arguments.out.read_text())["rows"])
    else:
        run(arguments)


def write_report(path: Path, rows: list[dict[str, Any]], **contents: Any) -> None:
    """Write rows as JSON, with the machine and the versions of the libraries."""
    report = {
        **contents,
        "machine": platform.machine(),
        "cpu": cpu_name(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "versions": {p: version(p) for p in ("torch", "scikit-learn", "skorch", "numpy")},
        "rows": rows,
    }
    path.write_text(json.dumps(report, indent=1) + "\n")
