"""No attention: plain hard parameter sharing."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..._options import Spec
from .._shapes import Shape
from ._base import Attention, equal_weights


@dataclass(kw_only=True)
class NoAttention(Spec):
    """Every task reads the shared vector only: plain hard parameter sharing.

    References
    ----------
    Caruana (1997). Multitask Learning. Machine Learning 28.

    Examples
    --------
    >>> import torch
    >>> attention = NoAttention().build(n_tasks=3, grid=(7, 7), d_memory=16)
    >>> contexts, attention_weights = attention(torch.zeros(5, 49, 16))
    >>> contexts.shape, attention_weights.shape
    (torch.Size([5, 3, 0]), torch.Size([5, 3, 1, 49]))
    """

    def build(self, n_tasks: int, grid: Shape, d_memory: int) -> Attention:
        """Build the module for a number of tasks and the grid and width of a memory."""
        return NoAttentionModule(n_tasks)


class NoAttentionModule(Attention):
    """Contexts of width 0 and equal weights."""

    def __init__(self, n_tasks: int) -> None:
        super().__init__()
        self.n_tasks = n_tasks
        self.d_context = 0

    def forward(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        contexts = memory.new_zeros(memory.shape[0], self.n_tasks, 0)
        return contexts, equal_weights(memory, self.n_tasks)
