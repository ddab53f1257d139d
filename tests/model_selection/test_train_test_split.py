"""One stratified split of arrays and frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split
from split_samples import (
    CONTAINERS,
    containers,
    partial_table,
    random_codes,
    share_deviations,
    with_nan,
)

from sklearn_abmtl._data.task_columns import read_task_columns
from sklearn_abmtl.model_selection import multitask_train_test_split


@pytest.mark.parametrize("container", CONTAINERS)
def test_rows_stay_in_their_container(container):
    X, codes = partial_table()
    y = containers(codes)[container]
    found = multitask_train_test_split(X, y, np.arange(60), stratify=y, random_state=0)
    X_train, X_test, y_train, y_test, train, test = found
    np.testing.assert_array_equal(np.sort(np.r_[train, test]), np.arange(60))
    for part, features, rows in [(y_train, X_train, train), (y_test, X_test, test)]:
        assert type(part) is type(y)
        np.testing.assert_array_equal(features, X[rows])
        known = np.stack(read_task_columns(part).known, axis=1)
        np.testing.assert_array_equal(known, codes[rows] >= 0)


def test_an_index_goes_along():
    codes = random_codes(40, (3, 2))
    y = pd.DataFrame(codes, index=[f"row {row}" for row in range(40)], columns=["color", "size"])
    _, y_test = multitask_train_test_split(y, stratify=y, random_state=0)
    pd.testing.assert_frame_equal(y_test, y.loc[y_test.index])


@pytest.mark.parametrize(
    "sizes", [{}, {"test_size": 0.3}, {"train_size": 50}, {"test_size": 20, "train_size": 30}]
)
def test_sizes_are_those_of_scikit_learn(sizes):
    codes = random_codes(120, (3, 2))
    found = multitask_train_test_split(codes, stratify=codes, random_state=0, **sizes)
    expected = train_test_split(codes, random_state=0, **sizes)
    assert [len(rows) for rows in found] == [len(rows) for rows in expected]


def test_both_parts_have_their_shares():
    codes = random_codes(missing_rate=0.2)
    parts = multitask_train_test_split(np.arange(600), stratify=with_nan(codes), random_state=0)
    for rows in parts:
        assert np.mean(share_deviations(codes, rows)) <= 0.035


def test_equal_seeds_give_equal_splits():
    codes = random_codes(100)
    first, second, other = (
        multitask_train_test_split(np.arange(100), stratify=codes, random_state=seed)[1]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert set(first) != set(other)


def test_groups_stay_together():
    codes, groups = random_codes(100, (3, 2)), np.arange(100) // 5
    train, test = multitask_train_test_split(groups, stratify=codes, groups=groups, random_state=0)
    assert len(test) == 25
    assert not set(train) & set(test)


@pytest.mark.parametrize(
    ("arrays", "options", "text"),
    [
        ((), {}, "arrays must hold at least one array to split; found none"),
        ((np.zeros(20), np.zeros(19)), {}, "inconsistent numbers of samples"),
        ((np.zeros(19),), {}, "inconsistent numbers of samples"),
        (
            (np.zeros(20),),
            {"stratify": None},
            "stratify must be the labels to stratify by; found None",
        ),
        ((np.zeros(20),), {"test_size": 0.0}, "test_size=0.0 should be"),
        ((np.zeros(20),), {"train_size": 21}, "train_size=21 should be"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arrays, options, text):
    with pytest.raises(ValueError, match=text):
        multitask_train_test_split(*arrays, **({"stratify": random_codes(20)} | options))
