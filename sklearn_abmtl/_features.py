"""Checks X and brings it into the shape that the encoder reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches
from sklearn.utils.random import sample_without_replacement
from sklearn.utils.validation import check_array, validate_data

from ._finite import nan_advice, read_finite
from ._stored_rows import Source, StoredRows, find_source, in_turn
from ._table import (
    TIME_TYPES,
    check_numbers,
    column_types,
    find_categorical,
    read_table,
    table_columns,
)
from ._task_columns import check_has_values, column_names, from_tensor, is_frame
from ._warn_caller import warn_caller

Array = NDArray[Any]
Rows = Array | StoredRows
Shape = tuple[int, ...]
BLOCK_VALUES = 2**20  # values of X that are read and converted to float64 at a time
BIN_VALUES = 2**24  # values of X that bins are made from
MAX_OFFSET = 1e5  # of float32's 7 digits, 2 are left for the values


def check_features(estimator: BaseEstimator, X: Any, *, reset: bool) -> Rows:
    """Check X and bring its rows into the estimator's ``input_shape``.

    Rows of a memory-mapped array stay in its file, and are checked as they are read.

    Parameters
    ----------
    estimator : BaseEstimator
        Gets ``n_features_in_``, ``feature_names_in_``, ``is_categorical_``, ``category_encoder_``
        and ``sample_shape_``, or is asked for them.
    X : array-like of shape (n_samples, n_features) or (n_samples, ...)
    reset : bool
        True in fit; False where X must be like the X of fit.

    Returns
    -------
    features : ndarray or StoredRows of shape (n_samples, *input_shape)
        Of the estimator's dtype or, where X came so, of uint8; codes where X has categories.

    Raises
    ------
    ValueError
        If X is 1-d, has NaN (with ``handle_missing='error'``), infinite values or text where
        there is no category, other features than in fit, or rows that do not fit ``input_shape``.
    TypeError
        If X is sparse, or of a type that holds no numbers.
    """
    X = from_tensor(X, "X")
    _check_container(X)
    if not reset:
        _check_n_axes(estimator, X)
    if reset:
        estimator.is_categorical_ = find_categorical(X, estimator.categorical_features)
    read = _choose_reader(estimator, X)
    with np.errstate(over="ignore", invalid="ignore"):  # scikit-learn says what is too large
        features = read(
            estimator,
            X,
            reset=reset,
            dtype=[estimator.dtype, np.uint8],
            ensure_all_finite="allow-nan" if _takes_missing(estimator, reset=reset) else True,
            advice=nan_advice(_is_table(estimator, X), reset=reset),
            names=column_names(X) or None,
        )
    if reset:
        estimator.sample_shape_ = features.shape[1:]
    elif features.shape[1:] != estimator.sample_shape_:
        raise ValueError(_other_shape(estimator, features.shape[1:]))
    features = _shape_samples(features, check_input_shape(estimator.input_shape))
    _check_is_table(estimator, features)
    return features


def _choose_reader(estimator: BaseEstimator, X: Any) -> Callable[..., Rows]:
    if estimator.is_categorical_ is not None:
        return _read_mixed
    source = find_source(X)
    return _read_numbers if source is None else partial(_read_stored, source=source)


def _read_numbers(estimator: BaseEstimator, X: Any, *, reset: bool, **checks: Any) -> Array:
    if not reset and _is_checked(X, estimator.dtype):
        return validate_data(estimator, X, reset=False, skip_check_array=True)
    try:
        features = read_finite(
            partial(validate_data, estimator), X, reset=reset, allow_nd=True, **checks
        )
    except (TypeError, ValueError, OverflowError) as error:
        if is_frame(X):
            check_numbers(estimator, table_columns(X), reset=reset)  # names the columns of text
        if "X" not in str(error):  # NumPy's own texts do not say what they are of
            error.add_note("This was of X.")
        raise
    if any(name.lower().startswith(TIME_TYPES) for name in column_types(X)):
        check_numbers(estimator, table_columns(X), reset=reset)  # NumPy makes numbers of dates
    return features


def _is_checked(X: Any, dtype: str) -> bool:
    """Tell whether ``check_array`` would return X as it is; for one row it takes far longer."""
    if type(X) is not np.ndarray or X.ndim < 2 or X.dtype != dtype or not len(X):
        return False
    with np.errstate(over="ignore", invalid="ignore"):  # then that function says what is wrong
        return bool(np.isfinite(X.sum()))


def _read_stored(
    estimator: BaseEstimator, X: Any, *, reset: bool, source: Source, **checks: Any
) -> StoredRows:
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    check = partial(
        read_finite, check_array, allow_nd=True, estimator=estimator, input_name="X", **checks
    )
    return StoredRows(source, check)


def _read_mixed(estimator: BaseEstimator, X: Any, *, reset: bool, **checks: Any) -> Array:
    return read_finite(check_array, read_table(estimator, X, reset=reset), input_name="X", **checks)


def _check_is_table(estimator: BaseEstimator, features: Rows) -> None:
    asked = {
        "categorical_features": estimator.is_categorical_ is not None,
        "handle_missing='indicator'": estimator.handle_missing == "indicator",
    }
    names = [name for name, is_asked in asked.items() if is_asked]
    if names and features.ndim != 2:
        raise ValueError(
            f"{' and '.join(names)} need a table; found samples of shape {features.shape[1:]}."
        )


def _takes_missing(estimator: BaseEstimator, *, reset: bool) -> bool:
    """Tell whether NaN may be in X; a network that was made for plain numbers cannot read it."""
    net = None if reset else getattr(estimator, "net_", None)
    is_plain = net is not None and net.plan.n_codes is None
    return estimator.handle_missing == "indicator" and not is_plain


def _is_table(estimator: BaseEstimator, X: Any) -> bool:
    shape = estimator.input_shape or getattr(X, "shape", (0, 0))[1:]
    return len(shape) < 2


def _check_container(X: Any) -> None:
    """Raise a ValueError of what would be read in part, or as something else."""
    check_has_values(X, "X")
    if hasattr(X, "collect"):
        raise ValueError("X is a lazy frame; use X.collect().")
    if np.ma.is_masked(X):
        raise ValueError("X is a masked array, whose mask would be lost; use X.filled(np.nan).")
    names = column_names(X)
    if len(set(names)) < len(names):
        raise ValueError(f"X must give each column a name of its own; found {names}.")


def _check_n_axes(estimator: BaseEstimator, X: Any) -> None:
    """Name the samples' shapes where scikit-learn would speak of a number of features."""
    shape = getattr(X, "shape", (0,))
    if len(shape) > 1 and len(shape) != 1 + len(estimator.sample_shape_):
        raise ValueError(_other_shape(estimator, shape[1:]))


