"""Validation rows end the training, and the best epoch comes back."""

from __future__ import annotations

import numpy as np
import pytest
from samples import quick, table

from sklearn_abmtl.metrics import task_accuracy_scores


def test_validation_rows_stop_training_and_the_best_epoch_comes_back():
    X, codes = table(200)
    X_val, codes_val = table(60, seed=1)
    classifier = quick(max_epochs=60, n_iter_no_change=2, lr=0.05, lr_schedule=None)
    classifier.fit(X, codes, X_val=X_val, y_val=codes_val)
    losses = [row["valid_loss"] for row in classifier.history_]
    assert len(losses) < 60
    assert len(losses) - 1 - int(np.argmin(losses)) == 2
    best = classifier.history_[int(np.argmin(losses))]
    classifier.net_.module_.aggregator.task_matrix.reset()  # the history knows no calibration
    accuracies = task_accuracy_scores(codes_val, classifier.predict(X_val))
    np.testing.assert_allclose(
        accuracies, [best[f"valid_accuracy_task_{task}"] for task in range(3)]
    )


def test_validation_fraction_sets_rows_aside():
    X, codes = table(100)
    row = quick(early_stopping=True, validation_fraction=0.2).fit(X, codes).history_[0]
    assert {"valid_loss", "valid_loss_task_2", "valid_accuracy_task_0"} <= set(row)
    assert "valid_loss" not in quick().fit(X, codes).history_[0]


def test_without_early_stopping_validation_is_only_recorded():
    X, codes = table()
    classifier = quick(early_stopping=False, n_iter_no_change=1, lr=1.0, max_epochs=8)
    classifier.fit(X, codes, X_val=X, y_val=codes)
    assert len(classifier.history_) == 8
    assert "valid_loss" in classifier.history_[0]


def test_warm_start_goes_on():
    X, codes = table()
    classifier = quick(warm_start=True).fit(X, codes)
    first = classifier.history_[-1]["train_loss"]
    classifier.fit(X, codes)
    assert len(classifier.history_) == 6
    assert classifier.history_[-1]["train_loss"] < first
    with pytest.raises(ValueError, match="not among its classes"):
        classifier.fit(X, codes + 1)


def test_warm_start_with_validation_restores_the_best_epoch():
    X, codes = table(200)
    X_val, codes_val = table(60, seed=1)
    classifier = quick(warm_start=True).fit(X, codes, X_val=X_val, y_val=codes_val)
    classifier.set_params(lr=0.1, lr_schedule=None).fit(X, codes, X_val=X_val, y_val=codes_val)
    assert len(classifier.history_) == 6
    best = min(classifier.history_[3:], key=lambda row: row["valid_loss"])
    classifier.net_.module_.aggregator.task_matrix.reset()  # learned after the epochs
    accuracies = task_accuracy_scores(codes_val, classifier.predict(X_val))
    np.testing.assert_allclose(
        accuracies, [best[f"valid_accuracy_task_{task}"] for task in range(3)]
    )
