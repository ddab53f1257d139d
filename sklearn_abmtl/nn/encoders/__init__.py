"""Encoders: from the input to tokens and a shared vector."""

from ._base import Encoder
from .backbone import BackboneEncoder
from .feature_token import FeatureTokenEncoder
from .mlp import MLPEncoder
from .recurrent import RecurrentEncoder
from .vgg import VGGEncoder

ENCODERS = {
    "mlp": MLPEncoder,
    "feature_token": FeatureTokenEncoder,
    "vgg": VGGEncoder,
    "recurrent": RecurrentEncoder,
}

__all__ = [
    "ENCODERS",
    "BackboneEncoder",
    "Encoder",
    "FeatureTokenEncoder",
    "MLPEncoder",
    "RecurrentEncoder",
    "VGGEncoder",
]
