"""A decoder that reads the tokens from left to right and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn

from ..._options import Spec
from .._shapes import Shape, channels_and_cells, from_channels_first
from ._base import Decoder


@dataclass(kw_only=True)
class BiLSTMDecoder(Spec):
    """A bidirectional LSTM over the columns of the token grid; one state per column.

    Each state depends on all columns to its left and right, which helps to read the characters of a
    string. It reconstructs the strip of the input that its column covers.

    Parameters
    ----------
    width : int, default=64
        Units of each direction; a state has ``2 * width``.

    References
    ----------
    Shi, Bai and Yao (2017). An End-to-End Trainable Neural Network for Image-based Sequence
    Recognition. IEEE TPAMI 39(11).

    Examples
    --------
    >>> import torch
    >>> spec = BiLSTMDecoder(width=8)
    >>> decoder = spec.build((1, 28, 28), grid=(7, 7), d_tokens=16, d_shared=32)
    >>> states, reconstruction = decoder(torch.zeros(2, 49, 16), torch.zeros(2, 32))
    >>> states.shape, reconstruction.shape
    (torch.Size([2, 7, 16]), torch.Size([2, 1, 28, 28]))
    """

    width: int = 64

    def build(self, sample_shape: Shape, grid: Shape, d_tokens: int, d_shared: int) -> Decoder:
        """Build the module for an encoder's grid and widths."""
        self.check_counts("width")
        return BiLSTMDecoderModule(sample_shape, grid, d_tokens, d_shared, self.width)


class BiLSTMDecoderModule(Decoder):
    """Columns and the shared vector into a BiLSTM; its states into strips of the input."""

    def __init__(
        self, sample_shape: Shape, grid: Shape, d_tokens: int, d_shared: int, width: int
    ) -> None:
        super().__init__()
        self.sample_shape = sample_shape
        *rows, self.n_columns = grid
        n_channels, (*cell_rows, self.n_cell_columns) = channels_and_cells(sample_shape)
        d_strip = math.ceil(self.n_cell_columns / self.n_columns)
        self.strip_shape = (n_channels, math.prod(cell_rows), d_strip)
        self.from_column = nn.Linear(math.prod(rows) * d_tokens, 2 * width)
        self.from_shared = nn.Linear(d_shared, 2 * width)
        self.lstm = nn.LSTM(2 * width, width, batch_first=True, bidirectional=True)
        self.to_strip = nn.Linear(2 * width, math.prod(self.strip_shape))
        self.grid = (1,) * len(rows) + (self.n_columns,)
        self.d_states = 2 * width

    def forward(self, tokens: Tensor, shared: Tensor) -> tuple[Tensor, Tensor]:
        columns = tokens.unflatten(1, (-1, self.n_columns)).transpose(1, 2).flatten(2)
        # (batch, n_columns, n_rows * d_tokens)
        inputs = self.from_column(columns) + self.from_shared(shared).unsqueeze(1)
        states, _ = self.lstm(inputs)  # (batch, n_columns, d_states)
        return states, self._reconstruct(states)

    def _reconstruct(self, states: Tensor) -> Tensor:
        strips = self.to_strip(states).unflatten(2, self.strip_shape)
        # (batch, n_columns, n_channels, n_cell_rows, d_strip)
        cells = strips.permute(0, 2, 3, 1, 4).flatten(3)[..., : self.n_cell_columns]
        # (batch, n_channels, n_cell_rows, n_cell_columns)
        _, (*cell_rows, _) = channels_and_cells(self.sample_shape)
        return from_channels_first(cells if cell_rows else cells.squeeze(2), self.sample_shape)
