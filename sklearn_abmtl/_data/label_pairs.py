"""The known labels of each task, from any container."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .frame_order import warn_of_order
from .label_encoder import check_labels
from .label_weights import check_sample_weight
from .labels import array_keys, codes_among, is_plain, shown, union
from .task_columns import TaskColumns, read_task_columns
from .task_order import in_task_order

Array = NDArray[Any]


class KnownLabels(NamedTuple):
    """The scored labels of one task: known, and with a weight above 0.

    Attributes
    ----------
    name : str
    rows : ndarray of int of shape (n_known,)
        Rows of the labels.
    labels : ndarray of shape (n_known,)
        In their own type; objects only if they are strings.
    sample_weight : ndarray of shape (n_known,) or None
    """

    name: str
    rows: NDArray[np.int64]
    labels: Array
    sample_weight: NDArray[np.float64] | None

    @property
    def weighting(self) -> dict[str, Any]:
        """Keywords for a metric."""
        return {} if self.sample_weight is None else {"sample_weight": self.sample_weight}


def known_labels(columns: TaskColumns, sample_weight: Any = None) -> list[KnownLabels]:
    """Return the known labels with a weight above 0, task by task.

    Raises
    ------
    ValueError
        If the weights cannot be read, or a task mixes types of labels.
    """
    n_samples, _ = columns.shape
    weights = None
    if sample_weight is not None:
        weights = check_sample_weight(sample_weight, n_samples, columns.names)
    tasks = []
    for task, name in enumerate(columns.names):
        counts = columns.known[task] & (True if weights is None else weights[:, task] > 0)
        rows = np.flatnonzero(counts)
        own = None if weights is None else weights[rows, task]
        tasks.append(KnownLabels(name, rows, labels_at(columns, task, rows), own))
    return tasks


class ScoredLabels(NamedTuple):
    """The scored labels of one task and their predictions, in one type.

    Attributes
    ----------
    known : KnownLabels
    predicted : ndarray of shape (n_known,)
    classes : ndarray of shape (n_classes,)
        Sorted classes of labels and predictions. Text, numbers and dates are kept, as scikit-learn
        accepts them; other classes are numbered from 0.
    class_names : ndarray of shape (n_classes,)
        The original label of each class.
    """

    known: KnownLabels
    predicted: Array
    classes: Array
    class_names: Array


def scored_labels(known: KnownLabels, predicted: Array, *classes: Array) -> ScoredLabels:
    """Return labels and predictions of a task in the common type of all their classes.

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
    """Return sorted classes as scikit-learn accepts them: numbers from 0 for other objects."""
    return classes if is_plain(classes) else np.arange(len(classes))


def known_pairs(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any = None,
    missing_label: Any = None,
    task_names: Any = None,
) -> list[ScoredLabels]:
    """Read the scored labels and their predictions, task by task.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ, a prediction is missing or of another kind
        than the labels, or the number of ``task_names`` differs from the number of tasks.
    """
    true, predicted = read_pair(y_true, y_pred, sample_weight, missing_label, task_names)
    tasks = known_labels(true, sample_weight)
    for task, known in enumerate(tasks):
        if not predicted.known[task][known.rows].all():
            raise ValueError(
                f"y_pred must hold a label wherever y_true does; {known.name!r} does not."
            )
    if task_names is not None:
        tasks = [known._replace(name=name) for known, name in zip(tasks, task_names, strict=True)]
    return [
        scored_labels(known, labels_at(predicted, task, known.rows))
        for task, known in enumerate(tasks)
    ]


def read_pair(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any = None,
    missing_label: Any = None,
    task_names: Any = None,
) -> tuple[TaskColumns, TaskColumns]:
    """Read labels and predictions, both in the order of the tasks.

    The order is that of ``task_names`` if y_true or y_pred has exactly these columns. Otherwise it
    is that of the columns of y_true or, if these have no names, of y_pred.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ, or the number of ``task_names`` is wrong or
        a name occurs twice.
    """
    warn_of_order({"y_true": y_true, "y_pred": y_pred, "sample_weight": sample_weight})
    true = read_task_columns(y_true, missing_label)
    predicted = read_predictions(y_pred, true)
    n_tasks = len(true.names)
    if task_names is not None and (isinstance(task_names, str) or len(task_names) != n_tasks):
        raise ValueError(f"task_names must hold {n_tasks} names; found {task_names!r}.")
    if task_names is not None and len(set(task_names)) < n_tasks:
        raise ValueError(
            f"task_names must have a different name for each task; found {task_names!r}."
        )
    if n_tasks == 1:
        return true, predicted
    names = predicted.names if predicted.is_named and not true.is_named else true.names
    if task_names is not None and sorted(map(str, task_names)) == sorted(names):
        names = list(map(str, task_names))
    return in_task_order(true, names, "y_pred"), in_task_order(predicted, names, "y_true")


def read_predictions(y_pred: Any, true: TaskColumns) -> TaskColumns:
    """Read predictions in the order of their columns.

    Raises
    ------
    ValueError
        If they have another shape than the labels.
    """
    predicted = read_task_columns(y_pred, argument="y_pred")
    if predicted.shape != true.shape:
        raise ValueError(
            f"y_true and y_pred must have the same shape; found {true.shape} and "
            f"{predicted.shape} (samples, tasks)."
        )
    return predicted


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


def spread_over_classes(values: Array, classes: Array, wider: Array, fill: float = 0) -> Array:
    """Return values (n_samples, len(wider)), with ``fill`` for a class that is not in classes."""
    spread = np.full((len(values), len(wider)), fill, dtype=values.dtype)
    spread[:, codes_among(classes, wider)] = values
    return spread
