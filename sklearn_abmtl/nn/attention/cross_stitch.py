"""Cross-stitch units: one stream of layers per task, mixed after each layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._options import MAX_LAYERS, Spec
from .._parallel_linear import ParallelLinear
from .._shapes import Shape
from ._base import Attention, equal_weights

START_MIXING = 0.2  # for two tasks as in the paper: 0.9 of the own stream, 0.1 of the other


@dataclass(kw_only=True)
class CrossStitchAttention(Spec):
    """One stream of layers per task over the memory; learned units mix the streams.

    All streams start from the normalised tokens, ``h_tn = m_n``. Each layer computes
    ``h_tn <- sum_u alpha_tu relu(W_u h_un + b_u)``, with one learned matrix ``alpha`` of shape
    (n_tasks, n_tasks) per layer. The context is ``c_t = mean_n h_tn``. ``alpha`` starts near the
    identity: ``0.8 I + 0.2 / n_tasks``, so each row sums to 1. A learned change is added to this
    start, so weight decay draws ``alpha`` towards the start and not towards 0. As in the paper, the
    streams have an effect from the start: there is no ``gamma`` that starts at 0. All tokens have
    the same weight, so the attention weights are equal. With one task (``sharing='soft'``) the unit
    is a single factor.

    Parameters
    ----------
    d_model : int, default=64
        Width of a stream and of a context.
    n_layers : int, default=2
        Number of layers of a stream, each with its own unit.

    References
    ----------
    Misra et al. (2016). Cross-stitch Networks for Multi-task Learning. CVPR.

    Examples
    --------
    >>> import torch
    >>> attention = CrossStitchAttention(d_model=8).build(n_tasks=3, grid=(7, 7), d_memory=16)
    >>> contexts, attention_weights = attention(torch.zeros(5, 49, 16))
    >>> contexts.shape, attention_weights.shape
    (torch.Size([5, 3, 8]), torch.Size([5, 3, 1, 49]))
    """

    d_model: int = 64
    n_layers: int = 2

    def build(self, n_tasks: int, grid: Shape, d_memory: int) -> Attention:
        """Build the module for a number of tasks and the grid and width of a memory."""
        self.check_counts("d_model")
        self.check_counts("n_layers", maximum=MAX_LAYERS)
        return CrossStitchAttentionModule(n_tasks, d_memory, self.d_model, self.n_layers)


class CrossStitchAttentionModule(Attention):
    """Layers of all streams, each followed by its unit."""

    def __init__(self, n_tasks: int, d_memory: int, d_model: int, n_layers: int) -> None:
        super().__init__()
        self.n_tasks = n_tasks
        self.norm = nn.LayerNorm(d_memory)
        widths = [d_memory] + [d_model] * (n_layers - 1)
        self.layers = nn.Sequential(
            *(
                nn.Sequential(
                    ParallelLinear(n_tasks, d_in, d_model), nn.ReLU(), CrossStitchUnit(n_tasks)
                )
                for d_in in widths
            )
        )
        self.d_context = d_model

    def forward(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        streams = self.norm(memory).unsqueeze(2).expand(-1, -1, self.n_tasks, -1)
        contexts = self.layers(streams).mean(1)  # (batch, n_tasks, d_model)
        return contexts, equal_weights(memory, self.n_tasks)


class CrossStitchUnit(nn.Module):
    """Give each stream a learned share of every stream."""

    start: Tensor

    def __init__(self, n_tasks: int) -> None:
        super().__init__()
        start = (1 - START_MIXING) * torch.eye(n_tasks) + START_MIXING / n_tasks
        self.register_buffer("start", start)
        self.learned = nn.Parameter(torch.zeros(n_tasks, n_tasks))

    def forward(self, streams: Tensor) -> Tensor:
        """Mix streams (batch, n_tokens, n_tasks, d_model)."""
        return torch.einsum("tu,bnud->bntd", self.start + self.learned, streams)
