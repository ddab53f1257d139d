"""Scores computed per class of each task, with labels missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss, recall_score

from .._data.frame_order import warn_of_order
from .._data.label_encoder import check_labels
from .._data.label_pairs import (
    KnownLabels,
    ScoredLabels,
    all_classes,
    known_labels,
    known_pairs,
    spread_over_classes,
)
from .._data.labels import array_keys, codes_among, distinct, label_key, shown
from .._data.task_columns import column_names, read_task_columns

Array = NDArray[Any]
FloatArray = NDArray[np.float64]


def task_balanced_accuracy_scores(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, missing_label: Any = None
) -> FloatArray:
    """Return the balanced accuracy of each task: the mean recall of its classes, on known labels.

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
        In [0, 1]; NaN for a task without a known label.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ.

    Examples
    --------
    >>> y_true = [["red", 1], ["blue", 0], ["blue", None]]
    >>> y_pred = [["red", 1], ["blue", 1], ["red", 1]]
    >>> task_balanced_accuracy_scores(y_true, y_pred).tolist()
    [0.75, 0.5]
    """
    pairs = known_pairs(y_true, y_pred, sample_weight, missing_label)
    return np.array(list(map(_balanced_accuracy, pairs)))


def task_log_losses(
    y_true: Any,
    y_proba: Any,
    classes: Any = None,
    *,
    sample_weight: Any = None,
    missing_label: Any = None,
) -> FloatArray:
    """Return the log-loss of each task on its known labels.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out. Classes may be absent.
    y_proba : list or dict of n_tasks arrays of shape (n_samples, n_classes)
        Probabilities as from ``predict_proba``, in the order of the tasks or by their names; for
        1-d y a single array. The columns of a frame are matched to the classes by their names.
    classes : list or dict of n_tasks arrays of shape (n_classes,), default=None
        Sorted classes as in ``classes_``; for 1-d y a single array. A label that is not among them
        is a class of probability 0, which scikit-learn clips to the epsilon of the float type. With
        None, the classes are the labels of y_true, where every class must then occur.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        Sample weights.
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.

    Returns
    -------
    losses : ndarray of shape (n_tasks,)
        In nats; NaN for a task without a known label.

    Raises
    ------
    ValueError
        If the numbers of tasks, rows or classes differ, the names of tasks or classes differ,
        classes are not sorted, or probabilities are outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> y_true = [["red", 1], ["blue", 1], ["blue", None]]
    >>> y_proba = [np.array([[0.1, 0.9], [0.5, 0.5], [0.8, 0.2]]), np.full((3, 2), 0.5)]
    >>> task_log_losses(y_true, y_proba, [["blue", "red"], [0, 1]]).round(2).tolist()
    [0.34, 0.69]
    """
    columns = read_task_columns(y_true, missing_label)
    y_proba = _of_tasks(y_proba, columns.names, "y_proba")
    classes = _of_tasks(classes, columns.names, "classes")
    is_list = isinstance(y_proba, list | tuple)
    probabilities = list(y_proba) if is_list else [y_proba]
    numbered = {f"y_proba[{task}]": p for task, p in enumerate(probabilities)}
    of_proba = numbered if is_list else {"y_proba": y_proba}
    warn_of_order({"y_true": y_true, "sample_weight": sample_weight} | of_proba)
    tasks = known_labels(columns, sample_weight)
    if classes is None:
        task_classes = list(map(_classes_of_labels, tasks, probabilities))
    else:
        task_classes = list(classes) if is_list else [classes]
    if not len(tasks) == len(probabilities) == len(task_classes):
        raise ValueError(
            f"y_proba and classes must hold one array per task of y_true, {len(tasks)}; "
            f"found {len(probabilities)} and {len(task_classes)}."
        )
    names = [known.name for known in tasks]
    task_classes = list(map(_check_classes, names, task_classes))
    n_samples = columns.shape[0]
    probabilities = [
        _read_probabilities(name, own, labels, n_samples)
        for name, own, labels in zip(names, probabilities, task_classes, strict=True)
    ]
    return np.array(list(map(_log_loss, tasks, probabilities, task_classes)))


def _classes_of_labels(known: KnownLabels, probabilities: Any) -> Array:
    """Return the classes of the labels of a task, or arbitrary classes if it has no label."""
    labels, n_classes = distinct(known.labels)[0], np.atleast_1d(probabilities).shape[-1]
    if not len(labels):
        return np.arange(n_classes)
    if len(labels) != n_classes:
        raise ValueError(
            f"classes must be passed, as in classes_, if y_true does not have all: task "
            f"{known.name!r} has {len(labels)} in y_true and {n_classes} in y_proba."
        )
    return labels


def _check_classes(name: str, classes: Any) -> Array:
    columns = read_task_columns(classes, argument="classes")
    labels = columns.labels[0]
    keys = array_keys(labels[columns.known[0]])
    if not columns.is_1d or len(keys) < len(labels) or keys != sorted(set(keys)):
        raise ValueError(
            f"classes of task {name!r} must be sorted, as in classes_; found {shown(labels)}."
        )
    # each label twice, as scikit-learn warns if more than half of the labels are unique
    return check_labels(name, np.repeat(labels, 2), "classes")[::2] if len(labels) else labels


def _of_tasks(values: Any, names: list[str], argument: str) -> Any:
    """Return the values of a dict in the order of the tasks, and other values unchanged."""
    if not isinstance(values, Mapping):
        return values
    if set(values) != set(names):
        raise ValueError(
            f"{argument} must name the tasks of y_true, {names}; found {list(values)}."
        )
    return [values[name] for name in names]


def _read_probabilities(name: str, probabilities: Any, classes: Array, n_samples: int) -> Array:
    """Return probabilities (n_samples, n_classes); a frame may name its columns by class."""
    p, shape = np.asarray(probabilities), (n_samples, len(classes))
    if p.shape != shape:
        raise ValueError(
            f"y_proba of task {name!r} must have the shape {shape} (samples, classes); "
            f"found {p.shape}."
        )
    if p.dtype.kind not in "biuf" or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"y_proba of task {name!r} must hold numbers from 0 to 1.")
    return p[:, _class_order(name, column_names(probabilities), classes)]


def _class_order(name: str, columns: list[Any], classes: Array) -> list[int]:
    """Return the column of each class; by position for an array or a frame numbered from 0."""
    positions = list(range(len(classes)))
    if columns in ([], positions):
        return positions
    keys = array_keys(classes)
    found = list(map(label_key, columns))
    if set(found) != set(keys):  # polars and pyarrow have only text as names
        keys, found = [[("text", str(own)) for own in each] for each in (classes, columns)]
    if set(found) != set(keys):
        raise ValueError(
            f"y_proba of task {name!r} must name the classes {shown(classes)}; found the columns "
            f"{columns[:20]}."
        )
    return [found.index(key) for key in keys]


def _balanced_accuracy(scored: ScoredLabels) -> float:
    known = scored.known
    if not len(known.rows):
        return np.nan
    present = np.unique(known.labels)
    return recall_score(
        known.labels, scored.predicted, labels=present, average="macro", **known.weighting
    )


def _log_loss(known: KnownLabels, probabilities: Array, classes: Array) -> float:
    if not len(known.rows):
        return np.nan
    wider = all_classes(known.name, classes, known.labels)
    spread = spread_over_classes(probabilities[known.rows], classes, wider)
    if len(wider) == 1:  # always correct, and scikit-learn refuses a single class
        return 0.0
    codes = codes_among(known.labels, wider)
    return log_loss(codes, spread, labels=np.arange(len(wider)), **known.weighting)
