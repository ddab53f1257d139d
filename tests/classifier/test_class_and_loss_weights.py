"""Weights of rows, classes and tasks, and the loss of each task."""

from __future__ import annotations

import numpy as np
import pytest
from samples import quick, table

from sklearn_abmtl import MLPEncoder, TaskClassifier


def same_probabilities(a, b, X):
    pairs = zip(a.predict_proba(X), b.predict_proba(X), strict=True)
    return all(np.array_equal(p, q) for p, q in pairs)


@pytest.mark.parametrize("n_copies", [2, 3])
def test_weights_and_copies_are_the_same_in_the_exact_configuration(n_copies):
    X, codes = table(30)
    y = codes.astype(float)
    y[::4, 1] = np.nan
    exact = {
        "encoder": MLPEncoder(width=8, dropout=0.0),
        "task_classifier": TaskClassifier(dropout=0.0),
        "dtype": "float64",
        "batch_size": 1000,
        "max_epochs": 20,
        "class_weight": "balanced",
    }
    weight = np.where(np.arange(30) < 10, n_copies, 1)
    weighted = quick(**exact).fit(X, y, sample_weight=weight)
    rows = np.repeat(np.arange(30), weight)
    copied = quick(**exact).fit(X[rows], y[rows])
    for p, q in zip(weighted.predict_proba(X), copied.predict_proba(X), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-6, atol=1e-9)


def test_a_class_of_more_weight_is_predicted_more_often():
    X, codes = table(300)
    noise = np.random.default_rng(0).normal(size=X.shape)  # nothing to learn
    plain = quick().fit(noise, codes[:, 1])
    weighted = quick(class_weight={0: 1.0, 1: 20.0}).fit(noise, codes[:, 1])
    assert weighted.predict_proba(noise)[:, 1].mean() > 0.8
    assert abs(plain.predict_proba(noise)[:, 1].mean() - codes[:, 1].mean()) < 0.1


@pytest.mark.parametrize(
    "class_weight",
    [[None, {0: 1, 1: 5}, "balanced"], {"task_1": {1: 5}, "task_2": "balanced"}],
)
def test_class_weights_a_task_as_a_list_or_by_name(class_weight):
    X, codes = table()
    expected = quick(class_weight=[None, {0: 1.0, 1: 5.0}, "balanced"]).fit(X, codes)
    assert same_probabilities(quick(class_weight=class_weight).fit(X, codes), expected, X)


@pytest.mark.parametrize("loss_weights", [[1, 100, 1], {"task_1": 100}])
def test_a_task_of_more_loss_weight_is_learned_first(loss_weights):
    X, codes = table(300)
    plain, weighted = quick().fit(X, codes), quick(loss_weights=loss_weights).fit(X, codes)
    key = "train_loss_task_1"
    assert weighted.history_[-1][key] < plain.history_[-1][key]
    assert weighted.history_[-1]["train_loss_task_2"] > plain.history_[-1]["train_loss_task_2"]


def test_losses_a_task():
    X, codes = table(300)
    mixed = quick(losses={"task_0": "binary_cross_entropy"}, max_epochs=20).fit(X, codes)
    assert mixed.score(X, codes) > 0.8
    np.testing.assert_allclose([p.sum(1) for p in mixed.predict_proba(X)], 1)
    same = quick(losses=["binary_cross_entropy", "auto", "cross_entropy"], max_epochs=20)
    assert same_probabilities(same.fit(X, codes), mixed, X)
