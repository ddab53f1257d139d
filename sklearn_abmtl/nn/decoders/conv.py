"""A decoder that turns the token grid back into the input by convolutions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn

from ..._options import Spec
from .._shapes import Shape, channels_and_cells, from_channels_first
from ._base import Decoder

CONVOLUTIONS: dict[int, type[nn.Conv1d] | type[nn.Conv2d]] = {1: nn.Conv1d, 2: nn.Conv2d}


@dataclass(kw_only=True)
class ConvDecoder(Spec):
    """Convolutions over the token grid, then upsampling to the input; one state per token.

    Parameters
    ----------
    width : int, default=32
        Number of channels, which is the width of a state.

    Examples
    --------
    >>> import torch
    >>> spec = ConvDecoder(width=8)
    >>> decoder = spec.build((1, 28, 28), grid=(7, 7), d_tokens=16, d_shared=32)
    >>> states, reconstruction = decoder(torch.zeros(2, 49, 16), torch.zeros(2, 32))
    >>> states.shape, reconstruction.shape
    (torch.Size([2, 49, 8]), torch.Size([2, 1, 28, 28]))
    """

    width: int = 32

    def build(self, sample_shape: Shape, grid: Shape, d_tokens: int, d_shared: int) -> Decoder:
        """Build the module for an encoder's grid and widths."""
        self.check_counts("width")
        return ConvDecoderModule(sample_shape, grid, d_tokens, d_shared, self.width)


class ConvDecoderModule(Decoder):
    """The shared vector spread over the grid, beside the tokens, through two convolutions."""

    def __init__(
        self, sample_shape: Shape, grid: Shape, d_tokens: int, d_shared: int, width: int
    ) -> None:
        super().__init__()
        self.sample_shape = sample_shape
        n_channels, cells = channels_and_cells(sample_shape)
        convolution = CONVOLUTIONS[len(grid)]
        self.from_tokens = nn.Linear(d_tokens, width)
        self.from_shared = nn.Linear(d_shared, width * math.prod(grid))
        self.to_states = nn.Sequential(convolution(width, width, 3, padding=1), nn.GELU())
        self.to_input = nn.Sequential(
            nn.Upsample(size=cells), convolution(width, n_channels, 3, padding=1)
        )
        self.grid = grid
        self.d_states = width

    def forward(self, tokens: Tensor, shared: Tensor) -> tuple[Tensor, Tensor]:
        spread = self.from_shared(shared).unflatten(1, (-1, self.d_states))
        inputs = self.from_tokens(tokens) + spread  # (batch, n_tokens, width)
        state_map = self.to_states(inputs.transpose(1, 2).unflatten(2, self.grid))
        # (batch, width, *grid)
        states = state_map.flatten(2).transpose(1, 2)  # (batch, n_states, width)
        return states, from_channels_first(self.to_input(state_map), self.sample_shape)
