"""``partial_fit`` learns from pieces, and continues after ``fit``."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
import torch
from samples import quick, table
from skorch.callbacks import (
    Callback,
)

from sklearn_abmtl import MLPEncoder


def test_partial_fit_learns_from_pieces():
    X, codes = table(400)
    classifier = quick(random_state=0)
    classes = [[0, 1, 2], [0, 1], [0, 1, 2, 3]]
    for _ in range(10):
        for start in range(0, 400, 100):
            rows = slice(start, start + 100)
            classifier.partial_fit(X[rows], codes[rows], classes=classes)
    assert classifier.score(X, codes) > 0.85
    assert len(classifier.history_) == 40


def test_partial_fit_takes_pieces_without_some_classes_and_tasks():
    X, codes = table()
    y = codes.astype(float)
    y[:, 2] = np.nan
    only_zeros = codes[:, 0] == 0
    classes = [[0.0, 1.0, 2.0], [0.0, 1.0], [0.0, 1.0, 2.0, 3.0]]
    classifier = quick().partial_fit(X[only_zeros], y[only_zeros], classes=classes)
    assert [p.shape[1] for p in classifier.predict_proba(X)] == [3, 2, 4]
    assert np.isnan(classifier.history_[0]["train_loss_task_2"])


def test_partial_fit_goes_on_after_fit():
    X, codes = table()
    classifier = quick().fit(X, codes)
    before = classifier.predict_proba(X)[0]
    classifier.partial_fit(X, codes).partial_fit(X, codes)
    assert len(classifier.history_) == 5
    assert not np.array_equal(classifier.predict_proba(X)[0], before)


class Bomb(Callback):
    """Fails in the middle of a training."""

    def on_epoch_end(self, net, **kwargs):
        raise RuntimeError("bomb")


def test_a_failed_partial_fit_leaves_everything_as_it_was():
    X, codes = table()
    classifier = quick().fit(X, codes).partial_fit(X, codes)
    before, n_epochs = classifier.predict_proba(X)[0], len(classifier.history_)
    with pytest.raises(RuntimeError, match="bomb"):
        classifier.set_params(callbacks=[Bomb()]).partial_fit(X, codes)
    with pytest.raises(ValueError, match="diverged"):
        classifier.set_params(callbacks=None, lr=1e30).partial_fit(X, codes)
    np.testing.assert_array_equal(classifier.predict_proba(X)[0], before)
    assert len(classifier.history_) == n_epochs


class DropoutMasks(Callback):
    """Keeps the dropout mask of the first layer, a batch each."""

    masks: ClassVar[list] = []

    def on_train_begin(self, net, **kwargs):
        dropout = next(m for m in net.module_.modules() if isinstance(m, torch.nn.Dropout))
        self.hook_ = dropout.register_forward_hook(lambda _, __, out: self.masks.append(out == 0))

    def on_train_end(self, net, **kwargs):
        self.hook_.remove()
        del self.hook_


def test_pieces_see_other_dropout_masks_each():
    X, codes = table(20)
    DropoutMasks.masks.clear()
    encoder = MLPEncoder(width=16, dropout=0.5)
    classifier = quick(encoder=encoder, callbacks=[DropoutMasks()])
    for _ in range(3):
        classifier.partial_fit(X, codes, classes=[[0, 1, 2], [0, 1], [0, 1, 2, 3]])
    first, *others = DropoutMasks.masks
    assert len(others) == 2
    assert not any(torch.equal(first, mask) for mask in others)


def test_partial_fit_heeds_parameters_that_change():
    X, codes = table()
    classifier = quick().partial_fit(X, codes, classes=[[0, 1, 2], [0, 1], [0, 1, 2, 3]])
    before = classifier.predict_proba(X)[0]
    after = classifier.set_params(lr=1e-12).partial_fit(X, codes).predict_proba(X)[0]
    np.testing.assert_allclose(after, before, rtol=1e-5)
