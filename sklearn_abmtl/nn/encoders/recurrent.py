"""An encoder for sequences: a bidirectional LSTM."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..._options import MAX_LAYERS, Spec
from .._shapes import Shape
from ._base import Encoder, check_sample_ndim, shared_layer

MAX_SEGMENTS = 16  # most places of a sequence that the shared layer reads


@dataclass(kw_only=True)
class RecurrentEncoder(Spec):
    """A bidirectional LSTM over the steps of a sequence; one token per step.

    The shared vector is a fully connected layer over the tokens, averaged within at most 16
    segments of equal length, so its size does not grow with the sequence.

    Parameters
    ----------
    width : int, default=64
        Units of each direction; a token has ``2 * width``.
    n_layers : int, default=1
        Number of stacked LSTM layers.
    d_shared : int, default=256
        Width of the shared vector.
    dropout : float in [0, 1), default=0.1
        Share of units dropped before the shared layer and between LSTM layers.

    References
    ----------
    Graves and Schmidhuber (2005). Framewise phoneme classification with bidirectional LSTM and
    other neural network architectures. Neural Networks 18.

    Examples
    --------
    >>> import torch
    >>> tokens, shared = RecurrentEncoder(width=8).build((50, 6))(torch.zeros(2, 50, 6))
    >>> tokens.shape, shared.shape
    (torch.Size([2, 50, 16]), torch.Size([2, 256]))
    """

    width: int = 64
    n_layers: int = 1
    d_shared: int = 256
    dropout: float = 0.1

    def build(self, sample_shape: Shape) -> Encoder:
        """Build the module for samples of the given shape."""
        self.check_counts("width", "d_shared")
        self.check_counts("n_layers", maximum=MAX_LAYERS)
        self.check_shares("dropout")
        check_sample_ndim("RecurrentEncoder", sample_shape, ("n_steps", "n_channels"))
        return RecurrentEncoderModule(
            sample_shape, self.width, self.n_layers, self.d_shared, self.dropout
        )


class RecurrentEncoderModule(Encoder):
    """A BiLSTM and a fully connected layer over segment means of its outputs."""

    def __init__(
        self, sample_shape: Shape, width: int, n_layers: int, d_shared: int, dropout: float
    ) -> None:
        super().__init__()
        n_steps, n_channels = sample_shape
        n_segments = min(n_steps, MAX_SEGMENTS)
        self.lstm = nn.LSTM(
            n_channels,
            width,
            n_layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if n_layers > 1 else 0.0,
        )
        self.to_shared = nn.Sequential(
            nn.AdaptiveAvgPool1d(n_segments),
            *shared_layer(n_segments * 2 * width, d_shared, dropout),
        )
        self.grid = (n_steps,)
        self.d_tokens = 2 * width
        self.d_shared = d_shared

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        tokens, _ = self.lstm(features)  # (batch, n_steps, 2 * width)
        return tokens, self.to_shared(tokens.transpose(1, 2))
