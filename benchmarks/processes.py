"""One network trained by two processes: equality of losses with one process, and the speed.

    python benchmarks/processes.py
    python benchmarks/processes.py --only speed --repeats 5
    python benchmarks/processes.py --report

Losses: the same batches in one process, in two processes that ``fit`` starts, in two processes of
one ``torchrun``, and in two ``torchrun`` nodes of one process each, both on this machine. Dropout
and shifts are off, because each process would draw its own. Therefore losses differ only by
rounding, which grows from epoch to epoch. Speed: each fit is a separate process. The fits of one
case take turns, and the ratios are medians over the turns. Each process has one thread. The time of
an epoch is the median of its fit. Start is the time of ``fit`` without its epochs.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from _report import new_parser, read_rows, run_or_report, write_report

RESULTS = Path(__file__).parent / "results" / "processes.json"
SCRIPT = str(Path(__file__).with_name("_processes_fit.py"))
OF_LOSSES = ("digits as a table", "digits as images", "the same in float64")
OF_SPEED = ("1,024 images of 36 x 36", "8,192 rows of 32 numbers")
TORCHRUN = [sys.executable, "-m", "torch.distributed.run"]
MEASURES = ["losses", "speed"]
Commands = list[list[str]]


def torchrun_nodes() -> Commands:
    """Return the launchers of two nodes, which meet at a free port of this machine."""
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        port = listener.getsockname()[1]
    meeting = ["--rdzv_backend=c10d", f"--rdzv_endpoint=localhost:{port}", "--rdzv_id=fit"]
    node = [*TORCHRUN, "--nnodes=2", "--nproc_per_node=1", *meeting, "--local_addr=localhost"]
    return [node, node]


WAYS: dict[str, tuple[Callable[[], Commands], int]] = {  # launchers, and n_procs
    "one process": (lambda: [[sys.executable]], 1),
    "n_procs=2": (lambda: [[sys.executable]], 2),
    "torchrun, 2 processes": (lambda: [[*TORCHRUN, "--standalone", "--nproc_per_node=2"]], 1),
    "torchrun, 2 nodes": (torchrun_nodes, 1),
}


def fit(case: str, way: str) -> dict[str, Any]:
    """Return the results of a fit, and print that it is done."""
    launchers, n_procs = WAYS[way]
    with TemporaryDirectory() as folder:
        path = Path(folder, "fit.json")
        started = [
            subprocess.Popen(
                [*launcher, SCRIPT, str(path), case, str(n_procs)],
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )
            for launcher in launchers()
        ]
        if any([process.wait() for process in started]):  # a list: wait for all of them
            raise RuntimeError(f"{case!r} failed with {way}.")
        found = json.loads(path.read_text())
    print(f"{case}, {way}: {found['fit_seconds']:.1f} s", flush=True)
    return found


def measure_losses(case: str) -> list[dict[str, Any]]:
    """Return the losses of each way, and their largest difference from those of one process."""
    found = {way: fit(case, way) for way in WAYS}
    alone = found["one process"]
    return [
        {
            "measure": "losses",
            "case": case,
            "way": way,
            **{
                f"{name}_difference": float(np.abs(np.subtract(fitted[name], alone[name])).max())
                for name in ("train_loss", "valid_loss")
            },
            **{name: fitted[name] for name in ("train_loss", "valid_loss")},
        }
        for way, fitted in found.items()
    ]


def measure_speed(case: str, repeats: int) -> dict[str, Any]:
    """Let one process and two take turns."""
    turns = [{n: seconds_of(case, n) for n in (1, 2)} for _ in range(repeats)]
    ratios = sorted(turn[1]["epoch"] / turn[2]["epoch"] for turn in turns)
    medians = {
        f"{part}_seconds_{n}": round(median(turn[n][part] for turn in turns), 4)
        for part in ("epoch", "start")
        for n in (1, 2)
    }
    return {
        "measure": "speed",
        "case": case,
        "ratio": round(median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        **medians,
        "load_average_at_the_end": os.getloadavg()[0],
    }


def seconds_of(case: str, n_procs: int) -> dict[str, float]:
    found = fit(case, "one process" if n_procs == 1 else f"n_procs={n_procs}")
    epochs = found["epoch_seconds"]
    return {"epoch": median(epochs), "start": found["fit_seconds"] - sum(epochs)}


def print_report(rows: list[dict[str, Any]]) -> None:
    """Print both tables as Markdown."""
    print("| losses | epochs | way | last, train | validation | greatest difference |")
    print("|---|---:|---|---:|---:|---:|")
    for row in (row for row in rows if row["measure"] == "losses"):
        last = [f"{row[name][-1]:.5f}" for name in ("train_loss", "valid_loss")]
        greatest = max(row["train_loss_difference"], row["valid_loss_difference"])
        cells = [row["case"], str(len(row["train_loss"])), row["way"], *last, f"{greatest:.1g}"]
        print(f"| {' | '.join(cells)} |")
    print("\n| one epoch | 1 process, s | 2, s | times as fast | start of 1, s | of 2, s |")
    print("|---|---:|---:|---:|---:|---:|")
    for row in (row for row in rows if row["measure"] == "speed"):
        epochs, starts = (
            [f"{row[f'{part}_seconds_{n}']:.3g}" for n in (1, 2)] for part in ("epoch", "start")
        )
        ratios = row["ratios"]
        ratio = f"{row['ratio']:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"| {' | '.join([row['case'], *epochs, ratio, *starts])} |")


def run(arguments: argparse.Namespace) -> None:
    """Measure, and write the results. Results of the other kind stay in the file."""
    earlier = read_rows(arguments.out)
    rows = [row for row in earlier if row["measure"] not in arguments.only]
    if "losses" in arguments.only:
        rows = [row for case in OF_LOSSES for row in measure_losses(case)] + rows
    if "speed" in arguments.only:
        rows += [measure_speed(case, arguments.repeats) for case in OF_SPEED]
    write_report(arguments.out, rows, command="python benchmarks/processes.py")


def main() -> None:
    parser = new_parser(__doc__, RESULTS)
    parser.add_argument(
        "--only", nargs="+", choices=["losses", "speed"], default=["losses", "speed"]
    )
    parser.add_argument("--repeats", type=int, default=3, help="turns of the speed")
    run_or_report(parser, run, print_report)


if __name__ == "__main__":
    main()
