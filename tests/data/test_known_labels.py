"""Some labels of a sample are known: ``given``, ``predict_joint`` and ``task_weights_``."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from samples import frame, quick, table
from sklearn.model_selection import cross_val_score

from sklearn_abmtl import WeightedAggregator
from sklearn_abmtl.metrics import exact_match_score, task_accuracy_scores


def dependent(n_samples=600, seed=0):
    """Return X, and labels of two tasks: the second is the first, but for one row in ten.

    The first task depends on X in half of the rows only.
    """
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n_samples, 4))
    sky = np.where(
        generator.random(n_samples) < 0.5, X[:, 0] > 0, generator.random(n_samples) < 0.5
    )
    ground = np.where(generator.random(n_samples) < 0.1, ~sky, sky)
    y = pd.DataFrame(
        {"sky": np.where(sky, "sun", "rain"), "ground": np.where(ground, "dry", "wet")}
    )
    return X, y


def fitted_on_dependent(**parameters):
    return quick(max_epochs=15, early_stopping=True, **parameters).fit(*dependent())


X_TEST, Y_TEST = dependent(400, seed=1)


def test_a_known_label_raises_the_accuracy_of_the_other_task():
    classifier = fitted_on_dependent()
    given = Y_TEST.assign(ground=None)
    plain = task_accuracy_scores(Y_TEST, classifier.predict(X_TEST))
    told = task_accuracy_scores(Y_TEST, classifier.predict(X_TEST, given=given))
    assert plain[1] < 0.75
    assert told[1] > 0.85
    assert told[0] == 1


def test_known_labels_come_back_with_a_probability_of_one():
    classifier = fitted_on_dependent()
    given = Y_TEST.assign(ground=None)
    sky, ground = classifier.predict_proba(X_TEST, given=given)
    known = (Y_TEST["sky"].to_numpy()[:, None] == classifier.classes_[0]).astype(float)
    np.testing.assert_array_equal(sky, known)
    np.testing.assert_allclose(ground.sum(axis=1), 1)


def test_no_label_given_is_the_same_as_nothing_passed():
    classifier = fitted_on_dependent()
    nothing = np.full(Y_TEST.shape, None)
    for plain, told in zip(
        classifier.predict_proba(X_TEST),
        classifier.predict_proba(X_TEST, given=nothing),
        strict=True,
    ):
        np.testing.assert_allclose(plain, told)


def test_labels_predicted_together_agree_as_those_of_training_do():
    classifier = fitted_on_dependent(aggregator=WeightedAggregator(cv=3))
    X, y = dependent(2000, seed=2)
    X[:, 0] *= 0.05  # near the border, where each task by itself decides now so, now otherwise

    def share_that_agrees(labels):
        return np.equal(labels[:, 0] == "sun", labels[:, 1] == "dry").mean()

    apart, together = classifier.predict(X), classifier.predict_joint(X)
    assert share_that_agrees(apart) < 0.99
    assert share_that_agrees(together) == 1
    assert exact_match_score(y, together) > exact_match_score(y, apart)


def test_predict_joint_keeps_the_labels_given():
    classifier = fitted_on_dependent()
    joint = classifier.predict_joint(X_TEST, given=Y_TEST.assign(ground=None))
    np.testing.assert_array_equal(joint[:, 0], Y_TEST["sky"])


def test_task_weights_show_which_tasks_depend_on_each_other():
    weights = fitted_on_dependent().task_weights_
    assert weights.shape == (2, 2)
    assert weights[0, 1] > 0.5
    assert weights[1, 0] > 0.5
    assert not weights.diagonal().any()


@pytest.mark.parametrize("kind", ["pandas", "series", "polars", "pyarrow"])
def test_a_frame_may_have_some_of_the_tasks(kind):
    classifier = fitted_on_dependent()
    contained = {
        "pandas": Y_TEST[["ground"]],
        "series": Y_TEST["ground"],
        "polars": pl.from_pandas(Y_TEST[["ground"]]),
        "pyarrow": pa.Table.from_pandas(Y_TEST[["ground"]]),
    }
    expected = classifier.predict(X_TEST, given=Y_TEST.assign(sky=None))
    found = classifier.predict(X_TEST, given=contained[kind])
    np.testing.assert_array_equal(found, expected)
    assert (found != classifier.predict(X_TEST)).any()


def test_a_frame_may_have_the_tasks_in_another_order():
    classifier = fitted_on_dependent()
    found = classifier.predict(X_TEST, given=Y_TEST[["ground", "sky"]])
    np.testing.assert_array_equal(found, Y_TEST)


def test_columns_without_names_are_all_tasks():
    X, y = dependent(100)
    classifier = quick(early_stopping=True).fit(X, y.to_numpy())
    for given in (y.to_numpy()[:, :1], pd.DataFrame(y.to_numpy()[:, :1])):
        with pytest.raises(ValueError, match=r"given must have the tasks of fit, \['task_0', "):
            classifier.predict(X, given=given)


def test_known_labels_without_effect_are_warned_of():
    X, _ = table(200)
    y = np.random.default_rng(0).integers(0, 2, (200, 3))
    classifier = quick(early_stopping=True).fit(X, y)
    assert not classifier.task_weights_.any()
    given = pd.DataFrame(y, columns=classifier.task_names_)
    for method in (classifier.predict, classifier.predict_proba, classifier.predict_joint):
        with pytest.warns(UserWarning, match=r"given changes no.*aggregator__cv=5.*validation_fra"):
            method(X, given=given[["task_1"]])
        method(X)
        method(X, given=given)  # nothing is left to be predicted


def test_without_held_out_rows_there_are_no_task_weights():
    classifier = quick().fit(*dependent())
    assert not classifier.task_weights_.any()
    for method in (classifier.predict, classifier.predict_proba):
        with pytest.raises(ValueError, match=r"given needs task weights.*aggregator__cv=5"):
            method(X_TEST, given=Y_TEST)
    with pytest.raises(ValueError, match="predict_joint needs task weights"):
        classifier.predict_joint(X_TEST)


def test_folds_serve_in_place_of_validation_rows():
    classifier = quick(max_epochs=15).set_params(aggregator__cv=3).fit(*dependent())
    assert classifier.task_weights_[1, 0] > 0.5
    again = quick(max_epochs=15).set_params(aggregator__cv=3).fit(*dependent())
    np.testing.assert_array_equal(again.task_weights_, classifier.task_weights_)


@pytest.mark.filterwarnings("ignore:given changes no")  # (its labels depend on X alone)
def test_missing_labels_in_training_and_mixed_types():
    X, codes = table(300)
    y = frame(codes).astype(object).mask(np.random.default_rng(0).random(codes.shape) < 0.3)
    classifier = quick(early_stopping=True).fit(X, y)
    given = y.assign(color=None)
    predicted = classifier.predict(X, given=given)
    known = given["size"].notna().to_numpy()
    np.testing.assert_array_equal(predicted[known, 1], given["size"][known])


@pytest.mark.filterwarnings("ignore:given changes no")  # (its labels depend on X alone)
def test_a_sentinel_may_stand_for_labels_not_given():
    X, codes = table(300)
    classifier = quick(early_stopping=True, missing_label=-1).fit(X, codes)
    given = codes.copy()
    given[:, 1:] = -1
    np.testing.assert_array_equal(classifier.predict(X, given=given)[:, 0], codes[:, 0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Y_TEST[:7], "given must have one row per sample, 400; found 7"),
        (
            Y_TEST.replace("sun", "snow"),
            "given of task 'sky' has labels that are not among its classes",
        ),
        (Y_TEST[["sky"]].to_numpy(), r"given must have the tasks of fit, \['sky', 'ground'\]"),
        (Y_TEST[["sky", "sky"]], r"given must have a different name, as text, for each task"),
        (Y_TEST.rename(columns={"sky": "sun"}), r"given must name the tasks as in fit"),
        ({"sky": Y_TEST["sky"]}, r"has columns, not rows: pass pandas.DataFrame\(given\)"),
    ],
)
def test_labels_that_cannot_be_given(given, message):
    with pytest.raises(ValueError, match=message):
        fitted_on_dependent().predict(X_TEST, given=given)


def test_more_folds_than_rows():
    X, y = dependent(8)
    with pytest.raises(
        ValueError, match="aggregator__cv=9 needs at least 9 training rows; found 8"
    ):
        quick(aggregator=WeightedAggregator(cv=9)).fit(X, y)


@pytest.mark.parametrize("cv", [1, 0, 2.5, True])
def test_a_number_of_folds_that_is_none(cv):
    with pytest.raises(ValueError, match="WeightedAggregator: cv must be an integer of at least 2"):
        quick(aggregator=WeightedAggregator(cv=cv)).fit(*dependent(50))


def test_a_piece_of_data_more_makes_the_weights_void():
    classifier = fitted_on_dependent()
    classifier.partial_fit(*dependent(50, seed=3))
    with pytest.raises(ValueError, match="given needs task weights"):
        classifier.predict(X_TEST, given=Y_TEST)


def test_warm_start_learns_the_weights_again():
    classifier = fitted_on_dependent(warm_start=True)
    first = classifier.task_weights_
    classifier.fit(*dependent(seed=5))
    assert classifier.task_weights_[1, 0] > 0.5
    assert not np.array_equal(classifier.task_weights_, first)


def test_the_weights_are_pickled():
    classifier = fitted_on_dependent()
    loaded = pickle.loads(pickle.dumps(classifier))
    given = Y_TEST.assign(sky=None)
    for p, q in zip(
        classifier.predict_proba(X_TEST, given=given),
        loaded.predict_proba(X_TEST, given=given),
        strict=True,
    ):
        np.testing.assert_array_equal(p, q)


def test_given_labels_can_be_searched_over_by_a_scorer():
    def told(estimator, X, y):
        return task_accuracy_scores(y, estimator.predict(X, given=y.assign(ground=None)))[1]

    X, y = dependent()
    scores = cross_val_score(quick(max_epochs=15, early_stopping=True), X, y, cv=2, scoring=told)
    assert scores.min() > 0.8
