"""Attention-based multi-task learning as a scikit-learn classifier."""

from ._classifier import ABMTLClassifier
from .nn import (
    BiLSTMDecoder,
    ConvDecoder,
    FeatureTokenEncoder,
    MLPDecoder,
    MLPEncoder,
    NoAttention,
    RecurrentEncoder,
    Spec,
    TaskAttention,
    TaskClassifier,
    VGGEncoder,
    WeightedAggregator,
)

__version__ = "0.1.0"

__all__ = [
    "ABMTLClassifier",
    "BiLSTMDecoder",
    "ConvDecoder",
    "FeatureTokenEncoder",
    "MLPDecoder",
    "MLPEncoder",
    "NoAttention",
    "RecurrentEncoder",
    "Spec",
    "TaskAttention",
    "TaskClassifier",
    "VGGEncoder",
    "WeightedAggregator",
    "__version__",
]
