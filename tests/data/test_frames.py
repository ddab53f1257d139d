"""Frames that probably do not match in their rows or columns get a warning; others get none."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from samples import quick, table
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline

from sklearn_abmtl import SingleTask, calibrate
from sklearn_abmtl.inspection import TaskConfusionDisplay
from sklearn_abmtl.metrics import (
    all_task_scorers,
    exact_match_score,
    exact_match_scorer,
    mean_task_scorer,
    multitask_classification_report,
    multitask_hamming_loss,
    task_accuracy_scores,
    task_balanced_accuracy_scores,
    task_f1_scores,
    task_log_losses,
)
from sklearn_abmtl.model_selection import (
    MultiTaskStratifiedKFold,
    MultiTaskStratifiedShuffleSplit,
    cross_val_predict,
    multitask_train_test_split,
)

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
    "rows left out of one": (X.iloc[:40], Y.iloc[5:45]),
    "rows of the next step": (X.iloc[:-1], Y.iloc[1:]),
    "some shuffled rows beside numbers in order": (X.iloc[:20], Y.iloc[SHUFFLED[:20]]),
    "polars, which has no index": (pl.DataFrame(FEATURES), pl.DataFrame(CODES, schema=list("abc"))),
}


@pytest.mark.parametrize("name", IN_ORDER)
def test_no_warning_where_order_is_unknown_or_the_same(name):
    features, labels = IN_ORDER[name]
    assert messages(lambda: quick().fit(features, labels)) == []


@pytest.mark.parametrize(("features", "labels"), [(X.iloc[SHUFFLED], Y), (X, Y.iloc[SHUFFLED])])
def test_a_warning_where_one_index_has_two_orders(features, labels):
    assert messages(lambda: quick().fit(features, labels)) == [
        "X and y have the same index in another order, and rows are matched by position; pass "
        "y.loc[X.index] if the index says which rows belong together."
    ]


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_joint"])
def test_given_in_another_order_is_noticed(method):
    classifier = quick(early_stopping=True).fit(X, Y)
    given = Y.assign(b=None).iloc[SHUFFLED]
    found = messages(lambda: getattr(classifier, method)(X, given=given))
    assert found[0].startswith("X and given have the same index in another order")
    assert not any("order" in text for text in messages(lambda: classifier.predict(X, given=Y)))


MOVED = Y.iloc[SHUFFLED]
ROW_WEIGHT = pd.Series(1.0, index=Y.index)


@pytest.fixture(scope="module")
def classifier():
    return quick().fit(X, Y)


def single(**metadata):
    return SingleTask(RandomForestClassifier(2)).fit(X, **({"y": Y["a"]} | metadata))


PLACES = {
    "sample_weight": lambda c: quick().fit(X, Y, ROW_WEIGHT.iloc[SHUFFLED]),
    "sample_weight beside an array": lambda c: quick().fit(FEATURES, Y, ROW_WEIGHT.iloc[SHUFFLED]),
    "partial_fit": lambda c: quick().partial_fit(X, MOVED, c.classes_),
    "y_val": lambda c: quick().fit(X, Y, X_val=X, y_val=MOVED),
    "sample_weight_val": lambda c: quick().fit(
        X, Y, X_val=X, y_val=Y, sample_weight_val=ROW_WEIGHT.iloc[SHUFFLED]
    ),
    "a Pipeline": lambda c: make_pipeline(quick()).fit(X, MOVED),
    "aux_y": lambda c: single(aux_y=MOVED[["b", "c"]]),
    "aux_y beside arrays": lambda c: SingleTask(RandomForestClassifier(2)).fit(
        FEATURES, Y["a"], aux_y=MOVED[["b", "c"]]
    ),
    "y of SingleTask": lambda c: single(y=MOVED["a"], aux_y=MOVED[["b", "c"]]),
    "weights of SingleTask": lambda c: single(sample_weight=ROW_WEIGHT.iloc[SHUFFLED]),
    "score": lambda c: c.score(X, MOVED),
    "weights of score": lambda c: c.score(X, Y, ROW_WEIGHT.iloc[SHUFFLED]),
    "score of a view": lambda c: c.task("a").score(X, MOVED["a"]),
    "score of SingleTask": lambda c: single().score(X, MOVED["a"]),
    "calibrate": lambda c: calibrate(c, X, MOVED, method="sigmoid"),
    "score of calibrated": lambda c: calibrate(c, X, Y, method="sigmoid").score(X, MOVED),
    "cross_val_predict": lambda c: cross_val_predict(quick(), X, MOVED, cv=2),
    "weights of cross_val_predict": lambda c: cross_val_predict(
        quick(), X, Y, cv=2, params={"sample_weight": ROW_WEIGHT.iloc[SHUFFLED]}
    ),
    "groups": lambda c: cross_val_predict(quick(), X, Y, cv=2, groups=MOVED["a"]),
    "scorer": lambda c: mean_task_scorer()(c, X, MOVED),
    "scorer of all": lambda c: all_task_scorers(["accuracy", "f1_macro"])(c, X, MOVED),
    "weights of a scorer": lambda c: mean_task_scorer()(c, X, Y, ROW_WEIGHT.iloc[SHUFFLED]),
    "exact_match_scorer": lambda c: exact_match_scorer()(c, X, MOVED),
    "accuracy": lambda c: task_accuracy_scores(Y, MOVED),
    "exact match": lambda c: exact_match_score(Y, MOVED),
    "hamming": lambda c: multitask_hamming_loss(Y, MOVED),
    "balanced accuracy": lambda c: task_balanced_accuracy_scores(Y, MOVED),
    "F1": lambda c: task_f1_scores(Y, MOVED, average="macro"),
    "weights of a metric": lambda c: task_accuracy_scores(
        Y, CODES, sample_weight=ROW_WEIGHT.iloc[SHUFFLED]
    ),
    "log-loss": lambda c: task_log_losses(
        Y, c.predict_proba(X), sample_weight=ROW_WEIGHT.iloc[SHUFFLED]
    ),
    "probabilities": lambda c: task_log_losses(
        MOVED["a"], pd.DataFrame(c.predict_proba(X)[0], index=X.index)
    ),
    "report": lambda c: multitask_classification_report(Y, MOVED, zero_division=0),
    "display of predictions": lambda c: TaskConfusionDisplay.from_predictions(Y, MOVED),
    "display of a classifier": lambda c: TaskConfusionDisplay.from_estimator(c, X, MOVED),
    "folds": lambda c: list(MultiTaskStratifiedKFold(2).split(X, MOVED)),
    "groups of folds": lambda c: list(MultiTaskStratifiedKFold(2).split(X, Y, MOVED["c"])),
    "shuffled splits": lambda c: list(MultiTaskStratifiedShuffleSplit(2).split(X, MOVED)),
    "one split": lambda c: multitask_train_test_split(X, MOVED, stratify=MOVED),
    "stratify": lambda c: multitask_train_test_split(FEATURES, Y, stratify=MOVED),
}


@pytest.mark.parametrize("place", PLACES)
def test_one_warning_wherever_frames_meet_in_two_orders(place, classifier):
    found = messages(lambda: PLACES[place](classifier))
    assert len(found) == 1
    assert "the same index in another order, and rows are matched by position" in found[0]


def test_a_warning_names_all_that_are_in_another_order(classifier):
    found = messages(lambda: classifier.score(X, MOVED, ROW_WEIGHT.iloc[SHUFFLED]))
    assert found == [
        "X and y and sample_weight have the same index in another order, and rows are matched by "
        "position; pass y.loc[X.index] and sample_weight.loc[X.index] if the index says which "
        "rows belong together."
    ]
    found = messages(lambda: quick().fit(X, Y, X_val=X, y_val=MOVED))
    assert found[0].startswith("X_val and y_val have the same index in another order")


def test_no_warning_where_all_are_in_one_other_order(classifier):
    moved = X.iloc[SHUFFLED]
    aux = {"y": MOVED["a"], "aux_y": MOVED[["b", "c"]]}
    assert messages(lambda: SingleTask(quick()).fit(moved, **aux)) == []
    assert messages(lambda: cross_val_predict(quick(), moved, MOVED, cv=2)) == []
    assert messages(lambda: classifier.score(moved, MOVED, ROW_WEIGHT.iloc[SHUFFLED])) == []


def test_folds_of_frames_in_two_orders_are_noticed():
    search = GridSearchCV(quick(), {"lr": [0.01]}, cv=KFold(3), scoring=mean_task_scorer())
    found = messages(lambda: search.fit(X.set_index(X.index + 5), MOVED.set_index(SHUFFLED + 5)))
    assert any("X and y have labels of the index in common, in another order" in t for t in found)


def test_labels_that_were_left_in_the_features_are_noticed():
    found = messages(lambda: quick().fit(X.join(Y["b"]), Y))
    assert found == [
        "X has columns with the names of tasks, ['b']; if they hold the labels, nothing else is "
        "learned: leave them out of X."
    ]
    assert messages(lambda: quick().fit(X.rename(columns={"x0": "task_0"}), CODES)) == []
