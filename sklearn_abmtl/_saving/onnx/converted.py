"""Transformers that skl2onnx converts, in float64 if it and the runtime support that."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import ML, ML_OPSET, OPSET, Graph, run_model
from .tables import Block, as_table

Array = NDArray[Any]

TOLERANCE = 1e-4  # for float32; a wrong conversion differs in the first digit


def add_by_skl2onnx(
    graph: Graph, step: Any, blocks: Sequence[Block], rows: Array, expected: Array
) -> list[Block]:
    """Add the graph into which skl2onnx converts a fitted transformer of numbers.

    Parameters
    ----------
    graph : Graph
    step : transformer
    blocks : sequence of Block
        Columns that the transformer reads.
    rows : ndarray of shape (n_samples, n_columns)
        Some rows of these columns.
    expected : ndarray of shape (n_samples, n_columns_out)
        Output of the transformer for these rows.

    Raises
    ------
    ImportError
        If skl2onnx is missing.
    ValueError
        If it cannot convert the transformer, or its graph gives other features.
    """
    check_skl2onnx()
    if any(block.is_text for block in blocks):
        raise ValueError("it reads text")
    failures = []
    for dtype in (np.float64, np.float32):
        try:
            model = _convert(step, rows.shape[1], dtype)
            found = run_model(model, {"X": rows.astype(dtype)})[0]
        except Exception as error:  # converters and operators of many authors raise any error
            failures.append(str(error).partition("\n")[0].rstrip("."))
            continue
        if agree(found, expected):
            table = as_table(graph, blocks, np.dtype(dtype))
            (value,) = graph.add_model(import_module("onnx_ir").from_proto(model), [table])
            return [Block(value, found.shape[1], found.dtype)]
        failures.append("the graph of skl2onnx gives other features")
    raise ValueError(failures[-1])


def agree(found: Array, expected: Array) -> bool:
    """Return whether features are equal up to the rounding of float32."""
    if found.shape != expected.shape:
        return False
    with np.errstate(invalid="ignore"):
        return np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)


def check_skl2onnx() -> None:
    """Raise an ImportError with the command that installs skl2onnx if it is missing."""
    try:
        import_module("skl2onnx")
    except ImportError as error:
        raise ImportError(
            "export_onnx needs skl2onnx for this step: pip install 'sklearn-abmtl[onnx]'."
        ) from error


def _convert(step: Any, n_columns: int, dtype: Any) -> Any:
    types = import_module("skl2onnx.common.data_types")
    tensor_type = {np.float64: types.DoubleTensorType, np.float32: types.FloatTensorType}[dtype]
    model = import_module("skl2onnx").convert_sklearn(
        step,
        initial_types=[("X", tensor_type([None, n_columns]))],
        target_opset={"": OPSET, ML: ML_OPSET},
    )
    # skl2onnx writes the lowest opset that has its operators, and writes the domain '' twice
    del model.opset_import[:]
    helper = import_module("onnx.helper")
    domains = sorted({node.domain for node in model.graph.node} | {""})
    versions = {"": OPSET, ML: ML_OPSET}
    model.opset_import.extend(helper.make_opsetid(d, versions.get(d, 1)) for d in domains)
    return model
