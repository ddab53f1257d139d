"""Reading of a table with categories: numbers stay numbers, categories become codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import OrdinalEncoder
from sklearn.utils.validation import _num_features

from .task_columns import column_names, find_missing, frame_columns, is_frame
from .warn_caller import warn_caller

Array = NDArray[Any]
Names = Sequence[Any] | None

UNSEEN_CODE = 0  # of a category that did not occur in fit
MISSING_CODE = 1
N_OTHER_CODES = 2
N_SHOWN = 3  # in a warning
CATEGORICAL_TYPES = ("category", "categorical", "enum", "dictionary")  # as in frames
_OTHER_THAN = {True: "that categorical_features does not name", False: "that had numbers in fit"}
_ABOUT_NAMES = (
    " In a Pipeline, names come through with set_output(transform='pandas') and, of a "
    "ColumnTransformer, verbose_feature_names_out=False."
)
_ABOUT_TEXT = {
    True: (
        "Name categories there, or give them that type: X.astype({name: 'category'}). Convert "
        "dates to numbers, or leave them out of X."
    ),
    False: "Convert them to numbers, for example with pd.to_numeric.",
}
TIME_TYPES = ("date", "time", "duration")


def find_categorical(X: Any, categorical_features: Any) -> Array | None:
    """Return which features are categories.

    Parameters
    ----------
    X : array-like or frame of shape (n_samples, n_features)
    categorical_features : 'from_dtype', None or array-like of bool, int or str

    Returns
    -------
    is_categorical : ndarray of bool of shape (n_features,) or None
        None if no feature is a category.

    Raises
    ------
    ValueError
        If ``categorical_features`` is none of these, or names features that X does not have.
    """
    if categorical_features is None:
        return None
    if isinstance(categorical_features, str) and categorical_features == "from_dtype":
        chosen = np.array([t.lower().startswith(CATEGORICAL_TYPES) for t in column_types(X)])
    else:
        chosen = _read_choice(X, np.asarray(categorical_features))
    return chosen if chosen.any() else None


class CategoryCodes:
    """The codes of the categories that occurred in fit.

    Parameters
    ----------
    categories : list of ndarray of object
        Categories of each categorical feature, sorted. In files of earlier versions None is among
        them if values were missing; its code is given by its position.
    """

    def __init__(self, categories: list[Array]) -> None:
        self.encoder = fit_category_encoder(categories)

    @classmethod
    def of(cls, columns: list[Array]) -> CategoryCodes:
        """Learn the categories of columns of objects.

        Raises
        ------
        TypeError
            If the categories of a feature are of types that cannot be sorted together.
        """
        try:
            return cls([*map(without_missing, columns)])
        except TypeError as error:
            error.add_note("The error is in a feature of categorical_features.")
            raise

    @property
    def categories(self) -> list[Array]:
        """Categories of each feature; the one at position k has the code k + 2."""
        return list(self.encoder.categories_)

    def transform(self, columns: list[Array], names: list[Any]) -> Array:
        """Return codes (n_samples, n_categorical); warn of columns without any known category."""
        codes = self.encoder.transform(np.stack(columns, axis=1)) + N_OTHER_CODES
        is_missing = np.stack([*map(find_missing, columns)], axis=1)
        codes[is_missing & (codes == UNSEEN_CODE)] = MISSING_CODE
        _warn_of_unseen(names, columns, codes, self.categories)
        return codes


def category_columns(X: Any, is_categorical: Array) -> list[Array]:
    """Return the categorical features as columns of objects."""
    columns = table_columns(X)
    return [_to_objects(columns[position]) for position in np.flatnonzero(is_categorical)]


def read_table(X: Any, is_categorical: Array, codes: CategoryCodes, names: Names) -> Array:
    """Return X as numbers: codes in the categorical features, NaN for missing numbers.

    Parameters
    ----------
    X : array or frame of shape (n_samples, n_features)
        The features that are not categorical hold numbers.
    is_categorical : ndarray of bool of shape (n_features,)
    codes : CategoryCodes
    names : sequence of str of shape (n_features,) or None

    Returns
    -------
    features : ndarray of float64 of shape (n_samples, n_features)
    """
    columns = table_columns(X)
    features = np.empty((len(columns[0]), len(columns)))
    for position in np.flatnonzero(~is_categorical):
        features[:, position] = to_numbers(columns[position])
    categorical = np.flatnonzero(is_categorical)
    of_categories = [_to_objects(columns[position]) for position in categorical]
    named = [name_of(names, position) for position in categorical]
    features[:, is_categorical] = codes.transform(of_categories, named)
    return features


def fit_category_encoder(categories: list[Array]) -> OrdinalEncoder:
    """Learn categories from the objects of each feature; their numbers may differ."""
    # one by one: in one array, each feature would take the memory of the longest
    own = [OrdinalEncoder().fit(objects[:, None]).categories_[0] for objects in categories]
    first = np.array([[of_feature[0] for of_feature in own]], dtype=object)
    unseen = UNSEEN_CODE - N_OTHER_CODES
    return OrdinalEncoder(
        categories=own, handle_unknown="use_encoded_value", unknown_value=unseen
    ).fit(first)


def without_missing(objects: Array) -> Array:
    """Return the objects that are not missing.

    If all are missing, the result is one empty text, since scikit-learn's encoder needs a category.
    """
    known = objects[~find_missing(objects)]
    return known if len(known) else np.array([""], dtype=object)


def count_codes(
    is_categorical: Array | None, codes: CategoryCodes | None, n_features: int
) -> list[int]:
    """Return the number of codes of each feature, 0 for numbers."""
    n_codes = np.zeros(n_features, dtype=int)
    if is_categorical is not None and codes is not None:
        n_codes[is_categorical] = [len(c) + N_OTHER_CODES for c in codes.categories]
    return n_codes.tolist()


def table_columns(X: Any) -> list[Array]:
    """Return the columns of a frame or of a 2-d array."""
    return frame_columns(X)[1] if is_frame(X) else list(X.T)


def check_numbers(
    columns: list[Array], is_categorical: Array | None, names: Names, *, is_fit: bool
) -> None:
    """Raise a ValueError if a feature that is not categorical holds values other than numbers."""
    text = [
        position
        for position, column in enumerate(columns)
        if (is_categorical is None or not is_categorical[position]) and to_numbers(column) is None
    ]
    if text:
        raise ValueError(
            f"X must hold numbers in all columns {_OTHER_THAN[is_fit]}; could not convert "
            f"{[name_of(names, position) for position in text]}. {_ABOUT_TEXT[is_fit]}"
        )


def name_of(names: Names, position: Any) -> Any:
    """Return the name of a feature, or its position if it has none."""
    return int(position) if names is None else names[position]


def _warn_of_unseen(
    names: list[Any], columns: list[Array], codes: Array, seen: list[Array]
) -> None:
    """Warn of features without any value that occurred in ``fit``; their type may differ."""
    for name, values, column, known in zip(names, columns, codes.T, seen, strict=True):
        if column.all():
            continue  # no value is unseen
        is_known = ~find_missing(values)
        if is_known.any() and not column[is_known].any():
            warn_caller(
                f"X has no category of fit in column {name!r}: found {_kinds(values)}; fit saw "
                f"{_kinds(known)}. All count as unseen."
            )


def _kinds(categories: Array) -> str:
    """Return a text of the first categories, with their types."""
    distinct = list(dict.fromkeys(value for value in categories if value is not None))
    more = ", ..." if len(distinct) > N_SHOWN else ""
    shown = [f"{value!r} ({type(value).__name__})" for value in distinct[:N_SHOWN]]
    return ", ".join(shown) + more


def column_types(X: Any) -> list[str]:
    """Return the names of the types of a frame's columns, or of an array."""
    if hasattr(X, "dtype"):
        return [str(X.dtype)]
    types = X.schema.types if hasattr(X, "column_names") else getattr(X, "dtypes", ())
    return [str(dtype) for dtype in types]


