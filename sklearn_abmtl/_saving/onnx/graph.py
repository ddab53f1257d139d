"""An ONNX graph to which operators and models are added one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

OPSET = 18  # the oldest that torch's exporter writes without converting it
ML_OPSET = 3  # of the domain of the encoders
ML = "ai.onnx.ml"


class Check(NamedTuple):
    """A check of values of the graph for the rows of its inputs."""

    name: str
    values: tuple[str, ...]
    are_right: Callable[..., bool]  # reads the arrays of these values


class Graph:
    """Inputs, operators and constants. The names of values differ from those of tasks and inputs.

    Parameters
    ----------
    task_names : sequence of str
        Names that no input may have.
    column_names : sequence of str
        Names that inputs may get.

    Attributes
    ----------
    feeds : dict of str to ndarray
        For each input the cells that were passed with it.
    has_rounded : bool
        Whether some cells were rounded to float32.
    step_checks, probability_checks : list of Check
        Checks of the outputs of steps and of classifiers for these cells.
    """

    def __init__(self, task_names: Sequence[str], column_names: Sequence[str]) -> None:
        self.feeds: dict[str, Array] = {}
        self.has_rounded = False
        self.step_checks: list[Check] = []
        self.probability_checks: list[Check] = []
        self._onnx = import_module("onnx")
        self._proto = self._onnx.GraphProto(name="sklearn_abmtl")
        self._taken = [*task_names]
        self._prefix = "value:"
        while any(name.startswith(self._prefix) for name in [*task_names, *column_names]):
            self._prefix = "_" + self._prefix
        self._n_values = 0
        self._functions: list[Any] = []

    def new_name(self) -> str:
        self._n_values += 1
        return f"{self._prefix}{self._n_values}"

    def add_input(
        self, name: str, dtype: Any, shape: Sequence[int], cells: Array | None = None
    ) -> str:
        """Add an input of the shape (batch, *shape); a name that is taken gets a ``_``."""
        if not name:
            raise ValueError("export_onnx names inputs after columns; found an empty name.")
        while name in self._taken:
            name += "_"
        self._taken.append(name)
        self._proto.input.append(self._value_info(name, dtype, ("batch", *shape)))
        if cells is not None:
            self.feeds[name] = cells
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator with one output, and return the output's name."""
        output = self.new_name()
        node = self._onnx.helper.make_node(operator, inputs, [output], domain=domain, **attributes)
        self._proto.node.append(node)
        return output

    def constant(self, values: Any, dtype: Any = None) -> str:
        name, array = self.new_name(), np.asarray(values, dtype)
        if array.dtype.kind in "OU":
            strings = [str(text).encode() for text in array.ravel()]
            tensor = self._onnx.helper.make_tensor(
                name, self._onnx.TensorProto.STRING, array.shape, strings
            )
        else:
            tensor = self._onnx.numpy_helper.from_array(array, name)
        self._proto.initializer.append(tensor)
        return name

    def cast(self, value: str, dtype: Any) -> str:
        return self.add("Cast", value, to=self._tensor_type(dtype))

    def add_model(self, model: Any, inputs: Sequence[str]) -> list[str]:
        """Add all of an ``onnx_ir.Model`` that reads these values; return its outputs' names.

        The model's values get other names.
        """
        graph = model.graph
        version = graph.opset_imports.get("", OPSET)
        if version > OPSET or graph.opset_imports.get(ML, ML_OPSET) > ML_OPSET:
            raise ValueError(f"it needs opset {version}; the file has {OPSET}")
        values = [*graph.initializers.values(), *(v for node in graph for v in node.outputs)]
        for value in values:
            value.name = self.new_name()
        for node in graph:
            node.name = None  # another model may have the same names
        for value, name in zip(graph.inputs, inputs, strict=True):
            value.name = name
        outputs = [value.name for value in graph.outputs]
        proto = import_module("onnx_ir").to_proto(model)
        self._proto.node.extend(proto.graph.node)
        self._proto.initializer.extend(proto.graph.initializer)
        self._functions.extend(proto.functions)
        return outputs

    def first_wrong(self, checks: Sequence[Check]) -> str | None:
        """Return the name of the first check that fails for the cells of the inputs, or None."""
        values = list(dict.fromkeys(value for check in checks for value in check.values))
        graph = self._onnx.GraphProto()
        graph.CopyFrom(self._proto)
        graph.output.extend(self._onnx.ValueInfoProto(name=value) for value in values)
        found = dict(zip(values, run_model(self._to_proto(graph), self.feeds), strict=True))
        for check in checks:
            if not check.are_right(*(found[value] for value in check.values)):
                return check.name
        return None

    def to_model(self, outputs: Mapping[str, tuple[str, Sequence[int]]]) -> Any:
        """Return the ``onnx.ModelProto`` with outputs of these names.

        Parameters
        ----------
        outputs : mapping of str to tuple
            For each name a value of float32, and its shape without the first axis.
        """
        graph = self._onnx.GraphProto()
        graph.CopyFrom(self._proto)
        for name, (value, shape) in outputs.items():
            graph.node.append(self._onnx.helper.make_node("Identity", [value], [name]))
            graph.output.append(self._value_info(name, np.float32, ("batch", *shape)))
        return self._to_proto(graph)

    def _to_proto(self, graph: Any) -> Any:
        helper = self._onnx.helper
        domains = {node.domain for node in graph.node} | {f.domain for f in self._functions}
        versions = {"": OPSET, ML: ML_OPSET}
        imports = [helper.make_opsetid(d, versions.get(d, 1)) for d in sorted(domains | {""})]
        model = helper.make_model(graph, opset_imports=imports, functions=self._functions)
        model.ir_version = 8  # the version that was released with opset 18
        return model

    def _value_info(self, name: str, dtype: Any, shape: Sequence[Any]) -> Any:
        return self._onnx.helper.make_tensor_value_info(name, self._tensor_type(dtype), shape)

    def _tensor_type(self, dtype: Any) -> int:
        return self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


def run_model(model: Any, feeds: Mapping[str, Array]) -> list[Array]:
    """Return the outputs of a model, by onnxruntime or, if it is missing, by onnx's evaluator."""
    try:
        runtime = import_module("onnxruntime")
    except ImportError:
        return import_module("onnx.reference").ReferenceEvaluator(model).run(None, dict(feeds))
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # nothing is printed, since errors are raised
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, dict(feeds))
