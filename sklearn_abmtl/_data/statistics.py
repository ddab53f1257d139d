"""Statistics and bins of the features of training rows, read in blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches
from sklearn.utils.random import sample_without_replacement

from .stored_rows import StoredRows, in_turn

Array = NDArray[Any]
Rows = Array | StoredRows
BLOCK_VALUES = 2**20  # values of X that are read and converted to float64 at once
BIN_VALUES = 2**24  # values of X from which bins are computed


def row_blocks(features: Rows) -> Iterator[slice]:
    """Cut rows into blocks that are small enough to be read and converted."""
    return gen_batches(len(features), max(1, BLOCK_VALUES // math.prod(features.shape[1:])))


def read_blocks(features: Rows) -> Iterator[Array]:
    """Read the rows block by block."""
    return map(np.asarray, in_turn(features, [*row_blocks(features)]))


def check_stored(features: Rows) -> None:
    """Read all rows once, to check those that are stored in a file.

    Raises
    ------
    ValueError
        As the reader of X, with the number of the first invalid row.
    """
    for _ in read_blocks(features):
        pass


def input_statistics(features: Rows, row_weights: NDArray[np.float64]) -> tuple[Array, Array]:
    """Return weighted mean and scale per feature (tables) or per channel (images, sequences).

    Both broadcast against one sample: (n_features,), (n_channels,) or (n_channels, 1, 1).
    """
    scaler = StandardScaler()
    for rows, block in zip(row_blocks(features), read_blocks(features), strict=True):
        weights = row_weights[rows]
        channel_axis = 1 if block.ndim == 4 else -1
        values = np.moveaxis(block, channel_axis, -1).reshape(-1, block.shape[channel_axis])
        weights = np.repeat(weights, len(values) // len(block))
        # a feature without known values is invalid; squares that are too large are refused below
        with np.errstate(invalid="ignore", over="ignore"):
            scaler.partial_fit(values.astype(np.float64), sample_weight=weights)
    _check_squares(scaler)
    shape = (-1, 1, 1) if features.ndim == 4 else (-1,)
    return np.nan_to_num(scaler.mean_).reshape(shape), scaler.scale_.reshape(shape)


def find_missing_numbers(features: Rows) -> NDArray[np.bool_]:
    """Return which features of a table (n_features,) have NaN."""
    return np.logical_or.reduce([np.isnan(block).any(axis=0) for block in read_blocks(features)])


def bin_edges(features: Rows, mean: Array, n_bins: int, row_weights: NDArray[np.float64]) -> Array:
    """Return the edges of bins of nearly equal weight, (n_features, n_bins + 1).

    Missing values are replaced by the mean. Edges are values of X, so different edges stay
    different in the network's dtype. If there are many rows, a random sample is used.
    """
    n_rows = min(len(features), max(1, BIN_VALUES // features.shape[1]))
    drawn = np.sort(sample_without_replacement(len(features), n_rows, random_state=0))
    values = np.asarray(features[drawn])  # (n_rows, n_features)
    known = np.where(np.isnan(values), mean, values)
    shares = np.linspace(0, 1, n_bins + 1)
    weights = row_weights[drawn]
    if (weights == weights[0]).all():
        return np.quantile(known, shares, axis=0, method="nearest").T.astype(np.float64)
    return np.stack([_weighted_quantiles(column, shares, weights) for column in known.T])


def _weighted_quantiles(values: Array, shares: Array, weights: Array) -> Array:
    """Return for each share the smallest value at which that share of the weight is reached."""
    order = values.argsort(kind="stable")
    reached = np.cumsum(weights[order])
    places = np.searchsorted(reached, shares * reached[-1]).clip(max=len(values) - 1)
    return values[order][places].astype(np.float64)


def _check_squares(scaler: StandardScaler) -> None:
    """Raise a ValueError if float64 cannot hold the squares from which a scale is computed."""
    too_large = ~np.isfinite(scaler.var_) & (
        np.broadcast_to(scaler.n_samples_seen_, scaler.var_.shape) > 0
    )
    if too_large.any():
        raise ValueError(
            "X has values whose squares float64 cannot hold (columns or channels "
            f"{np.flatnonzero(too_large)[:10].tolist()}). Divide them by a constant before, or "
            "clip them."
        )
