"""The steps of a Pipeline as parts of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils._indexing import _get_column_indices

from .converted import add_by_skl2onnx, agree
from .graph import Check, Graph
from .tables import FLOAT64, Block, as_table, check_readable, count_columns, select_columns
from .transformers import CONVERTERS

Array = NDArray[Any]

NOTHING = ("passthrough", None)
ADVICE = (
    "Use another transformer, or export only the last step, export_onnx(pipeline[-1], path), and "
    "run the other steps outside the file."
)


def add_step(
    graph: Graph, name: str, step: Any, blocks: Sequence[Block], X: Any
) -> tuple[list[Block], Any]:
    """Add a fitted transformer that reads the blocks.

    Parameters
    ----------
    graph : Graph
        Gets the operators, and checks of the output of each transformer for X.
    name : str
        Names of the outer steps and of the step, joined by ``/``.
    step : transformer or 'passthrough' or None
    blocks : sequence of Block
    X : array-like or frame
        The rows of the graph's inputs as the step reads them.

    Returns
    -------
    blocks : list of Block
        Output of the step.
    X : array-like or frame
        Output of the step for X.

    Raises
    ------
    ValueError
        If a transformer cannot be converted.
    """
    if isinstance(step, FrozenEstimator):
        step = step.estimator
    if isinstance(step, str | None):
        return [*blocks], X
    if isinstance(step, Pipeline):
        return add_steps(graph, name, step.steps, blocks, X)
    after = step.transform(X)
    if isinstance(step, ColumnTransformer):
        return _add_column_transformer(graph, name, step, blocks, X), after
    if isinstance(step, FeatureUnion):
        return _add_feature_union(graph, name, step, blocks, X), after
    found = _add_transformer(graph, name, step, blocks, (to_dense(X), to_dense(after)))
    return found, after


def add_steps(
    graph: Graph, name: str, steps: Sequence[tuple[str, Any]], blocks: Sequence[Block], X: Any
) -> tuple[list[Block], Any]:
    """Add one step after the other, without samplers, which act only in ``fit``."""
    found = [*blocks]
    for step_name, step in steps:
        if not hasattr(step, "fit_resample"):
            found, X = add_step(graph, _joined(name, step_name), step, found, X)
    return found, X


def _joined(name: str, step_name: str) -> str:
    return f"{name}/{step_name}" if name else step_name


def _add_column_transformer(
    graph: Graph, name: str, step: ColumnTransformer, blocks: Sequence[Block], X: Any
) -> list[Block]:
    found: list[Block] = []
    for part_name, part, columns in step.transformers_:
        positions = [] if _is_dropped(part) else _get_column_indices(X, columns)
        if not len(positions):
            continue
        part_X = _safe_indexing(X, columns, axis=1)
        selected = select_columns(graph, blocks, positions)
        check_readable(selected)
        found += add_step(graph, _joined(name, part_name), part, selected, part_X)[0]
    return found


def _is_dropped(part: Any) -> bool:
    return isinstance(part, str) and part == "drop"


def _add_feature_union(
    graph: Graph, name: str, step: FeatureUnion, blocks: Sequence[Block], X: Any
) -> list[Block]:
    found: list[Block] = []
    for part_name, part in step.transformer_list:
        if _is_dropped(part):
            continue
        added = add_step(graph, _joined(name, part_name), part, blocks, X)[0]
        weight = (step.transformer_weights or {}).get(part_name)
        if weight is not None:
            table = graph.add("Mul", as_table(graph, added), graph.constant(weight, FLOAT64))
            added = [Block(table, count_columns(added))]
        found += added
    return found


def _add_transformer(
    graph: Graph, name: str, step: Any, blocks: Sequence[Block], rows: tuple[Array, Array]
) -> list[Block]:
    """Add a transformer; ``rows`` are its input and its output for the rows of the graph."""
    check_readable(blocks)
    given, expected = rows
    convert = CONVERTERS.get(type(step))
    try:
        if convert is not None:
            found = convert(graph, step, blocks)
        elif isinstance(step, SelectorMixin):
            found = select_columns(graph, blocks, step.get_support(indices=True))
        else:
            found = add_by_skl2onnx(graph, step, blocks, given, expected)
    except ImportError:
        raise
    except Exception as error:  # converters and operators of many authors raise any error
        raise ValueError(
            f"export_onnx cannot convert the step {name!r}, {type(step).__name__}: {error}. "
            f"{ADVICE}"
        ) from error
    if not any(block.is_text for block in found) and expected.dtype.kind in "biuf":
        check = partial(_gives, expected)
        described = f"{name!r}, {type(step).__name__}"
        graph.step_checks.append(Check(described, tuple(block.value for block in found), check))
    return found


def _gives(expected: Array, *tables: Array) -> bool:
    if not tables:
        return expected.shape[1] == 0
    return agree(np.concatenate(tables, axis=1), expected)


def to_dense(X: Any) -> Array:
    """Return rows as an array, also those of a sparse matrix or a frame."""
    return X.toarray() if hasattr(X, "toarray") else np.asarray(X)
