"""Small fits in several processes, and the script that torchrun runs."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
from samples import table
from skorch.callbacks import Callback

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, TaskClassifier, save_model

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


class Spoil(Callback):
    """Raise an error in one rank, while the other waits."""

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        if net.ranks.rank == 1 and len(net.history) > 1:
            raise ValueError("spoilt in one process")


if __name__ == "__main__":  # as torchrun starts it
    X, y = rows()
    folder = Path(sys.argv[1])
    classifier = exact(verbose=2, checkpoint=folder / "checkpoint").fit(X, y)
    path = folder / f"{os.environ['RANK']}.safetensors"
    save_model(classifier.set_params(checkpoint=None), path)
