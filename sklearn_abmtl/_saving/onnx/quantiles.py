"""QuantileTransformer, and the normal quantile, for which ONNX has no operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import QuantileTransformer

from .graph import Graph
from .tables import FLOAT64, Block, as_numbers, round_like, split_columns

Array = NDArray[Any]

BOUND = 1e-7  # scikit-learn treats values this close to the first or last quantile as equal to it
LEAST = BOUND - np.spacing(1.0)  # scikit-learn clips probabilities to this
# coefficients, highest power first, of the algorithm AS 241 (PPND16): M. J. Wichura, The
# percentage points of the normal distribution, Applied Statistics 37 (1988), 477-484
CENTRE = (
    "2.5090809287301226727e3 3.3430575583588128105e4 6.7265770927008700853e4 "
    "4.5921953931549871457e4 1.3731693765509461125e4 1.9715909503065514427e3 "
    "1.3314166789178437745e2 3.3871328727963666080e0",
    "5.2264952788528545610e3 2.8729085735721942674e4 3.9307895800092710610e4 "
    "2.1213794301586595867e4 5.3941960214247511077e3 6.8718700749205790830e2 "
    "4.2313330701600911252e1 1",
)
TAIL = (
    "7.74545014278341407640e-4 2.27238449892691845833e-2 2.41780725177450611770e-1 "
    "1.27045825245236838258e0 3.64784832476320460504e0 5.76949722146069140550e0 "
    "4.63033784615654529590e0 1.42343711074968357734e0",
    "1.05075007164441684324e-9 5.47593808499534494600e-4 1.51986665636164571966e-2 "
    "1.48103976427480074590e-1 6.89767334985100004550e-1 1.67638483018380384940e0 "
    "2.05319162663775882187e0 1",
)


def add_quantile_transformer(
    graph: Graph, step: QuantileTransformer, blocks: Sequence[Block]
) -> list[Block]:
    """Add the share of quantiles below each cell, or the normal quantile of that share."""
    is_normal = step.output_distribution == "normal"
    found = []
    for column, quantiles in zip(split_columns(graph, blocks), step.quantiles_.T, strict=True):
        numbers, rounded = as_numbers(graph, column), round_like(column, quantiles)
        share = _add_shares(graph, numbers, rounded, step.references_)
        if is_normal:
            share = _with_bounds(graph, numbers, share, rounded)
            share = add_normal_quantile(graph, share)
        found.append(Block(share, 1))
    return found


def _add_shares(graph: Graph, numbers: str, quantiles: Array, references: Array) -> str:
    """Add an interpolation; at a value of several quantiles it gives their mean."""
    values, first = np.unique(quantiles, return_index=True)
    last = np.append(first[1:], len(quantiles)) - 1
    slopes = (references[first[1:]] - references[last[:-1]]) / np.diff(values)
    middles = (references[first] + references[last]) / 2
    middles[-1], middles[0] = 1.0, 0.0
    tables = {  # the index is the number of values that are not above a cell
        "value": np.append(values[0], values),
        "start": np.concatenate([[0.0], references[last][:-1], [1.0]]),
        "slope": np.concatenate([[0.0], slopes, [0.0]]),
        "middle": np.append(0.0, middles),
    }
    reached = graph.cast(
        graph.add("GreaterOrEqual", numbers, graph.constant(values[np.newaxis])), FLOAT64
    )
    axis = graph.constant([1], np.int64)
    count = graph.cast(graph.add("ReduceSum", reached, axis, keepdims=1), np.int64)
    at = {
        name: graph.add("Gather", graph.constant(table, FLOAT64), count, axis=0)
        for name, table in tables.items()
    }
    beyond = graph.add("Sub", numbers, at["value"])
    share = graph.add("Add", at["start"], graph.add("Mul", at["slope"], beyond))
    is_value = graph.add("Equal", numbers, at["value"])
    return graph.add("Where", is_value, at["middle"], share)


def _with_bounds(graph: Graph, numbers: str, share: str, quantiles: Array) -> str:
    bound = graph.constant(BOUND, FLOAT64)
    is_last = graph.add(
        "Greater", graph.add("Add", numbers, bound), graph.constant(quantiles[-1], FLOAT64)
    )
    is_first = graph.add(
        "Less", graph.add("Sub", numbers, bound), graph.constant(quantiles[0], FLOAT64)
    )
    share = graph.add("Where", is_last, graph.constant(1, FLOAT64), share)
    return graph.add("Where", is_first, graph.constant(0, FLOAT64), share)


def add_normal_quantile(graph: Graph, share: str) -> str:
    """Add the number below which a normal variable lies with a probability of [1e-7, 1 - 1e-7]."""
    least, most = graph.constant(LEAST, FLOAT64), graph.constant(1 - LEAST, FLOAT64)
    share = graph.add("Where", graph.add("Less", share, least), least, share)
    share = graph.add("Where", graph.add("Greater", share, most), most, share)
    deviation = graph.add("Sub", share, graph.constant(0.5, FLOAT64))
    squared = graph.add("Mul", deviation, deviation)
    r = graph.add("Sub", graph.constant(0.180625, FLOAT64), squared)
    centre = graph.add("Mul", deviation, _add_ratio(graph, r, CENTRE))
    rest = graph.add("Sub", graph.constant(0.5, FLOAT64), graph.add("Abs", deviation))
    r = graph.add("Sqrt", graph.add("Neg", graph.add("Log", rest)))
    r = graph.add("Sub", r, graph.constant(1.6, FLOAT64))
    tail = graph.add("Mul", graph.add("Sign", deviation), _add_ratio(graph, r, TAIL))
    is_central = graph.add(
        "LessOrEqual", graph.add("Abs", deviation), graph.constant(0.425, FLOAT64)
    )
    return graph.add("Where", is_central, centre, tail)


def _add_ratio(graph: Graph, r: str, coefficients: tuple[str, str]) -> str:
    """Add a polynomial of r divided by another."""
    polynomials = []
    for numbers in coefficients:
        highest, *others = map(float, numbers.split())
        value = graph.constant(highest, FLOAT64)
        for coefficient in others:
            value = graph.add("Mul", value, r)
            value = graph.add("Add", value, graph.constant(coefficient, FLOAT64))
        polynomials.append(value)
    return graph.add("Div", *polynomials)
