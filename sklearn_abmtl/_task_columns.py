"""Reads y, in any container, as one column of labels a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class TaskColumns(NamedTuple):
    """The labels of every task.

    Attributes
    ----------
    names : list of str
    labels : list of ndarray of shape (n_samples,)
        In the container's own dtype; whatever stands where ``known`` is False.
    known : list of ndarray of bool of shape (n_samples,)
        False where the label is missing.
    is_1d : bool
        Whether y was 1-d.
    argument : str
        What errors call them.
    is_named : bool
        Whether the container names its columns; others get names by their position.
    """

    names: list[str]
    labels: list[Array]
    known: list[Array]
    is_1d: bool
    argument: str = "y"
    is_named: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of samples and of tasks."""
        return len(self.labels[0]), len(self.names)

    def only_where(self, used: Array) -> TaskColumns:
        """Count labels as missing where ``used (n_samples, n_tasks)`` is False."""
        known = [known & used[:, task] for task, known in enumerate(self.known)]
        return self._replace(known=known)


def read_task_columns(y: Any, missing_label: Any = None, argument: str = "y") -> TaskColumns:
    """Read y column by column, so that every task keeps its own dtype.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Array, masked array, nested list, or a frame or series of pandas, polars or pyarrow.
    missing_label : scalar, default=None
        A value that also stands for a missing label, beside None, NaN, NaT, NA and a mask.
    argument : str, default='y'
        What errors call it.

    Raises
    ------
    ValueError
        If y has no form that can be read as columns, or ``missing_label`` is no scalar.
    """
    if hasattr(missing_label, "__len__") and not isinstance(missing_label, str | bytes):
        raise ValueError(f"missing_label must be None or a scalar; found {missing_label!r}.")
    y = from_tensor(y, argument)
    check_has_values(y, argument)
    names, columns, is_1d = frame_columns(y) if is_frame(y) else _array_columns(y, argument)
    if not columns:
        raise ValueError(f"{argument} must have at least one task; found no column.")
    missing = [find_missing(column, missing_label) for column in columns]
    return TaskColumns(
        [str(name) for name in names],
        [np.ma.getdata(column) for column in columns],
        [~mask for mask in missing],
        is_1d,
        argument,
        is_named=not is_1d and column_names(y) == list(names),
    )


def from_tensor(values: Any, argument: str) -> Any:
    """Return a tensor, which may lie on a GPU, as an array; anything else as it is."""
    if not hasattr(values, "detach"):
        return values
    if "sparse" in str(values.layout):
        raise TypeError(f"{argument} is a sparse tensor; use {argument}.to_dense().")
    return values.detach().cpu().numpy()


def check_has_values(values: Any, argument: str) -> None:
    """Raise a ValueError of a table that names its columns and holds none, as in ``datasets``."""
    if hasattr(values, "column_names") and not hasattr(values, "columns"):
        kind = type(values)
        raise ValueError(
            f"{argument} must be an array or a frame; found a {kind.__name__} of {kind.__module__} "
            f"with the columns {values.column_names}. Use {argument}.to_pandas(); an X larger than "
            "memory goes into a data set of torch, as docs/data_sources.md shows."
        )


def check_equal_rows(counts: Mapping[str, int]) -> None:
    """Raise a ValueError unless all arguments have the same number of rows."""
    if len(set(counts.values())) > 1:
        raise ValueError(
            f"{' and '.join(counts)} must have the same number of rows; found "
            f"{' and '.join(map(str, counts.values()))}."
        )


def is_frame(y: Any) -> bool:
    return hasattr(y, "to_numpy") or hasattr(y, "column_names")


def column_names(y: Any) -> list[Any]:
    """Return what a frame calls its columns; an array has no such labels."""
    return list(getattr(y, "column_names", getattr(y, "columns", ())))


