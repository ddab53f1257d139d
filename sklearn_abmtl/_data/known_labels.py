"""Reads the labels that are known when the others are predicted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .label_encoder import TaskLabelEncoder
from .task_columns import TaskColumns, is_frame, read_task_columns
from .warn_caller import warn_caller

Codes = NDArray[np.int64]


def known_codes(encoder: TaskLabelEncoder, given: Any, missing_label: Any, n_samples: int) -> Codes:
    """Return the class numbers of the labels that are given.

    Parameters
    ----------
    encoder : TaskLabelEncoder
    given : array-like of shape (n_samples, n_tasks), frame, series or None
        The columns of a frame, or the name of a series, may be some of the tasks.
    missing_label : scalar
    n_samples : int

    Returns
    -------
    codes : ndarray of int of shape (n_samples, n_tasks)
        -1 where the label is not known.

    Raises
    ------
    ValueError
        If the rows are not as many, or a task or a label is not of ``fit``.
    """
    if given is None:
        return np.full((n_samples, len(encoder.classes_)), -1)
    columns = read_task_columns(given, missing_label, "given")
    if columns.shape[0] != n_samples:
        raise ValueError(
            f"given must have one row a sample, {n_samples}; found {columns.shape[0]}."
        )
    if _names_tasks(given, columns, encoder):
        columns = _in_order(columns, encoder.task_names_)
    return encoder.transform(columns)


def is_partly_known(codes: Codes) -> bool:
    """Tell whether a row of codes (n_samples, n_tasks) has known labels and others."""
    is_known = codes >= 0
    return bool((is_known.any(axis=1) & ~is_known.all(axis=1)).any())


def warn_of_no_weights() -> None:
    """Warn that known labels say nothing of the others."""
    warn_caller(
        "given changes no prediction of another task: task_weights_ are all 0, as known labels did "
        "not lower the log-loss of the rows that fit held out. Few of these may have two known "
        "labels; set_params(aggregator__cv=5), which learns from all training rows, or a larger "
        "validation_fraction."
    )


def _names_tasks(given: Any, columns: TaskColumns, encoder: TaskLabelEncoder) -> bool:
    """Tell whether a frame or series names some of several tasks, each once."""
    is_named = columns.is_named or (columns.is_1d and is_frame(given))
    return is_named and set(columns.names) <= set(encoder.task_names_) and not encoder.is_1d_


def _in_order(columns: TaskColumns, names: list[str]) -> TaskColumns:
    """Return the columns of all tasks in their order, without a label where there is none."""
    n_samples = columns.shape[0]
    found = dict(zip(columns.names, zip(columns.labels, columns.known, strict=True), strict=True))
    nothing = np.full(n_samples, None), np.zeros(n_samples, dtype=bool)
    labels, known = zip(*(found.get(name, nothing) for name in names), strict=True)
    return TaskColumns(names, list(labels), list(known), False, columns.argument)
