"""Fit once, alone or as one of several processes, and write losses and seconds as JSON.

python benchmarks/_processes_fit.py FILE CASE N_PROCS
torchrun --nproc_per_node=2 benchmarks/_processes_fit.py FILE CASE 1
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, TaskClassifier, VGGEncoder

Rows = tuple[np.ndarray, np.ndarray]
WITHOUT_DROPOUT = {"task_classifier": TaskClassifier(dropout=0), "max_shift": 0}
TO_THE_LAST_EPOCH = {"early_stopping": True, "n_iter_no_change": 1000, "max_epochs": 12}
OF_DIGITS = WITHOUT_DROPOUT | TO_THE_LAST_EPOCH
OF_IMAGES = OF_DIGITS | {"encoder": VGGEncoder(dropout=0)}


class Case(NamedTuple):
    """Rows, and the parameters of their classifier that are not the defaults."""

    rows: Callable[[], Rows]
    parameters: dict[str, Any]


def digits(*sample_shape: int) -> Rows:
    """Return 1797 digits of 64 pixels; tasks: the digit, its parity, whether it is above 4."""
    X, digit = load_digits(return_X_y=True)
    Y = np.stack([digit, digit % 2, digit > 4], axis=1)
    return X.astype(np.float32).reshape(-1, *sample_shape), Y


def random_rows(n_rows: int, *sample_shape: int) -> Rows:
    """Return random numbers with three tasks of four classes: time does not depend on them."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((n_rows, *sample_shape), np.float32)
    return X, generator.integers(4, size=(n_rows, 3))


CASES = {
    "digits as a table": Case(lambda: digits(64), OF_DIGITS | {"encoder": MLPEncoder(dropout=0)}),
    "digits as images": Case(lambda: digits(1, 8, 8), OF_IMAGES),
    "the same in float64": Case(lambda: digits(1, 8, 8), OF_IMAGES | {"dtype": "float64"}),
    "1,024 images of 36 x 36": Case(
        lambda: random_rows(1024, 1, 36, 36),
        {"encoder": VGGEncoder(), "max_epochs": 3, "early_stopping": False},
    ),
    "8,192 rows of 32 numbers": Case(
        lambda: random_rows(8192, 32),
        {"encoder": MLPEncoder(), "n_bins": 1, "max_epochs": 6, "early_stopping": False},
    ),
}


def fit(case: Case, n_procs: int) -> dict[str, Any]:
    """Return the losses of each epoch of a fit, and its seconds."""
    classifier = ABMTLClassifier(batch_size=128, device="cpu", random_state=0, n_procs=n_procs)
    X, Y = case.rows()
    begin = time.perf_counter()
    history = classifier.set_params(**case.parameters).fit(X, Y).history_
    return {
        "fit_seconds": time.perf_counter() - begin,
        "epoch_seconds": [row["dur"] for row in history],
        "train_loss": [row["train_loss"] for row in history],
        "valid_loss": [row["valid_loss"] for row in history if "valid_loss" in row],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("n_procs", type=int)
    arguments = parser.parse_args()
    measured = fit(CASES[arguments.case], arguments.n_procs)
    if os.environ.get("RANK", "0") == "0":
        arguments.path.write_text(json.dumps(measured))


if __name__ == "__main__":
    main()
