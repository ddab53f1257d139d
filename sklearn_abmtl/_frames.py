"""Warns of frames that, side by side as they stand, can hardly be what the caller means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._table import column_names
from ._task_columns import is_frame
from ._warn_caller import warn_caller


def warn_of_order(X: Any, labels: Any, argument: str) -> None:
    """Warn where two frames of pandas have the same index, in another order.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
    labels : array-like of shape (n_samples,) or (n_samples, n_tasks)
    argument : str
        Name of the argument that is ``labels``.
    """
    own: Any = getattr(X, "index", None)
    other: Any = getattr(labels, "index", None)
    if not (hasattr(own, "equals") and hasattr(other, "equals")) or own.equals(other):
        return
    if len(own) == len(other) and own.is_unique and other.is_unique and own.isin(other).all():
        warn_caller(
            f"X and {argument} have the same index in another order, and rows are matched by "
            f"position; pass {argument}.loc[X.index] if the index tells what belongs together."
        )


def warn_of_labels_in_features(X: Any, labels: Any, task_names: Sequence[str]) -> None:
    """Warn where a frame of features has columns with the names of tasks."""
    if not is_frame(labels):
        return  # its tasks have no names of the caller's
    shared = [name for name in column_names(X) if name in set(task_names)]
    if shared:
        warn_caller(
            f"X has columns with the names of tasks, {shared}; if they hold the labels, nothing "
            "else is learned: leave them out of X."
        )
