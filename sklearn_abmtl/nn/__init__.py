"""The network and its parts, in torch alone."""

from ._shapes import spread_over_cells
from ._spec import Spec
from .aggregators import AGGREGATORS, WeightedAggregator
from .attention import ATTENTIONS, NoAttention, TaskAttention
from .decoders import DECODERS, BiLSTMDecoder, ConvDecoder, MLPDecoder
from .encoders import (
    ENCODERS,
    FeatureTokenEncoder,
    MLPEncoder,
    RecurrentEncoder,
    VGGEncoder,
)
from .network import ABMTLNetwork, NetworkOutput
from .scaler import InputScaler
from .sharing import HardSharing, SoftSharing
from .table_input import TableInput
from .task_classifiers import TASK_CLASSIFIERS, TaskClassifier

__all__ = [
    "AGGREGATORS",
    "ATTENTIONS",
    "DECODERS",
    "ENCODERS",
    "TASK_CLASSIFIERS",
    "ABMTLNetwork",
    "BiLSTMDecoder",
    "ConvDecoder",
    "FeatureTokenEncoder",
    "HardSharing",
    "InputScaler",
    "MLPDecoder",
    "MLPEncoder",
    "NetworkOutput",
    "NoAttention",
    "RecurrentEncoder",
    "SoftSharing",
    "Spec",
    "TableInput",
    "TaskAttention",
    "TaskClassifier",
    "VGGEncoder",
    "WeightedAggregator",
    "spread_over_cells",
]
