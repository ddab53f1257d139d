"""X as it is passed to an estimator: read by its reader, its names checked by scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import validate_data

from .._data.feature_reader import OPTIONS, FeatureReader
from .._data.input_ranges import InputRanges
from .._data.statistics import Rows
from .._training import with_workers


def read_features(estimator: BaseEstimator, X: Any, *, reset: bool) -> Rows:
    """Read X by the reader of fit; with ``reset`` by a new one, which the estimator keeps.

    The names of columns are checked before their values. Also sets ``n_features_in_`` and
    ``feature_names_in_`` with ``reset``.

    Returns
    -------
    features : ndarray or StoredRows of shape (n_samples, *network_shape)
    """
    reader = new_reader(estimator) if reset else estimator._feature_reader
    opened = with_workers(reader.open(X), estimator.n_workers)
    validate_data(estimator, opened, reset=reset, skip_check_array=True)
    if not reset:
        return reader.read(opened)
    features = reader.fit_read(opened)
    estimator._feature_reader = reader
    return features


def read_again(estimator: BaseEstimator, X: Any, features: Rows, rows: NDArray[np.int64]) -> Rows:
    """Let the reader learn from some of the rows alone, and return what the network reads then.

    Parameters
    ----------
    estimator : BaseEstimator
    X : array-like of shape (n_samples, ...)
    features : ndarray or StoredRows of shape (n_samples, *network_shape)
        As all rows were read.
    rows : ndarray of int
        Numbers of the rows that count.

    Returns
    -------
    features : ndarray or StoredRows of shape (n_samples, *network_shape)
        0 in other rows of a table with categories.
    """
    reader = estimator._feature_reader
    if reader.codes is None:
        reader.ranges = InputRanges.of(features[rows], None)
        return features
    found = np.zeros(features.shape, features.dtype)
    found[rows] = read_features(estimator, _safe_indexing(X, rows), reset=True)
    return found


def new_reader(estimator: BaseEstimator) -> FeatureReader:
    """Return a reader with the estimator's options."""
    return FeatureReader(owner=type(estimator).__name__, **input_options(estimator))


def input_options(estimator: BaseEstimator) -> dict[str, Any]:
    """Return the parameters that say how X is read."""
    return {name: getattr(estimator, name) for name in OPTIONS}


def check_input_options(estimator: BaseEstimator) -> None:
    """Raise a ValueError unless a fitted estimator's data are to be read as in fit."""
    estimator._feature_reader.check_options(input_options(estimator))
    now, fitted = estimator.missing_label, estimator._missing_label
    if str(now) != str(fitted) or isinstance(now, str) != isinstance(fitted, str):
        raise ValueError(
            f"missing_label={now!r} is not that of fit, {fitted!r}, and a classifier that is "
            "trained further reads y as before. Set it back, or fit a clone."
        )
