"""Choice of validation rows: training keeps every class, and both parts have every task."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .spread import spread

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MAX_PLACED_ROWS = 2**15  # that are placed by their labels
MAX_PLACED_LABELS = 2**18


def choose_validation_rows(
    codes: IntArray, n_valid: int, random_state: np.random.RandomState
) -> BoolArray:
    """Return which rows are for validation, with the class proportions of every task.

    Each class keeps a training row. Each task has a validation row, if it has a label that no class
    needs for training. There are fewer than ``n_valid`` validation rows if training needs the
    others. If training would need all rows, only each task keeps a training row, and not each
    class.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_tasks)
        Class numbers, -1 for missing labels.
    n_valid : int
        Number of validation rows, at least 1.
    random_state : RandomState

    Returns
    -------
    is_valid : ndarray of bool of shape (n_samples,)
        All False if each row has the only label of a task.
    """
    order = random_state.permutation(len(codes))
    labels = np.stack([column[order] for column in codes.T])  # (n_tasks, n_samples)
    is_needed = rows_that_hold_all(labels)
    if is_needed.all():
        is_needed = rows_that_hold_all(np.minimum(labels, 0))
    n_valid = min(n_valid, int((~is_needed).sum()))
    is_valid = np.zeros(len(codes), dtype=bool)
    is_valid[_one_for_each_task(labels, ~is_needed, n_valid)] = True
    spare = np.flatnonzero(~is_needed & ~is_valid)
    is_valid[spare] = _spread_over_two(labels[:, spare], n_valid - int(is_valid.sum()))
    chosen = np.empty_like(is_valid)
    chosen[order] = is_valid
    return chosen


def rows_that_hold_all(labels: IntArray) -> BoolArray:
    """Return a set of rows with every class, chosen from the rarest classes on.

    Here and below, labels are class numbers of shape (n_tasks, n_samples).
    """
    n_classes = labels.max(axis=1) + 1
    offsets = np.cumsum(n_classes) - n_classes
    counts = np.empty(n_classes.sum(), dtype=np.int64)
    first_rows = np.empty_like(counts)
    for column, start, n in zip(labels, offsets, n_classes, strict=True):
        known = np.flatnonzero(column >= 0)[::-1]
        counts[start : start + n] = np.bincount(column[known], minlength=n)
        first_rows[start + column[known]] = known  # of equal places the last assigned value is kept
    is_held = counts == 0
    is_needed = np.zeros(labels.shape[1], dtype=bool)
    for stratum in counts.argsort(kind="stable").tolist():
        if not is_held[stratum]:
            own = labels[:, first_rows[stratum]]
            is_needed[first_rows[stratum]] = True
            is_held[(own + offsets)[own >= 0]] = True
    return is_needed


def _one_for_each_task(labels: IntArray, is_spare: BoolArray, n_valid: int) -> list[int]:
    """Return at most ``n_valid`` spare rows, if possible one for every task.

    Tasks with the fewest labels are first.
    """
    n_labels = (labels >= 0).sum(axis=1)
    is_served = n_labels == 0
    chosen: list[int] = []
    for task in n_labels.argsort(kind="stable").tolist():
        if len(chosen) == n_valid:
            break
        is_candidate = is_spare & (labels[task] >= 0) & ~is_served[task]
        if is_candidate.any():
            chosen.append(int(is_candidate.argmax()))
            is_served |= labels[:, chosen[-1]] >= 0
    return chosen


def _spread_over_two(labels: IntArray, n_valid: int) -> BoolArray:
    """Return which rows are for validation; the rows are in random order.

    If there are many rows, only those with the rarest labels are placed by their labels. The
    proportions of frequent classes are met by random choice.
    """
    n_rows = labels.shape[1]
    mean_labels = max(1.0, (labels >= 0).sum() / max(1, n_rows))
    n_placed = min(n_rows, MAX_PLACED_ROWS, int(MAX_PLACED_LABELS / mean_labels))
    order = (-rarity(labels)).argsort(kind="stable") if n_placed < n_rows else np.arange(n_rows)
    placed, others = np.sort(order[:n_placed]), order[n_placed:]
    n_placed_valid = round(n_valid * n_placed / max(1, n_rows))
    sizes = np.array([n_placed - n_placed_valid, n_placed_valid])
    is_valid = np.zeros(n_rows, dtype=bool)
    if sizes.all():
        is_valid[placed] = spread(labels[:, placed].T, None, sizes, sizes) == 1
    else:
        is_valid[placed] = n_placed_valid > 0
    n_left = n_valid - n_placed_valid
    turns = np.arange(n_left) * len(others) // max(1, n_left)  # from the rarest to the others
    is_valid[others[turns]] = True
    return is_valid


def rarity(labels: IntArray) -> NDArray[np.float64]:
    """Return for each row the sum over its labels of 1 / (number of rows of the class)."""
    sums = np.zeros(labels.shape[1])
    for column in labels:
        counts = np.bincount(column + 1)
        counts[0] = 0
        sums += np.divide(1.0, counts, out=np.zeros(len(counts)), where=counts > 0)[column + 1]
    return sums
