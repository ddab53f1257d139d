"""Partial labels as a masked array that passes an integer cv."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from samples import frame, quick
from sklearn.model_selection import GridSearchCV, cross_validate, learning_curve
from sklearn.utils.multiclass import type_of_target
from split_samples import containers, partial_table, with_nan

from sklearn_abmtl.model_selection import mask_labels

NUMBERS = ["float array", "masked array", "pandas Int64"]


def string_labels(codes):
    return frame(codes)[["color", "shape"]].astype(object).mask(codes[:, [0, 2]] < 0, None)


@pytest.mark.parametrize("container", NUMBERS)
def test_numbers_become_integers_under_a_mask(container):
    _, codes = partial_table()
    masked = mask_labels(containers(codes)[container])
    assert masked.dtype == np.int64
    np.testing.assert_array_equal(masked.mask, codes < 0)
    np.testing.assert_array_equal(masked[~masked.mask], codes[codes >= 0])


def test_strings_stay_strings():
    _, codes = partial_table()
    labels = string_labels(codes)
    masked = mask_labels(labels)
    assert masked.dtype.kind == "U"
    np.testing.assert_array_equal(masked.mask, labels.isna())
    assert masked[~masked.mask].tolist() == labels.to_numpy()[~masked.mask].tolist()


@pytest.mark.parametrize("make", [with_nan, string_labels])
def test_a_class_of_the_task_stands_under_the_mask(make):
    _, codes = partial_table()
    masked = mask_labels(make(codes))
    for task in range(masked.shape[1]):
        column = masked[:, task]
        assert set(column.data) == set(column.compressed())
    assert type_of_target(masked) == "multiclass-multioutput"


def test_missing_label_is_masked():
    _, codes = partial_table()
    masked = mask_labels(codes, missing_label=-1)
    np.testing.assert_array_equal(masked.mask, codes < 0)
    np.testing.assert_array_equal(mask_labels(codes).mask, np.zeros(codes.shape, dtype=bool))


def test_one_task_stays_1d():
    masked = mask_labels(["a", None, "b", "a"])
    assert masked.shape == (4,)
    assert masked.tolist() == ["a", None, "b", "a"]


def test_booleans_and_large_numbers_keep_their_values():
    assert mask_labels([[True], [False], [None]]).tolist() == [[True], [False], [None]]
    large = np.array([[2.0**62], [2.0**61], [np.nan]])
    assert mask_labels(large).tolist() == [[2**62], [2**61], [None]]


def test_a_column_of_integers_stays_one_beside_floats():
    y = pd.DataFrame({"size": [10, 20, 10], "shape": [1.0, np.nan, 2.0]})
    assert mask_labels(y).tolist() == [[10, 1], [20, None], [10, 2]]


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("make", [with_nan, string_labels])
def test_an_integer_cv_takes_masked_labels(make):
    X, codes = partial_table()
    with pytest.raises((ValueError, TypeError), match=r"NaN|not supported between"):
        cross_validate(quick(), X, make(codes), cv=3)
    y = mask_labels(make(codes))
    scores = cross_validate(quick(), X, y, cv=3, error_score="raise")["test_score"]
    assert np.isfinite(scores).all()
    search = GridSearchCV(quick(), {"lr": [0.01, 0.02]}, cv=3, error_score="raise").fit(X, y)
    known = [set(column.compressed()) for column in y.T]
    predicted = search.predict(X).T
    assert all(set(column) <= labels for column, labels in zip(predicted, known, strict=True))
    _, _, test_scores = learning_curve(
        quick(), X, y, cv=3, train_sizes=[0.6, 1.0], error_score="raise"
    )
    assert np.isfinite(test_scores).all()


def test_fits_are_those_of_the_labels_themselves():
    X, codes = partial_table()
    expected = quick().fit(X, with_nan(codes)).predict_proba(X)
    found = quick().fit(X, mask_labels(with_nan(codes))).predict_proba(X)
    np.testing.assert_array_equal(np.hstack(found), np.hstack(expected))


@pytest.mark.parametrize("container", ["list", "pandas", "polars", "pandas category"])
def test_mixed_types_are_refused(container):
    _, codes = partial_table()
    text = (
        r"y must have labels of one kind .*; found \{'\w+': 'text', '\w+': 'numbers', .*"
        r"cv=MultiTaskStratifiedKFold\(...\)"
    )
    with pytest.raises(ValueError, match=text):
        mask_labels(containers(codes)[container])


def test_a_task_without_labels_is_refused():
    with pytest.raises(ValueError, match="y has no label for task 'task_1'"):
        mask_labels([[1, None], [2, None]])
