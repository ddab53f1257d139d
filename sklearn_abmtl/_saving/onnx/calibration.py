"""The calibrators of a task's probabilities."""

from __future__ import annotations

import numpy as np

from ..._wrappers.calibrators import Calibrator, Isotonic, Sigmoid, Temperature
from .graph import Graph
from .tables import FLOAT64


def add_calibrator(graph: Graph, calibrator: Calibrator, probabilities: str) -> str:
    """Add the calibrated probabilities (batch, n_classes), in float64 like the given ones."""
    if isinstance(calibrator, Temperature):
        return _add_temperature(graph, calibrator, probabilities)
    n_classes = calibrator.n_classes
    classes = [1] if n_classes == 2 else range(n_classes)
    columns = []
    for curve, position in zip(calibrator.curves, classes, strict=True):
        chosen = graph.constant([position], np.int64)
        column = graph.add("Gather", probabilities, chosen, axis=1)  # (batch, 1)
        columns.append(_add_curve(graph, curve, column))
    if n_classes == 2:
        rest = graph.add("Sub", graph.constant(1, FLOAT64), columns[0])
        return graph.add("Concat", rest, columns[0], axis=1)
    return _with_sum_of_1(graph, graph.add("Concat", *columns, axis=1), n_classes)


def _with_sum_of_1(graph: Graph, table: str, n_classes: int) -> str:
    total = graph.add("ReduceSum", table, graph.constant([1], np.int64), keepdims=1)
    is_zero = graph.add("Equal", total, graph.constant(0, FLOAT64))
    return graph.add(
        "Where",
        is_zero,
        graph.constant(np.full((1, n_classes), 1 / n_classes)),
        graph.add("Div", table, total),
    )


def _add_temperature(graph: Graph, calibrator: Temperature, probabilities: str) -> str:
    shifted = graph.add("Add", probabilities, graph.constant(calibrator.EPS, FLOAT64))
    logits = graph.add("Log", shifted)
    scaled = graph.add("Mul", logits, graph.constant(calibrator.inverse_temperature, FLOAT64))
    return graph.add("Softmax", scaled, axis=1)


def _add_curve(graph: Graph, curve: Sigmoid | Isotonic, column: str) -> str:
    if isinstance(curve, Sigmoid):
        slope, offset = (
            graph.constant(-curve.slope, FLOAT64),
            graph.constant(-curve.offset, FLOAT64),
        )
        return graph.add("Sigmoid", graph.add("Add", graph.add("Mul", column, slope), offset))
    return _add_isotonic(graph, curve, column)


def _add_isotonic(graph: Graph, curve: Isotonic, column: str) -> str:
    """Add an interpolation that is constant before the first and after the last position."""
    positions, heights = curve.positions, curve.heights
    slopes = np.diff(heights) / np.diff(positions)
    reached = graph.cast(
        graph.add("GreaterOrEqual", column, graph.constant(positions[np.newaxis])), FLOAT64
    )
    axis = graph.constant([1], np.int64)
    count = graph.cast(graph.add("ReduceSum", reached, axis, keepdims=1), np.int64)
    tables = (
        np.append(positions[0], positions),
        np.append(heights[0], heights),
        np.concatenate([[0.0], slopes, [0.0]]),
    )
    start, height, slope = (
        graph.add("Gather", graph.constant(table, FLOAT64), count, axis=0) for table in tables
    )
    rise = graph.add("Mul", slope, graph.add("Sub", column, start))
    return graph.add("Add", height, rise)
