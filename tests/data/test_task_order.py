"""Columns of labels and weights are matched by their names in every method and metric."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from samples import quick, table
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold, cross_val_score

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
    task_scorer,
)
from sklearn_abmtl.model_selection import cross_val_predict

NAMES, MOVED = ["a", "b", "c"], ["c", "a", "b"]
X, CODES = table(90)
Y = pd.DataFrame(CODES, columns=NAMES)
RANDOM = np.random.default_rng(0)
WRONG = Y.sample(frac=1, random_state=1).reset_index(drop=True)
W = pd.DataFrame(RANDOM.integers(0, 4, size=CODES.shape).astype(float), columns=NAMES)
CONTAINERS = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.DataFrame({name: frame[name].to_numpy() for name in frame.columns}),
    "pyarrow": lambda frame: pa.table({name: frame[name].to_numpy() for name in frame.columns}),
    "nullable": lambda frame: frame.convert_dtypes(),
}
PER_TASK = {
    "accuracy": task_accuracy_scores,
    "balanced accuracy": task_balanced_accuracy_scores,
    "F1": lambda *args, **options: task_f1_scores(*args, average="macro", **options),
}
METRICS = PER_TASK | {
    "hamming": multitask_hamming_loss,
    "report": lambda *args, **options: multitask_classification_report(
        *args, output="dict", zero_division=0, **options
    ),
    "display": lambda *args, **options: (
        TaskConfusionDisplay.from_predictions(*args, **options).confusion_matrices[0].tolist()
    ),
}
SCORERS = {
    "one": task_scorer("accuracy", "b"),
    "mean": mean_task_scorer("neg_log_loss"),
    "all": all_task_scorers(["accuracy", "f1_macro"]),
}


@pytest.fixture(scope="module")
def classifier():
    return quick().fit(X, Y)


def proba(classifier):
    return np.concatenate(classifier.predict_proba(X), axis=1)


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_metrics_read_labels_and_weights_by_name(metric, container):
    expected = metric(Y, WRONG, sample_weight=W.to_numpy())
    moved = container(W[MOVED])
    np.testing.assert_equal(metric(Y, WRONG, sample_weight=moved), expected)
    by_name = metric(Y, container(WRONG[MOVED]), sample_weight=moved)
    np.testing.assert_equal(by_name, expected)
    of_prediction = metric(Y.to_numpy(), WRONG[NAMES], sample_weight=moved)
    np.testing.assert_equal(of_prediction, expected)


def test_exact_matches_are_found_in_any_order():
    assert exact_match_score(Y, Y[MOVED]) == 1
    assert multitask_hamming_loss(Y[MOVED], Y) == 0


def test_names_that_are_passed_give_the_order_of_a_frame():
    report = multitask_classification_report(
        Y[MOVED], CODES, task_names=NAMES, output="dict", zero_division=0
    )
    assert [report[name]["accuracy"] for name in NAMES] == [1, 1, 1]
    display = TaskConfusionDisplay.from_predictions(Y[MOVED], CODES, task_names=NAMES)
    assert display.task_names == NAMES
    assert display.confusion_matrices[0].trace() == len(Y)


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_fit_reads_weights_by_name(container):
    expected = proba(quick().fit(X, Y, sample_weight=W.to_numpy()))
    moved = container(W[MOVED])
    np.testing.assert_array_equal(proba(quick().fit(X, Y, sample_weight=moved)), expected)
    streamed, by_name = quick(), quick()
    classes = [np.unique(labels) for labels in CODES.T]
    for _ in range(2):
        streamed.partial_fit(X, Y, classes=classes, sample_weight=W.to_numpy())
    by_name.partial_fit(X, Y, classes=classes, sample_weight=moved)
    by_name.partial_fit(X, container(Y[MOVED]), sample_weight=moved)
    np.testing.assert_array_equal(proba(by_name), proba(streamed))


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_validation_rows_are_read_by_name(container):
    def fitted(y_val, weights):
        validation = {"X_val": X, "y_val": y_val, "sample_weight_val": weights}
        return quick(early_stopping=True).fit(X, Y, **validation)

    expected = fitted(WRONG, W.to_numpy())
    found = fitted(container(WRONG[MOVED]), container(W[MOVED]))
    np.testing.assert_array_equal(proba(found), proba(expected))
    scores = [row["valid_loss_b"] for row in found.history_]
    assert scores == [row["valid_loss_b"] for row in expected.history_]


def test_a_warm_start_reads_labels_by_name():
    warm, plain = (quick(warm_start=True).fit(X, Y) for _ in range(2))
    assert warm.fit(X, Y[MOVED]).task_names_ == NAMES
    np.testing.assert_array_equal(proba(warm), proba(plain.fit(X, Y)))


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_scores_and_scorers_read_labels_and_weights_by_name(container, classifier):
    y, weights = container(WRONG[MOVED]), container(W[MOVED])
    expected = classifier.score(X, WRONG, sample_weight=W.to_numpy())
    assert classifier.score(X, y, sample_weight=weights) == expected
    assert classifier.score(X, WRONG.to_numpy(), sample_weight=weights) == expected
    for scorer in SCORERS.values():
        expected = scorer(classifier, X, WRONG, sample_weight=W.to_numpy())
        assert scorer(classifier, X, y, sample_weight=weights) == expected
    assert exact_match_scorer()(classifier, X, y) == exact_match_scorer()(classifier, X, WRONG)


def test_labels_name_the_tasks_of_a_classifier_that_has_no_names():
    forest = RandomForestClassifier(5, random_state=0).fit(X, CODES)
    scorer = all_task_scorers("accuracy")
    expected = scorer(forest, X, WRONG, sample_weight=W.to_numpy())
    assert scorer(forest, X, WRONG, sample_weight=W[MOVED]) == expected


def test_weights_are_routed_by_name():
    plain, moved = mean_task_scorer(), mean_task_scorer()
    with sklearn.config_context(enable_metadata_routing=True):
        scores = [
            cross_val_score(
                quick().set_fit_request(sample_weight=True),
                X,
                Y,
                cv=KFold(2),
                scoring=scorer.set_score_request(sample_weight=True),
                params={"sample_weight": weights},
            )
            for scorer, weights in ((plain, W.to_numpy()), (moved, W[MOVED]))
        ]
    np.testing.assert_array_equal(*scores)


def test_cross_validated_predictions_weigh_labels_by_name():
    expected, found = (
        cross_val_predict(quick(), X, Y, cv=2, params={"sample_weight": weights})
        for weights in (W.to_numpy(), W[MOVED])
    )
    np.testing.assert_array_equal(found, expected)


def test_calibration_reads_labels_and_weights_by_name(classifier):
    expected = calibrate(classifier, X, WRONG, method="sigmoid")
    found = calibrate(classifier, X, WRONG[MOVED], method="sigmoid")
    np.testing.assert_array_equal(proba(found), proba(expected))
    score = expected.score(X, WRONG, sample_weight=W.to_numpy())
    assert found.score(X, WRONG[MOVED], sample_weight=W[MOVED]) == score


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_columns_of_other_tasks_keep_their_names(container):
    single = SingleTask(quick(loss_weights={"c": 3.0}), task="a")
    single.fit(X, Y["a"], aux_y=container(Y[["c", "b"]]), sample_weight=W[MOVED])
    assert single.estimator_.task_names_ == ["a", "c", "b"]
    plain = quick(loss_weights={"c": 3.0}).fit(
        X, Y[["a", "c", "b"]], sample_weight=W[["a", "c", "b"]].to_numpy()
    )
    np.testing.assert_array_equal(single.predict_proba(X), plain.predict_proba(X)[0])


OTHER_NAMES = {
    "one other": W.rename(columns={"b": "d"}),
    "all others": W.rename(columns=str.upper),
    "one twice": W[["a", "a", "b"]],
    "polars": CONTAINERS["polars"](W.rename(columns={"b": "d"})),
    "pyarrow": CONTAINERS["pyarrow"](W.rename(columns={"b": "d"})),
}


@pytest.mark.parametrize("weights", OTHER_NAMES.values(), ids=OTHER_NAMES)
def test_other_names_are_refused(weights, classifier):
    text = r"^sample_weight must name the tasks as in y, \['a', 'b', 'c'\]; found \["
    calls = [
        lambda: quick().fit(X, Y, sample_weight=weights),
        lambda: quick().partial_fit(X, Y, classifier.classes_, sample_weight=weights),
        lambda: classifier.score(X, Y, sample_weight=weights),
        lambda: task_accuracy_scores(Y, Y, sample_weight=weights),
        lambda: task_log_losses(Y, classifier.predict_proba(X), sample_weight=weights),
        lambda: mean_task_scorer()(classifier, X, Y, sample_weight=weights),
        lambda: TaskConfusionDisplay.from_estimator(classifier, X, Y, sample_weight=weights),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=text):
            call()
    with pytest.raises(ValueError, match="sample_weight_val must name the tasks as in y"):
        quick().fit(X, Y, X_val=X, y_val=Y, sample_weight_val=weights)


def test_containers_without_names_are_read_by_position(classifier):
    expected = classifier.score(X, WRONG, sample_weight=W.to_numpy())
    numbered = W.set_axis([0, 1, 2], axis=1)  # as pandas counts columns without names
    for weights in (numbered, W.to_numpy().tolist(), np.ma.array(W.to_numpy())):
        assert classifier.score(X, WRONG, sample_weight=weights) == expected


def test_weights_of_one_task_need_no_name():
    y, weights = Y["b"], W["a"]
    expected = proba_of_one(quick().fit(X, y, sample_weight=weights.to_numpy()))
    for given in (weights, weights.to_frame(), pl.Series("other", weights.to_numpy())):
        found = proba_of_one(quick().fit(X, y, sample_weight=given))
        np.testing.assert_array_equal(found, expected)


def proba_of_one(classifier):
    return classifier.predict_proba(X)


def test_tasks_called_by_numbers_are_still_read_by_name():
    y = Y.set_axis(["task_1", "task_0", "task_2"], axis=1)
    classifier = quick().fit(X, y)
    assert classifier.score(X, y.sort_index(axis=1)) == classifier.score(X, CODES)
