"""An epoch on census beside TabNet's, which needs pytorch-tabnet."""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from _sets import load_set, our_parameters
from _speed_clock import EpochClock, compare
from pytorch_tabnet.callbacks import Callback as TabNetCallback
from pytorch_tabnet.multitask import TabNetMultiTaskClassifier

from sklearn_abmtl import ABMTLClassifier

BATCH_SIZE = 1024


class TabNetClock(TabNetCallback):
    """Takes the CPU seconds of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begin = time.process_time()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds = time.process_time() - self.begin


def fit_census(arguments: argparse.Namespace) -> dict[str, Any]:
    """Compare the CPU seconds of the second epoch, the same rows and batches."""
    data = load_set(arguments.data, "census")
    X, Y = data.X[data.train].astype(np.float32), data.Y.to_numpy(np.int64)[data.train]
    known = np.nan_to_num(X)  # TabNet reads no NaN
    ours = ABMTLClassifier(
        batch_size=BATCH_SIZE,
        max_epochs=2,
        early_stopping=False,
        callbacks=[("clock", EpochClock())],
        device="cpu",
        random_state=0,
        **our_parameters(data),
    )

    def our_epoch() -> float:
        return dict(ours.fit(X, Y).net_.callbacks_)["clock"].seconds_[-1]

    def tabnet_epoch() -> float:
        clock = TabNetClock()
        TabNetMultiTaskClassifier(verbose=0, device_name="cpu").fit(
            known, Y, max_epochs=2, batch_size=BATCH_SIZE, drop_last=False, callbacks=[clock]
        )
        return clock.seconds

    return compare(our_epoch, tabnet_epoch, arguments.repeats)
