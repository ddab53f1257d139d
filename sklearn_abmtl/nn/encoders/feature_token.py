"""An encoder for tables: one token per feature."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._options import Spec
from .._shapes import Shape
from ._base import Encoder, check_sample_ndim, shared_layer


@dataclass(kw_only=True)
class FeatureTokenEncoder(Spec):
    """One token per feature, so that attention shows which features a task reads.

    Feature j becomes the token ``gelu(x_j w_j + b_j)``; the shared vector is a fully connected
    layer over all tokens.

    Parameters
    ----------
    d_model : int, default=16
        Width of a token.
    d_shared : int, default=256
        Width of the shared vector.
    dropout : float in [0, 1), default=0.1
        Share of units dropped before the shared layer.

    References
    ----------
    Gorishniy et al. (2021). Revisiting Deep Learning Models for Tabular Data. NeurIPS 34.

    Examples
    --------
    >>> import torch
    >>> tokens, shared = FeatureTokenEncoder(d_model=8).build((4,))(torch.zeros(2, 4))
    >>> tokens.shape, shared.shape
    (torch.Size([2, 4, 8]), torch.Size([2, 256]))
    """

    d_model: int = 16
    d_shared: int = 256
    dropout: float = 0.1

    def build(self, sample_shape: Shape) -> Encoder:
        """Build the module for samples of the given shape."""
        self.check_counts("d_model", "d_shared")
        self.check_shares("dropout")
        check_sample_ndim("FeatureTokenEncoder", sample_shape, ("n_features",))
        return FeatureTokenEncoderModule(sample_shape[0], self.d_model, self.d_shared, self.dropout)


class FeatureTokenEncoderModule(Encoder):
    """Affine tokens of the features and a fully connected layer over them."""

    def __init__(self, n_features: int, d_model: int, d_shared: int, dropout: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_features, d_model))
        self.bias = nn.Parameter(torch.randn(n_features, d_model))
        self.to_shared = shared_layer(n_features * d_model, d_shared, dropout)
        self.grid = (n_features,)
        self.d_tokens = d_model
        self.d_shared = d_shared

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        affine = features.unsqueeze(-1) * self.weight + self.bias
        tokens = nn.functional.gelu(affine)  # (batch, n_features, d_model)
        return tokens, self.to_shared(tokens)
