"""Callbacks of skorch take part in the training."""

from __future__ import annotations

import pytest
from samples import quick, table
from sklearn.base import clone
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    TrainEndCheckpoint,
)


class Counter(Callback):
    """Counts epochs up to a limit."""

    def __init__(self, limit=5):
        self.limit = limit

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) >= self.limit:
            raise KeyboardInterrupt


def test_callbacks_take_part_and_are_grid_keys():
    X, codes = table()
    classifier = quick(max_epochs=10, callbacks=[("count", Counter())])
    assert len(clone(classifier).fit(X, codes).history_) == 5
    assert classifier.get_params()["callbacks__count__limit"] == 5
    assert len(clone(classifier).set_params(callbacks__count__limit=2).fit(X, codes).history_) == 2
    assert len(clone(classifier).set_params(callbacks__count=None).fit(X, codes).history_) == 10
    with pytest.raises(ValueError, match="no callback named 'other'"):
        classifier.set_params(callbacks__other__limit=2)


def test_skorch_callbacks_that_read_the_history(tmp_path):
    X, codes = table(200)
    callbacks = [
        ("checkpoint", Checkpoint(dirname=tmp_path / "best")),
        ("end", TrainEndCheckpoint(dirname=tmp_path / "end")),
        ("early_stopping", EarlyStopping(monitor="train_loss", patience=1, threshold=0.9)),
    ]
    classifier = quick(callbacks=callbacks, early_stopping=True, max_epochs=10).fit(X, codes)
    assert len(classifier.history_) == 2
    assert (tmp_path / "best" / "params.pt").exists()
    assert (tmp_path / "end" / "train_end_params.pt").exists()
