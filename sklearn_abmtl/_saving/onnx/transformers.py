"""Transformers that skl2onnx does not convert, or only in float32 or for numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    TargetEncoder,
)

from ..._data.task_columns import find_missing
from .graph import ML, Graph
from .quantiles import add_quantile_transformer
from .tables import (
    FLOAT64,
    Block,
    as_numbers,
    as_table,
    category_positions,
    round_like,
    split_columns,
)

Array = NDArray[Any]
Converter = Callable[[Graph, Any, Sequence[Block]], list[Block]]

UNSEEN = "\ufffd unseen"  # a text that is not a category
FUNCTIONS: dict[Any, tuple[str, ...]] = {  # functions of NumPy, each as a chain of operators
    np.abs: ("Abs",),
    np.exp: ("Exp",),
    np.log: ("Log",),
    np.log1p: ("+1", "Log"),
    np.sqrt: ("Sqrt",),
}


def _add_category_encoder(graph: Graph, step: Any, blocks: Sequence[Block]) -> list[Block]:
    """Add a table for each feature, with the encoder's output for each category.

    If the encoder raises an error for a category that ``fit`` did not see, it becomes NaN.
    """
    found = []
    for feature, column in enumerate(split_columns(graph, blocks)):
        rows = _encoded_categories(step, feature)  # (n_categories + 1, n_columns)
        positions = category_positions(graph, column, step.categories_[feature].astype(object))
        value = graph.add("Gather", graph.constant(rows, FLOAT64), positions, axis=0)
        found.append(Block(value, rows.shape[1]))
    return [block for block in found if block.n_columns]


def _encoded_categories(step: Any, feature: int) -> Array:
    """Return the encoder's output for a feature's categories; the last row is for other values."""
    categories = [values.astype(object) for values in step.categories_]
    cells = np.empty((len(categories[feature]), len(categories)), dtype=object)
    cells[:] = [values[0] for values in categories]
    cells[:, feature] = categories[feature]
    other = cells[:1].copy()
    known = categories[feature][~find_missing(categories[feature])]
    is_text = not len(known) or isinstance(known[0], str)
    other[0, feature] = UNSEEN if is_text else 1.0 + max(np.abs(known))
    rows = _own_columns(step, feature, _transform(step, cells))
    try:
        unseen = _own_columns(step, feature, _transform(step, other))
    except ValueError:  # with handle_unknown='error'
        unseen = np.full((1, rows.shape[1]), np.nan)
    return np.concatenate([rows, unseen])


def _transform(step: Any, cells: Array) -> Array:
    with warnings.catch_warnings():  # about names of features and unknown categories
        warnings.simplefilter("ignore")
        encoded = step.transform(cells)
    return np.asarray(encoded.toarray() if hasattr(encoded, "toarray") else encoded, np.float64)


def _own_columns(step: Any, feature: int, encoded: Array) -> Array:
    """Return the columns that belong to a feature."""
    widths = getattr(step, "_n_features_outs", None)
    if widths is None:
        widths = [encoded.shape[1] // len(step.categories_)] * len(step.categories_)
    start = sum(widths[:feature])
    return encoded[:, start : start + widths[feature]]


def _add_imputer(graph: Graph, step: SimpleImputer, blocks: Sequence[Block]) -> list[Block]:
    imputed, missing = [], []
    for column, fill in zip(split_columns(graph, blocks), step.statistics_, strict=True):
        is_missing = _is_missing(graph, column, step.missing_values)
        missing.append(is_missing)
        is_empty = isinstance(fill, float) and np.isnan(fill)  # no value in fit: left out
        if column.is_text and not is_empty:
            value = graph.add("Where", is_missing, graph.constant([[fill]], object), column.value)
            imputed.append(column._replace(value=value, missing=()))
        elif not is_empty:
            constant = graph.constant([[fill]], FLOAT64)
            value = graph.add("Where", is_missing, constant, as_numbers(graph, column))
            imputed.append(Block(value, 1, is_rounded=column.is_rounded))
    if step.add_indicator:
        imputed += [
            Block(missing[feature], 1, np.dtype(bool)) for feature in step.indicator_.features_
        ]
    return imputed


def _is_missing(graph: Graph, column: Block, missing_values: Any) -> str:
    if not column.is_text:
        numbers = as_numbers(graph, column)
        if find_missing(np.array([missing_values], dtype=object))[0]:
            return graph.add("IsNaN", numbers)
        constant = round_like(column, [[missing_values]])
        return graph.add("Equal", numbers, graph.constant(constant))
    texts = [missing_values] if isinstance(missing_values, str) else [*column.missing]
    positions = graph.add(
        "LabelEncoder",
        column.value,
        domain=ML,
        keys_strings=texts or [UNSEEN],
        values_int64s=[1] * max(1, len(texts)),
        default_int64=0,
    )
    return graph.cast(positions, bool)


def _add_bins(graph: Graph, step: KBinsDiscretizer, blocks: Sequence[Block]) -> list[Block]:
    found = []
    columns = split_columns(graph, blocks)
    for column, edges, n_bins in zip(columns, step.bin_edges_, step.n_bins_, strict=True):
        inner = graph.constant(round_like(column, edges[1:-1])[np.newaxis])
        reached = graph.add("GreaterOrEqual", as_numbers(graph, column), inner)
        axis = graph.constant([1], np.int64)
        codes = graph.add("ReduceSum", graph.cast(reached, FLOAT64), axis, keepdims=1)
        if step.encode == "ordinal":
            found.append(Block(codes, 1))
        else:
            numbers = graph.constant(np.arange(n_bins)[np.newaxis], FLOAT64)
            found.append(Block(graph.add("Equal", codes, numbers), int(n_bins), np.dtype(bool)))
    return found


def _add_binarizer(graph: Graph, step: Binarizer, blocks: Sequence[Block]) -> list[Block]:
    return [
        Block(
            graph.add(
                "Greater",
                as_numbers(graph, block),
                graph.constant(round_like(block, step.threshold)),
            ),
            block.n_columns,
            np.dtype(bool),
        )
        for block in blocks
    ]


def _add_powers(graph: Graph, step: PolynomialFeatures, blocks: Sequence[Block]) -> list[Block]:
    """Add a product of columns for each output; a constant column fills up lower degrees."""
    table, n_features = as_table(graph, blocks), step.powers_.shape[1]
    first = graph.add("Gather", table, graph.constant([0], np.int64), axis=1)
    zeros = graph.add("Mul", first, graph.constant(0, FLOAT64))
    ones = graph.add("Add", zeros, graph.constant(1, FLOAT64))  # (batch, 1)
    columns = graph.add("Concat", table, ones, axis=1)
    degree = max(1, int(step.powers_.sum(axis=1).max()))
    factors = np.full((len(step.powers_), degree), n_features)  # positions of columns
    for output, powers in enumerate(step.powers_):
        used = np.repeat(np.arange(n_features), powers)
        factors[output, : len(used)] = used
    product = ""
    for positions in factors.T:
        factor = graph.add("Gather", columns, graph.constant(positions, np.int64), axis=1)
        product = graph.add("Mul", product, factor) if product else factor
    return [Block(product, len(step.powers_))]


def _add_power_transformer(
    graph: Graph, step: PowerTransformer, blocks: Sequence[Block]
) -> list[Block]:
    add = {"yeo-johnson": _add_yeo_johnson, "box-cox": _add_box_cox}[step.method]
    columns = [
        add(graph, as_numbers(graph, column), float(power))
        for column, power in zip(split_columns(graph, blocks), step.lambdas_, strict=True)
    ]
    table = graph.add("Concat", *columns, axis=1)
    if step.standardize:
        scaler = step._scaler
        table = graph.add("Sub", table, graph.constant(scaler.mean_, FLOAT64))
        table = graph.add("Div", table, graph.constant(scaler.scale_, FLOAT64))
    return [Block(table, len(columns))]


def _add_box_cox(graph: Graph, numbers: str, power: float) -> str:
    """Add (x ** power - 1) / power, or log(x)."""
    if abs(power) < np.spacing(1.0):
        return graph.add("Log", numbers)
    powers = graph.add("Pow", numbers, graph.constant(power, FLOAT64))
    shifted = graph.add("Sub", powers, graph.constant(1, FLOAT64))
    return graph.add("Div", shifted, graph.constant(power, FLOAT64))


def _add_yeo_johnson(graph: Graph, numbers: str, power: float) -> str:
    """Add Box-Cox's function of 1 + x where x >= 0, and of 1 - x elsewhere."""
    one = graph.constant(1, FLOAT64)
    above = _add_box_cox(graph, graph.add("Add", one, numbers), power)
    below = _add_box_cox(graph, graph.add("Sub", one, numbers), 2 - power)
    is_above = graph.add("GreaterOrEqual", numbers, graph.constant(0, FLOAT64))
    return graph.add("Where", is_above, above, graph.add("Neg", below))


