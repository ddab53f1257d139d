"""Frames that can hardly belong together as they stand get a warning; all others none."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from samples import quick, table

FEATURES, CODES = table(60)
X = pd.DataFrame(FEATURES).add_prefix("x")
Y = pd.DataFrame(CODES, columns=list("abc"))
SHUFFLED = np.random.default_rng(0).permutation(60)


def messages(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(each.message) for each in caught]


IN_ORDER = {
    "the same index": (X, Y),
    "both shuffled": (X.iloc[SHUFFLED], Y.iloc[SHUFFLED]),
    "an index of numbers in order": (X, Y.iloc[SHUFFLED].reset_index(drop=True)),
    "other labels": (X, Y.set_index(100 + SHUFFLED)),
    "labels that come again": (X.set_index(SHUFFLED % 7), Y.set_index(SHUFFLED[::-1] % 7)),
    "an array of features": (FEATURES, Y.iloc[SHUFFLED]),
    "an array of labels": (X.iloc[SHUFFLED], CODES),
    "lists": (FEATURES.tolist(), CODES.tolist()),
    "polars, which has no index": (pl.DataFrame(FEATURES), pl.DataFrame(CODES, schema=list("abc"))),
}


@pytest.mark.parametrize("name", IN_ORDER)
def test_no_warning_where_order_cannot_be_told_or_is_one(name):
    features, labels = IN_ORDER[name]
    assert messages(lambda: quick().fit(features, labels)) == []


@pytest.mark.parametrize(("features", "labels"), [(X.iloc[SHUFFLED], Y), (X, Y.iloc[SHUFFLED])])
def test_a_warning_where_one_index_has_two_orders(features, labels):
    assert messages(lambda: quick().fit(features, labels)) == [
        "X and y have the same index in another order, and rows are matched by position; pass "
        "y.loc[X.index] if the index tells what belongs together."
    ]


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_joint"])
def test_given_in_another_order_is_noticed(method):
    classifier = quick(early_stopping=True).fit(X, Y)
    given = Y.assign(b=None).iloc[SHUFFLED]
    found = messages(lambda: getattr(classifier, method)(X, given=given))
    assert found[0].startswith("X and given have the same index in another order")
    assert not any("order" in text for text in messages(lambda: classifier.predict(X, given=Y)))


def test_labels_that_were_left_in_the_features_are_noticed():
    found = messages(lambda: quick().fit(X.join(Y["b"]), Y))
    assert found == [
        "X has columns with the names of tasks, ['b']; if they hold the labels, nothing else is "
        "learned: leave them out of X."
    ]
    assert messages(lambda: quick().fit(X.rename(columns={"x0": "task_0"}), CODES)) == []
