"""The first layer for images: scaling and, in training, random shifts."""

from __future__ import annotations

import torch
from torch import Tensor

from .scaler import InputScaler


class RandomShift(InputScaler):
    """Scale images and, in training, move each by a few pixels in any direction.

    Where an image moves away from an edge, the pixels of the edge are repeated.

    Parameters
    ----------
    mean, scale : Tensor of shape (n_channels, 1, 1)
        As in :class:`InputScaler`.
    max_shift : int
        Most pixels that an image moves along each axis.

    References
    ----------
    Simard, Steinkraus and Platt (2003). Best Practices for Convolutional Neural Networks Applied
    to Visual Document Analysis. ICDAR.

    Examples
    --------
    >>> import torch
    >>> layer = RandomShift(torch.zeros(1, 1, 1), torch.ones(1, 1, 1), max_shift=1)
    >>> image = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> bool((layer.eval()(image) == image).all())
    True
    """

    def __init__(self, mean: Tensor, scale: Tensor, max_shift: int) -> None:
        super().__init__(mean, scale)
        self.max_shift = max_shift

    def forward(self, features: Tensor) -> Tensor:
        """Scale (batch, n_channels, height, width) and, in training, shift."""
        scaled = super().forward(features)
        if not self.training:
            return scaled
        batch, _, *sides = scaled.shape
        moves = torch.randint(
            -self.max_shift, self.max_shift + 1, (2, batch, 1), device=scaled.device
        )
        rows, columns = (
            (torch.arange(side, device=scaled.device) + move).clamp(0, side - 1)  # (batch, side)
            for side, move in zip(sides, moves, strict=True)
        )
        images = torch.arange(batch, device=scaled.device)[:, None, None]
        shifted = scaled[images, :, rows[:, :, None], columns[:, None, :]]
        return shifted.permute(0, 3, 1, 2)  # (batch, n_channels, height, width)
