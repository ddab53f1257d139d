"""Base class of encoders, which compute tokens and a shared vector from the input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType

from torch import Tensor, nn

from .._shapes import Shape


class Encoder(nn.Module, ABC):
    """Base class of the modules that encoders build.

    Attributes
    ----------
    grid : tuple of int
        Number of tokens along each axis of the input's cells, so two numbers for images and one
        for tables and sequences. Its product is ``n_tokens``: ``(1,)`` if a table is one token.
    d_tokens, d_shared : int
        Widths of a token and of the shared vector.
    lr_scales : mapping of str to float
        Factors of the learning rate for child modules, by their names.
    """

    grid: Shape
    d_tokens: int
    d_shared: int
    lr_scales: Mapping[str, float] = MappingProxyType({})

    @abstractmethod
    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Encode (batch, *sample_shape).

        Returns
        -------
        tokens : Tensor of shape (batch, n_tokens, d_tokens)
        shared : Tensor of shape (batch, d_shared)
        """


def shared_layer(n_values: int, d_shared: int, dropout: float) -> nn.Sequential:
    """Build the layer from all values of (batch, ...) to the shared vector."""
    return nn.Sequential(
        nn.Flatten(), nn.Dropout(dropout), nn.Linear(n_values, d_shared), nn.GELU()
    )


def check_sample_ndim(name: str, sample_shape: Shape, axes: tuple[str, ...]) -> None:
    """Raise a ValueError unless a sample has the named axes."""
    if len(sample_shape) != len(axes):
        expected = ", ".join(axes) + ("," if len(axes) == 1 else "")
        raise ValueError(
            f"{name} takes samples of shape ({expected}); found samples of shape {sample_shape}. "
            "Choose another encoder, or set input_shape; without it, options set on "
            "encoder='auto' are those of MLPEncoder."
        )
