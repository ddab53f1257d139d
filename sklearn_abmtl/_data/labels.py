"""Equality of labels: two labels are one class if their values are equal, in any type or unit.

Each label has a kind, such as numbers or dates, and a key. Labels of one kind are equal if their
keys are equal, and are sorted by their keys. Keys are exact numbers or text of Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import singledispatch
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Key = tuple[str, Any]

NUMBERS, TEXT, BYTES, OBJECTS = "numbers", "text", "bytes", "objects"
DATES, ZONED, DURATIONS, RANGES = "dates", "dates with a time zone", "durations", "ranges"
EPOCH = date(1970, 1, 1).toordinal()
SECOND = 10**18  # attoseconds, the finest unit of NumPy
UNITS = {  # in attoseconds
    "W": 7 * 86_400 * SECOND,
    "D": 86_400 * SECOND,
    "h": 3_600 * SECOND,
    "m": 60 * SECOND,
    "s": SECOND,
    "ms": 10**15,
    "us": 10**12,
    "ns": 10**9,
    "ps": 10**6,
    "fs": 10**3,
    "as": 1,
}
MONTHS = {"Y": 12, "M": 1}  # units without a fixed length


@singledispatch
def label_key(label: Any) -> Key:
    """Return the kind of a label and the value by which it is compared."""
    if hasattr(label, "ordinal") and hasattr(label, "freqstr"):  # a Period of pandas
        return f"periods of frequency {label.freqstr}", label.ordinal
    if hasattr(label, "closed") and hasattr(label, "left"):  # an Interval of pandas
        return RANGES, (label_key(label.left), label_key(label.right), label.closed)
    return OBJECTS, label


@label_key.register
def _(label: str) -> Key:
    return TEXT, str.__str__(label)


@label_key.register
def _(label: bytes) -> Key:
    return BYTES, bytes(label)


@label_key.register
def _(label: Number) -> Key:
    return NUMBERS, label.item() if isinstance(label, np.generic) else label


@label_key.register
def _(label: np.bool_) -> Key:
    return NUMBERS, bool(label)


@label_key.register(np.datetime64 | np.timedelta64)
def _(label: Any) -> Key:
    return _time_keys(np.asarray(label)[np.newaxis])[0]


@label_key.register
def _(label: date) -> Key:
    return DATES, (label.toordinal() - EPOCH) * UNITS["D"]


@label_key.register
def _(label: datetime) -> Key:
    kind = DATES if label.tzinfo is None else ZONED
    if label.tzinfo is not None:
        label = label.astimezone(UTC)
    return kind, (label.toordinal() - EPOCH) * UNITS["D"] + _attoseconds_of_day(label)


@label_key.register
def _(label: time) -> Key:
    kind = "times of day" if label.tzinfo is None else "times of day with a time zone"
    return kind, label if label.tzinfo is not None else _attoseconds_of_day(label)


@label_key.register
def _(label: timedelta) -> Key:
    microseconds = (label.days * 86_400 + label.seconds) * 10**6 + label.microseconds
    return DURATIONS, microseconds * UNITS["us"] + getattr(label, "nanoseconds", 0) * UNITS["ns"]


def _attoseconds_of_day(label: Any) -> int:
    seconds = label.hour * 3_600 + label.minute * 60 + label.second
    microseconds = seconds * 10**6 + label.microsecond
    return microseconds * UNITS["us"] + getattr(label, "nanosecond", 0) * UNITS["ns"]


def array_keys(labels: Array) -> list[Key]:
    """Return the keys of the labels of an array (n_labels,), none of which is missing."""
    match labels.dtype.kind:
        case "O":
            return list(map(label_key, labels.tolist()))
        case "U" | "T":
            return [(TEXT, label) for label in labels.tolist()]
        case "S":
            return [(BYTES, label) for label in labels.tolist()]
        case "M" | "m":
            return _time_keys(labels)
        case _:
            return [(NUMBERS, label) for label in labels.tolist()]


def _time_keys(labels: Array) -> list[Key]:
    """Return the keys of datetime64 or timedelta64 of any unit."""
    kind = DATES if labels.dtype.kind == "M" else DURATIONS
    unit, size = np.datetime_data(labels.dtype)
    if kind == DATES and unit in MONTHS:
        labels, unit, size = labels.astype("datetime64[D]"), "D", 1
    counts = [size * count for count in labels.astype(np.int64).tolist()]
    if unit in UNITS:
        return [(kind, count * UNITS[unit]) for count in counts]
    if unit in MONTHS:
        return [("durations in months", count * MONTHS[unit]) for count in counts]
    return [("durations without a unit", count) for count in counts]


def is_missing(value: Any) -> bool:
    """Return whether a value is None, NA, NaT or NaN."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def find_missing(column: Array, missing_label: Any = None) -> Array:
    """Return where labels of a column are missing or equal to ``missing_label``."""
    values = np.ma.getdata(column)
    missing = np.ma.getmaskarray(column).copy()
    if values.dtype.kind == "f":
        missing |= np.isnan(values)
    elif values.dtype.kind in "mM":
        missing |= np.isnat(values)
    elif values.dtype.kind == "O":
        missing |= np.fromiter(map(is_missing, values), dtype=bool, count=len(values))
    if not is_missing(missing_label):
        missing[~missing] = _equal_to(values[~missing], label_key(missing_label))
    return missing


