"""Ratios of times: the estimator against what the same arithmetic costs without it.

    python benchmarks/speed.py --data FOLDER
    python benchmarks/speed.py --only import predict_one_row --repeats 15
    python benchmarks/speed.py --report

Two things that are compared take turns in one process, on one thread, or are processes of their
own. Times are CPU seconds, those of the searches wall time. The result is the median of the ratios
of neighbouring turns; rows that are measured again replace those in the file.
"""

from __future__ import annotations

import argparse
import json
import platform
import warnings
from pathlib import Path

import torch
from _report import write_report
from _speed_rows import ROWS
from sklearn.exceptions import ConvergenceWarning

RESULTS = Path(__file__).parent / "results" / "speed.json"


def cpu_name() -> str:
    """Return the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def print_report(path: Path) -> None:
    """Print the results as a Markdown table."""
    print("| what | against | at most | measured | lowest to highest | ours | other |")
    print("|---|---|---|---|---|---|---|")
    for row in json.loads(path.read_text())["rows"]:
        lowest, *_, highest = row["ratios"]
        cells = [
            *(row[key] for key in ("what", "against", "at_most")),
            f"{row['ratio']:.2f}",
            f"{lowest:.2f} to {highest:.2f}",
            *(f"{row[key]:.3g} {row['unit']}" for key in ("ours", "other")),
        ]
        print(f"| {' | '.join(map(str, cells))} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--data", default="data", help="folder with multi_mnist.npz and others")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--memmap-gigabytes", type=float, default=4.0, help="file of fit_memmap")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--report", action="store_true", help="print the results as Markdown")
    arguments = parser.parse_args()
    if arguments.report:
        print_report(arguments.out)
        return
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)  # all train for the same few epochs
    for name in arguments.only:
        row = ROWS[name]
        earlier = json.loads(arguments.out.read_text())["rows"] if arguments.out.exists() else []
        measured = {
            "name": name,
            "what": row.what,
            "against": row.against,
            "at_most": row.at_most,
        } | row.measure(arguments)
        print(f"{name:22s} {measured['ratio']:7.3f} (at most {row.at_most})", flush=True)
        rows = {entry["name"]: entry for entry in [*earlier, measured]}
        write_report(
            str(arguments.out),
            [rows[name] for name in ROWS if name in rows],
            command="python benchmarks/speed.py --data FOLDER",
            cpu=cpu_name(),
        )


if __name__ == "__main__":
    main()
