"""Accuracy of several tasks, with labels missing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._label_weights import check_row_weight, check_sample_weight
from .._labels import equal_labels
from .._task_columns import TaskColumns
from .._task_labels import TaskLabelEncoder
from .._unseen_labels import warn_of_unseen_labels
from ._known import read_pair

FloatArray = NDArray[np.float64]


def task_accuracy_scores(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, missing_label: Any = None
) -> FloatArray:
    """Return each task's accuracy on its known labels.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        Sample weights.
    missing_label : scalar, default=None
        A value that also stands for a missing label, beside None, NaN, NaT, NA and a mask.

    Returns
    -------
    scores : ndarray of shape (n_tasks,)
        NaN for a task without a known label.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ.

    Examples
    --------
    >>> y_true = [["red", 1], ["blue", 0], ["blue", None]]
    >>> y_pred = [["red", 1], ["blue", 1], ["red", 1]]
    >>> task_accuracy_scores(y_true, y_pred).round(2).tolist()
    [0.67, 0.5]
    """
    true, predicted = read_pair(y_true, y_pred, sample_weight, missing_label)
    weights = check_sample_weight(sample_weight, true.shape[0], true.names)
    return _accuracies(true, predicted, weights)


def score_tasks(
    encoder: TaskLabelEncoder,
    y: Any,
    y_pred: Any,
    sample_weight: Any,
    missing_label: Any,
) -> float:
    """Return the mean of the tasks' accuracies: what ``score`` of a classifier is.

    Raises
    ------
    ValueError
        If no label is known, or a frame's columns are not the tasks of the encoder.
    """
    true, predicted = read_pair(y, y_pred, sample_weight, missing_label)
    if not true.is_1d and not encoder.is_1d_:
        true = encoder.arrange(true)
    weights = check_sample_weight(sample_weight, true.shape[0], true.names)
    true = true.only_where(weights > 0)
    known = [labels[is_known] for labels, is_known in zip(true.labels, true.known, strict=True)]
    warn_of_unseen_labels(zip(encoder.task_names_, known, encoder.classes_, strict=True))
    scores = _accuracies(true, predicted, weights)
    if np.isnan(scores).all():
        raise ValueError("score needs at least one known label in y; found none.")
    return float(np.nanmean(scores))


def exact_match_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, missing_label: Any = None
) -> float:
    """Return the share of rows whose known labels are all predicted right.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; rows without a known label are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.
    missing_label : scalar, default=None
        A value that also stands for a missing label, beside None, NaN, NaT, NA and a mask.

    Returns
    -------
    score : float
        In [0, 1]; NaN if no label is known.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ.

    Examples
    --------
    >>> y_true = [["red", 1], ["blue", 0], ["blue", None]]
    >>> round(exact_match_score(y_true, [["red", 1], ["blue", 1], ["blue", 1]]), 2)
    0.67
    """
    true, predicted = read_pair(y_true, y_pred, sample_weight, missing_label)
    return exact_match(true, predicted, sample_weight)


def exact_match(true: TaskColumns, predicted: TaskColumns, sample_weight: Any) -> float:
    """Return the share of rows whose known labels are all predicted right, NaN without any."""
    hits, known = _hits_and_known(true, predicted)
    weights = check_row_weight(sample_weight, len(known)) * known.any(axis=1)
    right = (hits | ~known).all(axis=1)
    return float((weights * right).sum() / weights.sum()) if weights.any() else float("nan")


def multitask_hamming_loss(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, missing_label: Any = None
) -> float:
    """Return the share of known labels that are predicted wrong, over all tasks together.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        Sample weights.
    missing_label : scalar, default=None
        A value that also stands for a missing label, beside None, NaN, NaT, NA and a mask.

    Returns
    -------
    loss : float
        In [0, 1]; NaN if no label is known.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ.

    Examples
    --------
    >>> y_true = [["red", 1], ["blue", 0], ["blue", None]]
    >>> y_pred = [["red", 1], ["blue", 1], ["red", 1]]
    >>> multitask_hamming_loss(y_true, y_pred)
    0.4
    """
    true, predicted = read_pair(y_true, y_pred, sample_weight, missing_label)
    hits, known = _hits_and_known(true, predicted)
    weights = check_sample_weight(sample_weight, len(known), true.names) * known
    return float((weights * ~hits).sum() / weights.sum()) if weights.any() else float("nan")


def _accuracies(true: TaskColumns, predicted: TaskColumns, weights: FloatArray) -> FloatArray:
    hits, known = _hits_and_known(true, predicted)
    weights = weights * known
    totals = weights.sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN that the docstring promises
        return (weights * hits).sum(axis=0) / totals


def _hits_and_known(
    true: TaskColumns, predicted: TaskColumns
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where prediction and label agree and where the label is known, (n, n_tasks)."""
    hits = map(equal_labels, true.labels, true.known, predicted.labels, true.names)
    return np.stack(list(hits), axis=1), np.stack(true.known, axis=1)