def _equal_to(labels: Array, key: Key) -> Array:
    classes, codes = distinct(labels)
    return np.array([own == key for own in array_keys(classes)], dtype=bool)[codes]


def distinct(labels: Array) -> tuple[Array, NDArray[np.int64]]:
    """Return the classes of labels, each once, and for each label the position of its class.

    The classes are sorted, except objects without an order.
    """
    if labels.dtype.kind != "O":
        classes, codes = np.unique(labels, return_inverse=True)
        return classes, codes
    keys = array_keys(labels)
    first: dict[Key, Any] = {}
    for key, label in zip(keys, labels.tolist(), strict=True):
        first.setdefault(key, label)
    order = list(first) if any(kind == OBJECTS for kind, _ in first) else sorted(first)
    positions = {key: position for position, key in enumerate(order)}
    codes = np.fromiter((positions[key] for key in keys), dtype=np.int64, count=len(keys))
    return object_array(first[key] for key in order), codes


def codes_among(labels: Array, classes: Array) -> NDArray[np.int64]:
    """Return the position of the class of each label, -1 if it is not among the classes."""
    own, codes = distinct(labels)
    positions = {key: position for position, key in enumerate(array_keys(classes))}
    return np.array([positions.get(key, -1) for key in array_keys(own)], dtype=np.int64)[codes]


def union(*labels: Array) -> Array:
    """Return the sorted classes of several arrays, in a type that holds all exactly."""
    first: dict[Key, Any] = {}
    for classes in (distinct(own)[0] for own in labels):
        for key, label in zip(array_keys(classes), cells(classes), strict=True):
            first.setdefault(key, label)
    return common_type(object_array(first[key] for key in sorted(first)))


def equal_labels(
    labels: Array, known: NDArray[np.bool_], predictions: Array, name: str
) -> NDArray[np.bool_]:
    """Return where known labels are equal to predictions; False elsewhere.

    Raises
    ------
    ValueError
        If labels and predictions have no kind in common, so that none can be equal.
    """
    both = known & ~find_missing(predictions)
    equal = np.zeros(len(labels), dtype=bool)
    true, predicted = labels[both], predictions[both]
    if labels.dtype == predictions.dtype and labels.dtype.kind != "O":
        equal[both] = true == predicted
        return equal
    classes, codes = distinct(true)
    kinds = [{kind for kind, _ in array_keys(own)} for own in (classes, distinct(predicted)[0])]
    if both.any() and not kinds[0] & kinds[1]:
        raise ValueError(
            f"y_true and y_pred of task {name!r} must have labels of one kind; found "
            f"{', '.join(sorted(kinds[0]))} and {', '.join(sorted(kinds[1]))}."
        )
    equal[both] = codes == codes_among(predicted, classes)
    return equal


def common_type(labels: Array) -> Array:
    """Return objects as an array of numbers, dates or durations, if it holds all exactly.

    Text, and values for which NumPy has no type, stay objects.
    """
    values = labels.tolist()
    if all(isinstance(label, np.datetime64 | np.timedelta64) for label in values):
        return _exact(labels, np.asarray)
    if all(isinstance(label, bool | int | float | np.number | np.bool_) for label in values):
        return _exact(labels, _numbers)
    return labels


def _exact(labels: Array, convert: Any) -> Array:
    """Return the converted labels, or the objects if one of them would change."""
    converted = convert(labels.tolist())
    if converted.ndim != 1 or converted.dtype.kind == "O":
        return labels
    return converted if array_keys(converted) == array_keys(labels) else labels


def _numbers(values: list[Any]) -> Array:
    """Return numbers as NumPy does, but whole numbers as integers if floats would round them."""
    array = np.asarray(values)
    has_floats = any(isinstance(value, float | np.floating) for value in values)
    is_exact = has_floats and array.tolist() == values
    if array.dtype.kind != "f" or is_exact or not np.isfinite(array).all():
        return array
    whole = [int(value) for value in values]
    for dtype in (np.int64, np.uint64):
        if np.iinfo(dtype).min <= min(whole) and max(whole) <= np.iinfo(dtype).max:
            return np.asarray(whole, dtype=dtype)
    return np.asarray(values, dtype=object)


def cells(labels: Array, *, is_pandas: bool = False) -> Array:
    """Return labels as objects; dates and durations are those of NumPy or of pandas."""
    if labels.dtype.kind not in "mM":
        return labels.astype(object)
    if is_pandas:
        import pandas as pd  # noqa: PLC0415 (optional: only for labels from pandas)

        return pd.Series(labels).astype(object).to_numpy()
    return object_array(labels)


def shown(labels: Array, n_shown: int = 20) -> list[Any]:
    """Return the first labels, for a text; dates of NumPy are in ISO 8601."""
    first = labels[:n_shown]
    return (first.astype(str) if first.dtype.kind in "mM" else first).tolist()


def is_plain(labels: Array) -> bool:
    """Return whether scikit-learn accepts labels: all except objects that are not text."""
    return labels.dtype.kind != "O" or all(isinstance(label, str) for label in labels.tolist())


def object_array(values: Iterable[Any]) -> Array:
    """Return an array (n_values,) of the objects, unchanged."""
    return np.fromiter(values, dtype=object)
