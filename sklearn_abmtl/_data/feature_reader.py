"""Reading of X into the rows that the network reads, after fit in the same way as in fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_array

from .categories import (
    TIME_TYPES,
    CategoryCodes,
    category_columns,
    check_numbers,
    column_types,
    count_codes,
    find_categorical,
    read_table,
    table_columns,
)
from .containers import is_table, open_rows
from .finite import nan_advice, read_finite
from .input_ranges import InputRanges
from .lost_digits import sampling_step, warn_of_lost_digits
from .sample_layout import SampleLayout, Shape, arranged, check_input_shape, choose_layout
from .statistics import Rows
from .stored_rows import Source, StoredRows
from .task_columns import column_names

Array = NDArray[Any]
State = dict[str, Any]

STATE_TYPES: Mapping[str, Any] = {
    "owner": str,
    "dtype": str,
    "input_shape": tuple | NoneType,
    "channels": str,
    "categorical_features": list | str | NoneType,
    "handle_missing": str,
    "names": list | NoneType,
    "is_categorical": np.ndarray | NoneType,
    "categories": list | NoneType,
    "layout": dict,
    "ranges": dict | NoneType,
}
OPTIONS = ("dtype", "input_shape", "channels", "categorical_features", "handle_missing")


class FeatureReader:
    """Reads X; its options and what it learned in fit do not change afterwards.

    Parameters
    ----------
    owner : str
        Name of the class, for errors.
    dtype : {'float32', 'float64'}
    input_shape : tuple of int or None
    channels : {'auto', 'first', 'last'}
    categorical_features : 'from_dtype', array-like or None
    handle_missing : {'error', 'indicator'}

    Attributes
    ----------
    names : list of str or None
        Names of the features of a table, if they are all strings.
    is_categorical : ndarray of bool of shape (n_features,) or None
    codes : CategoryCodes or None
    layout : SampleLayout
    ranges : InputRanges or None
        None for a classifier saved by the first version, which had no ranges.
    """

    layout: SampleLayout
    ranges: InputRanges | None

    def __init__(
        self,
        *,
        owner: str,
        dtype: str,
        input_shape: Any,
        channels: str,
        categorical_features: Any,
        handle_missing: str,
    ) -> None:
        self.owner = owner
        self.dtype = dtype
        self.input_shape = check_input_shape(input_shape)
        self.channels = channels
        self.categorical_features = plain_choice(categorical_features)
        self.handle_missing = handle_missing
        self.names: list[str] | None = None
        self.is_categorical: NDArray[np.bool_] | None = None
        self.codes: CategoryCodes | None = None

    def unfitted(self) -> FeatureReader:
        """Return a reader with the same options that has read nothing."""
        return FeatureReader(owner=self.owner, **{name: getattr(self, name) for name in OPTIONS})

    @property
    def is_fitted(self) -> bool:
        """Whether ``fit_read`` has read rows."""
        return hasattr(self, "layout")

    @property
    def n_codes(self) -> list[int]:
        """Number of codes of each feature of a table, 0 for numbers."""
        return count_codes(self.is_categorical, self.codes, self.layout.network_shape[0])

    def open(self, X: Any) -> Any:
        """Return X as an array, a frame or a source, with samples of the same shape as in fit.

        Raises
        ------
        ValueError
            If X holds no rows, or samples with other axes than in fit.
        TypeError
            If X is sparse.
        """
        X = open_rows(X, keep_types=isinstance(self.categorical_features, list))
        if len(X.shape) < 2:  # scikit-learn's error explains how to pass a single row
            values = X.read(np.arange(X.shape[0])) if isinstance(X, Source) else X
            check_array(values, dtype=None, ensure_all_finite=False, estimator=self.owner)
        if self.is_fitted:
            self._check_axes(X.shape)
        return X

    def fit_read(self, X: Any) -> Rows:
        """Learn from X how to read it, and read it.

        Rows of a memory-mapped array or a data set are not kept in memory. All are read once, to
        check them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)

        Returns
        -------
        features : ndarray or StoredRows of shape (n_samples, *network_shape)
            Of type ``dtype``, or uint8 if X is of that type; categories are codes.

        Raises
        ------
        ValueError
            If X is 1-d, has NaN (with ``handle_missing='error'``), infinite values or text in
            features that are not categories, or if its rows do not fit ``input_shape``.
        TypeError
            If X is sparse, or of a type without numbers.
        """
        X = self.open(X)
        names = column_names(X)
        self.names = names if names and all(isinstance(name, str) for name in names) else None
        self.is_categorical = find_categorical(X, self.categorical_features)
        values = self._values(X, is_fit=True)
        layout = choose_layout(
            tuple(values.shape[1:]),
            input_shape=self.input_shape,
            channels=self.channels,
            is_bytes=values.dtype == np.uint8,
        )
        self._check_is_table(layout)
        self.ranges = self._learn_ranges(X, values, layout)
        self.layout = layout
        return arranged(values, layout)

    def read(self, X: Any) -> Rows:
        """Read X as in fit.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)

        Returns
        -------
        features : ndarray or StoredRows of shape (n_samples, *network_shape)

        Raises
        ------
        ValueError
            As ``fit_read``, or if samples have another shape than in fit.
        TypeError
            As ``fit_read``.
        """
        X = self.open(X)
        if tuple(X.shape[1:]) != self.layout.sample_shape:
            raise ValueError(self._other_shape(X.shape[1:]))
        features = arranged(self._values(X, is_fit=False), self.layout)
        if self.ranges is not None:
            self.ranges.warn_of_other_scale(features, self.names)
        return features

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise a ValueError with the first option that differs from fit."""
        now = dict(options)
        now["input_shape"] = check_input_shape(now["input_shape"])
        now["categorical_features"] = plain_choice(now["categorical_features"])
        for name in OPTIONS:
            if now[name] != getattr(self, name):
                raise ValueError(
                    f"{name}={now[name]!r} is not that of fit, {getattr(self, name)!r}, and a "
                    "classifier that is trained further reads X as before. Set it back, or fit a "
                    "clone."
                )

    def state(self) -> State:
        """Return plain values, from which ``FeatureReader.from_state`` makes an equal reader."""
        return {
            "owner": self.owner,
            **{name: getattr(self, name) for name in OPTIONS},
            "names": self.names,
            "is_categorical": self.is_categorical,
            "categories": None if self.codes is None else self.codes.categories,
            "layout": self.layout._asdict(),
            "ranges": None if self.ranges is None else self.ranges.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> FeatureReader:
        """Return the reader with a state.

        Raises
        ------
        ValueError
            If the values are not a state of a reader, or contradict each other.
        """
        check_state(state)
        reader = cls(**{name: state[name] for name in ("owner", *OPTIONS)})
        reader.names = state["names"]
        reader.is_categorical = state["is_categorical"]
        reader.codes = None if state["categories"] is None else CategoryCodes(state["categories"])
        reader.layout = SampleLayout(**{k: tuple(v) for k, v in state["layout"].items()})
        reader.ranges = None if state["ranges"] is None else InputRanges(**state["ranges"])
        return reader

    def _learn_ranges(self, X: Any, values: Rows, layout: SampleLayout) -> InputRanges:
        """Read all rows once; warn of numbers that become equal when they are converted."""
        raw, kept = (values if isinstance(X, Source) else X), []
        if isinstance(values, StoredRows):
            step = sampling_step(values.shape)
            values = values.watched(lambda rows: kept.append(rows[::step].copy()))
        ranges = InputRanges.of(arranged(values, layout), self.is_categorical)
        raw = np.concatenate(kept) if kept else raw
        warn_of_lost_digits(raw, layout, self.dtype, self.names, self.is_categorical)
        return ranges

    def _values(self, X: Any, *, is_fit: bool) -> Rows:
        """Return rows (n_samples, *sample_shape) of the network's type, checked."""
        checks: dict[str, Any] = {
            "dtype": [self.dtype, np.uint8],
            "ensure_all_finite": "allow-nan" if self.handle_missing == "indicator" else True,
            "advice": nan_advice(self._reads_table(X), reset=is_fit),
            "names": column_names(X) or None,
        }
        check: Any = partial(
            read_finite, check_array, allow_nd=True, estimator=self.owner, input_name="X", **checks
        )
        with np.errstate(over="ignore", invalid="ignore"):  # scikit-learn refuses them
            if self.is_categorical is not None:
                return check(self._read_mixed(X, self.is_categorical, is_fit=is_fit))
            if not is_fit and _is_checked(X, self.dtype):
                return X
            if isinstance(X, Source):
                return StoredRows(X, partial(check, has_all_rows=False))
            return self._read_numbers(X, check, is_fit=is_fit)

    def _read_numbers(self, X: Any, check: Callable[[Any], Array], *, is_fit: bool) -> Array:
        try:
            values = check(X)
        except (TypeError, ValueError, OverflowError) as error:
            if is_table(X):  # its error names the columns with text
                check_numbers(table_columns(X), None, self.names, is_fit=is_fit)
            if "X" not in str(error):  # NumPy's texts do not name the argument
                error.add_note("The error is in X.")
            raise
        if any(name.lower().startswith(TIME_TYPES) for name in column_types(X)):
            # NumPy would convert dates to numbers
            check_numbers(table_columns(X), None, self.names, is_fit=is_fit)
        return values

    def _read_mixed(self, X: Any, is_categorical: Array, *, is_fit: bool) -> Array:
        """Return a table with categories as numbers, with all its rows in memory."""
        if isinstance(X, Source):
            X = X.read(np.arange(X.shape[0]))
        if not is_table(X):
            X = check_array(X, dtype=None, ensure_all_finite=False, input_name="X")
        check_numbers(table_columns(X), is_categorical, self.names, is_fit=is_fit)
        if self.codes is None:
            self.codes = CategoryCodes.of(category_columns(X, is_categorical))
        return read_table(X, is_categorical, self.codes, self.names)

    def _reads_table(self, X: Any) -> bool:
        if self.is_fitted:
            return self.layout.kind == "table"
        return len(self.input_shape or X.shape[1:]) < 2

    def _check_is_table(self, layout: SampleLayout) -> None:
        needs = {
            "categorical_features": self.is_categorical is not None,
            "handle_missing='indicator'": self.handle_missing == "indicator",
        }
        names = [name for name, is_set in needs.items() if is_set]
        if names and layout.kind != "table":
            raise ValueError(
                f"{' and '.join(names)} need a table; found samples of shape "
                f"{layout.network_shape}."
            )

    def _check_axes(self, shape: Shape) -> None:
        """Raise an error if samples do not have the shape of those of fit."""
        sample_shape = self.layout.sample_shape
        if tuple(shape[1:]) == sample_shape or len(shape) == 1 + len(sample_shape) == 2:
            return  # for a table scikit-learn checks names and number of columns
        if tuple(shape) == sample_shape:
            raise ValueError(
                f"X has the shape {tuple(shape)} of a single sample; pass X[None], which has one "
                "row, or a list of samples."
            )
        raise ValueError(self._other_shape(shape[1:]))

    def _other_shape(self, sample_shape: Shape) -> str:
        return (
            f"X has samples of shape {tuple(sample_shape)}, but {self.owner} was fitted with "
            f"samples of shape {self.layout.sample_shape}."
        )


def check_state(state: Mapping[str, Any]) -> None:
    """Raise a ValueError unless values are a state as returned by ``FeatureReader.state``."""
    if state.keys() != STATE_TYPES.keys():
        raise ValueError(f"A reader of X has {sorted(STATE_TYPES)}; found {sorted(state)!r:.200}.")
    for name, expected in STATE_TYPES.items():
        if not isinstance(state[name], expected):
            raise ValueError(
                f"{name} of a reader of X must be of the type {expected}; found "
                f"{state[name]!r:.100}."
            )
    layout = SampleLayout(**state["layout"])
    layout.check()
    n_features = layout.network_shape[1 if layout.kind == "sequence" else 0]
    per_feature = {"is_categorical": state["is_categorical"], "names": state["names"]}
    if state["ranges"] is not None:
        ranges = InputRanges(**state["ranges"])
        per_feature |= {"low": ranges.low, "high": ranges.high}
    for name, values in per_feature.items():
        is_other_table = name == "names" and layout.kind != "table"
        if values is not None and not is_other_table and np.shape(values) != (n_features,):
            raise ValueError(f"{name} of a reader of X must have the shape ({n_features},).")
    is_categorical, categories = state["is_categorical"], state["categories"]
    n_categorical = 0 if is_categorical is None else np.count_nonzero(is_categorical)
    if n_categorical != len(categories or []):
        raise ValueError(f"A reader of X has {n_categorical} features with categories, no more.")


def plain_choice(categorical_features: Any) -> Any:
    """Return names, positions or a mask as a new list; None and text are returned unchanged."""
    if categorical_features is None or isinstance(categorical_features, str):
        return categorical_features
    return np.asarray(categorical_features).tolist()


def _is_checked(X: Array, dtype: str) -> bool:
    """Return whether ``check_array`` would return X unchanged; for one row that is far slower."""
    if type(X) is not np.ndarray or X.ndim < 2 or X.dtype != dtype or not len(X):
        return False
    with np.errstate(over="ignore", invalid="ignore"):  # then check_array raises the error
        return bool(np.isfinite(X.sum()))
