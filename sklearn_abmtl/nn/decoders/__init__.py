"""Decoders: from tokens and the shared vector to states and a reconstruction of the input."""

from ._base import Decoder
from .bilstm import BiLSTMDecoder
from .conv import ConvDecoder
from .mlp import MLPDecoder

DECODERS = {"bilstm": BiLSTMDecoder, "conv": ConvDecoder, "mlp": MLPDecoder}

__all__ = ["DECODERS", "BiLSTMDecoder", "ConvDecoder", "Decoder", "MLPDecoder"]
