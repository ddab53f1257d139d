"""The F1 score of each task, with labels missing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import f1_score

from .._data.label_pairs import KnownLabels, ScoredLabels, known_pairs
from .._data.label_weights import check_row_weight
from .._data.labels import codes_among
from .._data.warn_caller import warn_caller
from ._pos_label import are_positive, check_pos_label, has_positive, label_of_task

Array = NDArray[Any]
AVERAGES = ("auto", "binary", "macro", "micro", "weighted", "samples")


def task_f1_scores(
    y_true: Any,
    y_pred: Any,
    *,
    average: str = "auto",
    pos_label: Any = 1,
    sample_weight: Any = None,
    missing_label: Any = None,
) -> Any:
    """Return the F1 score of each task on its known labels, as from scikit-learn's ``f1_score``.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    average : {'auto', 'binary', 'macro', 'micro', 'weighted', 'samples'}, default='auto'
        'auto' is 'binary' for tasks with two classes if one of them is ``pos_label``, and 'macro'
        for other tasks. 'binary' is the F1 score of the positive class. 'macro' is the mean over
        the classes of a task, and 'weighted' is their mean weighted by numbers of labels. 'micro'
        and 'samples' treat each task of two classes as one column of an indicator matrix, as in
        scikit-learn: 'micro' counts over all tasks together, and 'samples' is the mean over
        samples.
    pos_label : label or dict, default=1
        The positive class for all averages except 'macro' and 'weighted'. A dict has one label per
        task, by name; 1 for tasks left out.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        Sample weights; for 'samples' of shape (n_samples,).
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.

    Returns
    -------
    scores : ndarray of shape (n_tasks,) or float
        In [0, 1]; NaN for a task without a known label. One number for 'micro' and 'samples'.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ, or there is no such average. For 'binary',
        'micro' and 'samples' also if a task has more than two classes, or two and ``pos_label`` is
        neither of them.

    Examples
    --------
    >>> y_true = [["red", 1], ["blue", 0], ["blue", None]]
    >>> y_pred = [["red", 1], ["blue", 1], ["red", 1]]
    >>> task_f1_scores(y_true, y_pred).round(2).tolist() # for 'task_1', the F1 score of class 1
    [0.67, 0.67]
    >>> task_f1_scores(y_true, y_pred, average="macro").round(2).tolist()
    [0.67, 0.33]
    >>> task_f1_scores(y_true, y_pred, pos_label={"task_0": "red"}).round(2).tolist()
    [0.67, 0.67]
    """
    if average not in AVERAGES:
        raise ValueError(f"average must be one of {AVERAGES}; found {average!r}.")
    pairs = known_pairs(y_true, y_pred, sample_weight, missing_label)
    names = [scored.known.name for scored in pairs]
    labels = [label_of_task(pos_label, name, names) for name in names]
    if average in ("micro", "samples"):
        tasks = [scored.known for scored in pairs]
        positives = [_true_and_predicted(*each) for each in zip(pairs, labels, strict=True)]
        if average == "micro":
            return _f1_of_all(tasks, positives)
        return _f1_of_samples(tasks, positives, check_row_weight(sample_weight, len(y_true)))
    return np.array([_f1_of_task(*each, average) for each in zip(pairs, labels, strict=True)])


def _f1_of_task(scored: ScoredLabels, pos_label: Any, average: str) -> float:
    known = scored.known
    if average == "auto":
        average = "binary" if has_positive(scored.class_names, pos_label) else "macro"
    if not len(known.rows):
        return float("nan")
    true, predicted = known.labels, scored.predicted
    if average == "binary":
        true, predicted = _true_and_predicted(scored, pos_label)
    return float(f1_score(true, predicted, average=average, **known.weighting))


def _true_and_predicted(scored: ScoredLabels, pos_label: Any) -> tuple[Array, Array]:
    """Return 1 where the known labels and their predictions are the positive class, else 0."""
    check_pos_label(scored.known.name, scored.class_names, pos_label)
    positive = are_positive(scored.class_names, pos_label)
    labels = scored.known.labels, scored.predicted
    true, predicted = (positive[codes_among(own, scored.classes)] for own in labels)
    return true, predicted


def _f1_of_all(tasks: list[KnownLabels], positives: list[tuple[Array, Array]]) -> float:
    """Return the score of the known labels of all tasks together; NaN if there is none."""
    true, predicted = (np.concatenate(own) for own in zip(*positives, strict=True))
    weights = [known.weighting.get("sample_weight", np.ones(len(known.rows))) for known in tasks]
    if not len(true):
        return float("nan")
    return float(f1_score(true, predicted, sample_weight=np.concatenate(weights)))


def _f1_of_samples(
    tasks: list[KnownLabels], positives: list[tuple[Array, Array]], weights: Array
) -> float:
    """Return the mean over the samples that have a known label; NaN if none has."""
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
