"""Ratios of times: the estimator compared with the same arithmetic without it.

    python benchmarks/speed.py --data FOLDER
    python benchmarks/speed.py --only import predict_one_row --repeats 15
    python benchmarks/speed.py --device cuda --data FOLDER --repeats 3
    python benchmarks/speed.py --report

Two things that are compared take turns in one process on one thread, or are separate processes.
Times are CPU seconds, or wall seconds for the searches and a GPU. The result is the median of the
ratios of neighbouring turns. Rows that are measured again replace those in the file. With
``--only`` and a small ``--share``, the rows of a GPU can be tried on a CPU.
"""

from __future__ import annotations

import argparse
import json
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from _report import new_parser, read_rows, write_report
from _speed_captured import PRECISIONS
from _speed_clock import Row
from _speed_cuda import CUDA_ROWS
from _speed_rows import ROWS
from sklearn.exceptions import ConvergenceWarning

RESULTS = Path(__file__).parent / "results"


class Part(NamedTuple):
    """The comparisons that are made for a device, and where their results lie."""

    rows: dict[str, Row]
    results: Path


PARTS = {
    "cpu": Part(ROWS, RESULTS / "speed.json"),
    "cuda": Part(CUDA_ROWS, RESULTS / "speed_cuda.json"),
}
ALL_ROWS = ROWS | CUDA_ROWS


def print_report(path: Path) -> None:
    """Print the results as a Markdown table."""
    print("| what | against | at most | measured | lowest to highest | ours | other |")
    print("|---|---|---|---|---|---|---|")
    for row in json.loads(path.read_text())["rows"]:
        lowest, highest = row["ratios"][0], row["ratios"][-1]
        cells = [
            *(row[key] for key in ("what", "against", "at_most")),
            f"{row['ratio']:.2f}",
            f"{lowest:.2f} to {highest:.2f}",
            *(f"{row[key]:.3g} {row['unit']}" for key in ("ours", "other")),
        ]
        print(f"| {' | '.join(map(str, cells))} |")


def measure(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the result of one comparison, with its description and its largest allowed ratio."""
    row = ALL_ROWS[name]
    told = {"name": name, "what": row.what, "against": row.against, "at_most": row.at_most}
    measured = told | row.measure(arguments)
    print(f"{name:22s} {measured['ratio']:7.3f} (at most {row.at_most})", flush=True)
    return measured


def add_to_file(path: Path, measured: dict[str, Any]) -> None:
    """Add a comparison to the file."""
    earlier = read_rows(path)
    rows = {entry["name"]: entry for entry in [*earlier, measured]}
    write_report(
        path,
        [rows[name] for name in ALL_ROWS if name in rows],
        command="python benchmarks/speed.py --data FOLDER",
    )


def read_arguments() -> argparse.Namespace:
    parser = new_parser(__doc__)
    parser.add_argument("--device", choices=PARTS, default="cpu")
    parser.add_argument("--only", nargs="+", choices=ALL_ROWS, help="by default the device's")
    parser.add_argument("--data", default="data", help="folder with multi_mnist.npz and others")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--memmap-gigabytes", type=float, default=4.0, help="file of fit_memmap")
    parser.add_argument("--report", action="store_true", help="print the results as Markdown")
    of_cuda = parser.add_argument_group("rows of a GPU")
    of_cuda.add_argument("--share", type=float, default=1.0, help="of their rows and epochs")
    of_cuda.add_argument("--params", default="{}", help='as JSON, such as {"compile": "graph"}')
    of_cuda.add_argument("--by-hand-precision", choices=PRECISIONS, default="float32")
    arguments = parser.parse_args()
    part = PARTS[arguments.device]
    arguments.only = arguments.only or list(part.rows)
    arguments.out = arguments.out or part.results
    return arguments


def main() -> None:
    arguments = read_arguments()
    if arguments.report:
        print_report(arguments.out)
        return
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)  # all train for the same few epochs
    for name in arguments.only:
        missing = [module for module in ALL_ROWS[name].needs if find_spec(module) is None]
        if missing:
            print(f"{name:22s} left out: needs {', '.join(missing)}", flush=True)
            continue
        add_to_file(arguments.out, measure(name, arguments))


if __name__ == "__main__":
    main()
