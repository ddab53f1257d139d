"""What holds for any labels, in any container and order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import quick

from sklearn_abmtl import MLPEncoder, TaskClassifier
from sklearn_abmtl.metrics import (
    exact_match_score,
    task_accuracy_scores,
    task_balanced_accuracy_scores,
    task_f1_scores,
)

N_ROWS = 12
X = np.random.default_rng(0).normal(size=(N_ROWS, 3))
X_TEST = np.random.default_rng(1).normal(size=(5, 3))
KINDS = {
    "integers": ([0, 1, 7], "Int64"),
    "negative integers": ([-3, -2, 5], "Int64"),
    "texts": (["", "a", "ß b"], "string"),
    "booleans": ([False, True], "boolean"),
    "whole floats": ([-1.0, 0.0, 2.0], "Float64"),
}

few = settings(max_examples=10, derandomize=True, deadline=None)


@st.composite
def columns_of_labels(draw: Callable[..., Any], *, is_partial: bool = True) -> dict[str, list[Any]]:
    """Return one column of labels per task, with each class and, if partial, with None."""
    columns = {}
    for task in range(draw(st.integers(2, 3))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        classes = KINDS[kind][0]
        some = st.sampled_from([*classes, None] if is_partial else classes)
        rest = N_ROWS - len(classes)
        column = [*classes, *draw(st.lists(some, min_size=rest, max_size=rest))]
        columns[f"{kind} {task}"] = draw(st.permutations(column))
    return columns


def rows_of(columns):
    return [list(row) for row in zip(*columns.values(), strict=True)]


def object_array(columns):
    array = np.empty((N_ROWS, len(columns)), dtype=object)
    array[:] = rows_of(columns)
    return array


def masked_array(columns):
    array = object_array(columns)
    return np.ma.MaskedArray(np.where(array == None, "x", array), mask=array == None)  # noqa: E711 (cell by cell)


def nullable_frame(columns):
    return pd.DataFrame(
        {name: pd.array(labels, KINDS[name[:-2]][1]) for name, labels in columns.items()}
    )


CONTAINERS = {
    "lists": rows_of,
    "objects": object_array,
    "masked array": masked_array,
    "pandas": lambda columns: pd.DataFrame(columns, dtype=object),
    "nullable pandas": nullable_frame,
    "categories of pandas": lambda columns: pd.DataFrame(columns, dtype=object).astype("category"),
    "polars": lambda columns: pl.DataFrame(columns, strict=False),
}


@pytest.mark.filterwarnings("ignore:given changes no")  # (its labels are drawn at random)
@pytest.mark.parametrize("container", CONTAINERS)
@few
@given(columns=columns_of_labels())
def test_labels_come_back_as_they_went_in(container, columns):
    y = CONTAINERS[container](columns)
    classifier = quick(max_epochs=1, early_stopping=True).fit(X, y, X_val=X, y_val=y)
    answers = classifier.predict(X, given=y).reshape(N_ROWS, -1).T.tolist()
    for labels, answered in zip(columns.values(), answers, strict=True):
        known = [label for label in labels if label is not None]
        assert known == [a for a, label in zip(answered, labels, strict=True) if label is not None]
        assert set(map(typed, answered)) <= set(map(typed, known))


def typed(label):
    """Return a label with its type: 1, 1.0 and True are equal."""
    return type(label), label


def exact(**parameters):
    """Return a classifier whose training is not random and does not round to float32."""
    certain = {
        "encoder": MLPEncoder(width=8, dropout=0.0),
        "task_classifier": TaskClassifier(dropout=0.0),
        "batch_size": 1000,
        "max_epochs": 3,
        "weight_decay": 0.3,  # else it depends on the number of rows
        "early_stopping": False,
        "dtype": "float64",
    }
    return quick(**(certain | parameters))


def probabilities(rows, y, sample_weight=None):
    """Return what the exact classifier expects of the test rows."""
    expected = exact().fit(rows, y, sample_weight).predict_proba(X_TEST)
    return np.hstack(expected)


complete = columns_of_labels(is_partial=False).map(object_array)
partial = columns_of_labels().map(object_array)
orders = st.permutations(range(N_ROWS))
weights = st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=N_ROWS, max_size=N_ROWS)


@few
@given(y=partial, order=orders)
def test_the_order_of_rows_does_not_matter(y, order):
    np.testing.assert_allclose(
        probabilities(X[order], y[order]), probabilities(X, y), rtol=0, atol=1e-7
    )


@few
@given(y=partial, n_unlabelled=st.integers(1, 5), seed=st.integers(0, 9))
def test_rows_without_labels_change_nothing_where_there_is_no_decoder(y, n_unlabelled, seed):
    order = np.random.default_rng(seed).permutation(N_ROWS + n_unlabelled)
    is_labelled = order < N_ROWS
    more = np.full((len(order), y.shape[1]), None)
    more[is_labelled] = y
    rows = np.random.default_rng(seed).normal(scale=100, size=(len(order), 3))
    rows[is_labelled] = X
    np.testing.assert_array_equal(probabilities(rows, more), probabilities(X, y))


@few
@given(y=complete, column=weights, seed=st.integers(0, 9))
def test_a_weight_of_0_is_as_if_the_row_were_not_there(y, column, seed):
    stays = np.array(column) > 0
    stays[np.unique([list(task).index(c) for task in y.T for c in set(task)])] = True
    np.testing.assert_array_equal(
        probabilities(X, y, stays.astype(float)), probabilities(X[stays], y[stays])
    )


@few
@given(y=partial, column=st.lists(st.integers(1, 3), min_size=N_ROWS, max_size=N_ROWS))
def test_a_row_that_comes_twice_has_twice_the_weight(y, column):
    np.testing.assert_allclose(
        probabilities(X.repeat(column, axis=0), y.repeat(column, axis=0)),
        probabilities(X, y, column),
        rtol=0,
        atol=1e-7,
    )


@few
@given(columns=columns_of_labels())
def test_other_names_of_classes_in_the_same_order_change_nothing(columns):
    def renamed(labels):
        places = {label: place for place, label in enumerate(sorted({*labels} - {None}))}
        return [None if label is None else f"class {places[label]}" for label in labels]

    y = {name: renamed(labels) for name, labels in columns.items()}
    np.testing.assert_array_equal(
        probabilities(X, object_array(y)), probabilities(X, object_array(columns))
    )


@few
@given(y=partial, predicted=partial, data=st.data())
def test_scores_follow_the_tasks_and_do_not_see_rows_or_names(y, predicted, data):
    n_tasks = min(y.shape[1], predicted.shape[1])
    numbers = np.array([[str(label) for label in row] for row in predicted[:, :n_tasks]])
    true = np.where(y[:, :n_tasks] == None, None, numbers[::-1])  # noqa: E711 (cell by cell)
    rows = data.draw(orders)
    tasks = data.draw(st.permutations(range(n_tasks)))
    swap = np.vectorize(lambda label: label if label is None else f"-{label}", otypes=[object])
    for metric in (task_accuracy_scores, task_balanced_accuracy_scores, task_f1_scores):
        scores = metric(true, numbers)
        np.testing.assert_allclose(
            metric(true[rows][:, tasks], numbers[rows][:, tasks]), scores[tasks]
        )
        np.testing.assert_allclose(metric(swap(true), swap(numbers)), scores)
    assert exact_match_score(true[:, tasks], numbers[:, tasks]) == exact_match_score(true, numbers)
