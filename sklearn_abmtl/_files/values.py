"""Conversion of values to JSON and back: numbers, text, dates, containers, arrays and parts."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, time, timedelta
from functools import singledispatch
from types import FunctionType, NoneType
from typing import Any, NamedTuple

import numpy as np

from .label_json import LABEL_KEYS, check_label, label_to_json, read_label

MAX_ARRAY_BYTES = 2**26  # of all arrays of labels, categories and names together
MAX_PAIRS = 2**13  # of a dict whose keys are not text; a file could choose keys with equal hashes
LABEL_BYTES = 2**7  # per date, duration, period or range
MAX_EQUAL_HASHES = 64  # of keys and labels; sets and dicts slow down with each of them
MAX_DEPTH = 20  # of nested containers
MAX_DIMS = 32
INTEGERS = (-(2**63), 2**64)  # limits of integers of 64 bits
TIMES, TEXT, OBJECTS = "mM", "U", "O"  # kinds of arrays
DTYPE = re.compile(
    r"\|b1|[|<][iu]1|<[iu][248]|<f[248]|<U\d{1,9}|\|O"
    r"|<[mM]8(\[\d{0,9}(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
)


@singledispatch
def to_json(value: Any, name: str) -> Any:
    """Return a value in a form that JSON can hold; the name is for errors.

    Raises
    ------
    ValueError
        If the value, or one inside it, cannot be written.
    """
    if not hasattr(value, "build") or not hasattr(value, "get_params"):
        return _label_to_json(value, name)
    options = to_json(dict(value.get_params(deep=False)), name)
    return {"__custom_spec__": type(value).__name__, "options": options}


@to_json.register(date | time | timedelta)
def _label_to_json(value: Any, name: str) -> Any:
    try:
        return label_to_json(value)
    except ValueError as error:
        raise ValueError(
            f"save_model cannot write {name}={value!r:.100}: a file that runs no code holds "
            f"numbers, text, dates, arrays, and parts by name ({error}). Set another value, or use "
            "joblib."
        ) from error


@to_json.register(NoneType | bool | int | str)
def _(value: Any, name: str) -> Any:
    return value


@to_json.register
def _(value: float, name: str) -> Any:
    return float(value) if math.isfinite(value) else {"__float__": str(value)}


@to_json.register(FunctionType | type)
def _(value: Any, name: str) -> Any:
    if not value.__name__.isidentifier():
        raise ValueError(f"save_model cannot write {name}={value!r:.100}: it has no name.")
    return {"__custom__": value.__name__}


@to_json.register
def _(value: list, name: str) -> Any:
    return [to_json(item, f"{name}[{i}]") for i, item in enumerate(value)]


@to_json.register
def _(value: tuple, name: str) -> Any:
    return {"__tuple__": to_json(list(value), name)}


@to_json.register(Mapping)
def _(value: Any, name: str) -> Any:
    if all(isinstance(key, str) for key in value) and not TAGS.keys() & value.keys():
        return {key: to_json(item, f"{name}[{key!r}]") for key, item in value.items()}
    pairs = [[to_json(key, name), to_json(item, f"{name}[{key!r}]")] for key, item in value.items()]
    return {"__dict__": pairs}


@to_json.register(np.ndarray | np.generic)
def _(value: Any, name: str) -> Any:
    array = np.asarray(value)
    dtype = array.dtype.newbyteorder("<").str
    if not DTYPE.fullmatch(dtype):
        raise ValueError(
            f"save_model cannot write {name}: arrays have numbers of at most 64 bits, times, text "
            f"or objects; found {array.dtype!r}."
        )
    flat = array.ravel().view(np.int64) if array.dtype.kind in TIMES else array.ravel()
    values = to_json(flat.tolist(), name)
    return {"__array__": dtype, "shape": list(array.shape), "values": values}


def from_json(value: Any, custom: Mapping[str, Any]) -> Any:
    """Return the value that ``to_json`` wrote.

    Parameters
    ----------
    value : object
        As returned by ``json.loads``.
    custom : mapping of str to type or function
        Allowed classes and functions of custom parts, by name.

    Raises
    ------
    ValueError
        If ``to_json`` cannot have written the value, or a custom part is not in ``custom``.
    """
    check_values(value)
    return _read(value, custom)


def check_values(value: Any) -> None:
    """Raise a ValueError unless a value has the form and the limits of ``to_json``.

    Each tagged dict must have exactly the keys of its tag. The bytes counted here are those that
    ``_read`` allocates, since both find the tag by the same function.
    """
    n_bytes = _check(value, 0)
    if n_bytes > MAX_ARRAY_BYTES:
        raise ValueError(
            f"its labels, categories and names take {n_bytes} bytes; at most {MAX_ARRAY_BYTES} "
            "are allowed"
        )


def _check(value: Any, depth: int) -> int:
    """Return the number of bytes of the arrays in a value."""
    if depth > MAX_DEPTH:
        raise ValueError(f"it has more than {MAX_DEPTH} levels of nested containers")
    if isinstance(value, list):
        return sum(_check(item, depth + 1) for item in value)
    if not isinstance(value, dict):
        _check_scalar(value)
        return 0
    tag = find_tag(value)
    n_bytes = TAGS[tag].check(value) if tag else 0
    for key, item in value.items():
        _check_scalar(key)
        n_bytes += _check(item, depth + 1)
    return n_bytes


def _check_scalar(value: Any) -> None:
    if isinstance(value, int) and not INTEGERS[0] <= value < INTEGERS[1]:
        raise ValueError(f"it has {value}, an integer of more than 64 bits")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"it has {value}, which is not a number of JSON")
    if isinstance(value, str) and not value.isascii():
        _check_text(value)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:  # half of a pair of surrogates
        raise ValueError(f"it has a text that is not Unicode: {text!r:.100}") from error


def find_tag(value: Mapping[str, Any]) -> str | None:
    """Return the tag of a dict; None if it is a plain dict.

    Raises
    ------
    ValueError
        If its keys are not those of its tag.
    """
    for tag in TAGS:
        if tag in value:
            break
    else:
        return None
    if value.keys() != TAGS[tag].keys:
        raise ValueError(f"it has {tag} in a dict with the keys {sorted(value)!r:.200}")
    return tag


def _check_list(values: Any, what: str) -> None:
    if not isinstance(values, list):
        raise ValueError(f"it has a {what} of {values!r:.100}, which is not a list")


def _check_tuple(value: dict[str, Any]) -> int:
    _check_list(value["__tuple__"], "tuple")
    return 0


def _check_dict(value: dict[str, Any]) -> int:
    pairs = value["__dict__"]
    _check_list(pairs, "dict")
    if len(pairs) > MAX_PAIRS:
        raise ValueError(
            f"it has a dict of {len(pairs)} pairs; at most {MAX_PAIRS}, unless all keys are text"
        )
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ValueError("it has a dict of items that are not pairs")
    if not all(_is_scalar(key) for key, _ in pairs):
        raise ValueError("it has a dict whose keys are neither numbers, times nor text")
    return 0


def _is_scalar(value: Any) -> bool:
    """Return whether a value is not a container, and can be a key or an item of an array."""
    if not isinstance(value, dict):
        return not isinstance(value, list)
    tag = find_tag(value)
    return tag in {"__float__", *LABEL_KEYS} or (tag == "__array__" and value["shape"] == [])


def _check_float(value: dict[str, Any]) -> int:
    if value["__float__"] not in ("nan", "inf", "-inf"):
        raise ValueError(f"it has a float of {value['__float__']!r:.100}")
    return 0


def _check_custom(value: dict[str, Any]) -> int:
    name = value.get("__custom__", value.get("__custom_spec__"))
    options = value.get("options", {})
    if not isinstance(name, str) or not isinstance(options, dict) or find_tag(options):
        raise ValueError(f"it has a custom part of {value!r:.100}")
    return 0


def _check_array(value: dict[str, Any]) -> int:
    name, shape, values = value["__array__"], value["shape"], value["values"]
    _check_list(values, "array")
    if not isinstance(name, str) or not DTYPE.fullmatch(name):
        raise ValueError(f"it has an array of {name!r:.100}")
    is_shape = isinstance(shape, list) and len(shape) <= MAX_DIMS
    if not is_shape or not all(type(n) is int and 0 <= n <= MAX_ARRAY_BYTES for n in shape):
        raise ValueError(f"it has an array of the shape {shape!r:.100}")
    if math.prod(shape) != len(values):
        raise ValueError(f"it has an array of the shape {shape} and of {len(values)} values")
    if not all(map(_is_scalar, values)):
        raise ValueError(f"it has an array of {name} whose values are not scalars")
    return int(np.dtype(name).itemsize * len(values))


def _read(value: Any, custom: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_read(item, custom) for item in value]
    if not isinstance(value, dict):
        return value
    tag = find_tag(value)
    if tag:
        return TAGS[tag].read(value, custom)
    return {key: _read(item, custom) for key, item in value.items()}


def _read_tuple(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return tuple(_read(value["__tuple__"], custom))


def _read_dict(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    pairs = _read(value["__dict__"], custom)
    _check_hashes(key for key, _ in pairs)
    return dict(pairs)


def _read_float(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return float(value["__float__"])


def _read_custom(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return _named(value["__custom__"], custom)


def _read_custom_spec(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    part = _named(value["__custom_spec__"], custom)
    return part(**_read(value["options"], custom))


def _named(name: str, custom: Mapping[str, Any]) -> Any:
    if name not in custom:
        raise ValueError(
            f"it has the custom part {name!r:.100}; pass its class or function in custom_parts if "
            f"you trust the file to use it. Passed: {sorted(custom)}"
        )
    return custom[name]


def _read_array(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    dtype, values = np.dtype(value["__array__"]), _read(value["values"], custom)
    for item in values:
        _check_item(item, dtype)
    if dtype.kind == OBJECTS:
        _check_hashes(values)
    stored = np.dtype(np.int64) if dtype.kind in TIMES else dtype
    if dtype.kind in "iu" + TIMES:
        limits = np.iinfo(stored)
        if values and not limits.min <= min(values) <= max(values) <= limits.max:
            raise ValueError(f"it has an array of {dtype} with values that it cannot hold")
    array = np.empty(len(values), dtype=stored)
    array[:] = values
    return array.view(dtype).reshape(value["shape"])[()]


def _check_hashes(values: Iterable[Hashable]) -> None:
    """Raise a ValueError if many values have the same hash, as a file could choose ranges."""
    most = max(Counter(map(hash, values)).values(), default=0)
    if most > MAX_EQUAL_HASHES:
        raise ValueError(f"it has {most} labels or keys of one hash; {MAX_EQUAL_HASHES} at most")


def _check_label(value: dict[str, Any]) -> int:
    check_label(value)
    return LABEL_BYTES


def _read_label(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return read_label(value)


def _check_item(item: Any, dtype: np.dtype[Any]) -> None:
    is_right = dtype.kind == OBJECTS or type(item) in OF_ARRAYS[dtype.kind]
    if not is_right or (dtype.kind == TEXT and len(item) > dtype.itemsize // 4):
        raise ValueError(f"it has an array of {dtype} with the value {item!r:.100}")


class Tag(NamedTuple):
    """A kind of tagged dict.

    Attributes
    ----------
    keys : set of str
        Its keys, including the tag.
    check : callable
        Raises a ValueError unless the values of the keys have the correct form. Returns the number
        of bytes of its own array.
    read : callable
        Makes the value from a checked dict.
    """

    keys: set[str]
    check: Callable[[dict[str, Any]], int]
    read: Callable[[dict[str, Any], Mapping[str, Any]], Any]


TAGS = {
    "__tuple__": Tag({"__tuple__"}, _check_tuple, _read_tuple),
    "__dict__": Tag({"__dict__"}, _check_dict, _read_dict),
    "__float__": Tag({"__float__"}, _check_float, _read_float),
    "__custom__": Tag({"__custom__"}, _check_custom, _read_custom),
    "__custom_spec__": Tag({"__custom_spec__", "options"}, _check_custom, _read_custom_spec),
    "__array__": Tag({"__array__", "shape", "values"}, _check_array, _read_array),
    **{tag: Tag(keys, _check_label, _read_label) for tag, keys in LABEL_KEYS.items()},
}
OF_ARRAYS: dict[str, set[type]] = {  # types of values by the kind of array
    "b": {bool},
    "i": {int},
    "u": {int},
    "f": {float},
    "m": {int},
    "M": {int},
    TEXT: {str},
}