def _add_function(graph: Graph, step: FunctionTransformer, blocks: Sequence[Block]) -> list[Block]:
    if step.func is None:
        return [*blocks]
    if step.func not in FUNCTIONS or step.kw_args:
        names = [function.__name__ for function in FUNCTIONS]
        raise ValueError(f"func must be None or one of NumPy's {names}; found {step.func!r}")
    found = []
    for block in blocks:
        value = as_numbers(graph, block)
        for operator in FUNCTIONS[step.func]:
            if operator == "+1":
                value = graph.add("Add", value, graph.constant(1, FLOAT64))
            else:
                value = graph.add(operator, value)
        found.append(Block(value, block.n_columns))
    return found


def _refuse_neighbours(graph: Graph, step: KNNImputer, blocks: Sequence[Block]) -> list[Block]:
    raise ValueError("the graph of skl2onnx uses other neighbours for some rows")


CONVERTERS: dict[type, Converter] = {
    Binarizer: _add_binarizer,
    FunctionTransformer: _add_function,
    KBinsDiscretizer: _add_bins,
    KNNImputer: _refuse_neighbours,
    OneHotEncoder: _add_category_encoder,
    OrdinalEncoder: _add_category_encoder,
    PolynomialFeatures: _add_powers,
    PowerTransformer: _add_power_transformer,
    QuantileTransformer: add_quantile_transformer,
    SimpleImputer: _add_imputer,
    TargetEncoder: _add_category_encoder,
}
