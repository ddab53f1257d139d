"""Rows that fit holds out: every class keeps a training row, every task is in both parts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from samples import quick, table

from sklearn_abmtl import WeightedAggregator
from sklearn_abmtl._data import validation_split as _validation_split
from sklearn_abmtl._data.validation_split import choose_validation_rows
from sklearn_abmtl._training.afterwards.task_weights import are_learned, draw_folds

X, CODES = table(200)


def class_counts(codes, n_classes=None):
    """Return the counts (n_tasks, n_classes) of each task's classes."""
    n_classes = n_classes or codes.max() + 1
    return np.stack([np.bincount(c[c >= 0], minlength=n_classes) for c in codes.T])


def sparse_codes(n_samples=400, n_tasks=12, seed=0):
    """Return class numbers of tasks with 2 to 100 % of the labels, and rare classes."""
    generator = np.random.default_rng(seed)
    codes = generator.geometric(0.5, size=(n_samples, n_tasks)).clip(max=6) - 1
    rates = np.geomspace(0.02, 1, n_tasks)
    return np.where(generator.random(codes.shape) < rates, codes, -1)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("seed", range(5))
def test_each_class_keeps_a_training_row_and_each_task_a_validation_row(seed, share):
    codes = sparse_codes(seed=seed)
    n_valid = round(share * len(codes))
    is_valid = choose_validation_rows(codes, n_valid, np.random.RandomState(seed))
    assert is_valid.sum() == n_valid
    in_training, in_all = class_counts(codes[~is_valid], 6), class_counts(codes, 6)
    np.testing.assert_array_equal(in_training > 0, in_all > 0)
    if share > 0.02:  # else there are fewer validation rows than tasks
        assert (codes[is_valid] >= 0).any(axis=0).all()


@pytest.mark.parametrize("budget", [_validation_split.MAX_PLACED_ROWS, 100])
def test_validation_rows_have_their_share_of_every_class(budget, monkeypatch):
    monkeypatch.setattr(_validation_split, "MAX_PLACED_ROWS", budget)
    codes = sparse_codes(n_samples=4000)
    is_valid = choose_validation_rows(codes, 800, np.random.RandomState(0))
    assert is_valid.sum() == 800
    found, in_all = class_counts(codes[is_valid], 6), class_counts(codes, 6)
    deviations = np.abs(found - in_all / 5) / np.sqrt(in_all.clip(min=1))
    assert deviations.max() < (0.5 if budget > 4000 else 1.5)


def test_the_random_state_draws_the_rows():
    codes = sparse_codes()
    first, again, other = (
        choose_validation_rows(codes, 40, np.random.RandomState(seed)) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_where_training_needs_every_row_each_task_keeps_one():
    codes = np.stack([np.arange(30), np.arange(30) % 2], axis=1)  # 30 classes of one row
    is_valid = choose_validation_rows(codes, 3, np.random.RandomState(0))
    assert is_valid.sum() == 3
    assert not choose_validation_rows(np.eye(3, dtype=int) - 1, 1, np.random.RandomState(0)).any()


def few_labels(n_labels):
    """Return labels whose second task has so few."""
    y = CODES[:, :2].astype(float)
    y[n_labels:, 1] = np.nan
    return y


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("n_labels", [5, 20])
def test_the_losses_of_every_task_are_numbers(n_labels, seed):
    parameters = {"early_stopping": True, "max_epochs": 1, "random_state": seed}
    row = quick(**parameters).fit(X, few_labels(n_labels)).history_[0]
    losses = {key: value for key, value in row.items() if "loss_task" in key}
    assert len(losses) == 4
    assert np.isfinite(list(losses.values())).all()


def test_a_task_of_one_label_is_learned_and_its_missing_validation_loss_is_named():
    with pytest.warns(UserWarning, match=r"no label of the tasks \['task_1'\]: their validation"):
        classifier = quick(early_stopping=True).fit(X, few_labels(1))
    row = classifier.history_[-1]
    assert np.isfinite(row["train_loss_task_1"])
    assert np.isnan(row["valid_loss_task_1"])
    with pytest.warns(UserWarning, match=r"no label of the tasks \['task_1'\]"):
        quick().fit(X, few_labels(200), X_val=X[50:], y_val=few_labels(20)[50:])


@pytest.mark.filterwarnings("ignore:The number of unique classes is greater")
def test_classes_that_are_not_learned_are_named():
    with pytest.warns(UserWarning, match=r"Some classes of the tasks \['y'\] have validation"):
        quick(early_stopping=True, max_epochs=1).fit(X, np.arange(200))


def test_rows_that_cannot_be_split_are_refused():
    y = np.full((3, 3), None)
    np.fill_diagonal(y, ["a", "b", "c"])
    classifier = quick(early_stopping=True)
    with pytest.raises(ValueError, match="each row of y has the only label of a task"):
        classifier.fit(X[:3], y)
    assert not hasattr(classifier, "net_")


def test_folds_have_their_share_of_every_class():
    codes = sparse_codes()
    folds = draw_folds(codes, 4, seed=0)
    assert (np.bincount(folds) == 100).all()
    for fold in range(4):
        deviations = class_counts(codes[folds == fold], 6) - class_counts(codes, 6) / 4
        assert np.abs(deviations).max() <= 2


def test_a_label_whose_class_no_other_fold_has_is_not_learned_from():
    found = are_learned(np.array([[0, 2], [1, -1]]), np.array([[0, -1], [0, 2], [-1, 1]]))
    np.testing.assert_array_equal(found, [[True, True], [False, True]])


@pytest.mark.parametrize("parameters", [{}, {"early_stopping": True}])
@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_folds_need_no_label_of_each_task(n_labels, parameters):
    classifier = quick(aggregator=WeightedAggregator(cv=3), **parameters)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The validation rows have no label")
        classifier.fit(X, few_labels(n_labels))
    for probabilities in classifier.predict_proba(X):
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_a_warm_start_with_folds_may_lack_a_task():
    classifier = quick(aggregator=WeightedAggregator(cv=3), warm_start=True)
    classifier.fit(X, few_labels(200)).fit(X, few_labels(0))
    assert len(classifier.history_) == 6
