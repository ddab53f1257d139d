"""What every encoder is: the input to tokens and a shared vector."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from .._shapes import Shape


class Encoder(nn.Module, ABC):
    """Base class of the modules that encoders build.

    Attributes
    ----------
    grid : tuple of int
        Number of tokens along each axis of the input's cells; its product is ``n_tokens``.
    d_tokens, d_shared : int
        Widths of a token and of the shared vector.
    """

    grid: Shape
    d_tokens: int
    d_shared: int

    @abstractmethod
    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Encode (batch, *sample_shape).

        Returns
        -------
        tokens : Tensor of shape (batch, n_tokens, d_tokens)
        shared : Tensor of shape (batch, d_shared)
        """


def check_sample_ndim(name: str, sample_shape: Shape, axes: tuple[str, ...]) -> None:
    """Raise a ValueError unless a sample has the named axes."""
    if len(sample_shape) != len(axes):
        expected = ", ".join(axes) + ("," if len(axes) == 1 else "")
        raise ValueError(
            f"{name} takes samples of shape ({expected}); found samples of shape {sample_shape}. "
            "Choose another encoder, or set input_shape; without it, options that are set on "
            "encoder='auto' are those of MLPEncoder."
        )
