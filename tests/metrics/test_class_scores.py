"""Scores per task, compared with scikit-learn's on the known labels."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from score_samples import CLASSES, NAMES, answers, known, labels_of
from sklearn.metrics import accuracy_score, f1_score, log_loss, recall_score

from sklearn_abmtl.metrics import (
    exact_match_score,
    multitask_hamming_loss,
    task_accuracy_scores,
    task_balanced_accuracy_scores,
    task_f1_scores,
    task_log_losses,
)

BALANCED = partial(recall_score, average="macro")  # of labels that have every class
SCORES = {
    "accuracy": (task_accuracy_scores, accuracy_score),
    "balanced accuracy": (task_balanced_accuracy_scores, BALANCED),
    "macro F1": (
        partial(task_f1_scores, average="macro"),
        partial(f1_score, average="macro"),
    ),
    "weighted F1": (
        partial(task_f1_scores, average="weighted"),
        partial(f1_score, average="weighted"),
    ),
}
CONTAINERS = {
    "frame": lambda y: y,
    "list": lambda y: y.to_numpy().tolist(),
    "objects": lambda y: y.to_numpy(),
    "NaN": lambda y: y.mask(y.isna(), np.nan).to_numpy(),
    "categories": lambda y: y.astype({"color": "category", "size": "Int64"}),
    "polars": lambda y: pl.DataFrame({name: y[name].tolist() for name in y.columns}),
    "-1": lambda y: y.mask(y.isna(), -1).to_numpy(),
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize(("score", "expected"), SCORES.values(), ids=SCORES)
def test_scores_are_scikit_learns_on_the_known_labels(score, expected, container):
    y, predicted, _ = answers()
    scores = score(container(y), predicted.to_numpy(), missing_label=-1)
    assert scores.shape == (3,)
    for task in range(3):
        labels = predicted.iloc[:, task].to_numpy()[known(y, task)]
        assert scores[task] == pytest.approx(expected(labels_of(y, task), labels))


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_log_losses_are_scikit_learns_on_the_known_labels(container):
    y, _, probabilities = answers()
    losses = task_log_losses(container(y), probabilities, CLASSES, missing_label=-1)
    for task in range(3):
        p = probabilities[task][known(y, task)]
        assert losses[task] == pytest.approx(log_loss(labels_of(y, task), p))
    of_labels = task_log_losses(container(y), probabilities, missing_label=-1)
    np.testing.assert_array_equal(of_labels, losses)


def test_log_losses_ask_for_classes_that_no_label_has():
    p = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])
    with pytest.raises(ValueError, match=r"classes must be passed.*'y' has 2 in y_true and 3 in"):
        task_log_losses(["red", "green"], p)
    losses = task_log_losses([["red", None], ["green", None]], [np.full((2, 2), 0.5), p])
    assert np.isnan(losses).tolist() == [False, True]


@pytest.mark.parametrize("name", ["rows", "labels"])
@pytest.mark.parametrize(("score", "expected"), SCORES.values(), ids=SCORES)
def test_sample_weights_of_rows_or_labels_count(score, expected, name):
    y, predicted, _ = answers()
    weight = np.random.default_rng(0).integers(0, 3, size=(90, 3)).astype(float)
    given = weight[:, 0] if name == "rows" else weight
    scores = score(y, predicted, sample_weight=given)
    for task in range(3):
        own = weight[:, 0 if name == "rows" else task][known(y, task)]
        labels = predicted.iloc[:, task].to_numpy()[known(y, task)]
        assert scores[task] == pytest.approx(
            expected(labels_of(y, task), labels, sample_weight=own)
        )


def test_log_losses_take_sample_weights():
    y, _, probabilities = answers()
    weight = np.arange(90) % 4
    losses = task_log_losses(y, probabilities, CLASSES, sample_weight=weight)
    rows = known(y, 2)
    expected = log_loss(labels_of(y, 2), probabilities[2][rows], sample_weight=weight[rows])
    assert losses[2] == pytest.approx(expected)


@pytest.mark.parametrize("library", [pd, pl])
def test_log_losses_read_the_columns_of_a_frame_by_class(library):
    y, _, probabilities = answers()
    frames = [
        library.DataFrame(
            {own if library is pd else str(own): p[:, i] for i, own in reversed([*enumerate(c)])}
        )
        for p, c in zip(probabilities, CLASSES, strict=True)
    ]
    expected = task_log_losses(y, probabilities, CLASSES)
    np.testing.assert_array_equal(task_log_losses(y, frames, CLASSES), expected)
    unnamed = list(map(pd.DataFrame, probabilities))
    np.testing.assert_array_equal(task_log_losses(y, unnamed, CLASSES), expected)


def test_log_losses_read_dicts_by_task():
    y, _, probabilities = answers()
    expected = task_log_losses(y, probabilities, CLASSES)
    own = dict(reversed([*zip(NAMES, probabilities, strict=True)]))
    classes = dict(reversed([*zip(NAMES, CLASSES, strict=True)]))
    np.testing.assert_array_equal(task_log_losses(y, own, classes), expected)


def test_log_losses_refuse_other_names_of_tasks_and_classes():
    y, _, probabilities = answers()
    with pytest.raises(ValueError, match=r"y_proba must name the tasks of y_true, .*found \['x'\]"):
        task_log_losses(y, {"x": probabilities[0]}, CLASSES)
    with pytest.raises(ValueError, match=r"classes must name the tasks of y_true, .*found \['x'\]"):
        task_log_losses(y, probabilities, {"x": CLASSES[0]})
    frame = pd.DataFrame(np.full((2, 2), 0.5), columns=["no", "maybe"])
    with pytest.raises(
        ValueError, match=r"'y' must name the classes \['no', 'yes'\]; found .*maybe"
    ):
        task_log_losses(["no", "yes"], frame, ["no", "yes"])


def test_a_task_without_a_known_label_has_no_score():
    y, predicted, probabilities = answers()
    y["size"] = None
    for score, _ in SCORES.values():
        assert np.isnan(score(y, predicted)).tolist() == [False, True, False]
    assert np.isnan(task_log_losses(y, probabilities, CLASSES)).tolist() == [False, True, False]


def test_balanced_accuracy_is_over_the_classes_that_occur():
    y_true, y_pred = ["a", "a", "b", "b", "b"], ["a", "c", "b", "b", "b"]
    assert task_balanced_accuracy_scores(y_true, y_pred).tolist() == [0.75]


def test_log_losses_need_not_see_every_class():
    p = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])
    losses = task_log_losses(["red", "green"], p, ["blue", "green", "red"])
    np.testing.assert_allclose(losses, [-np.log([0.5, 0.8]).mean()])


def test_a_label_of_no_class_has_probability_0():
    p = np.array([[0.5, 0.5], [0.0, 1.0]])
    loss = task_log_losses([1, 7], p, [0, 1])
    expected = -np.log([0.5, np.finfo(float).eps]).mean()
    np.testing.assert_allclose(loss, [expected])


def test_the_only_class_has_a_log_loss_of_0():
    assert task_log_losses([4, None, 4], np.ones((3, 1)), [4]).tolist() == [0]


def test_hamming_loss_is_over_all_known_labels_together():
    y, predicted, _ = answers()
    wrong = sum((predicted[n][y[n].notna()] != y[n][y[n].notna()]).sum() for n in NAMES)
    assert multitask_hamming_loss(y, predicted) == pytest.approx(wrong / y.notna().sum().sum())
    weight = np.arange(90) % 2
    odd = multitask_hamming_loss(y.iloc[1::2], predicted.iloc[1::2])
    assert multitask_hamming_loss(y, predicted, sample_weight=weight) == pytest.approx(odd)
    assert np.isnan(multitask_hamming_loss([None, None], [1, 2]))


def test_hamming_loss_and_exact_match_of_one_task_are_the_error_and_the_accuracy():
    y_true, y_pred = [0, 1, 2, None], [0, 1, 1, 1]
    assert multitask_hamming_loss(y_true, y_pred) == pytest.approx(1 / 3)
    assert exact_match_score(y_true, y_pred) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("score", "_"), SCORES.values(), ids=SCORES)
def test_other_shapes_are_refused(score, _):
    y, predicted, _ = answers()
    with pytest.raises(ValueError, match="y_true and y_pred must have the same shape"):
        score(y, predicted.iloc[:, :2])
    with pytest.raises(ValueError, match="y_true and y_pred must have the same shape"):
        score(y, predicted.iloc[:50])


@pytest.mark.parametrize(("score", "_"), SCORES.values(), ids=SCORES)
def test_tasks_are_read_by_name(score, _):
    y, predicted, _ = answers()
    np.testing.assert_array_equal(score(y, predicted[NAMES[::-1]]), score(y, predicted))
    with pytest.raises(ValueError, match="y_pred must name the tasks as in y_true"):
        score(y, predicted.rename(columns={"color": "hue"}))
    np.testing.assert_array_equal(score(y, predicted.to_numpy()), score(y, predicted))
    np.testing.assert_array_equal(score(y.to_numpy(), predicted), score(y, predicted))


def test_other_arguments_are_refused():
    y, predicted, probabilities = answers()
    with pytest.raises(ValueError, match="y_pred must hold a label wherever y_true does; 'size'"):
        task_balanced_accuracy_scores(y, predicted.assign(size=None))
    with pytest.raises(ValueError, match=r"one array per task of y_true, 3; found 2 and 3"):
        task_log_losses(y, probabilities[:2], CLASSES)
    with pytest.raises(ValueError, match=r"of task 'size' must have the shape \(90, 1\)"):
        task_log_losses(y, probabilities, [CLASSES[0], [10], CLASSES[2]])
    with pytest.raises(ValueError, match=r"'y' must be of one kind; found numbers, as \[1, 2\]"):
        task_log_losses(["1", "2"], np.full((2, 2), 0.5), [1, 2])
    with pytest.raises(ValueError, match="mixes labels of the types int, str"):
        task_f1_scores(pd.DataFrame({"size": [1, "1"]}), [[1], [1]])
