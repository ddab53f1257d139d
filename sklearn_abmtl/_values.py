"""Values as JSON and back: numbers, text, dates, containers, arrays, and parts by their names."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from datetime import date, time, timedelta
from functools import partial, singledispatch
from types import FunctionType, NoneType
from typing import Any

import numpy as np
import torch

from ._label_json import LABEL_READERS, label_to_json

MAX_ARRAY_BYTES = 2**26  # of all arrays of labels, categories and names
NUMBERS, TIMES, TEXT, OBJECTS = "biuf", "mM", "U", "O"  # kinds of arrays


@singledispatch
def to_json(value: Any, name: str) -> Any:
    """Return what JSON can hold of a value; its name is for errors.

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


@to_json.register
def _(value: torch.device, name: str) -> Any:
    return str(value)


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
    if all(isinstance(key, str) for key in value) and not READERS.keys() & value.keys():
        return {key: to_json(item, f"{name}[{key!r}]") for key, item in value.items()}
    pairs = [[to_json(key, name), to_json(item, f"{name}[{key!r}]")] for key, item in value.items()]
    return {"__dict__": pairs}


@to_json.register(np.ndarray | np.generic)
def _(value: Any, name: str) -> Any:
    array = np.asarray(value)
    kind = array.dtype.kind
    if kind not in NUMBERS + TIMES + TEXT + OBJECTS:
        raise ValueError(
            f"save_model cannot write {name}: arrays have numbers, times, text or objects; found "
            f"{array.dtype!r}."
        )
    flat = array.ravel().view(np.int64) if kind in TIMES else array.ravel()
    values = to_json(flat.tolist(), name)
    dtype = array.dtype.newbyteorder("<").str
    return {"__array__": dtype, "shape": list(array.shape), "values": values}


def from_json(value: Any, custom: Mapping[str, Any]) -> Any:
    """Return the value that ``to_json`` wrote.

    Parameters
    ----------
    value : object
        As ``json.loads`` gives it.
    custom : mapping of str to type or function
        What custom parts may be made of.

    Raises
    ------
    ValueError
        If it was not written so, or names a custom part that is not in ``custom``.
    """
    if isinstance(value, list):
        return [from_json(item, custom) for item in value]
    if not isinstance(value, dict):
        return value
    tags = READERS.keys() & value.keys()
    if tags:
        return READERS[tags.pop()](value, custom)
    return {key: from_json(item, custom) for key, item in value.items()}


def check_array_bytes(value: Any) -> None:
    """Raise a ValueError if the arrays of a header need more memory than there should be."""
    n_bytes = _count_array_bytes(value)
    if n_bytes > MAX_ARRAY_BYTES:
        raise ValueError(
            f"its labels, categories and names take {n_bytes} bytes; {MAX_ARRAY_BYTES} at most"
        )


def _count_array_bytes(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_count_array_bytes, value))
    if not isinstance(value, dict):
        return 0
    if "__array__" in value:
        n_bytes = np.dtype(value["__array__"]).itemsize * len(value["values"])
        return n_bytes + _count_array_bytes(value["values"])
    return sum(map(_count_array_bytes, value.values()))


def _read_tuple(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return tuple(from_json(value["__tuple__"], custom))


def _read_dict(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return dict(from_json(value["__dict__"], custom))


def _read_float(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return float(value["__float__"])


def _read_custom(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return _named(value["__custom__"], custom)


def _read_custom_spec(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return _named(value["__custom_spec__"], custom)(**from_json(value["options"], custom))


def _named(name: Any, custom: Mapping[str, Any]) -> Any:
    if name not in custom:
        raise ValueError(
            f"it has the custom part {name!r}; pass its class or function in custom_parts if you "
            f"trust the file to use it. Passed: {sorted(custom)}"
        )
    return custom[name]


def _read_array(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    dtype, values = np.dtype(value["__array__"]), from_json(value["values"], custom)
    if dtype.kind not in NUMBERS + TIMES + TEXT + OBJECTS or dtype.subdtype is not None:
        raise ValueError(f"it has an array of {dtype}")
    if dtype.kind == TEXT and not _are_texts(values, dtype.itemsize // 4):
        raise ValueError(f"it has an array of {dtype} whose values are not such texts")
    array = np.empty(len(values), dtype=np.int64 if dtype.kind in TIMES else dtype)
    array[:] = values
    return array.view(dtype).reshape(value["shape"])[()]


def _read_label(tag: str, value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    return LABEL_READERS[tag](value)


def _are_texts(values: Collection[Any], max_length: int) -> bool:
    return all(isinstance(text, str) and len(text) <= max_length for text in values)


READERS: dict[str, Callable[[dict[str, Any], Mapping[str, Any]], Any]] = {
    "__tuple__": _read_tuple,
    "__dict__": _read_dict,
    "__float__": _read_float,
    "__custom__": _read_custom,
    "__custom_spec__": _read_custom_spec,
    "__array__": _read_array,
    **{tag: partial(_read_label, tag) for tag in LABEL_READERS},
}
