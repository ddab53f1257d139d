"""Ratios of times: the estimator against what the same arithmetic costs without it.

    python benchmarks/speed.py --data FOLDER
    python benchmarks/speed.py --only import predict_one_row --repeats 15

Two things that are compared take turns in one process, on one thread, or are processes of their
own. Times are CPU seconds, those of the searches wall time. The result is the median of the ratios
of neighbouring turns; rows that are measured again replace those in the file.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from _report import write_report
from _sets import load_set
from _speed_clock import children_seconds, run_python, take_turns
from _speed_loops import HandWritten, bare_forward
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from sklearn_abmtl import ABMTLClassifier

RESULTS = Path(__file__).parent / "results" / "speed.json"
OURS = {"device": "cpu", "random_state": 0}
Arguments = argparse.Namespace


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return 1797 rows of 64 numbers; tasks: the digit, its parity, whether it is above 4."""
    X, digit = load_digits(return_X_y=True)
    return X.astype(np.float32), np.stack([digit, digit % 2, digit > 4], axis=1)


def fit_digits(arguments: Arguments, **parameters: Any) -> dict[str, Any]:
    X, Y = digits()
    ours = ABMTLClassifier(batch_size=128, max_epochs=20, **OURS, **parameters)
    hand_written = HandWritten(ours.fit(X, Y), 180 if parameters["early_stopping"] else 0)
    return take_turns(lambda: ours.fit(X, Y), lambda: hand_written.fit(X, Y), arguments.repeats)


def fit_digits_plain(arguments: Arguments) -> dict[str, Any]:
    return fit_digits(arguments, early_stopping=False)


def fit_digits_stopping(arguments: Arguments) -> dict[str, Any]:
    return fit_digits(arguments, early_stopping=True, n_iter_no_change=20)


def fit_images(arguments: Arguments) -> dict[str, Any]:
    data = load_set(arguments.data, "multi_mnist")
    X, Y = data.X[data.train[:1000], None], data.Y.to_numpy(np.int64)[data.train[:1000]]
    ours = ABMTLClassifier(early_stopping=False, max_epochs=1, batch_size=128, **OURS)
    hand_written = HandWritten(ours.fit(X, Y))
    return take_turns(lambda: ours.fit(X, Y), lambda: hand_written.fit(X, Y), arguments.repeats)


def predict_many(arguments: Arguments) -> dict[str, Any]:
    X, Y = digits()
    ours = ABMTLClassifier(max_epochs=1, **OURS).fit(X, Y)
    X = np.resize(X, (100_000, 64))
    return take_turns(
        lambda: ours.predict_proba(X),
        lambda: bare_forward(ours.net_.module_, X, 4096),
        arguments.repeats,
    )


def predict_one_row(arguments: Arguments) -> dict[str, Any]:
    X, Y = digits()
    ours = ABMTLClassifier(max_epochs=1, **OURS).fit(X, Y)
    other = MLPClassifier((256, 256), max_iter=20, random_state=0).fit(X, Y[:, 0])
    row = X[:1]
    return take_turns(
        lambda: ours.predict(row), lambda: other.predict(row), arguments.repeats, n_calls=300
    )


def import_time(arguments: Arguments) -> dict[str, Any]:
    return take_turns(
        lambda: run_python("-c", "import sklearn_abmtl"),
        lambda: run_python("-c", "import torch, sklearn, skorch"),
        arguments.repeats,
        clock=children_seconds,
    )


class Row(NamedTuple):
    """One comparison and the largest ratio that it may have."""

    what: str
    against: str
    at_most: float
    measure: Callable[[Arguments], dict[str, Any]]


ROWS = {
    "fit_digits": Row(
        "fit, digits 1797 x 64, batch 128, 3 tasks, 20 epochs, no split",
        "a hand-written loop over tensor slices: same network, optimiser, schedule and steps",
        1.15,
        fit_digits_plain,
    ),
    "fit_digits_stopping": Row(
        "the same with validation split, early stopping and history",
        "the same with its own validation pass",
        1.25,
        fit_digits_stopping,
    ),
    "fit_images": Row(
        "fit, multi_mnist, 1000 images, VGGEncoder, 1 epoch",
        "a hand-written loop",
        1.05,
        fit_images,
    ),
    "predict_many": Row(
        "predict_proba, 100,000 x 64", "the bare forward in batches", 1.3, predict_many
    ),
    "predict_one_row": Row(
        "predict, one row", "MLPClassifier.predict, one row, equal width", 2.5, predict_one_row
    ),
    "import": Row("import sklearn_abmtl", "import torch, sklearn, skorch", 1.15, import_time),
}


def cpu_name() -> str:
    """Return the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--data", default="data", help="folder with multi_mnist.npz and others")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
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