def _other_shape(estimator: BaseEstimator, sample_shape: Shape) -> str:
    return (
        f"X has samples of shape {tuple(sample_shape)}, but {type(estimator).__name__} was fitted "
        f"with samples of shape {estimator.sample_shape_}."
    )


def _shape_samples(features: Rows, input_shape: Shape | None) -> Rows:
    sample_shape = features.shape[1:]
    if 0 in sample_shape:
        raise ValueError(f"A sample of X must hold values; found samples of shape {sample_shape}.")
    if input_shape is None and len(sample_shape) > 3:
        raise ValueError(
            "A sample of X must have 1 (table), 2 (sequence) or 3 (image) axes; found samples of "
            f"shape {sample_shape}."
        )
    if input_shape is None:
        return features
    if math.prod(sample_shape) != math.prod(input_shape):
        raise ValueError(
            f"input_shape={input_shape} holds {math.prod(input_shape)} values; a sample of X "
            f"has the shape {sample_shape}, {math.prod(sample_shape)} values."
        )
    return features.reshape(len(features), *input_shape)


def check_input_shape(input_shape: Any) -> Shape | None:
    """Return ``input_shape`` as a tuple of 1 to 3 positive integers, or None."""
    if input_shape is None:
        return None
    sides = tuple(input_shape)
    valid = all(isinstance(side, int | np.integer) and side >= 1 for side in sides)
    if not valid or not 1 <= len(sides) <= 3:
        raise ValueError(
            "input_shape must be None or 1 to 3 positive integers: (n_features,), (n_steps, "
            f"n_channels) or (n_channels, height, width); found {input_shape!r}."
        )
    return tuple(int(side) for side in sides)


