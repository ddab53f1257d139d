"""The range of X in fit, and a warning for X with another scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .statistics import Rows, read_blocks
from .stored_rows import StoredRows
from .warn_caller import warn_caller

Array = NDArray[Any]
Numbers = NDArray[np.float64]

MAX_VALUES = 2**20  # of X that are compared
N_STORED = 16  # rows of a file that are compared
N_NAMED = 5  # columns in a message

MIN_ROWS = 10  # from which on a single column can count as outside its range
MIN_ROWS_OF_SPREAD = 20  # from which on means and standard deviations are compared
MIN_FITTED = 20  # rows of fit, whose range then holds most other rows
MIN_COLUMNS = 3  # that can be compared together
NEAR = 0.02  # widths beyond the range of fit that are still the same scale
FAR = 3.0  # widths beyond the range of fit that are another scale
WIDE = 50.0  # width of the range in fit, for values between -1 and 1
WIDE_INTEGERS = 8.0  # the same, for integers


@dataclass(frozen=True)
class InputRanges:
    """The range of each feature of a table, or of each channel.

    Parameters
    ----------
    low, high : ndarray of shape (n_features,) or (n_channels,)
        Smallest and largest value in fit; NaN for categories and if all values are missing.
    n_rows : int
        Number of rows in fit.
    has_integers : bool
        Whether all values in fit are integers.
    """

    low: Numbers
    high: Numbers
    n_rows: int
    has_integers: bool

    @classmethod
    def of(cls, features: Rows, is_categorical: NDArray[np.bool_] | None) -> InputRanges:
        """Read all rows (n_samples, *network_shape) once; this also checks the rows of a file."""
        low: Any = np.nan
        high: Any = np.nan
        has_integers = True
        for block in read_blocks(features):
            cells = as_columns(block)
            low = np.fmin(low, np.fmin.reduce(cells, axis=0))
            high = np.fmax(high, np.fmax.reduce(cells, axis=0))
            has_integers = has_integers and _are_integers(cells)
        excluded = False if is_categorical is None else is_categorical
        return cls(
            np.where(excluded, np.nan, low).astype(np.float64),
            np.where(excluded, np.nan, high).astype(np.float64),
            len(features),
            has_integers,
        )

    def state(self) -> dict[str, Any]:
        """Return plain values, from which ``InputRanges(**state)`` makes an equal object."""
        return dict(vars(self))

    def warn_of_other_scale(self, features: Rows, names: Sequence[str] | None) -> None:
        """Warn once if rows (n_samples, *network_shape) have another scale than in fit."""
        varies = self.high > self.low  # False for categories and constants
        if not varies.any() or not len(features):
            return
        rows = _some_rows(features)
        cells = as_columns(rows)[:, varies].astype(np.float64)  # (n_cells, n_varying)
        found = Comparison(self.low[varies], self.high[varies], cells, len(rows), self)
        with np.errstate(over="ignore", invalid="ignore"):  # X may be as large as float64 holds
            differing = found.differing()
        if differing is None:
            return
        columns = np.flatnonzero(varies)[differing]
        warn_caller(_text(columns, cells[:, differing], self, names, features.ndim == 2))


class Comparison:
    """Comparison of rows with the ranges of fit, for features that vary in fit.

    Parameters
    ----------
    low, high : ndarray of shape (n_features,)
    cells : ndarray of shape (n_cells, n_features)
    n_rows : int
    fitted : InputRanges
    """

    def __init__(
        self, low: Numbers, high: Numbers, cells: Numbers, n_rows: int, fitted: InputRanges
    ) -> None:
        self.low, self.high, self.width = low, high, high - low
        self.cells = cells
        self.n_rows = n_rows
        self.fitted = fitted
        self.n_features = cells.shape[1]

    def differing(self) -> NDArray[np.bool_] | None:
        """Return which features (n_features,) have another scale; None if none has."""
        margin = NEAR * self.width
        is_outside = (self.cells < self.low - margin) | (self.cells > self.high + margin)
        if is_outside.any():
            found = self._far()
            if found is None:
                found = self._mostly_outside(is_outside)
            if found is not None:
                return found
        shrunk = self._shrunk()
        return shrunk if shrunk is not None else self._standardised()

    def _far(self) -> NDArray[np.bool_] | None:
        """Find features with many values far beyond the range of fit."""
        margin = FAR * self.width
        shares = ((self.cells < self.low - margin) | (self.cells > self.high + margin)).mean(0)
        n_per_row = len(self.cells) // self.n_rows
        is_far = shares >= (0.5 if n_per_row == 1 else 0.1)  # pictures have a background
        is_few = n_per_row == 1 and (self.n_rows < MIN_ROWS or self.fitted.n_rows < MIN_FITTED)
        if is_few and (self.n_features < MIN_COLUMNS or is_far.mean() < 0.5):
            return None
        return is_far if is_far.any() else None

    def _mostly_outside(self, is_outside: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """Find features outside the range if most features are, as in rows that were not scaled."""
        enough = self.n_rows >= MIN_ROWS and self.fitted.n_rows >= MIN_FITTED
        if not enough or self.n_features < MIN_COLUMNS:
            return None
        shares = is_outside.mean(axis=0)
        outside = shares >= 0.3
        return outside if shares.mean() >= 0.4 and outside.mean() >= 0.5 else None

    def _shrunk(self) -> NDArray[np.bool_] | None:
        """Find features whose values are now between -1 and 1, as for pixels divided by 255."""
        if not np.nanmax(np.abs(self.cells), initial=0) <= 1 or _are_integers(self.cells):
            return None
        enough = self.fitted.has_integers or self.n_rows >= MIN_ROWS
        is_wide = self.width >= (WIDE_INTEGERS if self.fitted.has_integers else WIDE)
        return is_wide if enough and is_wide.mean() >= 0.5 else None

    def _standardised(self) -> NDArray[np.bool_] | None:
        """Find features that now have mean 0 and standard deviation 1, but not in fit."""
        if self.n_rows < MIN_ROWS_OF_SPREAD:
            return None
        known = np.ma.masked_invalid(self.cells)
        mean, deviation = known.mean(axis=0).filled(0), known.std(axis=0).filled(0)
        is_standard = (np.abs(mean) < 0.25) & (deviation > 0.7) & (deviation < 1.4)
        was_other = (self.low > 0) | (self.high < 0) | (self.width > 20)
        found = is_standard & was_other
        return found if is_standard.mean() >= 0.8 and was_other.mean() >= 0.5 else None


def as_columns(block: Array) -> Array:
    """Return values (n_samples, *network_shape) as (n_cells, n_features or n_channels)."""
    channel_axis = 1 if block.ndim == 4 else -1
    return np.moveaxis(block, channel_axis, -1).reshape(-1, block.shape[channel_axis])


def _some_rows(features: Rows) -> Array:
    """Return rows spread over all of X, or the first rows of a file or data set."""
    if isinstance(features, StoredRows):
        return np.asarray(features[:N_STORED])
    most = max(MIN_ROWS_OF_SPREAD, MAX_VALUES // math.prod(features.shape[1:]))
    return features[:: -(-len(features) // most)]


def _are_integers(cells: Array) -> bool:
    if cells.dtype.kind in "biu":
        return True
    known = cells[np.isfinite(cells)]
    return bool((known == np.floor(known)).all())


def _text(
    columns: Array,
    cells: Numbers,
    fitted: InputRanges,
    names: Sequence[str] | None,
    is_table: bool,
) -> str:
    shown = columns[:N_NAMED].tolist() if names is None else [names[c] for c in columns[:N_NAMED]]
    first = "the first " if len(columns) > N_NAMED else ""
    where = f"{len(columns)} of {len(fitted.low)} {'columns' if is_table else 'channels'}"
    return (
        f"X has another scale than the X of fit in {where}, {first}{shown}: its values are from "
        f"{np.nanmin(cells):.4g} to {np.nanmax(cells):.4g}, those of fit from "
        f"{np.nanmin(fitted.low[columns]):.4g} to {np.nanmax(fitted.high[columns]):.4g}. The "
        "network scales its input itself: pass X in the units of fit."
    )
