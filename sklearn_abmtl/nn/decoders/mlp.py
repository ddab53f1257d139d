"""A decoder of fully connected layers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn

from ..._options import Spec
from .._shapes import Shape
from ._base import Decoder


@dataclass(kw_only=True)
class MLPDecoder(Spec):
    """One hidden layer from the shared vector to the input: an autoencoder's second half.

    The hidden layer is the only state, so attention over it cannot choose between states.

    Parameters
    ----------
    width : int, default=128
        Units of the hidden layer.

    Examples
    --------
    >>> import torch
    >>> decoder = MLPDecoder(width=8).build((5,), grid=(1,), d_tokens=16, d_shared=32)
    >>> states, reconstruction = decoder(torch.zeros(2, 1, 16), torch.zeros(2, 32))
    >>> states.shape, reconstruction.shape
    (torch.Size([2, 1, 8]), torch.Size([2, 5]))
    """

    width: int = 128

    def build(self, sample_shape: Shape, grid: Shape, d_tokens: int, d_shared: int) -> Decoder:
        """Build the module for an encoder's grid and widths."""
        self.check_counts("width")
        return MLPDecoderModule(sample_shape, grid, d_shared, self.width)


class MLPDecoderModule(Decoder):
    """Linear, GELU, linear."""

    def __init__(self, sample_shape: Shape, grid: Shape, d_shared: int, width: int) -> None:
        super().__init__()
        self.to_state = nn.Sequential(nn.Linear(d_shared, width), nn.GELU())
        self.to_input = nn.Sequential(
            nn.Linear(width, math.prod(sample_shape)), nn.Unflatten(1, sample_shape)
        )
        self.grid = (1,) * len(grid)
        self.d_states = width

    def forward(self, tokens: Tensor, shared: Tensor) -> tuple[Tensor, Tensor]:
        state = self.to_state(shared)  # (batch, width)
        return state.unsqueeze(1), self.to_input(state)
