"""Scores of a task by scikit-learn's scorers, with labels and classes missing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from score_samples import CLASSES, Fixed, fixed, known, labels_of, noisy, one_task
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    fbeta_score,
    get_scorer,
    get_scorer_names,
    log_loss,
    make_scorer,
    precision_score,
    recall_score,
    roc_auc_score,
    top_k_accuracy_score,
)

from sklearn_abmtl._wrappers.task_view import task_view
from sklearn_abmtl.metrics import all_task_scorers, task_log_losses, task_scorer

OF_PROBABILITIES = ["neg_log_loss", "roc_auc_ovr", "roc_auc_ovo", "top_k_accuracy"]
OF_PROBABILITIES += ["roc_auc_ovr_weighted", "roc_auc_ovo_weighted"]
MULTICLASS_BRIER = "d2_brier_score" in get_scorer_names()  # from when it takes several classes
NEW = ["neg_brier_score", "d2_brier_score", "d2_log_loss_score"] * MULTICLASS_BRIER


@pytest.mark.parametrize("task", range(3))
@pytest.mark.filterwarnings("ignore")  # of metrics that are not defined
def test_every_name_scores_as_scikit_learn_does_on_the_known_labels(task):
    classifier, X, y = fixed()
    view, rows = task_view(classifier, task), known(y, task)
    n_scored = 0
    for name in get_scorer_names():
        try:
            expected = get_scorer(name)(view, X[rows], labels_of(y, task))
        except (ValueError, TypeError):
            continue  # not of such classes
        n_scored += 1
        np.testing.assert_allclose(task_scorer(name, task)(classifier, X, y), expected)
    assert n_scored > 20


@pytest.mark.parametrize("name", [*OF_PROBABILITIES, *NEW, "average_precision"])
@pytest.mark.parametrize("absent", CLASSES[2])
def test_a_fold_may_lack_a_class(name, absent):
    classifier, X, y = fixed()
    y["shape"] = y["shape"].replace(absent, None)
    assert np.isfinite(task_scorer(name, "shape")(classifier, X, y))


@pytest.mark.parametrize("name", [*OF_PROBABILITIES, *NEW, "average_precision"])
@pytest.mark.parametrize("unseen", range(4))
@pytest.mark.filterwarnings("ignore:'k':sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.filterwarnings("ignore:y has labels that are not classes of their task:UserWarning")
def test_a_classifier_may_lack_a_class_of_the_fold(name, unseen):
    classifier, X, y = fixed()
    p = np.delete(classifier.probabilities[2], unseen, axis=1)
    classes = [*CLASSES[:2], np.delete(CLASSES[2], unseen)]
    probabilities = [*classifier.probabilities[:2], p / p.sum(axis=1, keepdims=True)]
    lacking = Fixed(classes, probabilities)
    assert np.isfinite(task_scorer(name, 2)(lacking, X, y.to_numpy()))


def test_log_loss_of_a_fold_that_lacks_classes():
    p = noisy(20, 4)
    classifier, X, y = one_task(list("abcd"), p, ["b", "d"] * 10)
    expected = -log_loss(["b", "d"] * 10, p, labels=list("abcd"))
    assert task_scorer("neg_log_loss", 0)(classifier, X, y) == pytest.approx(expected)
    losses = task_log_losses(y, [p], [list("abcd")])
    assert losses[0] == pytest.approx(-expected)


def test_top_k_accuracy_of_a_fold_that_lacks_classes():
    p = noisy(20, 4)
    classifier, X, y = one_task(list("abcd"), p, ["b", "d"] * 10)
    expected = top_k_accuracy_score(["b", "d"] * 10, p, labels=list("abcd"))
    assert task_scorer("top_k_accuracy", 0)(classifier, X, y) == pytest.approx(expected)


def test_an_unseen_class_has_probability_0():
    classifier, X, y = one_task(["a", "b"], [[1.0, 0.0], [0.5, 0.5]], ["a", "c"])
    expected = np.log(np.finfo(float).eps) / 2
    with pytest.warns(UserWarning, match=r"not classes of their task, \{'task_0': \['c'\]\}"):
        assert task_scorer("neg_log_loss", 0)(classifier, X, y) == pytest.approx(expected)
    with pytest.warns(UserWarning, match=r"not classes of their task, \{'task_0': \['c'\]\}"):
        assert task_scorer("accuracy", 0)(classifier, X, y) == 0.5


def test_one_against_rest_is_the_mean_over_the_classes_that_occur():
    p = noisy(20, 3)
    labels = np.array(["a", "c"] * 10)
    classifier, X, y = one_task(["a", "b", "c"], p, labels)
    areas = [roc_auc_score(labels == own, p[:, column]) for own, column in (("a", 0), ("c", 2))]
    assert task_scorer("roc_auc_ovr", 0)(classifier, X, y) == pytest.approx(np.mean(areas))


@pytest.mark.parametrize("name", ["roc_auc_ovr", "roc_auc_ovo", "average_precision"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_ranking_of_one_class_is_not_defined(name, n_classes):
    classifier, X, y = one_task(range(n_classes), noisy(10, n_classes), [1] * 10)
    assert np.isnan(task_scorer(name, 0)(classifier, X, y))


@pytest.mark.parametrize("name", [*OF_PROBABILITIES, "neg_brier_score"])
def test_probabilities_of_the_only_class_have_no_score(name):
    classifier, X, y = one_task(["a"], np.ones((4, 1)), ["a"] * 4)
    assert np.isnan(task_scorer(name, 0)(classifier, X, y))
    assert task_scorer("accuracy", 0)(classifier, X, y) == 1


@pytest.mark.parametrize(
    ("classes", "positive"),
    [
        (["no", "yes"], "no"),
        ([2, 20], 20),
        ([0, 1], 1),
        ([0, 1], 0),
        ([1, 2], 1),
        ([False, True], 1),
    ],
)
def test_binary_metrics_are_of_the_positive_class(classes, positive):
    labels = np.array(classes)[np.random.default_rng(1).integers(0, 4, size=30) // 3]
    p = noisy(30, 2)
    classifier, X, y = one_task(classes, p, labels)
    is_positive, predicted = labels == positive, classifier.predict(X)[:, 0] == positive
    assert f1_score(is_positive, predicted) != f1_score(~is_positive, ~predicted)
    metrics = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
    for name, metric in metrics.items():
        expected = metric(is_positive, predicted)
        for pos_label in (positive, {"task_0": positive}):
            scorer = task_scorer(name, 0, pos_label=pos_label)
            assert scorer(classifier, X, y) == pytest.approx(expected)
        if 1 not in classes:
            with pytest.raises(ValueError, match=r"pos_label must be a class of task 'task_0'"):
                task_scorer(name, 0)(classifier, X, y)
    expected = average_precision_score(is_positive, p[:, classes.index(positive)])
    scorer = task_scorer("average_precision", 0, pos_label=positive)
    assert scorer(classifier, X, y) == pytest.approx(expected)
    for name in ("neg_brier_score", "roc_auc", "f1_macro"):
        assert np.isfinite(task_scorer(name, 0)(classifier, X, y))


def test_scorers_of_your_own_get_the_labels_as_they_are():
    classifier, X, y = fixed()
    fbeta = make_scorer(fbeta_score, beta=2, pos_label=10)
    rows, predicted = known(y, 1), classifier.predict(X)[:, 1].astype(int)
    expected = fbeta_score(labels_of(y, 1), predicted[rows], beta=2, pos_label=10)
    assert task_scorer(fbeta, "size")(classifier, X, y) == pytest.approx(expected)
    loss = make_scorer(
        log_loss, greater_is_better=False, response_method="predict_proba", labels=CLASSES[2]
    )
    y_lacking = y.assign(shape=y["shape"].replace("rod", None))
    named = task_scorer("neg_log_loss", 2)(classifier, X, y_lacking)
    assert task_scorer(loss, 2)(classifier, X, y_lacking) == pytest.approx(named)


def test_a_callable_sees_a_classifier_of_one_task():
    classifier, X, y = fixed()

    def n_right(estimator, X, y, sample_weight=None):
        assert estimator.classes_.tolist() == CLASSES[2]
        return (estimator.predict(X) == y).sum()

    rows = known(y, 2)
    expected = (classifier.predict(X)[rows, 2] == y["shape"][rows]).sum()
    assert task_scorer(n_right, "shape")(classifier, X, y) == expected
    scores = task_scorer(n_right, "shape")(classifier, X, y, sample_weight=np.ones(90))
    assert scores == expected


def test_no_warning_where_classes_are_missing():
    classifier, X, y = fixed()
    y["shape"] = y["shape"].replace("rod", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        all_task_scorers([*OF_PROBABILITIES[:3], "accuracy", "f1_macro"])(classifier, X, y)
