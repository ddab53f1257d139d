"""Reading of y, in any container, as one column of labels per task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set, ValuesView
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning

from .labels import find_missing, object_array
from .lookalikes import warn_of_lookalikes
from .warn_caller import warn_caller

Array = NDArray[Any]


class TaskColumns(NamedTuple):
    """The labels of every task.

    Attributes
    ----------
    names : list of str
    labels : list of ndarray of shape (n_samples,)
        In the dtype of the container; values where ``known`` is False have no meaning.
    known : list of ndarray of bool of shape (n_samples,)
        False where the label is missing.
    is_1d : bool
        Whether y was 1-d.
    argument : str
        Name of the argument, for errors.
    is_pandas : bool
        Whether the container is from pandas, where dates are Timestamp and not datetime64.
    is_named : bool
        Whether the columns of the container have names; otherwise tasks are named by position.
    """

    names: list[str]
    labels: list[Array]
    known: list[Array]
    is_1d: bool
    argument: str = "y"
    is_pandas: bool = False
    is_named: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of samples and of tasks."""
        return len(self.labels[0]), len(self.names)

    def only_where(self, used: Array) -> TaskColumns:
        """Treat labels as missing where ``used (n_samples, n_tasks)`` is False."""
        known = [known & used[:, task] for task, known in enumerate(self.known)]
        return self._replace(known=known)


def read_task_columns(y: Any, missing_label: Any = None, argument: str = "y") -> TaskColumns:
    """Read y column by column, so that every task keeps its own dtype.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Array, masked array, nested list, a frame or series of pandas, polars or pyarrow, or a
        DataArray of xarray.
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.
    argument : str, default='y'
        Name of the argument, for errors.

    Raises
    ------
    ValueError
        If y cannot be read as columns, two columns have the same name, or ``missing_label`` is not
        a scalar.
    """
    if hasattr(missing_label, "__len__") and not isinstance(missing_label, str | bytes):
        raise ValueError(f"missing_label must be None or a scalar; found {missing_label!r}.")
    y = from_tensor(y, argument)
    check_has_values(y, argument)
    check_form(y, argument)
    names, columns, is_1d = frame_columns(y) if is_frame(y) else _array_columns(y, argument)
    if not columns:
        raise ValueError(f"{argument} must have at least one task; found no column.")
    known = [~find_missing(column, missing_label) for column in columns]
    labels = [np.ma.getdata(column) for column in columns]
    tasks = _task_names(names, argument)
    is_label = [column[mask] for column, mask in zip(labels, known, strict=True)]
    warn_of_lookalikes(tasks, is_label, missing_label, argument)
    return TaskColumns(
        tasks,
        labels,
        known,
        is_1d,
        argument,
        is_pandas=any(base.__module__.split(".")[0] == "pandas" for base in type(y).__mro__),
        is_named=not is_1d and names != _positions(names),
    )


def from_tensor(values: Any, argument: str) -> Any:
    """Return a tensor, which may be on a GPU, as an array; other values are returned unchanged."""
    if not hasattr(values, "detach"):
        return values
    if "sparse" in str(values.layout):
        raise TypeError(f"{argument} is a sparse tensor; use {argument}.to_dense().")
    return values.detach().cpu().numpy()


def check_has_values(values: Any, argument: str) -> None:
    """Raise a ValueError for tables like those of ``datasets``, which have no columns to read."""
    if hasattr(values, "column_names") and not hasattr(values, "columns"):
        kind = type(values)
        raise ValueError(
            f"{argument} must be an array or a frame; found a {kind.__name__} of {kind.__module__} "
            f"with the columns {values.column_names}. Use {argument}.to_pandas(); an X larger than "
            "memory goes into a data set of torch, as docs/data_sources.md shows."
        )


def check_form(values: Any, argument: str) -> None:
    """Raise a ValueError for containers that do not hold labels as ordered rows."""
    for is_one, advice in NO_ROWS:
        if is_one(values):
            raise ValueError(
                f"{argument} must be an array, a list of rows or a frame; found a value of the "
                f"type {type(values).__name__}. {advice.format(argument)}"
            )


def _is_list_of(is_item: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda values: isinstance(values, list | tuple) and any(map(is_item, values))


NO_ROWS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (lambda values: hasattr(values, "to_dataframe"), "Use {}.to_dataframe()."),  # of xarray
    (lambda values: hasattr(values, "collect"), "Use {}.collect()."),  # of polars
    (
        lambda values: hasattr(values, "npartitions") and not hasattr(values, "chunks"),
        "Use {}.compute().",  # of dask
    ),
    (
        lambda values: isinstance(values, Mapping),
        "It has columns, not rows: pass pandas.DataFrame({}).",
    ),
    (
        lambda values: isinstance(values, Set | Iterator | ValuesView),
        "Pass a list, in the order of the rows.",
    ),
    (
        _is_list_of(lambda item: hasattr(item, "to_numpy") and hasattr(item, "__len__")),
        "It has columns, not rows: join them, as with pandas.concat({}, axis=1).",
    ),
    (
        _is_list_of(lambda item: isinstance(item, Mapping)),
        "It holds dicts: pass pandas.DataFrame({}).",
    ),
)


