"""Hashes of values, including functions that cannot be pickled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, singledispatch
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import joblib

MAX_DEPTH = 6  # levels of objects inside objects, which may refer to each other
Hash = Callable[[Any], str]


def hash_of(value: Any, depth: int = MAX_DEPTH) -> str:
    """Return a hash of a value. If it cannot be pickled, like a lambda, its content is hashed."""
    try:
        return joblib.hash(value)
    except Exception:  # objects of other libraries may raise any error
        name = type(value).__qualname__
        held = held_by(value, partial(hash_of, depth=depth - 1)) if depth else None
        return joblib.hash([name, held])


@singledispatch
def held_by(value: Any, hashed: Hash) -> Any:
    """Return the content of an object, with hashes of the objects inside it."""
    return {name: hashed(each) for name, each in getattr(value, "__dict__", {}).items()}


@held_by.register(list)
@held_by.register(tuple)
def _(value: Any, hashed: Hash) -> Any:
    return [*map(hashed, value)]


@held_by.register(set)
@held_by.register(frozenset)
def _(value: Any, hashed: Hash) -> Any:
    return sorted(map(hashed, value))


@held_by.register
def _(value: dict, hashed: Hash) -> Any:
    return [(hashed(key), hashed(each)) for key, each in value.items()]


@held_by.register
def _(value: partial, hashed: Hash) -> Any:
    return [*map(hashed, (value.func, value.args, value.keywords))]


@held_by.register
def _(value: MethodType, hashed: Hash) -> Any:
    return hashed(value.__func__), hashed(value.__self__)


@held_by.register
def _(value: ModuleType, hashed: Hash) -> Any:
    return value.__name__


@held_by.register
def _(value: FunctionType, hashed: Hash) -> Any:
    known = value.__globals__
    read = {name: hashed(known[name]) for name in value.__code__.co_names if name in known}
    cells = [hashed(cell.cell_contents) for cell in value.__closure__ or () if _is_filled(cell)]
    parts = (value.__code__, value.__defaults__, value.__kwdefaults__)
    return value.__qualname__, read, cells, [*map(hashed, parts)]


@held_by.register
def _(value: CodeType, hashed: Hash) -> Any:
    return value.co_code, value.co_names, [*map(hashed, value.co_consts)]


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 (an empty cell raises)
    except ValueError:
        return False
    return True