def frame_columns(y: Any) -> tuple[list[Any], list[Array], bool]:
    """Read a pandas, polars or pyarrow table or column; only what they share is used."""
    if hasattr(y, "column_names"):  # pyarrow.Table
        return y.column_names, [_object_array(c.to_pylist()) for c in y.columns], False
    if not hasattr(y, "columns"):  # a series
        name = getattr(y, "name", None)
        return ["y" if name in (None, "") else name], [_series_values(y)], True
    if hasattr(y, "iloc"):
        series = [y.iloc[:, position] for position in range(y.shape[1])]
    else:
        series = list(y.iter_columns())
    names = list(y.columns)
    if not all(isinstance(name, str) for name in names):  # as scikit-learn counts no such names
        names = numbered_tasks(len(names))
    return names, [_series_values(s) for s in series], False


def _series_values(series: Any) -> Array:
    """Return a NumPy column; types that NumPy lacks become Python objects."""
    if isinstance(getattr(series, "dtype", None), np.dtype):
        return np.asarray(series.to_numpy())
    return _object_array(series.to_list() if hasattr(series, "to_list") else series.to_pylist())


def _array_columns(y: Any, argument: str) -> tuple[list[Any], list[Array], bool]:
    if hasattr(y, "toarray"):
        raise ValueError(
            f"{argument} is a sparse matrix, where dense labels are needed; use "
            f"{argument}.toarray()."
        )
    array = y if isinstance(y, np.ma.MaskedArray) else _to_array(y, argument)
    if array.dtype.kind == "V" or array.ndim not in (1, 2):
        raise ValueError(
            f"{argument} must have the shape (n_samples,) or (n_samples, n_tasks), found an array "
            f"of shape {array.shape} and dtype {array.dtype}."
        )
    if array.ndim == 1:
        return ["y"], [array], True
    n_tasks = array.shape[1]
    return numbered_tasks(n_tasks), [array[:, task] for task in range(n_tasks)], False


def numbered_tasks(n_tasks: int) -> list[str]:
    """Return the names of tasks that have none."""
    return [f"task_{task}" for task in range(n_tasks)]


def _to_array(y: Any, argument: str) -> Array:
    """Turn a nested list into objects, so that a column of integers stays one beside others."""
    if not isinstance(y, list | tuple):
        return np.asarray(y)
    try:
        array = np.asarray(y)
        return array if array.dtype.kind in "bM" else np.asarray(y, dtype=object)
    except ValueError as error:
        raise ValueError(
            f"{argument} must be rectangular, (n_samples, n_tasks): {error}"
        ) from error


def _object_array(values: list[Any]) -> Array:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def find_missing(column: Array, missing_label: Any = None) -> Array:
    """Tell where a column's label is missing."""
    values = np.ma.getdata(column)
    missing = np.ma.getmaskarray(column).copy()
    if values.dtype.kind == "f":
        missing |= np.isnan(values)
    elif values.dtype.kind in "mM":
        missing |= np.isnat(values)
    elif values.dtype.kind == "O":
        missing |= np.fromiter(map(_is_missing, values), dtype=bool, count=len(values))
    if missing_label is not None:
        equal = (is_label(value, missing_label) for value in values.tolist())
        missing |= np.fromiter(equal, dtype=bool, count=len(values))
    return missing


def _is_missing(value: Any) -> bool:
    """Tell None, NA, NaT and NaN from labels."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, np.datetime64):
        return bool(np.isnat(value))
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def is_label(value: Any, label: Any) -> bool:
    """Tell whether a value is a label; a missing one equals nothing."""
    return not _is_missing(value) and bool(value == label)


def equal_labels(labels: Array, predictions: Array) -> NDArray[np.bool_]:
    """Compare labels one by one; objects may be of any type, a missing one equals nothing."""
    if "O" not in labels.dtype.kind + predictions.dtype.kind:
        return np.asarray(labels == predictions)
    equal = map(is_label, labels.tolist(), predictions.tolist())
    return np.fromiter(equal, dtype=bool, count=len(labels))
