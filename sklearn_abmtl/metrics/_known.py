"""The known labels of each task, whatever container they came in."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._label_weights import check_sample_weight
from .._task_columns import TaskColumns, are_tasks, read_task_columns
from .._task_labels import check_labels

Array = NDArray[Any]


class KnownLabels(NamedTuple):
    """The labels of one task that count: known, and of a weight above 0.

    Attributes
    ----------
    name : str
    rows : ndarray of int of shape (n_known,)
        Where they are.
    labels : ndarray of shape (n_known,)
        In their own type: objects only where they are strings.
    sample_weight : ndarray of shape (n_known,) or None
    """

    name: str
    rows: NDArray[np.int64]
    labels: Array
    sample_weight: NDArray[np.float64] | None

    @property
    def weighting(self) -> dict[str, Any]:
        """What to pass to a metric as keywords."""
        return {} if self.sample_weight is None else {"sample_weight": self.sample_weight}


def known_labels(y: Any, sample_weight: Any = None, missing_label: Any = None) -> list[KnownLabels]:
    """Read the labels that count, task by task.

    Raises
    ------
    ValueError
        If y or the weights cannot be read, or a task mixes types of labels.
    """
    columns = read_task_columns(y, missing_label)
    weights = None if sample_weight is None else check_sample_weight(sample_weight, *columns.shape)
    tasks = []
    for task, name in enumerate(columns.names):
        counts = columns.known[task] & (True if weights is None else weights[:, task] > 0)
        rows = np.flatnonzero(counts)
        own = None if weights is None else weights[rows, task]
        tasks.append(KnownLabels(name, rows, labels_at(columns, task, rows), own))
    return tasks


def predictions_at(y_pred: Any, tasks: list[KnownLabels], n_samples: int) -> list[Array]:
    """Read the predictions of the rows whose labels count, task by task.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ, or a prediction is missing.
    """
    columns = read_predictions(y_pred, [known.name for known in tasks], n_samples)
    for task, known in enumerate(tasks):
        if not columns.known[task][known.rows].all():
            raise ValueError(f"y_pred must hold a label wherever y_true does; {known.name!r} not.")
    return [labels_at(columns, task, known.rows) for task, known in enumerate(tasks)]


def read_predictions(y_pred: Any, names: list[str], n_samples: int) -> TaskColumns:
    """Read the predictions of the tasks that y_true has.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ.
    """
    columns = read_task_columns(y_pred, argument="y_pred")
    if columns.shape != (n_samples, len(names)):
        raise ValueError(
            f"y_true and y_pred must have the same shape; found {(n_samples, len(names))} and "
            f"{columns.shape} (samples, tasks)."
        )
    agree = are_tasks(columns.names, names) or are_tasks(names, columns.names)
    if len(names) > 1 and not agree:
        raise ValueError(
            f"y_pred must have the tasks of y_true in their order, {names}; found {columns.names}."
        )
    return columns


def labels_at(columns: TaskColumns, task: int, rows: NDArray[np.int64]) -> Array:
    """Return some known labels of a task in their common type."""
    labels = columns.labels[task][rows]
    if not len(rows):
        return labels
    return check_labels(columns.names[task], labels, columns.argument)


def all_classes(name: str, classes: Array, labels: Array) -> Array:
    """Return the sorted classes that a classifier knows or the labels have.

    Raises
    ------
    ValueError
        If only one of the two holds strings.
    """
    if not len(labels):
        return classes
    if (classes.dtype.kind in "OUT") != (labels.dtype.kind in "OUT"):
        raise ValueError(
            f"y of task {name!r} must hold labels of the type of its classes, "
            f"{classes[:5].tolist()}; found {labels[:5].tolist()}."
        )
    return np.unique(np.concatenate([classes, labels]))


def spread_over_classes(probabilities: Array, classes: Array, wider: Array) -> Array:
    """Return probabilities (n_samples, len(wider)): 0 for a class that the classifier lacks."""
    spread = np.zeros((len(probabilities), len(wider)), dtype=probabilities.dtype)
    spread[:, np.searchsorted(wider, classes)] = probabilities
    return spread
