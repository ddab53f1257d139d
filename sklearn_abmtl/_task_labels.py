"""Labels of every task to class numbers and back."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets

from ._task_columns import TaskColumns, read_task_columns
from ._task_order import in_task_order

Array = NDArray[Any]


class TaskLabelEncoder:
    """Class numbers of several tasks, each with its own classes and dtype.

    Attributes
    ----------
    task_names_ : list of str
    classes_ : list of ndarray of shape (n_classes,)
        Sorted; one array a task.
    is_1d_ : bool
        Whether y was 1-d.

    Examples
    --------
    >>> from sklearn_abmtl._task_columns import read_task_columns
    >>> columns = read_task_columns([["red", 3], ["blue", None], [None, 5]])
    >>> TaskLabelEncoder().fit(columns).transform(columns)
    array([[ 1,  0],
           [ 0, -1],
           [-1,  1]])
    """

    def fit(self, columns: TaskColumns) -> Self:
        """Learn the classes of each task.

        Raises
        ------
        ValueError
            If a task has no label, mixes types of labels, has infinite or continuous values, or
            two tasks have one name.
        """
        self.classes_ = [
            np.unique(check_labels(name, labels[known]))
            for name, labels, known in zip(*columns[:3], strict=True)
        ]
        self._keep_tasks(columns)
        return self

    def fit_classes(self, classes: Any, columns: TaskColumns) -> Self:
        """Take the classes as given; the columns tell the names and the number of tasks."""
        per_task = [classes] if columns.is_1d else classes
        is_list = isinstance(per_task, list | tuple | np.ndarray)
        if not is_list or len(per_task) != len(columns.names):
            raise ValueError(
                f"classes must hold one array a task, {len(columns.names)} for this y; "
                f"found {len(per_task) if is_list else per_task!r}."
            )
        self.classes_ = [
            _read_classes(name, labels)
            for name, labels in zip(columns.names, per_task, strict=True)
        ]
        self._keep_tasks(columns)
        return self

    def transform(self, columns: TaskColumns) -> Array:
        """Return class numbers of shape (n_samples, n_tasks), -1 where the label is missing.

        Raises
        ------
        ValueError
            If the number or the names of the tasks differ, or a label is not among the classes.
        """
        columns = self.arrange(columns)
        codes = np.full(columns.shape, -1, dtype=np.int64)
        for task, (labels, known) in enumerate(zip(columns.labels, columns.known, strict=True)):
            codes[known, task] = self._codes(task, labels[known], columns.argument)
        return codes

    def inverse_transform(self, codes: Array) -> Array:
        """Return the labels of class numbers (n_samples, n_tasks), in the form of y.

        Tasks of one kind of label give an array of their common dtype, others one of objects.
        """
        columns = [classes[codes[:, task]] for task, classes in enumerate(self.classes_)]
        if self.is_1d_:
            return columns[0]
        kinds = {column.dtype.kind for column in columns}
        dtype = np.result_type(*columns) if len(kinds) == 1 else np.dtype(object)
        return np.stack([column.astype(dtype) for column in columns], axis=1)

    def arrange(self, columns: TaskColumns) -> TaskColumns:
        """Return the columns in the order of the tasks of fit; those without names as they stand.

        Raises
        ------
        ValueError
            If the number or the names of the tasks differ.
        """
        if columns.is_1d != self.is_1d_ or len(columns.names) != len(self.classes_):
            raise ValueError(
                f"{columns.argument} must have the tasks of fit, {self.task_names_}; found "
                f"{columns.names}."
            )
        return columns if self.is_1d_ else in_task_order(columns, self.task_names_, "fit")

    def check_classes(self, classes: Any, columns: TaskColumns) -> None:
        """Raise a ValueError unless the classes are those that were given before."""
        given = TaskLabelEncoder().fit_classes(classes, columns).classes_
        if [labels.tolist() for labels in given] != [c.tolist() for c in self.classes_]:
            raise ValueError(
                "classes must be those of the first call to partial_fit, "
                f"{[labels[:20].tolist() for labels in self.classes_]}; found "
                f"{[labels[:20].tolist() for labels in given]}."
            )

    def _keep_tasks(self, columns: TaskColumns) -> None:
        names = columns.names
        if len(set(names)) < len(names):
            raise ValueError(f"y must give each task a name of its own; found {names}.")
        self.task_names_, self.is_1d_ = names, columns.is_1d

    def _codes(self, task: int, labels: Array, argument: str) -> Array:
        name, classes = self.task_names_[task], self.classes_[task]
        if not len(labels):
            return np.empty(0, dtype=np.int64)
        seen, positions = np.unique(check_labels(name, labels, argument), return_inverse=True)
        numbers = {label: code for code, label in enumerate(classes.tolist())}
        unknown = [label for label in seen.tolist() if label not in numbers]
        if unknown:
            raise ValueError(
                f"{argument} of task {name!r} has labels that are not among its classes: "
                f"{unknown[:5]}; the classes are {classes[:20].tolist()}."
            )
        return np.array([numbers[label] for label in seen.tolist()])[positions]


def _read_classes(name: str, classes: Any) -> Array:
    columns = read_task_columns(classes, argument=f"classes of task {name!r}")
    if not columns.is_1d or not columns.known[0].all():
        raise ValueError(
            f"classes of task {name!r} must be 1-d and without a missing label; found {classes!r}."
        )
    # scikit-learn warns of labels of which more than half are classes of their own
    return np.unique(check_labels(name, np.repeat(columns.labels[0], 2), "classes"))


def check_labels(name: str, labels: Array, argument: str = "y") -> Array:
    """Check the known labels of one task and give objects the type they have in common."""
    if not len(labels):
        raise ValueError(
            f"{argument} has no label for task {name!r}; each task needs at least one."
        )
    if labels.dtype.kind in "OT":
        labels = _common_type(name, labels, argument)
    if labels.dtype.kind == "S":
        raise ValueError(f"{argument} of task {name!r} has labels of bytes; decode them to text.")
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        raise ValueError(
            f"Input {argument} contains infinity or a value too large for {labels.dtype!r}. "
            f"Found in task {name!r}."
        )
    try:
        check_classification_targets(labels)
    except ValueError as error:
        raise ValueError(f"{error} Found in {argument} of task {name!r}.") from error
    return labels


def _common_type(name: str, labels: Array, argument: str) -> Array:
    """Strings stay objects; other Python objects become what NumPy makes of them."""
    is_string = [isinstance(label, str) for label in labels]
    types = sorted({type(label).__name__ for label in labels})
    if all(is_string):
        return labels.astype(object)
    if any(is_string):
        raise ValueError(
            f"{argument} of task {name!r} mixes labels of the types {', '.join(types)}."
        )
    try:
        common = np.asarray(labels.tolist())
    except ValueError:  # as NumPy says of tuples of several lengths
        common = labels
    if common.ndim != 1 or common.dtype.kind == "O":
        raise ValueError(
            f"{argument} of task {name!r} has labels of the types {', '.join(types)}, which NumPy "
            "holds as objects only; make them text, or numbers of at most 64 bits."
        )
    return common
