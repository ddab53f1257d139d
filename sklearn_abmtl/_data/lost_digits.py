"""Numbers of X that become equal in the type of the network, found before they are converted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .categories import to_numbers
from .containers import is_table
from .input_ranges import MAX_VALUES, as_columns
from .sample_layout import SampleLayout, Shape
from .warn_caller import warn_caller

Array = NDArray[Any]

LOST = 0.0119  # of a type's last digit, times the mean, to be as much as two digits of a deviation
N_NAMED = 10  # columns in a message
MIN_ROWS = 32  # that are read, if there are as many


def warn_of_lost_digits(
    X: Any,
    layout: SampleLayout,
    dtype: str,
    names: Sequence[str] | None,
    is_categorical: NDArray[np.bool_] | None,
) -> None:
    """Warn of features whose values are so far from 0 that they become equal in ``dtype``.

    Parameters
    ----------
    X : ndarray or frame of shape (n_samples, *sample_shape)
        X before it is converted; some of its rows are read.
    layout : SampleLayout
    dtype : {'float32', 'float64'}
    names : sequence of str or None
    is_categorical : ndarray of bool of shape (n_features,) or None
    """
    limit = LOST / float(np.finfo(dtype).eps)
    with np.errstate(over="ignore", invalid="ignore"):  # such squares are refused later
        far = _far_columns(X, layout, limit)
    if is_categorical is not None:
        far &= ~is_categorical
    if not far.any():
        return
    columns = np.flatnonzero(far)[:N_NAMED].tolist()
    shown = columns if names is None else [names[column] for column in columns]
    advice = ", or set dtype='float64'" if dtype == "float32" else ""
    warn_caller(
        f"X has features whose mean is more than {limit:.0e} times their standard deviation "
        f"({'columns' if layout.kind == 'table' else 'channels'} {shown}); {dtype} cannot tell "
        f"their values apart. Subtract an offset before{advice}."
    )


def _far_columns(X: Any, layout: SampleLayout, limit: float) -> NDArray[np.bool_]:
    """Return which features (n_features,) or channels (n_channels,) are too far from 0."""
    if is_table(X):
        columns = _frame_columns(X)
        step = sampling_step((len(columns[0]), len(columns)))
        return np.array([_is_far(column[::step, np.newaxis], limit)[0] for column in columns])
    rows = X[:: sampling_step(X.shape)]
    if rows.dtype == object and rows.ndim == 2:
        return np.array([_is_far(column[:, np.newaxis], limit)[0] for column in rows.T])
    return _is_far(as_columns(layout.arrange(rows)), limit)


def _frame_columns(X: Any) -> list[Array]:
    if hasattr(X, "iloc"):
        return [np.asarray(X.iloc[:, column].to_numpy()) for column in range(X.shape[1])]
    columns = X.columns if hasattr(X, "column_names") else X.iter_columns()
    return [np.asarray(column.to_numpy()) for column in columns]


def sampling_step(shape: Shape) -> int:
    """Return the step between the rows that are read, for X of a shape."""
    return max(1, shape[0] // max(MIN_ROWS, MAX_VALUES // math.prod(shape[1:])))


def _is_far(cells: Array, limit: float) -> NDArray[np.bool_]:
    """Return which columns of (n_cells, n_columns) are too far from 0."""
    if cells.dtype == object:
        numbers = to_numbers(cells.ravel())
        if numbers is None:
            return np.zeros(cells.shape[1], dtype=bool)
        cells = numbers.reshape(cells.shape)
    if cells.dtype.kind not in "iuf" or cells.dtype.itemsize <= 2:
        return np.zeros(cells.shape[1], dtype=bool)
    known = np.isfinite(cells)
    first = cells[known.argmax(axis=0), np.arange(cells.shape[1])]  # a known value, if there is one
    above = np.where(known & (cells >= first), cells - first, 0).astype(np.float64)
    below = np.where(known & (cells < first), first - cells, 0).astype(np.float64)
    distances = above - below  # exact for integers of any size
    n_known = np.maximum(known.sum(axis=0), 1)
    mean = distances.sum(axis=0) / n_known
    variance = (np.where(known, distances - mean, 0) ** 2).sum(axis=0) / n_known
    offset = np.abs(first.astype(np.float64) + mean)
    return (variance > 0) & (offset > limit * np.sqrt(variance))
