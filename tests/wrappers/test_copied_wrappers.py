"""Explainers copy an estimator and clear its feature names: the copy reads arrays, in silence."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from samples import quick, table
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_abmtl import SingleTask, TaskRepresentation, calibrate, task_view

X, CODES = table(60)
FRAME = pd.DataFrame(X, columns=list("abcde"))
Y = pd.DataFrame(CODES, columns=["one", "two", "three"])
PIPELINE = make_pipeline(StandardScaler().set_output(transform="pandas"), quick())

WRAPPERS = {
    "classifier": lambda: quick().fit(FRAME, Y["one"]),
    "view": lambda: quick().fit(FRAME, Y).task("two"),
    "view of a forest": lambda: task_view(RandomForestClassifier(5).fit(FRAME, Y), 1),
    "view of a search": lambda: task_view(GridSearchCV(quick(), {}, cv=2).fit(FRAME, Y), 1),
    "single": lambda: SingleTask(quick()).fit(FRAME, Y["one"], aux_y=Y[["two"]]),
    "single pipeline": lambda: SingleTask(clone(PIPELINE)).fit(FRAME, Y["one"], aux_y=Y[["two"]]),
    "calibrated": lambda: calibrate(quick().fit(FRAME, Y["one"]), FRAME, Y["one"], "sigmoid"),
    "view of calibrated": lambda: calibrate(quick().fit(FRAME, Y), FRAME, Y, "sigmoid"),
    "representation": lambda: TaskRepresentation(quick()).fit(FRAME, Y),
}
METHODS = {"representation": ["transform"]}


def answers(name, fitted, rows):
    methods = METHODS.get(name, ["predict_proba", "predict"])
    return [getattr(fitted, method)(rows) for method in methods]


def assert_equal(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        for own, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(own, other)


def fitted(name):
    made = WRAPPERS[name]()
    return task_view(made, 1) if name == "view of calibrated" else made


def deep_and_pickled(estimator):
    return [copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))]


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_copy_without_names_reads_arrays_and_the_original_keeps_its_names(name):
    original = fitted(name)
    expected = answers(name, original, FRAME)
    for copied in deep_and_pickled(original):
        copied.feature_names_in_ = None
        assert_equal(answers(name, copied, X), expected)
        for again in deep_and_pickled(copied):  # what was set is copied, too
            assert again.feature_names_in_ is None
            assert_equal(answers(name, again, X), expected)
    assert list(original.feature_names_in_) == list("abcde")
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        assert_equal(answers(name, original, X), expected)


@pytest.mark.parametrize("name", ["view", "single", "calibrated", "representation"])
def test_a_copy_that_shares_its_estimator_changes_nothing_of_it(name):
    original = fitted(name)
    shallow = copy.copy(original)
    shallow.feature_names_in_ = None
    shallow.n_features_in_ = 7
    assert (original.n_features_in_, shallow.n_features_in_) == (5, 7)
    assert list(original.feature_names_in_) == list("abcde")


@pytest.mark.parametrize("name", ["view", "single", "calibrated"])
def test_classes_can_be_set_on_a_copy(name):
    original = fitted(name)
    copied = copy.deepcopy(original)
    copied.classes_ = np.array(["x", "y"])
    assert copied.classes_.tolist() == ["x", "y"]
    assert original.classes_.tolist() != ["x", "y"]


@pytest.mark.parametrize("name", ["single", "representation"])
def test_fit_forgets_what_was_set(name):
    estimator = fitted(name)
    estimator.feature_names_in_ = None
    estimator.fit(FRAME, Y["one"])
    assert list(estimator.feature_names_in_) == list("abcde")
    estimator.feature_names_in_ = None
    assert not hasattr(clone(estimator), "estimator_")
    assert not hasattr(estimator.fit(X, Y["one"]), "feature_names_in_")


def test_a_wrapper_that_is_not_fitted_has_no_fitted_attributes():
    for estimator in (SingleTask(quick()), TaskRepresentation(quick())):
        assert not hasattr(estimator, "n_features_in_")
        assert not hasattr(estimator, "feature_names_in_")
