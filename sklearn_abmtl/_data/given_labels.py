"""Reading of the labels that are known when the others are predicted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .label_encoder import TaskLabelEncoder
from .task_columns import TaskColumns, is_frame, read_task_columns
from .warn_caller import warn_caller

Codes = NDArray[np.int64]


def known_codes(encoder: TaskLabelEncoder, given: Any, missing_label: Any, n_samples: int) -> Codes:
    """Return the class numbers of the known labels.

    Parameters
    ----------
    encoder : TaskLabelEncoder
    given : array-like of shape (n_samples, n_tasks), frame, series or None
        A frame or a named series may have only some of the tasks.
    missing_label : scalar
    n_samples : int

    Returns
    -------
    codes : ndarray of int of shape (n_samples, n_tasks)
        -1 where the label is not known.

    Raises
    ------
    ValueError
        If the number of rows differs, or a task or a label is unknown from ``fit``.
    """
    if given is None:
        return np.full((n_samples, len(encoder.classes_)), -1)
    columns = read_task_columns(given, missing_label, "given")
    if columns.shape[0] != n_samples:
        raise ValueError(
            f"given must have one row per sample, {n_samples}; found {columns.shape[0]}."
        )
    if _names_tasks(given, columns, encoder):
        columns = _in_order(columns, encoder.task_names_)
    return encoder.transform(columns)


def is_partly_known(codes: Codes) -> bool:
    """Return whether any row of codes (n_samples, n_tasks) has both known and unknown labels."""
    is_known = codes >= 0
    return bool((is_known.any(axis=1) & ~is_known.all(axis=1)).any())


def warn_of_no_weights() -> None:
    """Warn that known labels have no effect on other tasks."""
    warn_caller(
        "given changes no prediction of other tasks: task_weights_ are all 0, as known labels "
        "did not lower the log-loss of the rows held out by fit. Few of these may have two known "
        "labels; try set_params(aggregator__cv=5), which learns from all training rows, or a "
        "larger validation_fraction."
    )


def _names_tasks(given: Any, columns: TaskColumns, encoder: TaskLabelEncoder) -> bool:
    """Return whether a frame or series names one or more of several tasks, each once."""
    is_named = columns.is_named or (columns.is_1d and is_frame(given))
    return is_named and set(columns.names) <= set(encoder.task_names_) and not encoder.is_1d_


def _in_order(columns: TaskColumns, names: list[str]) -> TaskColumns:
    """Return the columns of all tasks in their order; absent tasks have no labels."""
    n_samples = columns.shape[0]
    found = dict(zip(columns.names, zip(columns.labels, columns.known, strict=True), strict=True))
    nothing = np.full(n_samples, None), np.zeros(n_samples, dtype=bool)
    labels, known = zip(*(found.get(name, nothing) for name in names), strict=True)
    return TaskColumns(names, list(labels), list(known), False, columns.argument)
