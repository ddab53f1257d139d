"""The comparisons of the benchmark of speed: each times two things that take turns."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from _sets import load_set
from _speed_clock import (
    Row,
    children_seconds,
    compare,
    run_python,
    take_turns,
    wall_seconds,
)
from _speed_loops import HandWritten, bare_forward
from joblib import parallel_config
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier

from sklearn_abmtl import ABMTLClassifier, MLPEncoder

MEMORY_SCRIPT = Path(__file__).with_name("_speed_memory.py")
MEMMAP_SCRIPT = Path(__file__).with_name("_speed_memmap.py")
ARROW_SCRIPT = Path(__file__).with_name("_speed_arrow.py")
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
    other = MLPClassifier((256, 256), random_state=0).fit(X, Y[:, 0])
    row = X[:1]
    return take_turns(
        lambda: ours.predict(row), lambda: other.predict(row), arguments.repeats, n_calls=300
    )


def fit_tables_of_tasks(arguments: Arguments) -> dict[str, Any]:
    X, _ = digits()
    return fit_64_tasks(X, X > 0, arguments)


def fit_images_of_tasks(arguments: Arguments) -> dict[str, Any]:
    data = load_set(arguments.data, "multi_mnist")
    X = data.X[data.train[:500], None]
    return fit_64_tasks(X, X[:, 0, 1::4, 1::4].reshape(len(X), -1) > 0, arguments)


def fit_64_tasks(X: np.ndarray, labels: np.ndarray, arguments: Arguments) -> dict[str, Any]:
    """Compare 64 tasks of two classes (is a pixel black?) with the one that is most balanced."""
    order = np.argsort(np.abs(labels.mean(axis=0) - 0.5))[:64]
    Y = labels[:, np.resize(order, 64)].astype(int)
    ours = ABMTLClassifier(early_stopping=False, max_epochs=2, batch_size=128, **OURS)
    return take_turns(lambda: ours.fit(X, Y), lambda: ours.fit(X, Y[:, 0]), arguments.repeats)


def fit_yeast(arguments: Arguments) -> dict[str, Any]:
    data = load_set(arguments.data, "yeast")
    X, Y = data.X[data.train].astype(np.float32), data.Y.to_numpy(np.int64)[data.train]
    options = {"batch_size": 128, "early_stopping": False}
    ours = ABMTLClassifier(
        encoder=MLPEncoder(width=256, n_layers=2), max_epochs=20, **options, **OURS
    )
    one = MLPClassifier((256, 256), max_iter=20, n_iter_no_change=20, random_state=0, **options)
    others = MultiOutputClassifier(one)
    return take_turns(lambda: ours.fit(X, Y), lambda: others.fit(X, Y), arguments.repeats)


def fit_census(arguments: Arguments) -> dict[str, Any]:
    import _speed_census  # noqa: PLC0415 (pytorch-tabnet is optional)

    return _speed_census.fit_census(arguments)


def grid_search(arguments: Arguments) -> dict[str, Any]:
    X, Y = digits()
    one = ABMTLClassifier(max_epochs=5, **OURS)
    grid = {"lr": [5e-4, 1e-3, 2e-3, 4e-3], "batch_size": [64, 128]}

    def search(n_jobs: int) -> None:
        with parallel_config("loky", n_jobs=n_jobs, inner_max_num_threads=1):
            GridSearchCV(one, grid, cv=3, refit=False).fit(X, Y)

    # the first turn, which is not counted, starts the processes and imports torch in them
    return take_turns(lambda: search(2), lambda: search(1), arguments.repeats, clock=wall_seconds)


def predict_memory(arguments: Arguments) -> dict[str, Any]:
    """Compare the growth of the process with input, output and 200 MB."""
    runs = [run_python(str(MEMORY_SCRIPT)).split() for _ in range(arguments.repeats + 1)]
    grown, allowed = (map(float, megabytes) for megabytes in zip(*runs, strict=True))
    return compare(lambda: next(grown), lambda: next(allowed), arguments.repeats, "MB")


def fit_memmap(arguments: Arguments) -> dict[str, Any]:
    return fit_file(arguments, MEMMAP_SCRIPT, "fit_memmap")


def fit_arrow(arguments: Arguments) -> dict[str, Any]:
    return fit_file(arguments, ARROW_SCRIPT, "fit_arrow")


def fit_file(arguments: Arguments, path: Path, name: str) -> dict[str, Any]:
    """Compare the peak of a process that fits the rows of a file with 1 GB."""
    with TemporaryDirectory() as folder:
        script = (str(path), str(Path(folder, "X")))
        run_python(*script, "write", str(arguments.memmap_gigabytes))
        measured = compare(
            lambda: float(run_python(*script, "fit")), lambda: 1024.0, arguments.repeats, "MB"
        )
    return measured | {"what": f"{ROWS[name].what}, {arguments.memmap_gigabytes:g} GB"}


def import_time(arguments: Arguments) -> dict[str, Any]:
    return take_turns(
        lambda: run_python("-c", "import sklearn_abmtl"),
        lambda: run_python("-c", "import torch, sklearn, skorch"),
        arguments.repeats,
        clock=children_seconds,
    )


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
    "fit_64_tasks_images": Row(
        "fit with 64 tasks, 500 images, VGGEncoder",
        "1 task, same rows and encoder",
        1.5,
        fit_images_of_tasks,
    ),
    "fit_64_tasks_table": Row(
        "fit with 64 tasks, digits, MLPEncoder",
        "1 task, same rows and encoder",
        1.5,
        fit_tables_of_tasks,
    ),
    "fit_yeast": Row(
        "fit with 14 tasks (yeast), 20 epochs, batch 128",
        "MultiOutputClassifier(MLPClassifier), equal width, epochs and batch",
        0.12,
        fit_yeast,
    ),
    "fit_census": Row(
        "an epoch on census, batch 1024",
        "TabNetMultiTaskClassifier, same batch",
        0.2,
        fit_census,
        needs=("pytorch_tabnet",),
    ),
    "grid_search": Row(
        "GridSearchCV, 8 candidates x 3 folds, n_jobs=2, workers started before, wall time",
        "n_jobs=1",
        0.6,
        grid_search,
    ),
    "predict_memory": Row(
        "growth of the process by predict_proba, 1,000,000 x 64 of float32",
        "input, output and 200 MB",
        1.0,
        predict_memory,
    ),
    "fit_memmap": Row(
        "fit and predict_proba, rows x 16,384 of float32 in a memmap, 1 epoch",
        "1 GB resident",
        1.0,
        fit_memmap,
    ),
    "fit_arrow": Row(
        "the same by Hugging Face datasets from Parquet, without the pages of its Arrow file",
        "1 GB resident",
        1.0,
        fit_arrow,
        needs=("datasets",),
    ),
    "import": Row("import sklearn_abmtl", "import torch, sklearn, skorch", 1.15, import_time),
}
