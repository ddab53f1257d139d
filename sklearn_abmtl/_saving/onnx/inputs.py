"""Rows as in ``fit``, as the inputs of a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._data.categories import table_columns, to_numbers
from ..._data.task_columns import column_names, find_missing, is_frame
from .graph import Graph
from .tables import Block, check_readable

Array = NDArray[Any]

MISSING_TEXTS = ("", "nan", "None", "<NA>", "NaT")  # how missing cells are spelled


def read_inputs(graph: Graph, X: Any, *, is_exact: bool) -> list[Block]:
    """Add an input for each column of a frame, or one input ``X`` for an array.

    Parameters
    ----------
    graph : Graph
        Gets the inputs, with the cells of X.
    X : array-like, sparse matrix or frame
    is_exact : bool
        Whether columns of float64 become inputs of float64. If not, they are rounded to float32.

    Returns
    -------
    blocks : list of Block
        One for each column of a frame. Columns that cannot be read, such as dates, get no input.

    Raises
    ------
    ValueError
        If an array holds neither numbers nor text, or a mixture of both.
    """
    if is_frame(X):
        columns = zip(column_names(X), table_columns(X), strict=True)
        return [
            _add_input(graph, str(name), cells[:, np.newaxis], is_exact=is_exact)
            for name, cells in columns
        ]
    cells = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    blocks = [_add_input(graph, "X", cells, is_exact=is_exact)]
    check_readable(blocks)
    return blocks


def _add_input(graph: Graph, name: str, cells: Array, *, is_exact: bool) -> Block:
    known = cells[~find_missing(cells.ravel()).reshape(cells.shape)].tolist()
    if known and all(isinstance(cell, str) for cell in known):
        return _add_text(graph, name, cells, set(known))
    numbers = _to_typed_numbers(cells)
    if numbers is None:
        return Block(name, cells.shape[1], np.dtype(np.void))
    rounded = numbers
    if numbers.dtype == np.float64 and not is_exact:
        with np.errstate(over="ignore"):
            rounded = numbers.astype(np.float32)
    name = graph.add_input(name, rounded.dtype, cells.shape[1:], rounded)
    is_rounded = not np.array_equal(numbers, rounded, equal_nan=numbers.dtype.kind == "f")
    graph.has_rounded |= is_rounded
    return Block(name, cells.shape[1], rounded.dtype, is_rounded)


def _add_text(graph: Graph, name: str, cells: Array, known: set[str]) -> Block:
    texts = np.array([str(cell) for cell in cells.ravel()], dtype=object).reshape(cells.shape)
    name = graph.add_input(name, object, cells.shape[1:], texts)
    missing = tuple(text for text in MISSING_TEXTS if text not in known)
    return Block(name, cells.shape[1], texts.dtype, missing=missing)


def _to_typed_numbers(cells: Array) -> Array | None:
    """Return cells as bool, int64, float32 or float64; None if a cell is not a number."""
    if cells.dtype.kind == "O":
        return _objects_to_numbers(cells)
    if cells.dtype.kind in "iu":
        return _to_int64(cells)
    same = {"b1": np.bool_, "f2": np.float32, "f4": np.float32, "f8": np.float64}
    dtype = same.get(cells.dtype.str[1:])
    return None if dtype is None else cells.astype(dtype)


def _objects_to_numbers(cells: Array) -> Array | None:
    types = {type(cell) for cell in cells.ravel().tolist()}
    if not types or any(issubclass(cell_type, str) for cell_type in types):
        return None
    if types == {bool}:
        return cells.astype(bool)
    if types == {int}:
        return _to_int64(cells)
    numbers = to_numbers(cells.ravel())
    return None if numbers is None else numbers.reshape(cells.shape)


def _to_int64(cells: Array) -> Array | None:
    try:
        integers = cells.astype(np.int64)
    except OverflowError:
        return None
    return integers if (integers == cells).all() else None
