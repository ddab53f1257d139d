"""Conversion of the labels of every task to class numbers and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets

from .labels import (
    BYTES,
    NUMBERS,
    OBJECTS,
    array_keys,
    cells,
    codes_among,
    common_type,
    distinct,
    is_plain,
    shown,
)
from .task_columns import TaskColumns, read_task_columns
from .task_order import in_task_order

Array = NDArray[Any]
REFUSED = {  # by kind of array
    "S": "bytes; decode them to text",
    "c": "complex numbers; make them text, or take their real parts",
}
WIDEST = 8  # bytes of a float that files and NumPy on all machines hold


class TaskLabelEncoder:
    """Class numbers of several tasks, each with its own classes and dtype.

    Attributes
    ----------
    task_names_ : list of str
    classes_ : list of ndarray of shape (n_classes,)
        Sorted; one array per task.
    is_1d_ : bool
        Whether y was 1-d.
    is_pandas_ : bool
        Whether dates are returned as those of pandas, if tasks have labels of several types.

    Examples
    --------
    >>> from sklearn_abmtl._data.task_columns import read_task_columns
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
            If a task has no label, mixes types of labels, or has infinite or continuous values.
        """
        self.classes_ = [
            distinct(check_labels(name, labels[known]))[0]
            for name, labels, known in zip(*columns[:3], strict=True)
        ]
        self._keep_tasks(columns)
        return self

    def fit_classes(self, classes: Any, columns: TaskColumns) -> Self:
        """Set the given classes; names and number of tasks are those of the columns.

        Raises
        ------
        ValueError
            If there is not one array of classes per task, or one of them cannot be read as labels.
        """
        self.classes_ = [
            _read_classes(name, labels)
            for name, labels in zip(columns.names, _per_task(classes, columns), strict=True)
        ]
        self._keep_tasks(columns)
        return self

    def transform(self, columns: TaskColumns) -> Array:
        """Return class numbers of shape (n_samples, n_tasks), with -1 for missing labels.

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
        """Return the labels of class numbers (n_samples, n_tasks), in the shape of y.

        If all tasks have labels of one kind, the array has a dtype that holds all of them exactly;
        otherwise it holds objects.
        """
        if self.is_1d_:
            return self.classes_[0][codes[:, 0]]
        classes = in_one_dtype(self.classes_, is_pandas=self.is_pandas_)
        return np.stack([labels[codes[:, task]] for task, labels in enumerate(classes)], axis=1)

    def arrange(self, columns: TaskColumns) -> TaskColumns:
        """Return the columns in the task order of fit; columns without names keep their order.

        The column of a single task may be 1-d or 2-d, with any name.

        Raises
        ------
        ValueError
            If the number or the names of the tasks differ.
        """
        if len(columns.names) != len(self.classes_):
            raise ValueError(
                f"{columns.argument} must have the tasks of fit, {self.task_names_}; found "
                f"{columns.names}."
            )
        if len(columns.names) == 1:
            return columns
        return in_task_order(columns, self.task_names_, "fit")

    def check_classes(self, classes: Any, columns: TaskColumns) -> None:
        """Raise a ValueError unless the classes are equal to those given before."""
        given = TaskLabelEncoder().fit_classes(classes, columns).classes_
        if list(map(array_keys, given)) != list(map(array_keys, self.classes_)):
            raise ValueError(
                "classes must be those of the first call to partial_fit, "
                f"{list(map(shown, self.classes_))}; found {list(map(shown, given))}."
            )

    def _keep_tasks(self, columns: TaskColumns) -> None:
        self.task_names_, self.is_1d_ = columns.names, columns.is_1d
        self.is_pandas_ = columns.is_pandas

    def _codes(self, task: int, labels: Array, argument: str) -> Array:
        name, classes = self.task_names_[task], self.classes_[task]
        if not len(labels):
            return np.empty(0, dtype=np.int64)
        labels = check_labels(name, labels, argument)
        codes = codes_among(labels, classes)
        if (codes < 0).any():
            unknown, _ = distinct(labels[codes < 0])
            raise ValueError(
                f"{argument} of task {name!r} has labels that are not among its classes: "
                f"{shown(unknown, 5)}; the classes are {shown(classes)}."
            )
        return codes


