"""Spreads rows over folds so that each fold has its share of every class of every task."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


class Units(NamedTuple):
    """What goes into a fold as a whole, a row or a group of rows, and the labels that it holds.

    A stratum is a class of a task, numbered through all tasks; the last one holds every row.
    The strata of unit u are the entries from ``starts[u]`` up to ``starts[u + 1]``.

    Attributes
    ----------
    strata : ndarray of shape (n_entries,)
    counts : ndarray of shape (n_entries,)
        How many labels of the stratum the unit holds, at least 1.
    starts : ndarray of shape (n_units + 1,)
    n_rows : ndarray of shape (n_units,)
    first_rows : ndarray of shape (n_units,)
    totals : ndarray of shape (n_strata,)
        How many labels of the stratum there are.
    """

    strata: IntArray
    counts: IntArray
    starts: IntArray
    n_rows: IntArray
    first_rows: IntArray
    totals: IntArray


def spread(codes: IntArray, groups: Any, shares: IntArray, fold_sizes: IntArray) -> IntArray:
    """Return the fold of each row.

    The units with the rarest labels come first, each into the fold that lacks its labels most. Of
    many rows with the same labels, most are placed together by the shares.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_tasks)
        Class numbers, -1 where the label is missing.
    groups : ndarray of shape (n_samples,) or None
        Rows of one group go into one fold.
    shares : ndarray of shape (n_folds,)
        Positive; only their ratios count.
    fold_sizes : ndarray of shape (n_folds,)
        Rows of each fold, together all. With groups, sizes are but one share of many.
    """
    if groups is None:
        numbers, room = np.arange(len(codes)), fold_sizes
    else:
        numbers, room = _number_by_appearance(groups), np.full(len(shares), len(codes))
    units = _count_strata(codes, numbers)
    order = _rarest_first(units, codes)
    is_first = np.ones(len(order), dtype=bool)  # of its kind: rows with the same labels
    if groups is None:
        is_first[1:] = (codes[order[1:]] != codes[order[:-1]]).any(axis=1)
    bounds = [*np.flatnonzero(is_first).tolist(), len(order)]
    counts = _count_together(np.diff(bounds), shares)  # (n_kinds, n_folds)
    folds = _Folds(units, shares, room)
    fold_of_unit = np.empty(len(order), dtype=np.int64)
    for kind, n_together in enumerate(counts.sum(axis=1).tolist()):
        single, stop = bounds[kind] + n_together, bounds[kind + 1]
        if n_together:
            together = order[bounds[kind] : single]
            fold_of_unit[together] = folds.place_together(together[0], counts[kind])
        for position in range(single, stop):
            unit = order[position]
            fold_of_unit[unit] = folds.place(unit, len(order) - position)
    return fold_of_unit[numbers]


def equal_sizes(n_rows: int, n_folds: int) -> IntArray:
    """Return the sizes of folds (n_folds,), which differ by at most 1."""
    sizes = np.full(n_folds, n_rows // n_folds)
    sizes[: n_rows % n_folds] += 1
    return sizes


def _count_together(n_units: IntArray, shares: IntArray) -> IntArray:
    """Return how many units of each kind (n_kinds,) to place together in each fold.

    Of those left, the fold with the smallest share is still due for one: they make up for what is
    rounded off here and for what other kinds have done to the shares.
    """
    n_left = -(-shares.sum() // shares.min())
    return np.maximum(n_units - n_left, 0)[:, np.newaxis] * shares // shares.sum()


class _Folds:
    """Folds while they are filled, each unit where the deviations then are the smallest.

    With the share p of fold f and n of the N labels of stratum s in it, the deviations are
    ``sum_fs (p N - n)^2 / (p N^2)``. They fall by twice the gain of ``place``.
    """

    def __init__(self, units: Units, shares: IntArray, room: IntArray) -> None:
        self.units, self.shares, self.room_at_first = units, shares, room
        self.room = room.copy()
        self.whole = int(shares.sum())
        # whole numbers, so that folds which lack the same are equal to the last bit
        self.lacking = np.outer(units.totals, shares).astype(np.float64)  # (n_strata, n_folds)
        self.pull = units.counts / units.totals[units.strata].astype(np.float64) ** 2
        self.push = np.add.reduceat(units.counts * self.pull, units.starts[:-1]) * self.whole / 2

    def place(self, unit: int, n_left: int) -> int:
        """Put a unit, one of the last ``n_left``, into a fold and return which."""
        start, stop = self.units.starts[unit], self.units.starts[unit + 1]
        strata = self.units.strata[start:stop]
        lack = self.pull[start:stop] @ self.lacking[strata]
        gains = (lack - self.push[unit]) / self.shares  # (n_folds,)
        gains[~self._open_folds(self.units.n_rows[unit], n_left)] = -np.inf
        fold = int(gains.argmax())
        self.room[fold] -= self.units.n_rows[unit]
        self.lacking[strata, fold] -= self.whole * self.units.counts[start:stop]
        return fold

    def place_together(self, unit: int, counts: IntArray) -> IntArray:
        """Put rows like a unit, so many in each fold (n_folds,), and return their folds in turn."""
        strata = self.units.strata[self.units.starts[unit] : self.units.starts[unit + 1]]
        self.room -= counts
        self.lacking[strata] -= self.whole * counts
        turns = np.concatenate([(np.arange(n) + 0.5) / n for n in counts])
        return np.repeat(np.arange(len(counts)), counts)[turns.argsort(kind="stable")]

    def _open_folds(self, n_rows: int, n_left: int) -> NDArray[np.bool_]:
        """Return the folds with room; the empty ones once only as many units are left."""
        if n_left <= len(self.shares):
            is_empty = self.room == self.room_at_first
            if is_empty.sum() >= n_left:
                return is_empty
        return self.room >= n_rows


def _number_by_appearance(groups: Any) -> IntArray:
    """Number the groups in the order of their first rows, so that shuffled rows shuffle them."""
    _, first, numbers = np.unique(groups, return_index=True, return_inverse=True)
    return first.argsort().argsort()[numbers]


def _count_strata(codes: IntArray, numbers: IntArray) -> Units:
    n_classes = codes.max(axis=0) + 1
    strata = np.where(codes >= 0, codes + np.cumsum(n_classes) - n_classes, -1)
    strata = np.column_stack([strata, np.full(len(codes), n_classes.sum())])
    n_strata = int(n_classes.sum()) + 1
    entries = (numbers[:, np.newaxis] * n_strata + strata)[strata >= 0]
    entries, counts = np.unique(entries, return_counts=True)
    unit_of_entry, strata_of_entry = np.divmod(entries, n_strata)
    _, first_rows, n_rows = np.unique(numbers, return_index=True, return_counts=True)
    return Units(
        strata_of_entry,
        counts,
        np.searchsorted(unit_of_entry, np.arange(len(n_rows) + 1)),
        n_rows,
        first_rows,
        np.bincount(strata[strata >= 0], minlength=n_strata),
    )


def _rarest_first(units: Units, codes: IntArray) -> IntArray:
    """Order the units by their weight, what they hold of their strata, then by their labels.

    Weights of groups count as equal between two powers of 2: hardly two groups weigh the same,
    and shuffled ones shall come in another order.
    """
    shares = units.counts / units.totals[units.strata]
    weights = np.add.reduceat(shares, units.starts[:-1])
    mantissas, _ = np.frexp(weights)
    weights = np.where(units.n_rows > 1, weights / mantissas, weights)
    return np.lexsort((*codes[units.first_rows].T, -weights))
