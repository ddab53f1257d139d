"""Accuracy of several tasks, with labels missing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._label_weights import check_sample_weight
from .._labels import equal_labels
from .._task_columns import read_task_columns
from .._task_labels import TaskLabelEncoder
from ._known import read_predictions

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
    hits, known = _hits_and_known(y_true, y_pred, missing_label)
    weights = check_sample_weight(sample_weight, *known.shape) * known
    totals = weights.sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN that the docstring promises
        return (weights * hits).sum(axis=0) / totals


def score_tasks(
    encoder: TaskLabelEncoder, y: Any, y_pred: Any, sample_weight: Any, missing_label: Any
) -> float:
    """Return the mean of the tasks' accuracies: what ``score`` of a classifier is.

    Raises
    ------
    ValueError
        If no label is known, or a frame's columns are not the tasks of the encoder.
    """
    columns = read_task_columns(y, missing_label)
    if not columns.is_1d and not encoder.is_1d_:
        encoder.check_tasks(columns)
    scores = task_accuracy_scores(
        y, y_pred, sample_weight=sample_weight, missing_label=missing_label
    )
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
    hits, known = _hits_and_known(y_true, y_pred, missing_label)
    weights = check_sample_weight(sample_weight, len(known), 1)[:, 0] * known.any(axis=1)
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
    hits, known = _hits_and_known(y_true, y_pred, missing_label)
    weights = check_sample_weight(sample_weight, *known.shape) * known
    return float((weights * ~hits).sum() / weights.sum()) if weights.any() else float("nan")


def _hits_and_known(
    y_true: Any, y_pred: Any, missing_label: Any
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where prediction and label agree and where the label is known, (n, n_tasks)."""
    true = read_task_columns(y_true, missing_label)
    predicted = read_predictions(y_pred, true.names, true.shape[0])
    hits = map(equal_labels, true.labels, true.known, predicted.labels, true.names)
    return np.stack(list(hits), axis=1), np.stack(true.known, axis=1)
