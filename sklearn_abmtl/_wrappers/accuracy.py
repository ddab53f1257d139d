"""The accuracy of several tasks on their known labels, for the ``score`` of classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._data.label_encoder import TaskLabelEncoder
from .._data.label_pairs import read_pair
from .._data.label_weights import check_sample_weight
from .._data.labels import equal_labels
from .._data.task_columns import TaskColumns
from .._data.unseen_labels import warn_of_unseen_labels

FloatArray = NDArray[np.float64]


def score_tasks(
    encoder: TaskLabelEncoder,
    y: Any,
    y_pred: Any,
    sample_weight: Any,
    missing_label: Any,
) -> float:
    """Return the mean accuracy over tasks, which is the ``score`` of a classifier.

    Raises
    ------
    ValueError
        If no label is known, or the columns of a frame are not the tasks of the encoder.
    """
    true, predicted = read_pair(y, y_pred, sample_weight, missing_label)
    if not true.is_1d and not encoder.is_1d_:
        true = encoder.arrange(true)
    weights = check_sample_weight(sample_weight, true.shape[0], true.names)
    true = true.only_where(weights > 0)
    known = [labels[is_known] for labels, is_known in zip(true.labels, true.known, strict=True)]
    warn_of_unseen_labels(zip(encoder.task_names_, known, encoder.classes_, strict=True))
    scores = accuracies(true, predicted, weights)
    if np.isnan(scores).all():
        raise ValueError("score needs at least one known label in y; found none.")
    return float(np.nanmean(scores))


def accuracies(true: TaskColumns, predicted: TaskColumns, weights: FloatArray) -> FloatArray:
    """Return the accuracy of each task on its known labels; NaN if it has none."""
    hits, known = hits_and_known(true, predicted)
    weights = weights * known
    totals = weights.sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN, as documented
        return (weights * hits).sum(axis=0) / totals


def hits_and_known(
    true: TaskColumns, predicted: TaskColumns
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where predictions equal labels and where labels are known, both (n, n_tasks)."""
    hits = map(equal_labels, true.labels, true.known, predicted.labels, true.names)
    return np.stack(list(hits), axis=1), np.stack(true.known, axis=1)
