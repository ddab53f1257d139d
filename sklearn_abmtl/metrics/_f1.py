"""The F1 score of each task, with labels missing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import f1_score

from .._label_weights import check_row_weight
from .._warn_caller import warn_caller
from ._known import KnownLabels, known_pairs
from ._pos_label import check_pos_label, label_of_task

Array = NDArray[Any]
AVERAGES = ("binary", "macro", "micro", "weighted", "samples")


def task_f1_scores(
    y_true: Any,
    y_pred: Any,
    *,
    average: str = "binary",
    pos_label: Any = 1,
    sample_weight: Any = None,
    missing_label: Any = None,
) -> Any:
    """Return each task's F1 score on its known labels, as scikit-learn's ``f1_score`` of the task.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    average : {'binary', 'macro', 'micro', 'weighted', 'samples'}, default='binary'
        'binary' is the F1 score of the positive class, for tasks of two classes. 'macro' is the
        mean over the classes of a task, and 'weighted' the mean by their numbers of labels.
        'micro' counts all classes of a task together, which is its accuracy. 'samples' takes
        each task of two classes as one label that a sample has or has not, and is the mean over
        samples.
    pos_label : label or dict, default=1
        The positive class for 'binary' and 'samples'. A dict has one label per task, by name; 1
        for those left out.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        Sample weights; for 'samples' of shape (n_samples,).
    missing_label : scalar, default=None
        A value that also stands for a missing label, beside None, NaN, NaT, NA and a mask.

    Returns
    -------
    scores : ndarray of shape (n_tasks,) or float
        In [0, 1]; NaN for a task without a known label. One number for 'samples'.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ, there is no such average, or for 'binary'
        and 'samples' a task has more than two classes, or two that ``pos_label`` does not name.

    Examples
    --------
    >>> y_true = [["red", 1], ["blue", 0], ["blue", None]]
    >>> y_pred = [["red", 1], ["blue", 1], ["red", 1]]
    >>> task_f1_scores(y_true, y_pred, average="macro").round(2).tolist()
    [0.67, 0.33]
    >>> task_f1_scores(y_true, y_pred, pos_label={"task_0": "red"}).round(2).tolist()
    [0.67, 0.67]
    """
    if average not in AVERAGES:
        raise ValueError(f"average must be one of {AVERAGES}; found {average!r}.")
    tasks, predictions = known_pairs(y_true, y_pred, sample_weight, missing_label)
    if average not in ("binary", "samples"):
        return np.array(
            [
                f1_score(known.labels, predicted, average=average, **known.weighting)
                if len(known.rows)
                else np.nan
                for known, predicted in zip(tasks, predictions, strict=True)
            ]
        )
    names = [known.name for known in tasks]
    positives = [
        _are_positive(known, predicted, label_of_task(pos_label, known.name, names))
        for known, predicted in zip(tasks, predictions, strict=True)
    ]
    if average == "samples":
        return _f1_of_samples(tasks, positives, check_row_weight(sample_weight, len(y_true)))
    return np.array(
        [
            f1_score(true, predicted, **known.weighting) if len(known.rows) else np.nan
            for known, (true, predicted) in zip(tasks, positives, strict=True)
        ]
    )


def _are_positive(known: KnownLabels, predicted: Array, pos_label: Any) -> tuple[Array, Array]:
    """Return where the known labels and their predictions are the positive class."""
    labels, answers = known.labels.tolist(), predicted.tolist()
    check_pos_label(known.name, sorted(set(labels) | set(answers)), pos_label)
    true, found = ([value == pos_label for value in values] for values in (labels, answers))
    return np.array(true, dtype=int), np.array(found, dtype=int)


def _f1_of_samples(
    tasks: list[KnownLabels], positives: list[tuple[Array, Array]], weights: Array
) -> float:
    """Return the mean over the samples that have a known label, NaN where none has."""
    is_known, n_both, n_either = np.zeros((3, len(weights)))
    for known, (true, predicted) in zip(tasks, positives, strict=True):
        is_known[known.rows] = 1
        n_both[known.rows] += true * predicted
        n_either[known.rows] += true + predicted
    counting = weights * is_known
    if not counting.any():
        return float("nan")
    if (n_either[counting > 0] == 0).any():
        warn_caller(
            "F-score is ill-defined and being set to 0.0 in samples with no true nor predicted "
            "positive class.",
            UndefinedMetricWarning,
        )
    scores = 2 * n_both / np.where(n_either > 0, n_either, 1)
    return float(np.average(scores, weights=counting))
