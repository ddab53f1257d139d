"""Distribution of rows over folds, with the same class proportions of every task in each fold."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


class Units(NamedTuple):
    """Rows or groups of rows, which are placed in a fold as a whole, and their labels.

    A stratum is a class of a task. Strata are numbered over all tasks; the last stratum holds every
    row. The strata of unit u are the entries from ``starts[u]`` up to ``starts[u + 1]``.

    Attributes
    ----------
    strata : ndarray of shape (n_entries,)
    counts : ndarray of shape (n_entries,)
        Number of labels of the stratum in the unit, at least 1.
    starts : ndarray of shape (n_units + 1,)
    n_rows : ndarray of shape (n_units,)
    first_rows : ndarray of shape (n_units,)
    totals : ndarray of shape (n_strata,)
        Number of labels of the stratum.
    """

    strata: IntArray
    counts: IntArray
    starts: IntArray
    n_rows: IntArray
    first_rows: IntArray
    totals: IntArray


def spread(codes: IntArray, groups: Any, shares: IntArray, fold_sizes: IntArray) -> IntArray:
    """Return the fold of each row.

    The units with the rarest labels are placed first, each in the fold that needs its labels most.
    If many rows have the same labels, most of them are placed together, by the shares.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_tasks)
        Class numbers, -1 for missing labels.
    groups : ndarray of shape (n_samples,) or None
        Rows of one group go into one fold.
    shares : ndarray of shape (n_folds,)
        Positive; only their ratios are used.
    fold_sizes : ndarray of shape (n_folds,)
        Number of rows of each fold; the sum is the number of all rows. With groups, the sizes are
        balanced like the classes, and not met exactly.
    """
    if groups is None:
        numbers, room = np.arange(len(codes)), fold_sizes
    else:
        numbers, room = _number_by_appearance(groups), np.full(len(shares), len(codes))
    units = _count_strata(codes, numbers)
    order = _rarest_first(units, codes)
    is_first = np.ones(len(order), dtype=bool)  # of its kind, that is, of rows with the same labels
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
    """Return the number of units of each kind (n_kinds,) to place together in each fold.

    The other units are placed one by one. They are so many that the fold with the smallest share is
    due for one of them; they correct the rounding here and the deviations left by other kinds.
    """
    n_left = -(-shares.sum() // shares.min())
    return np.maximum(n_units - n_left, 0)[:, np.newaxis] * shares // shares.sum()


class _Folds:
    """Folds while they are filled; each unit is placed where the deviations become smallest.

    If fold f has the share p and n of the N labels of stratum s, the sum of deviations is
    ``sum_fs (p N - n)^2 / (p N^2)``. It falls by twice the gain in ``place``.
    """

    def __init__(self, units: Units, shares: IntArray, room: IntArray) -> None:
        self.units, self.shares, self.room_at_first = units, shares, room
        self.room = room.copy()
        self.whole = int(shares.sum())
        # whole numbers, so that folds with equal needs are equal to the last bit
        self.lacking = np.outer(units.totals, shares).astype(np.float64)  # (n_strata, n_folds)
        self.pull = units.counts / units.totals[units.strata].astype(np.float64) ** 2
        self.push = np.add.reduceat(units.counts * self.pull, units.starts[:-1]) * self.whole / 2

    def place(self, unit: int, n_left: int) -> int:
        """Place a unit, one of the last ``n_left``, and return its fold."""
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
        """Place ``counts`` (n_folds,) rows like a unit, and return their folds in turn."""
        strata = self.units.strata[self.units.starts[unit] : self.units.starts[unit + 1]]
        self.room -= counts
        self.lacking[strata] -= self.whole * counts
        turns = np.concatenate([(np.arange(n) + 0.5) / n for n in counts])
        return np.repeat(np.arange(len(counts)), counts)[turns.argsort(kind="stable")]

    def _open_folds(self, n_rows: int, n_left: int) -> NDArray[np.bool_]:
        """Return the folds with room; only the empty ones if no more units are left than these."""
        if n_left <= len(self.shares):
            is_empty = self.room == self.room_at_first
            if is_empty.sum() >= n_left:
                return is_empty
        return self.room >= n_rows


def _number_by_appearance(groups: Any) -> IntArray:
    """Number the groups by their first rows, so that shuffling rows also shuffles groups."""
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
    """Order the units by weight, which is their share of their strata, then by their labels.

    Weights of groups are rounded to powers of 2. Exact weights are hardly ever equal, and the order
    of shuffled groups would then never change.
    """
    shares = units.counts / units.totals[units.strata]
    weights = np.add.reduceat(shares, units.starts[:-1])
    mantissas, _ = np.frexp(weights)
    weights = np.where(units.n_rows > 1, weights / mantissas, weights)
    return np.lexsort((*codes[units.first_rows].T, -weights))
