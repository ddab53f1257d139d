"""F1 scores mean what scikit-learn's words mean."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import classification_report, f1_score, jaccard_score, precision_score

from sklearn_abmtl.metrics import multitask_classification_report, task_f1_scores, task_scorer

RANDOM = np.random.default_rng(0)
Y = (RANDOM.random((80, 3)) < [0.2, 0.5, 0.8]).astype(int)
PREDICTED = np.where(RANDOM.random(Y.shape) < 0.7, Y, 1 - Y)
WEIGHT = RANDOM.integers(1, 4, size=80).astype(float)
MISSING = RANDOM.random(Y.shape) < 0.3
PARTIAL = np.ma.masked_array(Y, MISSING)
AVERAGES = ["binary", "macro", "weighted"]


def expected(average, labels=Y, predicted=PREDICTED, weight=None, **options):
    known = [~np.ma.getmaskarray(column) for column in np.ma.asarray(labels).T]
    return [
        f1_score(
            np.ma.getdata(labels)[rows, task],
            predicted[rows, task],
            average=average,
            sample_weight=None if weight is None else weight[rows],
            **options,
        )
        for task, rows in enumerate(known)
    ]


def test_the_default_is_the_score_of_the_class_1_and_of_other_tasks_the_macro_mean():
    words, sizes = np.array(["no", "yes"], dtype=object)[Y[:, 0]], np.arange(80) % 3
    y = pd.DataFrame({"a": Y[:, 1], "word": words, "size": sizes, "rare": 0})
    predicted = y.iloc[::-1].reset_index(drop=True).assign(rare=0)
    with pytest.warns(UndefinedMetricWarning, match="no true nor predicted"):
        scores = task_f1_scores(y, predicted)
    pairs = [(y[name].tolist(), predicted[name].tolist()) for name in y]
    averages = ["binary", "macro", "macro"]
    found = [f1_score(*pair, average=a) for pair, a in zip(pairs, averages, strict=False)]
    np.testing.assert_allclose(scores, [*found, 0])


def test_the_default_is_the_score_of_the_class_1():
    scores = task_f1_scores(Y, PREDICTED)
    np.testing.assert_allclose(scores, list(map(f1_score, Y.T, PREDICTED.T)))
    np.testing.assert_allclose(scores, f1_score(Y, PREDICTED, average=None))


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["no weights", "weights"])
@pytest.mark.parametrize("labels", [Y, PARTIAL], ids=["all labels", "labels missing"])
@pytest.mark.parametrize("average", AVERAGES)
def test_each_average_is_scikit_learns(average, labels, weight):
    scores = task_f1_scores(labels, PREDICTED, average=average, sample_weight=weight)
    np.testing.assert_allclose(scores, expected(average, labels, weight=weight))


@pytest.mark.parametrize("average", AVERAGES[1:])
def test_each_average_of_several_classes_is_scikit_learns(average):
    labels = RANDOM.integers(0, 4, size=(60, 2))
    predicted = np.where(RANDOM.random(labels.shape) < 0.6, labels, 0)
    scores = task_f1_scores(labels, predicted, average=average)
    np.testing.assert_allclose(scores, expected(average, labels, predicted))


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["no weights", "weights"])
def test_micro_counts_over_the_labels_of_an_indicator(weight):
    score = task_f1_scores(Y, PREDICTED, average="micro", sample_weight=weight)
    assert score == pytest.approx(f1_score(Y, PREDICTED, average="micro", sample_weight=weight))


def test_micro_leaves_out_what_is_missing():
    score = task_f1_scores(PARTIAL, PREDICTED, average="micro")
    assert score == pytest.approx(f1_score(Y[~MISSING], PREDICTED[~MISSING]))
    assert np.isnan(task_f1_scores([[None, None]], [[1, 0]], average="micro"))


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["no weights", "weights"])
def test_the_mean_over_samples_is_that_of_an_indicator(weight):
    some = Y.any(axis=1) | PREDICTED.any(axis=1)  # elsewhere it is 0 / 0
    weight = None if weight is None else weight[some]
    score = task_f1_scores(Y[some], PREDICTED[some], average="samples", sample_weight=weight)
    indicator = f1_score(Y[some], PREDICTED[some], average="samples", sample_weight=weight)
    assert score == pytest.approx(indicator)


def test_the_mean_over_samples_leaves_out_what_is_missing():
    labels = np.ma.masked_array([[1, 1], [1, 0], [0, 1]], [[False, True], [False] * 2, [True] * 2])
    predicted = np.array([[1, 0], [1, 1], [0, 0]])
    score = task_f1_scores(labels, predicted, average="samples")
    assert score == pytest.approx((1 + 2 / 3) / 2)
    assert np.isnan(task_f1_scores([[None, None]], [[1, 0]], average="samples"))


def test_samples_without_a_positive_class_are_warned_of():
    with pytest.warns(UndefinedMetricWarning, match="in samples with no true nor predicted"):
        assert task_f1_scores([[0, 0], [1, 1]], [[0, 0], [1, 1]], average="samples") == 0.5


@pytest.mark.parametrize(
    "labels",
    [np.array([False, True]), np.array([0.0, 1.0]), np.array([1, 2]), np.array([-1, 1])],
    ids=str,
)
def test_the_class_1_is_positive_in_any_type(labels):
    scores = task_f1_scores(labels[Y], labels[PREDICTED])
    np.testing.assert_allclose(scores, expected("binary", labels[Y], labels[PREDICTED]))


def test_the_positive_class_of_each_task_is_passed_by_name():
    words = np.array(["no", "yes"], dtype=object)
    names = ["a", "b", "c"]
    y = pd.DataFrame(Y, columns=names).assign(a=words[Y[:, 0]])
    predicted = pd.DataFrame(PREDICTED, columns=names).assign(a=words[PREDICTED[:, 0]])
    found = task_f1_scores(y, predicted, pos_label={"a": "no", "c": 0})
    scores = [f1_score(Y[:, 0], PREDICTED[:, 0], pos_label=0)]
    scores += [f1_score(Y[:, 1], PREDICTED[:, 1])]
    scores += [f1_score(Y[:, 2], PREDICTED[:, 2], pos_label=0)]
    np.testing.assert_allclose(found, scores)
    with pytest.raises(ValueError, match=r"pos_label must be a class of task 'a', \['no', 'yes'\]"):
        task_f1_scores(y, predicted, average="binary")
    with pytest.raises(ValueError, match=r"pos_label names unknown tasks: \['d'\]"):
        task_f1_scores(y, predicted, pos_label={"d": 1})


@pytest.mark.parametrize("average", ["binary", "micro", "samples"])
def test_several_classes_need_another_average(average):
    with pytest.raises(ValueError, match=r"Task 'task_1' has 3 classes, \[0, 1, 2\]"):
        task_f1_scores([[0, 1], [1, 2]], [[0, 1], [1, 0]], average=average)


def test_a_task_of_one_class_scores_as_in_scikit_learn():
    assert task_f1_scores([1, 1], [1, 1]).tolist() == [1]
    assert task_f1_scores(["a", "a"], ["a", "a"]).tolist() == [1]
    with pytest.warns(UndefinedMetricWarning):
        assert task_f1_scores(["a", "a"], ["a", "a"], average="binary").tolist() == [0]


def test_reports_and_scorers_agree():
    report = multitask_classification_report(Y, PREDICTED, output="dict")
    single = classification_report(Y[:, 0], PREDICTED[:, 0], output_dict=True)
    assert report["task_0"] == single
    positive = [report[f"task_{task}"]["1"]["f1-score"] for task in range(3)]
    np.testing.assert_allclose(task_f1_scores(Y, PREDICTED), positive)

    answers = Answers(3)
    metrics = {"f1": f1_score, "precision": precision_score, "jaccard": jaccard_score}
    for name, metric in metrics.items():
        found = [task_scorer(name, task)(answers, PREDICTED, Y) for task in range(3)]
        np.testing.assert_allclose(found, list(map(metric, Y.T, PREDICTED.T)))
    for average in AVERAGES[1:]:
        found = [task_scorer(f"f1_{average}", task)(answers, PREDICTED, Y) for task in range(3)]
        np.testing.assert_allclose(found, task_f1_scores(Y, PREDICTED, average=average))


class Answers(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose X is what it predicts."""

    def __init__(self, n_tasks):
        self.classes_ = [np.array([0, 1])] * n_tasks

    def fit(self, X, y):
        return self

    def predict(self, X):
        return X
