"""Errors for NaN and infinity in X, with the names of the columns and advice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

N_NAMED = 5  # columns in a message


def read_finite(
    read: Callable[..., Array],
    X: Any,
    *,
    ensure_all_finite: bool | str,
    advice: str,
    names: Sequence[Any] | None,
    has_all_rows: bool = True,
    **checks: Any,
) -> Array:
    """Read X by scikit-learn; errors about values that are not finite name columns and a row.

    Parameters
    ----------
    read : callable
        ``check_array``, or a function with the same arguments.
    X : array-like of shape (n_samples, ...)
    ensure_all_finite : bool or 'allow-nan'
    advice : str
        Advice for NaN, for the error text.
    names : sequence of shape (n_features,) or None
        Names of the columns; with None they are numbered.
    has_all_rows : bool, default=True
        Whether X is not only a part of the rows, so that the first row with a fault can be named.
    **checks : dict
        Further arguments of ``read``.

    Returns
    -------
    values : ndarray of shape (n_samples, ...)

    Raises
    ------
    ValueError
        If a value is not finite, or ``read`` refuses X.
    """
    try:
        return read(X, ensure_all_finite=ensure_all_finite, **checks)
    except ValueError as error:
        fault = str(error).partition(".\n")[0].removesuffix(".")
        if not fault.startswith("Input X contains"):
            raise
    values = read(X, ensure_all_finite=False, **checks)
    has_fault = np.isnan if fault.endswith("NaN") else np.isinf
    faults = has_fault(values)
    row = faults.reshape(len(faults), -1).any(axis=1).argmax()
    where = _columns(faults, names) + (f", first in row {row}" if has_all_rows else "")
    text = f"{fault}{where}."
    raise ValueError(f"{text} {advice}" if has_fault is np.isnan else text)


def nan_advice(is_table: bool, *, reset: bool) -> str:
    """Return advice for NaN, in fit (``reset``) and in rows after it."""
    if not is_table:
        return "Images and sequences must not have missing values; fill them before."
    if reset:
        return "Set handle_missing='indicator', which accepts missing numbers, or fill them before."
    return (
        "The network was not trained with NaN: fill it as in the X of fit, or fit with "
        "handle_missing='indicator'."
    )


def _columns(faults: Array, names: Sequence[Any] | None) -> str:
    """Return a text of the columns with faults (n_samples, n_features); empty if not a table."""
    if faults.ndim != 2:
        return ""
    columns = np.flatnonzero(faults.any(axis=0)).tolist()
    found = columns if names is None else [names[column] for column in columns]
    first = "the first " if len(found) > N_NAMED else ""
    return f" in {len(found)} of {faults.shape[1]} columns, {first}{found[:N_NAMED]}"