def in_one_dtype(columns: list[Array], *, is_pandas: bool = False) -> list[Array]:
    """Return labels of several tasks in one dtype that holds all exactly, or else as objects.

    Parameters
    ----------
    columns : list of ndarray of shape (n_labels,)
    is_pandas : bool
        Whether dates among objects are converted to those of pandas.
    """
    if len({column.dtype.kind for column in columns}) == 1:
        dtype = np.result_type(*columns)
        converted = [column.astype(dtype) for column in columns]
        if dtype.kind not in "mM" or list(map(_keys, converted)) == list(map(_keys, columns)):
            return converted
    return [cells(column, is_pandas=is_pandas) for column in columns]


def _keys(column: Array) -> list[Any]:
    return array_keys(distinct(column)[0])


def _per_task(classes: Any, columns: TaskColumns) -> Any:
    """Return the classes of each task, given by name or in the order of the columns."""
    if isinstance(classes, Mapping):
        if set(classes) != set(columns.names):
            raise ValueError(
                f"classes must name the tasks of y, {columns.names}; found {list(classes)}."
            )
        return [classes[name] for name in columns.names]
    is_list = isinstance(classes, list | tuple | np.ndarray)
    if columns.is_1d and not (is_list and len(classes) == 1 and np.ndim(classes[0]) == 1):
        return [classes]
    if not is_list or len(classes) != len(columns.names):
        raise ValueError(
            f"classes must hold one array per task, {len(columns.names)} for this y; "
            f"found {len(classes) if is_list else classes!r}."
        )
    return classes


def _read_classes(name: str, classes: Any) -> Array:
    columns = read_task_columns(classes, argument=f"classes of task {name!r}")
    if not columns.is_1d or not columns.known[0].all():
        raise ValueError(
            f"classes of task {name!r} must be 1-d and without a missing label; found {classes!r}."
        )
    # each label twice, as scikit-learn warns if more than half of the labels are unique
    return distinct(check_labels(name, np.repeat(columns.labels[0], 2), "classes"))[0]


def check_labels(name: str, labels: Array, argument: str = "y") -> Array:
    """Check the known labels of one task, and convert objects to their common type."""
    if not len(labels):
        raise ValueError(
            f"{argument} has no label for task {name!r}; each task needs at least one."
        )
    if labels.dtype.kind == "O":
        labels = _common_type(name, labels, argument)
    _check_type(name, labels, argument)
    if labels.dtype.kind == "f" and labels.dtype.itemsize > WIDEST:
        labels = _in_64_bits(name, labels, argument)
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        raise ValueError(
            f"Input {argument} contains infinity or a value too large for {labels.dtype!r}. "
            f"Found in task {name!r}."
        )
    try:
        check_classification_targets(labels if is_plain(labels) else distinct(labels)[1])
    except ValueError as error:
        raise ValueError(f"{error} Found in {argument} of task {name!r}.") from error
    return labels


def _check_type(name: str, labels: Array, argument: str) -> None:
    """Raise a ValueError of types whose values cannot be classes."""
    found = REFUSED.get(labels.dtype.kind)
    if labels.dtype.kind == "m" and np.datetime_data(labels.dtype)[0] == "generic":
        found = "durations without a unit; give them one, as with astype('timedelta64[s]')"
    if found:
        raise ValueError(f"{argument} of task {name!r} has labels of {found}.")


def _in_64_bits(name: str, labels: Array, argument: str) -> Array:
    """Return wider floats as float64.

    Raises
    ------
    ValueError
        If float64 does not hold them exactly.
    """
    narrow = labels.astype(np.float64)
    if (narrow != labels).any():
        raise ValueError(
            f"{argument} of task {name!r} has labels of {labels.dtype} that float64 rounds; make "
            "them text or integers."
        )
    return narrow


def _common_type(name: str, labels: Array, argument: str) -> Array:
    """Return objects in their common type, which may be object."""
    kinds = sorted({kind for kind, _ in array_keys(labels)})
    types = ", ".join(sorted({type(label).__name__ for label in labels.tolist()}))
    are_truths = {isinstance(label, bool | np.bool_) for label in labels.tolist()}
    if len(kinds) > 1 or (kinds == [NUMBERS] and len(are_truths) > 1):
        raise ValueError(
            f"{argument} of task {name!r} mixes labels of the types {types} ({', '.join(kinds)})."
        )
    if kinds == [BYTES]:
        raise ValueError(f"{argument} of task {name!r} has labels of {REFUSED['S']}.")
    common = common_type(labels)
    if kinds == [OBJECTS] or (kinds == [NUMBERS] and common.dtype.kind == "O"):
        raise ValueError(
            f"{argument} of task {name!r} has labels of the types {types}, which NumPy holds as "
            "objects only; make them text, dates, or numbers of at most 64 bits."
        )
    return common
