"""Attention-based multi-task learning as a scikit-learn classifier."""

from ._calibration import CalibratedMultiTaskClassifier, calibrate
from ._classifier import ABMTLClassifier
from ._export import export_onnx, to_torch_program
from ._saving import load_model, save_model
from ._single_task import SingleTask
from ._task_representation import TaskRepresentation
from ._task_view import TaskView, task_view
from ._version import __version__
from .nn import (
    BackboneEncoder,
    BiLSTMDecoder,
    ConvDecoder,
    CrossStitchAttention,
    FeatureTokenEncoder,
    MLPDecoder,
    MLPEncoder,
    MMoEAttention,
    MTANAttention,
    NoAttention,
    RecurrentEncoder,
    Spec,
    TaskAttention,
    TaskClassifier,
    VGGEncoder,
    WeightedAggregator,
)

__all__ = [
    "ABMTLClassifier",
    "BackboneEncoder",
    "BiLSTMDecoder",
    "CalibratedMultiTaskClassifier",
    "ConvDecoder",
    "CrossStitchAttention",
    "FeatureTokenEncoder",
    "MLPDecoder",
    "MLPEncoder",
    "MMoEAttention",
    "MTANAttention",
    "NoAttention",
    "RecurrentEncoder",
    "SingleTask",
    "Spec",
    "TaskAttention",
    "TaskClassifier",
    "TaskRepresentation",
    "TaskView",
    "VGGEncoder",
    "WeightedAggregator",
    "__version__",
    "calibrate",
    "export_onnx",
    "load_model",
    "save_model",
    "task_view",
    "to_torch_program",
]
