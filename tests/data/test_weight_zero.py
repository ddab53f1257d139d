"""A label of weight 0 acts like a missing one, and a row of weight 0 like an absent one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from samples import quick, table

from sklearn_abmtl._data.statistics import bin_edges

X, CODES = table(90)
LABELS = CODES.astype(float)
IS_LEFT_OUT = np.random.default_rng(0).random(CODES.shape) < 0.3
IS_LEFT_OUT[:6] = True
EXACT = {
    "dtype": "float64",
    "batch_size": 1000,
    "encoder__dropout": 0,
    "task_classifier__d_hidden": 8,
}


def exact(**parameters):
    return quick().set_params(**(EXACT | {"task_classifier__dropout": 0} | parameters))


def assert_equal_answers(found, expected, rows=X):
    for p, of_expected in zip(found.predict_proba(rows), expected.predict_proba(rows), strict=True):
        np.testing.assert_allclose(p, of_expected, rtol=1e-9)


CASES = {
    "numbers": {},
    "bins": {"n_bins": 5},
    "a decoder": {"decoder": "mlp"},
    "balanced classes": {"class_weight": "balanced"},
    "folds": {"aggregator__cv": 2},
    "validation rows": {"early_stopping": True},
}


@pytest.mark.filterwarnings("ignore:The validation rows have no label")
@pytest.mark.parametrize("name", CASES)
def test_labels_of_weight_0_are_as_missing_ones(name):
    weights = np.where(IS_LEFT_OUT, 0.0, 1.0)
    missing = np.where(IS_LEFT_OUT, np.nan, LABELS)
    kept = ~IS_LEFT_OUT.all(axis=1)  # a row with no weight at all is not there
    found = exact(**CASES[name]).fit(X, LABELS, weights)
    expected = exact(**CASES[name]).fit(X[kept], missing[kept])
    assert_equal_answers(found, expected)
    np.testing.assert_allclose(found.feature_importances_, expected.feature_importances_, rtol=1e-7)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("is_frame", [False, True])
def test_rows_of_weight_0_are_as_if_they_were_not_there(name, is_frame):
    kept = np.arange(90) % 4 != 0
    rows = X * np.where(kept, 1, 1e3)[:, np.newaxis]
    rows = pd.DataFrame(rows) if is_frame else rows
    found = exact(**CASES[name]).fit(rows, LABELS, kept.astype(float))
    expected = exact(**CASES[name]).fit(rows[kept], LABELS[kept])
    assert_equal_answers(found, expected, rows[kept])


def test_categories_of_rows_of_weight_0_are_not_learned():
    towns = np.where(np.arange(90) < 9, "nowhere", np.where(X[:, 3] > 0, "here", "there"))
    rows = pd.DataFrame({"town": pd.Categorical(towns), "x": X[:, 0]})
    kept = np.arange(90) >= 9
    found = exact().fit(rows, LABELS, kept.astype(float))
    expected = exact().fit(rows[kept], LABELS[kept])
    assert found.net_.plan == expected.net_.plan
    assert_equal_answers(found, expected, rows)


def test_partial_fit_and_validation_rows_leave_them_out_too():
    kept = np.arange(90) % 3 != 0
    classes = [np.unique(column) for column in CODES.T]
    found = exact().partial_fit(X, CODES, classes, kept.astype(float))
    assert_equal_answers(found, exact().partial_fit(X[kept], CODES[kept], classes))
    of_all = {"X_val": X, "y_val": LABELS, "sample_weight_val": kept.astype(float)}
    found = exact(early_stopping=True).fit(X, LABELS, **of_all)
    expected = exact(early_stopping=True).fit(X, LABELS, X_val=X[kept], y_val=LABELS[kept])
    assert_equal_answers(found, expected)


def test_bins_have_equal_weight():
    values = np.arange(100.0)[:, np.newaxis]
    edges = bin_edges(values, values.mean(0), 2, np.where(np.arange(100) < 90, 1.0, 9.0))
    np.testing.assert_array_equal(edges, [[0, 89, 99]])
