"""How long a training step takes with one CPU thread and with two.

    python benchmarks/threads.py
    python benchmarks/threads.py --report

Networks of several sizes are trained on random rows in batches of several sizes. Fits with one
thread and with two take turns. Times are medians of wall milliseconds per step. Products are
parameters times rows of a batch, in millions; ``fit`` uses this number to choose the number of
threads. Other programs on the machine disturb two threads more than one.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import torch
from _report import new_parser, run_or_report, write_report
from _speed_clock import compare

from sklearn_abmtl import ABMTLClassifier, MLPEncoder
from sklearn_abmtl._training.execution import threads as _threads

RESULTS = Path(__file__).parent / "results" / "threads.json"
HEADINGS = ("network", "batch", "products, 10^6", "one thread, ms", "two threads, ms", "two / one")


class Case(NamedTuple):
    """A kind of rows, how many, and parameters of the classifier."""

    sample_shape: tuple[int, ...]
    n_rows: int
    batch_sizes: tuple[int, ...]
    parameters: dict[str, Any]


CASES = {
    "table, width 32": Case((64,), 2048, (16, 128, 1024), {"encoder": MLPEncoder(width=32)}),
    "table, width 256": Case((64,), 2048, (16, 128, 1024), {"encoder": MLPEncoder(width=256)}),
    "table, width 1024": Case((64,), 2048, (16, 128, 1024), {"encoder": MLPEncoder(width=1024)}),
    "table, a token a feature": Case((16,), 512, (16, 128), {"encoder": "feature_token"}),
    "sequences of 50 steps": Case((50, 3), 512, (16, 128), {}),
    "images of 36 x 36": Case((1, 36, 36), 256, (16, 128), {}),
}


def measure(case: Case, batch_size: int, repeats: int) -> dict[str, Any]:
    """Return milliseconds per step with one thread and with two, and the products per step."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((case.n_rows, *case.sample_shape), np.float32)
    Y = generator.integers(4, size=(case.n_rows, 3))
    classifier = ABMTLClassifier(
        **case.parameters,
        n_bins=1,
        batch_size=batch_size,
        early_stopping=False,
        max_epochs=2,
        device="cpu",
        random_state=0,
    )

    def milliseconds(n_threads: int) -> float:
        torch.set_num_threads(n_threads)
        classifier.fit(X, Y)
        return 1000 * classifier.history_[-1]["dur"] / (case.n_rows // batch_size)

    with patch.object(_threads, "MIN_PRODUCTS", 0):  # fit takes the threads that are set here
        measured = compare(lambda: milliseconds(2), lambda: milliseconds(1), repeats, "ms")
    parameters = classifier.net_.module_.parameters()
    return measured | {"products": batch_size * sum(each.numel() for each in parameters)}


def print_report(rows: list[dict[str, Any]]) -> None:
    """Print the comparisons as a Markdown table, in the order of their products."""
    print(f"| {' | '.join(HEADINGS)} |")
    print("|---" + "|---:" * (len(HEADINGS) - 1) + "|")
    for row in sorted(rows, key=lambda row: row["products"]):
        products = f"{row['products'] / 1e6:.1f}"
        cells = (row["network"], row["batch"], products, row["other"], row["ours"])
        print(f"| {' | '.join(map(str, cells))} | {row['ratio']:.2f} |")


def run(arguments: argparse.Namespace) -> None:
    """Compare all cases and write them."""
    rows = []
    for name in arguments.only:
        for batch_size in CASES[name].batch_sizes:
            measured = measure(CASES[name], batch_size, arguments.repeats)
            rows.append({"network": name, "batch": batch_size} | measured)
            print(name, batch_size, measured["ratio"], flush=True)
    write_report(arguments.out, rows, command="python benchmarks/threads.py")


def main() -> None:
    parser = new_parser(__doc__, RESULTS)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--repeats", type=int, default=5)
    run_or_report(parser, run, print_report)


if __name__ == "__main__":
    main()
