"""Networks of one structure share the graph that torch exports, which takes seconds."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any
from unittest import mock

import torch

from sklearn_abmtl._saving import onnx_file
from sklearn_abmtl._saving.torch_program import ProbabilityModule

EXPORTED: dict[str, bytes] = {}  # by all that decides a graph but for its weights
OF_INPUTS = ("input_layer.mean", "input_layer.scale", "encoder.first.0.weight")  # (..., n_inputs)
export_network = onnx_file._to_ir


def shared_network(classifier: Any) -> Any:
    """Return the graph of a fitted classifier: exported once per structure, with its own weights.

    Without optimization every tensor of the module that the graph reads keeps its name.
    """
    onnx, ir = import_module("onnx"), import_module("onnx_ir")
    module = ProbabilityModule(classifier).float()
    tensors = module.state_dict()
    key = str((classifier.get_params(), module.n_classes, shapes_of(tensors, module.shape)))
    if key not in EXPORTED:
        with mock.patch.object(torch.onnx, "export", partial(torch.onnx.export, optimize=False)):
            EXPORTED[key] = ir.to_proto(export_network(classifier)).SerializeToString()
    model = ir.from_proto(onnx.ModelProto.FromString(EXPORTED[key]))
    for name, value in model.graph.initializers.items():
        value.const_value = ir.tensor(tensors[name].numpy(), name=name)
    if len(module.shape) == 1:
        take_any_number_of_inputs(model, ir)
    return model


def shapes_of(tensors: dict[str, torch.Tensor], sample_shape: Any) -> dict[str, Any]:
    """Return the shape of each tensor, for a table without the number of its inputs."""
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if len(sample_shape) > 1:
        return shapes | {"samples": tuple(sample_shape)}
    return {n: s[:-1] if n.endswith(OF_INPUTS) else s for n, s in shapes.items()}


def take_any_number_of_inputs(model: Any, ir: Any) -> None:
    """Read rows as they are: the graph begins with their ``reshape`` to (batch, n_inputs)."""
    features = model.graph.inputs[0]
    for node in features.consumers():
        if node.op_type == "Reshape":
            ir.convenience.replace_all_uses_with(node.outputs[0], features)
            model.graph.remove(node, safe=True)
