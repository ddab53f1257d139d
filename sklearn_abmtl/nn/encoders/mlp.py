"""An encoder for tables: fully connected layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from torch import Tensor, nn

from ..._options import MAX_LAYERS, Spec
from .._shapes import Shape
from ._base import Encoder, check_sample_ndim

LEAST_DROPOUT = 0.1
MOST_DROPOUT = 0.5


@dataclass(kw_only=True)
class MLPEncoder(Spec):
    """Fully connected layers over the features of a table; all but the first are residual.

    ``h_1 = dropout(gelu(W_1 x + b_1))``, ``h_k = h_{k-1} + dropout(gelu(W_k h_{k-1} + b_k))``. The
    last layer is the shared vector and also the only token, so attention cannot choose between
    tokens. Use :class:`FeatureTokenEncoder` to see which features a task reads.

    Parameters
    ----------
    width : int, default=256
        Units of each layer.
    n_layers : int, default=2
        Number of layers.
    dropout : 'auto' or float in [0, 1), default='auto'
        Share of units dropped after each layer. 'auto' is ``20 * n_features / n_labels``, limited
        to values from 0.1 to 0.5, where ``n_labels`` is the mean number of known labels per task.
        It is 0.1 if the rows come in pieces.

    Examples
    --------
    >>> import torch
    >>> tokens, shared = MLPEncoder(width=8).build((4,))(torch.zeros(2, 4))
    >>> tokens.shape, shared.shape
    (torch.Size([2, 1, 8]), torch.Size([2, 8]))
    """

    width: int = 256
    n_layers: int = 2
    dropout: float | str = "auto"

    def for_labels(self, sample_shape: Shape, n_labels: float) -> Self:
        """Return the options, with more dropout for fewer known labels per task."""
        if self.dropout != "auto":
            return self
        dropout = 20 * sample_shape[0] / n_labels
        return replace(self, dropout=min(max(dropout, LEAST_DROPOUT), MOST_DROPOUT))

    def build(self, sample_shape: Shape) -> Encoder:
        """Build the module for samples of the given shape."""
        self.check_counts("width")
        self.check_counts("n_layers", maximum=MAX_LAYERS)
        dropout = LEAST_DROPOUT if self.dropout == "auto" else self.dropout
        replace(self, dropout=dropout).check_shares("dropout")
        check_sample_ndim("MLPEncoder", sample_shape, ("n_features",))
        return MLPEncoderModule(sample_shape[0], self.width, self.n_layers, float(dropout))


class MLPEncoderModule(Encoder):
    """Linear, GELU and dropout, ``n_layers`` times; all but the first are added to their input."""

    def __init__(self, n_features: int, width: int, n_layers: int, dropout: float) -> None:
        super().__init__()
        widths = [n_features] + [width] * (n_layers - 1)
        self.first, *residual = (
            nn.Sequential(nn.Linear(d_in, width), nn.GELU(), nn.Dropout(dropout)) for d_in in widths
        )
        self.residual = nn.ModuleList(residual)
        self.grid = (1,)
        self.d_tokens = self.d_shared = width

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        shared = self.first(features)
        for layer in self.residual:
            shared = shared + layer(shared)
        return shared.unsqueeze(1), shared  # (batch, 1, width), (batch, width)
