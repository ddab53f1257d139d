"""How the time of training grows with rows, tasks, classes and width.

    python benchmarks/growth.py
    python benchmarks/growth.py --only tasks width --repeats 5
    python benchmarks/growth.py --report
    python benchmarks/growth.py --plot

Each row of the table changes one number. The others stay at 4,096 rows, 3 tasks of 4 classes and an
encoder of two layers of 256 units. Features and labels are random numbers, because time does not
depend on them. Times are CPU seconds on one thread. They are medians of several fits of two epochs
in batches of 256: the time of the second epoch, and the time of the fit outside its epochs. The
exponent is the slope of a line through the logarithms. If it is 1, twice the size takes twice the
time. If most of the time is a fixed cost, use the slope between the two largest sizes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch
from _report import new_parser, write_report
from _speed_clock import EpochClock, seconds

from sklearn_abmtl import ABMTLClassifier, MLPEncoder

RESULTS = Path(__file__).parent / "results" / "growth.json"
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "growth.png"
N_FEATURES = 32
N_EPOCHS = 2


class Case(NamedTuple):
    """The sizes of the data and of the encoder."""

    rows: int = 4096
    tasks: int = 3
    classes: int = 4
    width: int = 256


SIZES = {
    "rows": (1_000, 10_000, 100_000, 1_000_000),
    "tasks": (1, 2, 8, 32, 128, 512),
    "classes": (2, 8, 32, 128, 512),
    "width": (32, 128, 512, 2048),
}


def measure(case: Case, repeats: int) -> dict[str, float]:
    """Return the median seconds of an epoch, and of the rest of ``fit``."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((case.rows, N_FEATURES), np.float32)
    Y = generator.integers(case.classes, size=(case.rows, case.tasks)).squeeze()
    classifier = ABMTLClassifier(
        encoder=MLPEncoder(width=case.width),
        n_bins=1,
        batch_size=256,
        early_stopping=False,
        max_epochs=N_EPOCHS,
        callbacks=[("clock", EpochClock())],
        device="cpu",
        random_state=0,
    )
    fits, epochs = [], []
    for _ in range(repeats):
        fits.append(seconds(lambda: classifier.fit(X, Y)))
        epochs.append(dict(classifier.net_.callbacks_)["clock"].seconds_)
    rest = (fit - sum(epoch) for fit, epoch in zip(fits, epochs, strict=True))
    return {
        "epoch_seconds": float(f"{median(epoch[-1] for epoch in epochs):.4g}"),
        "rest_seconds": float(f"{median(rest):.4g}"),
    }


def slope(sizes: list[int], times: list[float]) -> float:
    """Return the exponent of a power of the size, by least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def series(rows: list[dict[str, Any]]) -> dict[str, tuple[list[int], list[float]]]:
    """Return the sizes of each number that grows, and the seconds of their epochs."""
    of_axis = {axis: [row for row in rows if row["grows"] == axis] for axis in SIZES}
    return {
        axis: ([row[axis] for row in found], [row["epoch_seconds"] for row in found])
        for axis, found in of_axis.items()
        if len(found) > 1
    }


def print_report(rows: list[dict[str, Any]]) -> None:
    """Print the seconds of each size and the exponents as Markdown tables."""
    print("| what grows | size | one epoch, s | the rest of fit, s |")
    print("|---|---:|---:|---:|")
    for row in rows:
        cells = (row["grows"], f"{row[row['grows']]:,}", row["epoch_seconds"], row["rest_seconds"])
        print(f"| {' | '.join(map(str, cells))} |")
    print("\n| what grows | exponent | between the two largest |")
    print("|---|---:|---:|")
    for axis, (sizes, times) in series(rows).items():
        print(f"| {axis} | {slope(sizes, times):.2f} | {slope(sizes[-2:], times[-2:]):.2f} |")


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the seconds of an epoch against each number that grows, with the fitted power."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 (only the picture needs it)

    measured = series(rows)
    figure, axes = plt.subplots(
        ncols=len(measured),
        figsize=(3 * len(measured), 3),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for panel, (axis, (sizes, times)) in zip(axes[0], measured.items(), strict=True):
        exponent = slope(sizes, times)
        level = np.log(times).mean() - exponent * np.log(sizes).mean()
        panel.loglog(sizes, times, "o")
        panel.loglog(sizes, np.exp(level) * np.power(sizes, exponent), label=f"{exponent:.2f}")
        panel.set(xlabel=axis)
        panel.legend(title="exponent")
    axes[0, 0].set_ylabel("CPU seconds per epoch")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def run(arguments: argparse.Namespace) -> None:
    """Measure all sizes and write them; the first fit, which loads libraries, does not count."""
    torch.set_num_threads(1)
    base = Case(rows=arguments.rows)
    measure(Case(rows=256), repeats=1)
    rows = []
    for axis in arguments.only:
        for size in SIZES[axis]:
            if size > arguments.largest:
                continue
            case = base._replace(**{axis: size})
            rows.append({"grows": axis} | case._asdict() | measure(case, arguments.repeats))
            print(rows[-1], flush=True)
    write_report(arguments.out, rows, n_features=N_FEATURES, command="python benchmarks/growth.py")


def main() -> None:
    parser = new_parser(__doc__, RESULTS)
    parser.add_argument("--only", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, default=Case().rows, help="where others grow")
    parser.add_argument("--largest", type=int, default=1_000_000, help="size that is measured")
    parser.add_argument("--report", action="store_true", help="print the results as Markdown")
    parser.add_argument("--plot", type=Path, nargs="?", const=PICTURE, help="draw the results")
    arguments = parser.parse_args()
    if not (arguments.report or arguments.plot):
        run(arguments)
        return
    rows = json.loads(arguments.out.read_text())["rows"]
    if arguments.report:
        print_report(rows)
    if arguments.plot:
        draw(rows, arguments.plot)


if __name__ == "__main__":
    main()
