"""The known labels of each task, whatever container they came in."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._label_weights import check_sample_weight
from .._labels import array_keys, codes_among, is_plain, shown, union
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


class ScoredLabels(NamedTuple):
    """The labels of one task that count, and their predictions, in one type.

    Attributes
    ----------
    known : KnownLabels
    predicted : ndarray of shape (n_known,)
    classes : ndarray of shape (n_classes,)
        Those of labels and predictions, sorted: text, numbers or dates as scikit-learn takes them,
        else numbers from 0.
    class_names : ndarray of shape (n_classes,)
        The labels that the classes stand for.
    """

    known: KnownLabels
    predicted: Array
    classes: Array
    class_names: Array


def scored_labels(known: KnownLabels, predicted: Array, *classes: Array) -> ScoredLabels:
    """Bring labels and predictions of a task to the type of all their classes, and of more.

    Raises
    ------
    ValueError
        If they are not of one kind, such as text and numbers.
    """
    names = all_classes(known.name, known.labels, predicted, *classes)
    own = plain_classes(names)
    labels = own[codes_among(known.labels, names)]
    return ScoredLabels(
        known._replace(labels=labels), own[codes_among(predicted, names)], own, names
    )


def plain_classes(classes: Array) -> Array:
    """Return sorted classes as scikit-learn takes them: numbers from 0 for other objects."""
    return classes if is_plain(classes) else np.arange(len(classes))


def predictions_at(y_pred: Any, tasks: list[KnownLabels], n_samples: int) -> list[ScoredLabels]:
    """Read the predictions of the rows whose labels count, task by task.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ, a prediction is missing, or it is of
        another kind than the labels.
    """
    columns = read_predictions(y_pred, [known.name for known in tasks], n_samples)
    for task, known in enumerate(tasks):
        if not columns.known[task][known.rows].all():
            raise ValueError(f"y_pred must hold a label wherever y_true does; {known.name!r} not.")
    return [
        scored_labels(known, labels_at(columns, task, known.rows))
        for task, known in enumerate(tasks)
    ]


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


def all_classes(name: str, *labels: Array) -> Array:
    """Return the sorted classes of several arrays of labels of a task.

    Raises
    ------
    ValueError
        If they are not of one kind, such as text and numbers.
    """
    found = {array_keys(own[:1])[0][0]: own for own in labels if len(own)}
    if len(found) > 1:
        examples = (f"{kind}, as {shown(own, 5)}" for kind, own in found.items())
        raise ValueError(
            f"Labels, predictions and classes of task {name!r} must be of one kind; found "
            f"{', and '.join(examples)}."
        )
    return union(*labels)


def spread_over_classes(probabilities: Array, classes: Array, wider: Array) -> Array:
    """Return probabilities (n_samples, len(wider)): 0 for a class that the classifier lacks."""
    spread = np.zeros((len(probabilities), len(wider)), dtype=probabilities.dtype)
    spread[:, codes_among(classes, wider)] = probabilities
    return spread
