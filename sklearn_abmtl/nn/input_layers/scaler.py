"""The first layer: it scales the input by the mean and scale of the training data."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .._shapes import Shape

MAX_SCALED = 1e4  # of n rows none is further than sqrt(n); more may overflow float32


class InputScaler(nn.Module):
    """Subtract a mean and divide by a scale, each a buffer.

    As a layer it is saved, moved and exported with the network. Values more than 10,000 scales away
    from the mean are clipped, so that every finite input gives finite predictions.

    Parameters
    ----------
    mean, scale : Tensor broadcastable to (batch, *sample_shape)
        One number per feature (tables) or per channel (images and sequences). A scale of 0 (a
        constant feature) is replaced by 1.

    Examples
    --------
    >>> import torch
    >>> scaler = InputScaler(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 0.0]))
    >>> scaler(torch.tensor([[3.0, 2.0]]))
    tensor([[1., 0.]])
    >>> scaler(torch.tensor([[1e30, -1e38]]))
    tensor([[ 10000., -10000.]])
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", torch.where(scale > 0, scale, torch.ones_like(scale)))

    def forward(self, features: Tensor) -> Tensor:
        """Scale (batch, *sample_shape)."""
        dtype = self.mean.dtype
        scale = self.scale.where(self.scale > 0, 1)  # 1e-50 is 0 in float32
        return ((features.to(dtype) - self.mean) / scale).clamp(-MAX_SCALED, MAX_SCALED)

    def column_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape of the input of encoders, which is that of a sample."""
        return sample_shape

    def sum_to_features(self, values: Tensor) -> Tensor:
        """Return values of cells (batch, ..., *cells) unchanged: each cell is one of X."""
        return values

    def share_among_features(self, weights: Tensor) -> Tensor:
        """Return weights of cells (batch, ..., *cells) unchanged."""
        return weights

    def inverse(self, scaled: Tensor) -> Tensor:
        """Return scaled values in the units of the input, clipped to finite values."""
        limits = torch.finfo(self.mean.dtype)
        return (scaled * self.scale + self.mean).clamp(limits.min, limits.max)
