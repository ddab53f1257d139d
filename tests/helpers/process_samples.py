"""Small fits in several processes, and the script that torchrun runs."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
from samples import table
from skorch.callbacks import Callback

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, TaskClassifier, save_model
from sklearn_abmtl._data import stored_rows as _stored_rows

N_ROWS = 101  # an odd number, as are its batches and shares


def rows() -> tuple[np.ndarray, np.ndarray]:
    """Return X and class numbers as floats, of which some are missing."""
    X, y = table(N_ROWS)
    y = y.astype(float)
    y[::7, 1] = np.nan
    return X, y


def exact(**parameters: Any) -> ABMTLClassifier:
    """Return a classifier whose result depends on nothing that processes draw."""
    return ABMTLClassifier(
        encoder=MLPEncoder(width=16, dropout=0),
        decoder="mlp",
        task_classifier=TaskClassifier(dropout=0),
        dtype="float64",
        max_epochs=8,
        batch_size=20,
        lr=0.02,
        early_stopping=True,
        n_iter_no_change=3,
        random_state=0,
    ).set_params(**parameters)


class Kill(Callback):
    """Kill the process of one rank in its second epoch."""

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        if net.ranks.rank == 1 and len(net.history) > 1:
            os.kill(os.getpid(), signal.SIGKILL)


class UnsentError(Exception):
    """An error whose pickle cannot be read."""

    def __init__(self, *, what: str = "spoilt", where: str = "in one process") -> None:
        super().__init__(f"{what}, {where}")


def spoilt() -> ValueError:
    return ValueError("spoilt in one process")


class Spoil(Callback):
    """Raise an error in one rank, while the other waits.

    Parameters
    ----------
    error : callable
        Returns the error.
    """

    def __init__(self, error: Callable[[], Exception] = spoilt) -> None:
        self.error = error

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        if net.ranks.rank == 1 and len(net.history) > 1:
            raise self.error()


class Linger(Callback):
    """Leave time after each epoch."""

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        time.sleep(0.5)


class LogReads(Callback):
    """Write the numbers of rows that a process reads, and leave even small files where they are.

    Parameters
    ----------
    folder : Path
        Gets a file a rank: a line for each read, and one of a word where an epoch begins.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return log_reads, (self.folder,)

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        log(self.folder, ["epoch"])

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        log(self.folder, ["end"])


def log(folder: Path, words: Any) -> None:
    with open(folder / f"reads{os.environ['RANK']}", "a") as file:
        print(*words, file=file)


def log_reads(folder: Path) -> LogReads:
    """Return the callback; in a process that was started let the sources of rows log."""
    if "RANK" in os.environ:
        _stored_rows.READ_BYTES = 0
        for source in (_stored_rows.MappedArray, _stored_rows.DatasetItems):
            if not hasattr(source.read, "__wrapped__"):
                source.read = logged(source.read, folder)
    return LogReads(folder)


def logged(read: Any, folder: Path) -> Any:
    @wraps(read)
    def read_and_log(self: Any, numbers: np.ndarray) -> np.ndarray:
        log(folder, numbers)
        return read(self, numbers)

    return read_and_log


def assert_rows_are_shared(folder: Path, n_epochs: int, n_rows: int) -> None:
    """In each epoch every row was read once, by one of two processes; before the first, by both."""
    texts = [path.read_text().split("end")[0] for path in sorted(folder.glob("reads?"))]
    of_ranks = [[np.array(part.split(), int) for part in text.split("epoch")] for text in texts]
    assert [len(parts) for parts in of_ranks] == [1 + n_epochs] * 2
    (before, others), *epochs = zip(*of_ranks, strict=True)
    assert set(np.bincount(before, minlength=n_rows)) <= {2, 3}  # two where held out
    np.testing.assert_array_equal(before, others)
    for shares in epochs:
        np.testing.assert_array_equal(np.sort(np.concatenate(shares)), np.arange(n_rows))
        assert min(len(share) for share in shares) > 0.4 * n_rows


if __name__ == "__main__":  # as torchrun starts it
    X, y = rows()
    folder = Path(sys.argv[1])
    classifier = exact(verbose=2, checkpoint=folder / "checkpoint").fit(X, y)
    drawn = exact(random_state=None, max_epochs=1).fit(X, y)
    for name, fitted in {"exact": classifier.set_params(checkpoint=None), "drawn": drawn}.items():
        save_model(fitted, folder / f"{name}{os.environ['RANK']}.safetensors")
