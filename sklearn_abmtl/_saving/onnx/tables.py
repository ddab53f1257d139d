"""Columns of a table inside a graph: numbers, text, and the positions of categories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._data.task_columns import find_missing
from .graph import ML, Graph

Array = NDArray[Any]

FLOAT64 = np.dtype(np.float64)


class Block(NamedTuple):
    """One value of a graph that holds columns of a table."""

    value: str  # of shape (batch, n_columns)
    n_columns: int
    dtype: np.dtype[Any] = FLOAT64  # object for text
    is_rounded: bool = False  # from float64, which the estimator reads, to float32
    missing: tuple[str, ...] = ()  # texts that mean a missing cell

    @property
    def is_text(self) -> bool:
        return self.dtype.kind == "O"


def select_columns(graph: Graph, blocks: Sequence[Block], positions: Iterable[int]) -> list[Block]:
    """Return some columns of the blocks, in the order of their positions."""
    owners = [(block, column) for block in blocks for column in range(block.n_columns)]
    selected: list[Block] = []
    for block, group in groupby((owners[p] for p in positions), key=itemgetter(0)):
        columns = [column for _, column in group]
        if columns != [*range(block.n_columns)]:
            chosen = graph.constant(columns, np.int64)
            value = graph.add("Gather", block.value, chosen, axis=1)
            block = block._replace(value=value, n_columns=len(columns))  # noqa: PLW2901 (of these columns)
        selected.append(block)
    return selected


def split_columns(graph: Graph, blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks as blocks of one column."""
    return [select_columns(graph, blocks, [p])[0] for p in range(count_columns(blocks))]


def count_columns(blocks: Sequence[Block]) -> int:
    return sum(block.n_columns for block in blocks)


def check_readable(blocks: Sequence[Block]) -> None:
    """Raise a ValueError if a column is neither numbers nor text."""
    for block in blocks:
        if block.dtype.kind == "V":
            raise ValueError(
                f"export_onnx needs X of numbers or of text in each input; {block.value!r} has "
                "neither, or both. An array is one input. In a frame, each column is one input. "
                "Before fit, turn dates into numbers and columns of mixed types into text."
            )


def as_numbers(graph: Graph, block: Block, dtype: Any = FLOAT64) -> str:
    """Return the value of a block as numbers.

    Raises
    ------
    ValueError
        If the block is text.
    """
    if block.is_text:
        raise ValueError("it reads text as numbers")
    return block.value if block.dtype == dtype else graph.cast(block.value, dtype)


def as_table(graph: Graph, blocks: Sequence[Block], dtype: Any = FLOAT64) -> str:
    """Return all blocks, side by side, as one value of numbers.

    Raises
    ------
    ValueError
        If a block is text.
    """
    values = [as_numbers(graph, block, dtype) for block in blocks]
    return values[0] if len(values) == 1 else graph.add("Concat", *values, axis=1)


def round_like(block: Block, constants: Any) -> Array:
    """Return constants that cells of a block are compared with, rounded like the cells."""
    numbers = np.asarray(constants, dtype=np.float64)
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32).astype(np.float64) if block.is_rounded else numbers


def category_positions(graph: Graph, column: Block, categories: Array) -> str:
    """Return the position of each cell's category, (batch,).

    For any other cell it is the number of categories.
    """
    if column.is_text:
        positions = _text_positions(graph, column, categories)
    else:
        positions = _number_positions(graph, column, categories)
    return graph.add("Reshape", positions, graph.constant([-1], np.int64))


def _text_positions(graph: Graph, column: Block, categories: Array) -> str:
    is_missing = find_missing(categories)
    keys = {text: k for k, text in enumerate(categories) if isinstance(text, str)}
    for position in np.flatnonzero(is_missing)[:1]:
        keys = dict.fromkeys(column.missing, int(position)) | keys
    return graph.add(
        "LabelEncoder",
        column.value,
        domain=ML,
        keys_strings=[*keys] or [""],
        values_int64s=[*keys.values()] or [len(categories)],
        default_int64=len(categories),
    )


def _number_positions(graph: Graph, column: Block, categories: Array) -> str:
    """Return n + the sum over categories k of (k - n) where a cell is category k."""
    n, numbers, is_missing = len(categories), as_numbers(graph, column), find_missing(categories)
    is_number = ~is_missing & [not isinstance(category, str) for category in categories]
    steps = np.arange(n)[:, np.newaxis] - n  # (n_categories, 1)
    known = round_like(column, categories[is_number].astype(np.float64))[np.newaxis]
    found = graph.add("Equal", numbers, graph.constant(known))  # (batch, n_numbers)
    moved = graph.add(
        "MatMul", graph.cast(found, FLOAT64), graph.constant(steps[is_number], FLOAT64)
    )
    for position in np.flatnonzero(is_missing)[:1]:
        nans = graph.cast(graph.add("IsNaN", numbers), FLOAT64)
        moved = graph.add(
            "Add", moved, graph.add("Mul", nans, graph.constant(steps[position], FLOAT64))
        )
    return graph.cast(graph.add("Add", moved, graph.constant(n, FLOAT64)), np.int64)