def _read_choice(X: Any, chosen: Array) -> Array:
    """Turn positions, names or a mask into a mask (n_features,)."""
    names = column_names(X)
    n_features = _num_features(X)
    if not chosen.size:
        return np.zeros(n_features, dtype=bool)
    if chosen.dtype.kind == "b" and chosen.shape == (n_features,):
        return chosen
    if (
        chosen.ndim == 1
        and chosen.dtype.kind in "iu"
        and ((chosen >= 0) & (chosen < n_features)).all()
    ):
        return np.isin(np.arange(n_features), chosen)
    if chosen.dtype.kind in "UO" and set(chosen.tolist()) <= set(names):
        return np.isin(names, chosen.tolist())
    raise ValueError(
        "categorical_features must be None, 'from_dtype', or the names, the positions or a mask of "
        f"features of X, which has {n_features}, named {names[:10]}; found {chosen.tolist()}."
        f"{_ABOUT_NAMES if chosen.dtype.kind in 'UO' else ''}"
    )


def to_numbers(column: Array) -> Array | None:
    """Return a column in float64, with NaN for missing values; None if it has text."""
    try:
        if column.dtype.kind == "O":
            column = np.where(find_missing(column), np.nan, column)
        return None if column.dtype.kind in "mM" else column.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _to_objects(column: Array) -> Array:
    """Return a column of Python objects, with None for missing values."""
    objects = column.astype(object)
    objects[find_missing(column)] = None
    return objects
