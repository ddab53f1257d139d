"""The network and its parts, in torch alone."""

from .._options import Spec
from ._shapes import spread_over_cells
from .aggregators import (
    AGGREGATORS,
    TaskMatrix,
    WeightedAggregator,
    conditional_probabilities,
    label_residuals,
    most_probable_codes,
)
from .attention import (
    ATTENTIONS,
    AutoAttention,
    CrossStitchAttention,
    MMoEAttention,
    MTANAttention,
    NoAttention,
    TaskAttention,
)
from .decoders import DECODERS, BiLSTMDecoder, ConvDecoder, MLPDecoder
from .encoders import (
    ENCODERS,
    BackboneEncoder,
    FeatureTokenEncoder,
    MLPEncoder,
    RecurrentEncoder,
    VGGEncoder,
)
from .input_layers.random_shift import RandomShift
from .input_layers.scaler import InputScaler
from .input_layers.table_input import TableInput
from .members import MemberNetworks, Network
from .network import ABMTLNetwork, NetworkOutput
from .sharing import HardSharing, SoftSharing
from .task_classifiers import TASK_CLASSIFIERS, TaskClassifier

__all__ = [
    "AGGREGATORS",
    "ATTENTIONS",
    "DECODERS",
    "ENCODERS",
    "TASK_CLASSIFIERS",
    "ABMTLNetwork",
    "AutoAttention",
    "BackboneEncoder",
    "BiLSTMDecoder",
    "ConvDecoder",
    "CrossStitchAttention",
    "FeatureTokenEncoder",
    "HardSharing",
    "InputScaler",
    "MLPDecoder",
    "MLPEncoder",
    "MMoEAttention",
    "MTANAttention",
    "MemberNetworks",
    "Network",
    "NetworkOutput",
    "NoAttention",
    "RandomShift",
    "RecurrentEncoder",
    "SoftSharing",
    "Spec",
    "TableInput",
    "TaskAttention",
    "TaskClassifier",
    "TaskMatrix",
    "VGGEncoder",
    "WeightedAggregator",
    "conditional_probabilities",
    "label_residuals",
    "most_probable_codes",
    "spread_over_cells",
]
