"""Base class of decoders, which compute states and a reconstruction of the input."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from .._shapes import Shape


class Decoder(nn.Module, ABC):
    """Base class of the modules that decoders build.

    Attributes
    ----------
    grid : tuple of int
        Number of states along each axis of the input's cells; its product is ``n_states``.
    d_states : int
        Width of a state.
    """

    grid: Shape
    d_states: int

    @abstractmethod
    def forward(self, tokens: Tensor, shared: Tensor) -> tuple[Tensor, Tensor]:
        """Decode tokens (batch, n_tokens, d_tokens) and shared (batch, d_shared).

        Returns
        -------
        states : Tensor of shape (batch, n_states, d_states)
            The memory of the second branch.
        reconstruction : Tensor of shape (batch, *sample_shape)
            The decoder's reconstruction of the scaled input.
        """