def check_equal_rows(counts: Mapping[str, int]) -> None:
    """Raise a ValueError unless all arguments have the same number of rows."""
    if len(set(counts.values())) > 1:
        raise ValueError(
            f"{' and '.join(counts)} must have the same number of rows; found "
            f"{' and '.join(map(str, counts.values()))}."
        )


def is_frame(y: Any) -> bool:
    """Return whether y is a frame or series; a DataArray of xarray counts as an array."""
    return (hasattr(y, "to_numpy") and not hasattr(y, "dims")) or hasattr(y, "column_names")


def column_names(y: Any) -> list[Any]:
    """Return the names of the columns of a frame; empty for an array."""
    return list(getattr(y, "column_names", getattr(y, "columns", ())))


def frame_columns(y: Any) -> tuple[list[Any], list[Array], bool]:
    """Read a table or column of pandas, polars or pyarrow, by methods that they share."""
    if hasattr(y, "column_names"):  # pyarrow.Table
        return y.column_names, [object_array(c.to_pylist()) for c in y.columns], False
    if not hasattr(y, "columns"):  # a series
        name = getattr(y, "name", None)
        return ["y" if name in (None, "") else name], [_series_values(y)], True
    if hasattr(y, "iloc"):
        series = [y.iloc[:, position] for position in range(y.shape[1])]
    else:
        series = list(y.iter_columns())
    return list(y.columns), [_series_values(s) for s in series], False


def _positions(names: list[Any]) -> list[Any]:
    """Return the positions that replace the names of columns without names."""
    return list(range(len(names)))


def _task_names(names: list[Any], argument: str) -> list[str]:
    """Return names as text; numbers from 0, as in pandas, are not names."""
    if names == _positions(names):
        return numbered_tasks(len(names))
    texts = [str(name) for name in names]
    if len(set(texts)) < len(texts):
        raise ValueError(
            f"{argument} must have a different name, as text, for each task; found {names}."
        )
    return texts


def _series_values(series: Any) -> Array:
    """Return a NumPy column; types that NumPy does not have become Python objects."""
    dtype = getattr(series, "dtype", None)
    if isinstance(dtype, np.dtype) or _has_nanoseconds(series):
        return np.asarray(series.to_numpy())
    methods = ("to_list", "tolist", "to_pylist")
    to_list = next(getattr(series, name) for name in methods if hasattr(series, name))
    return object_array(to_list())


def _has_nanoseconds(series: Any) -> bool:
    """Return whether a column of polars has nanoseconds, which Python's objects would round.

    Raises
    ------
    ValueError
        If they have a time zone, which the times of NumPy do not have.
    """
    if getattr(series.dtype if hasattr(series, "dtype") else None, "time_unit", None) != "ns":
        return False
    if getattr(series.dtype, "time_zone", None) is None:
        return True
    times = series.drop_nulls().to_numpy().astype(np.int64)
    if (times % 1000).any():
        raise ValueError(
            f"Column {series.name!r} has nanoseconds and a time zone, which Python's datetime does "
            "not hold; use to_pandas(), or dt.cast_time_unit('us')."
        )
    return False


def _array_columns(y: Any, argument: str) -> tuple[list[Any], list[Array], bool]:
    if hasattr(y, "toarray"):
        raise ValueError(
            f"{argument} is a sparse matrix, but dense labels are needed; use {argument}.toarray()."
        )
    array = y if isinstance(y, np.ma.MaskedArray) else _to_array(y, argument)
    if array.dtype.names:
        raise ValueError(
            f"{argument} must have one column per task; found a structured array with the fields "
            f"{array.dtype.names}. Pass pandas.DataFrame({argument})."
        )
    if array.dtype.kind == "V" or array.ndim not in (1, 2):
        raise ValueError(
            f"{argument} must have the shape (n_samples,) or (n_samples, n_tasks), found an array "
            f"of shape {array.shape} and dtype {array.dtype}."
        )
    if array.dtype.kind == "T":
        array = array.astype(object)
    if array.ndim == 1:
        return ["y"], [array], True
    n_tasks = array.shape[1]
    names = _names_of_axis(y) or list(range(n_tasks))
    return names, [array[:, task] for task in range(n_tasks)], False


def _names_of_axis(y: Any) -> list[Any]:
    """Return the names of the second axis of a DataArray of xarray, if it has any."""
    if not hasattr(y, "dims") or y.dims[1] not in y.coords:
        return []
    return y.coords[y.dims[1]].values.tolist()


def warn_of_column() -> None:
    """Warn of y with a single column, as scikit-learn does."""
    warn_caller(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y "
        "to (n_samples,), for example using ravel().",
        DataConversionWarning,
    )


def numbered_tasks(n_tasks: int) -> list[str]:
    """Return names for tasks without names."""
    return [f"task_{task}" for task in range(n_tasks)]


def _to_array(y: Any, argument: str) -> Array:
    """Turn a nested list into objects, so that a column of integers keeps its type."""
    if not isinstance(y, list | tuple):
        return np.asarray(y)
    try:
        array = np.asarray(y)
        return array if array.dtype.kind == "b" else np.asarray(y, dtype=object)
    except ValueError as error:
        raise ValueError(
            f"{argument} must be rectangular, (n_samples, n_tasks): {error}"
        ) from error
