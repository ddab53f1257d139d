"""Attention-based multi-task learning as a scikit-learn classifier."""

from ._classifier.estimator import ABMTLClassifier
from ._saving import load_model, save_model
from ._saving.onnx_file import export_onnx
from ._saving.torch_program import to_torch_program
from ._version import __version__
from ._wrappers.calibration import CalibratedMultiTaskClassifier, calibrate
from ._wrappers.old_pickles import register as register_old_names
from ._wrappers.single_task import SingleTask
from ._wrappers.task_representation import TaskRepresentation
from ._wrappers.task_view import TaskView, task_view
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

register_old_names()

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
