"""Base class of attentions, which read one context per task from a memory."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Attention(nn.Module, ABC):
    """Base class of the modules that attentions build.

    Attributes
    ----------
    d_context : int
        Width of a context; 0 if the tasks read the shared vector only.
    """

    d_context: int

    @abstractmethod
    def forward(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Read a memory (batch, n_tokens, d_memory).

        Returns
        -------
        contexts : Tensor of shape (batch, n_tasks, d_context)
        attention_weights : Tensor of shape (batch, n_tasks, n_heads, n_tokens)
            Each head's weights sum to 1 over the tokens.
        """


def equal_weights(memory: Tensor, n_tasks: int) -> Tensor:
    """Return equal attention weights over the tokens, with one head per task."""
    batch, n_tokens, _ = memory.shape
    return memory.new_full((batch, n_tasks, 1, n_tokens), 1 / n_tokens)
