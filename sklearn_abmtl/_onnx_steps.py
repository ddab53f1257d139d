"""The steps of a Pipeline before its last one as an ONNX graph, by skl2onnx."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from ._table import table_columns, to_numbers
from ._task_columns import column_names, find_missing, is_frame

Array = NDArray[Any]
TOLERANCE = 1e-4  # of scaled features: float32 has 7 digits, what is converted wrong has none right


class Input(NamedTuple):
    """One input of a graph: its name, and its cells of shape (n_samples, n_features)."""

    name: str
    cells: Array  # of float32, or of text


def read_inputs(X: Any) -> list[Input]:
    """Return an input a column of a frame, or one of an array, named X."""
    if not is_frame(X):
        return [Input("X", _read_cells("X", np.asarray(X)))]
    columns = zip(column_names(X), table_columns(X), strict=True)
    return [Input(str(name), _read_cells(name, cells[:, np.newaxis])) for name, cells in columns]


def _read_cells(name: Any, cells: Array) -> Array:
    """Return numbers as float32, and text with what stands for its missing cells as objects."""
    flat = cells.ravel()
    are_text = {isinstance(cell, str) for cell in flat[~find_missing(flat)].tolist()}
    if are_text == {True}:
        return cells.astype(str).astype(object)
    numbers = None if True in are_text else to_numbers(cells)
    if numbers is None:
        raise ValueError(
            f"export_onnx needs X of numbers or of text in each input; {name!r} has neither, or "
            "both. An array is one input; of a frame, each column is one."
        )
    return numbers.astype(np.float32)


def convert_steps(steps: Pipeline, X: Any, inputs: list[Input], opset: int) -> Any:
    """Return the ``onnx.ModelProto`` of fitted steps, whose one output is of float32.

    Parameters
    ----------
    steps : Pipeline
    X : array-like or frame of shape (n_samples, n_features)
        Rows on which each step must agree with its graph.
    inputs : list of Input
        Those rows, as the graph reads them.
    opset : int

    Raises
    ------
    ValueError
        If skl2onnx cannot convert a step, or the graph of a step gives other features.
    """
    for stop in range(1, len(steps) + 1):  # the first that cannot be converted is named
        name, step = steps.steps[stop - 1]
        expected = np.asarray(steps[:stop].transform(X))
        try:
            model = _convert(steps[:stop], inputs, opset)
            features = _run(model, inputs)
        except Exception as error:  # converters and operators of many authors raise anything
            raise ValueError(
                f"skl2onnx cannot convert the step {name!r}, {type(step).__name__}: {error}"
            ) from error
        if not _agree(features, expected):
            raise ValueError(
                f"skl2onnx converts the step {name!r}, {type(step).__name__}, to a graph that "
                "gives other features for the rows of X. Take another transformer."
            )
    return model


def _convert(steps: Pipeline, inputs: list[Input], opset: int) -> Any:
    skl2onnx, types = import_module("skl2onnx"), import_module("skl2onnx.common.data_types")
    of_kind = {"f": types.FloatTensorType, "O": types.StringTensorType}
    initial_types = [
        (name, of_kind[cells.dtype.kind]([None, cells.shape[1]])) for name, cells in inputs
    ]
    model = skl2onnx.convert_sklearn(steps, initial_types=initial_types, target_opset=opset)
    graph, onnx = model.graph, import_module("onnx")
    float32, features = onnx.TensorProto.FLOAT, "float32:" + graph.output[0].name
    graph.node.append(onnx.helper.make_node("Cast", [graph.output[0].name], [features], to=float32))
    output = onnx.helper.make_tensor_value_info(features, float32, [None, None])
    graph.output[0].CopyFrom(output)
    return model


def _run(model: Any, inputs: list[Input]) -> Array:
    """Return what a graph gives in onnx's own evaluator."""
    evaluator = import_module("onnx.reference").ReferenceEvaluator(model)
    cells = (cells for _, cells in inputs)  # skl2onnx keeps their order, and changes odd names
    return evaluator.run(None, dict(zip(evaluator.input_names, cells, strict=True)))[0]


def _agree(found: Array, expected: Array) -> bool:
    if expected.dtype.kind not in "biuf":  # text on its way to another step
        return True
    return found.shape == expected.shape and np.allclose(
        found, expected, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True
    )
