"""Warnings for frames whose rows or columns do not seem to match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .task_columns import column_names, is_frame
from .warn_caller import warn_caller

_is_order_checked = ContextVar("is_order_checked", default=False)


@contextmanager
def order_checked(arguments: Mapping[str, Any]) -> Iterator[None]:
    """Warn as :func:`warn_of_order`; functions called in the block do not warn again."""
    warn_of_order(arguments)
    token = _is_order_checked.set(True)
    try:
        yield
    finally:
        _is_order_checked.reset(token)


def warn_of_order(arguments: Mapping[str, Any]) -> None:
    """Warn if frames have row labels in common, but in different orders.

    All are compared with the first one that has an index.

    Parameters
    ----------
    arguments : dict of array-like of shape (n_samples, ...)
        Rows by the names of the arguments.
    """
    indices = {name: _index(rows) for name, rows in arguments.items()}
    (first, own), *others = [(n, i) for n, i in indices.items() if i is not None] or [("", None)]
    moved = [name for name, other in others if _is_in_another_order(own, other)]
    if not moved or _is_order_checked.get():
        return
    same = all(len(own) == len(indices[name]) and own.isin(indices[name]).all() for name in moved)
    shared = "the same index" if same else "labels of the index in common,"
    aligned = " and ".join(f"{name}.loc[{first}.index]" for name in moved)
    when = "" if same else " before rows are left out"
    warn_caller(
        f"{' and '.join([first, *moved])} have {shared} in another order, and rows are matched by "
        f"position; pass {aligned}{when} if the index says which rows belong together."
    )


def _index(rows: Any) -> Any:
    """Return the index of a pandas frame or series, or None."""
    index: Any = getattr(rows, "index", None)
    return index if hasattr(index, "get_indexer") and index.is_unique else None


def _is_in_another_order(own: Any, other: Any) -> bool:
    """Whether labels that both indices have are in different orders.

    Row numbers from 0, as from ``reset_index``, count as labels only if the other index is a
    permutation of them.
    """
    if own is other or len(own) != len(other) or own.equals(other):
        return False
    places = own.get_indexer(other)
    places = places[places >= 0]
    if len(places) < len(own) and (_counts_rows(own) or _counts_rows(other)):
        return False
    return bool((np.diff(places) < 0).any())


def _counts_rows(index: Any) -> bool:
    return np.array_equal(np.asarray(index), np.arange(len(index)))


def warn_of_labels_in_features(X: Any, labels: Any, task_names: Sequence[str]) -> None:
    """Warn if a frame of features has columns with the names of tasks."""
    if not is_frame(labels):
        return  # its tasks have no names from the caller
    shared = [name for name in column_names(X) if name in set(task_names)]
    if shared:
        warn_caller(
            f"X has columns with the names of tasks, {shared}; if they hold the labels, nothing "
            "else is learned: leave them out of X."
        )