def row_blocks(features: Rows) -> Iterator[slice]:
    """Cut rows into blocks that are small enough to be read and converted."""
    return gen_batches(len(features), max(1, BLOCK_VALUES // math.prod(features.shape[1:])))


def read_blocks(features: Rows) -> Iterator[Array]:
    """Read one block of rows after the other."""
    return map(np.asarray, in_turn(features, [*row_blocks(features)]))


def check_stored(features: Rows) -> None:
    """Read all rows once, which checks those that are stored in a file.

    Raises
    ------
    ValueError
        As :func:`check_features`, with the number of the first row that breaks a rule.
    """
    for _ in read_blocks(features):
        pass


def input_statistics(features: Rows, row_weights: NDArray[np.float64]) -> tuple[Array, Array]:
    """Return weighted mean and scale per feature (tables) or channel (images, sequences).

    Both broadcast against one sample: (n_features,), (n_channels,) or (n_channels, 1, 1).
    """
    scaler = StandardScaler()
    for rows, block in zip(row_blocks(features), read_blocks(features), strict=True):
        weights = row_weights[rows]
        channel_axis = 1 if block.ndim == 4 else -1
        values = np.moveaxis(block, channel_axis, -1).reshape(-1, block.shape[channel_axis])
        weights = np.repeat(weights, len(values) // len(block))
        # a feature that is missing everywhere is invalid; squares that are too large are refused
        with np.errstate(invalid="ignore", over="ignore"):
            scaler.partial_fit(values.astype(np.float64), sample_weight=weights)
    _check_squares(scaler)
    _warn_of_large_offsets(features, scaler)
    shape = (-1, 1, 1) if features.ndim == 4 else (-1,)
    return np.nan_to_num(scaler.mean_).reshape(shape), scaler.scale_.reshape(shape)


def find_missing_numbers(features: Rows) -> NDArray[np.bool_]:
    """Tell which features of a table (n_features,) have NaN."""
    return np.logical_or.reduce([np.isnan(block).any(axis=0) for block in read_blocks(features)])


def bin_edges(features: Rows, mean: Array, n_bins: int) -> Array:
    """Return the edges of bins of nearly equally many rows, (n_features, n_bins + 1).

    Missing values count as the mean. Edges are values of X, which the network's dtype can tell
    apart where they differ; of many rows, those of a part that is drawn.
    """
    n_rows = min(len(features), max(1, BIN_VALUES // features.shape[1]))
    drawn = np.sort(sample_without_replacement(len(features), n_rows, random_state=0))
    values = np.asarray(features[drawn])  # (n_rows, n_features)
    known = np.where(np.isnan(values), mean, values)
    shares = np.linspace(0, 1, n_bins + 1)
    return np.quantile(known, shares, axis=0, method="nearest").T.astype(np.float64)


def _check_squares(scaler: StandardScaler) -> None:
    """Raise a ValueError if float64 cannot hold the squares that a feature's scale is made of."""
    too_large = ~np.isfinite(scaler.var_) & (
        np.broadcast_to(scaler.n_samples_seen_, scaler.var_.shape) > 0
    )
    if too_large.any():
        raise ValueError(
            "X has values whose squares float64 cannot hold (columns or channels "
            f"{np.flatnonzero(too_large)[:10].tolist()}). Divide them by a constant before, or "
            "clip them."
        )


def _warn_of_large_offsets(features: Rows, scaler: StandardScaler) -> None:
    """Warn of values that float32 cannot tell apart, such as times in seconds since 1970."""
    varies = scaler.scale_ == np.sqrt(scaler.var_)  # scikit-learn sets a constant's scale to 1
    far = varies & (np.abs(scaler.mean_) > MAX_OFFSET * scaler.scale_)
    if features.dtype == np.float32 and far.any():
        warn_caller(
            f"X has features whose mean is more than {MAX_OFFSET:g} times their standard deviation "
            f"(columns or channels {np.flatnonzero(far)[:10].tolist()}); float32 cannot tell their "
            "values apart. Subtract an offset before, or set dtype='float64'."
        )
