"""The cost of one more task, and the speed of reading rows from a file.

    python benchmarks/scaling.py
    python benchmarks/scaling.py --report

Parameters are counted in fitted networks with the defaults for a table. Rows of 64 numbers are read
from a mapped file in batches of 256, as in ``fit``. Passes in order and shuffled passes take turns.
Their wall seconds are measured with the file in the system's cache.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from _report import new_parser, run_or_report, write_report
from _speed_clock import seconds, wall_seconds

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl._data.stored_rows import find_source

RESULTS = Path(__file__).parent / "results" / "scaling.json"
N_FEATURES = 64
N_TASKS = (1, 10, 100, 400)
BATCH_SIZE = 256


def count_parameters(n_tasks: int) -> dict[str, Any]:
    """Return the number of parameters of each part of a network for so many tasks."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((64, N_FEATURES), np.float32)
    Y = np.tile(np.arange(64)[:, np.newaxis] % 2, n_tasks)
    classifier = ABMTLClassifier(attention="task_query", n_bins=1, max_epochs=1, random_state=0)
    network = classifier.fit(X, Y.squeeze()).net_.module_
    sizes = {name: each.numel() for name, each in network.named_parameters()}
    of_tasks = sum(n for name, n in sizes.items() if name.startswith("task_classifiers."))
    of_gamma = sum(n for name, n in sizes.items() if name.endswith(".gamma"))
    return {
        "what": "parameters",
        "tasks": n_tasks,
        "task classifiers": of_tasks,
        "gamma": of_gamma,
        "others": sum(sizes.values()) - of_tasks - of_gamma,
    }


def measure_reading(path: Path, n_rows: int, repeats: int) -> list[dict[str, Any]]:
    """Return how many rows per second are read from a file, in order and shuffled."""
    generator = np.random.default_rng(0)
    X = np.lib.format.open_memmap(path, "w+", np.float32, (n_rows, N_FEATURES))
    X[:] = generator.standard_normal(X.shape, np.float32)
    X.flush()
    source = find_source(np.load(path, mmap_mode="r"))
    orders = {"in order": np.arange(n_rows), "shuffled": generator.permutation(n_rows)}
    passes: dict[str, list[float]] = {order: [] for order in orders}
    for _ in range(repeats):
        for order, numbers in orders.items():
            passes[order].append(seconds(lambda n=numbers: read_all(source, n), wall_seconds))
    return [
        {"what": "reading", "order": order, "rows": n_rows, "rows a second": n_rows / median(times)}
        for order, times in passes.items()
    ]


def read_all(source: Any, numbers: np.ndarray) -> None:
    """Read all rows, one batch at a time, each in ascending order."""
    pieces = np.split(numbers, range(BATCH_SIZE, len(numbers), BATCH_SIZE))
    for _ in source.read_in_turn(map(np.sort, pieces)):
        pass


def print_report(rows: list[dict[str, Any]]) -> None:
    """Print both tables as Markdown."""
    print("| tasks | task classifiers | gamma | other parameters |\n|---:|---:|---:|---:|")
    for row in rows:
        if row["what"] == "parameters":
            cells = (row[name] for name in ("tasks", "task classifiers", "gamma", "others"))
            print(f"| {' | '.join(f'{cell:,}' for cell in cells)} |")
    print("\n| order | rows a second | MB a second |\n|---|---:|---:|")
    for row in rows:
        if row["what"] == "reading":
            megabytes = row["rows a second"] * 4 * N_FEATURES / 2**20
            print(f"| {row['order']} | {row['rows a second']:,.0f} | {megabytes:,.0f} |")


def run(arguments: argparse.Namespace) -> None:
    """Count and measure, and write both."""
    rows = [count_parameters(n_tasks) for n_tasks in N_TASKS]
    with TemporaryDirectory() as folder:
        rows += measure_reading(Path(folder, "X.npy"), arguments.rows, arguments.repeats)
    write_report(arguments.out, rows, command="python benchmarks/scaling.py")
    print_report(rows)


def main() -> None:
    parser = new_parser(__doc__, RESULTS)
    parser.add_argument("--rows", type=int, default=4_000_000, help="of the file, 256 bytes each")
    parser.add_argument("--repeats", type=int, default=5)
    run_or_report(parser, run, print_report)


if __name__ == "__main__":
    main()
