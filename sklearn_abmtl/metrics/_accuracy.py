"""Accuracy of several tasks, with labels missing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._data.label_pairs import read_pair
from .._data.label_weights import check_row_weight, check_sample_weight
from .._data.task_columns import TaskColumns
from .._wrappers.accuracy import accuracies, hits_and_known

FloatArray = NDArray[np.float64]


def task_accuracy_scores(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, missing_label: Any = None
) -> FloatArray:
    """Return the accuracy of each task on its known labels.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        Sample weights.
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.

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
    return accuracies(true, predicted, weights)


def exact_match_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, missing_label: Any = None
) -> float:
    """Return the share of rows whose known labels are all predicted correctly.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; rows without a known label are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.

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
    """Return the share of rows with all known labels predicted correctly; NaN if none is known."""
    hits, known = hits_and_known(true, predicted)
    weights = check_row_weight(sample_weight, len(known)) * known.any(axis=1)
    is_match = (hits | ~known).all(axis=1)
    return float((weights * is_match).sum() / weights.sum()) if weights.any() else float("nan")


def multitask_hamming_loss(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, missing_label: Any = None
) -> float:
    """Return the share of known labels that are predicted wrongly, over all tasks together.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        Sample weights.
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.

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
    hits, known = hits_and_known(true, predicted)
    weights = check_sample_weight(sample_weight, len(known), true.names) * known
    return float((weights * ~hits).sum() / weights.sum()) if weights.any() else float("nan")
