"""Fits that are cut off, by name of what they learn and how."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from samples import frame, quick, table
from skorch.callbacks import Callback

from sklearn_abmtl import ABMTLClassifier, FeatureTokenEncoder, RecurrentEncoder, VGGEncoder
from sklearn_abmtl.losses import LOSS_WEIGHTINGS

X, CODES = table(60)
Y = frame(CODES)
SEQUENCES = np.random.default_rng(0).normal(size=(60, 6, 2))
IMAGES = np.random.default_rng(0).normal(size=(60, 1, 8, 8))
STOPS = {"early_stopping": True, "n_iter_no_change": 2, "lr": 0.05, "weight_decay": 0.3}

CASES: dict[str, tuple[dict[str, Any], Any]] = {  # parameters and X
    "table": ({}, X),
    "table of tokens": ({"encoder": FeatureTokenEncoder(d_model=4, d_shared=8)}, X),
    "images": ({"encoder": VGGEncoder(width=2, d_shared=8), "max_shift": 1}, IMAGES),
    "sequences": ({"encoder": RecurrentEncoder(width=4)}, SEQUENCES),
    "members": ({"n_members": 2, "decoder": "mlp"}, X),
    "soft sharing": ({"sharing": "soft"}, X),
    "a single batch": ({"batch_size": 100}, X),
    "folds": ({"aggregator__cv": 2}, X),
    **{f"weighting {name}": ({"loss_weights": name}, X) for name in LOSS_WEIGHTINGS},
}


def cut_off(**parameters: Any) -> ABMTLClassifier:
    """Return a classifier of six epochs."""
    return quick(max_epochs=6).set_params(**parameters)


class CutOffError(Exception):
    """Stands for the end of a process; the test continues after it."""


class Raise(Callback):
    """Raise an error in a batch of the epoch after ``n_epochs``.

    Parameters
    ----------
    error : type of BaseException
    n_epochs : int
    """

    def __init__(self, error: type[BaseException], n_epochs: int) -> None:
        self.error = error
        self.n_epochs = n_epochs

    def on_batch_end(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        if training and len(net.history) > self.n_epochs:
            raise self.error


def leave_checkpoint(
    path: Path, n_epochs: int = 3, rows: Any = X, y: Any = Y, **parameters: Any
) -> None:
    """Leave the checkpoint of a fit that is interrupted after so many epochs."""
    classifier = cut_off(checkpoint=path, callbacks=[Raise(CutOffError, n_epochs)], **parameters)
    with suppress(CutOffError):
        classifier.fit(rows, y)
    assert path.exists()


def assert_equal_fits(found: ABMTLClassifier, expected: ABMTLClassifier, rows: Any) -> None:
    """Two classifiers went through the same training and answer alike, to the bit."""
    histories = [[row | {"dur": 0} for row in each.history_] for each in (found, expected)]
    assert repr(histories[0]) == repr(histories[1])  # where NaN is equal to NaN
    for name in ("branch_weights_", "loss_weights_", "task_weights_"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    answers = (each.predict_proba(rows) for each in (found, expected))
    for probabilities, of_expected in zip(*answers, strict=True):
        np.testing.assert_array_equal(probabilities, of_expected)
