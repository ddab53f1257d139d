"""MMoE: experts that all tasks share, and one gate per task."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._options import Spec
from .._parallel_linear import ParallelLinear
from .._shapes import Shape
from ._base import Attention, equal_weights


@dataclass(kw_only=True)
class MMoEAttention(Spec):
    """Experts read the memory, and one gate per task mixes them (multi-gate mixture of experts).

    Let ``m`` be the mean of the normalised tokens. Expert k is ``e_k = relu(W_k m + b_k)``, the
    gates over the experts are ``g_t = softmax(V_t m + v_t)``, and the context is
    ``c_t = sum_k g_tk e_k``. Experts read the mean of the tokens, so the number of parameters does
    not grow with the grid and the attention weights are equal. As in the paper, the gates have an
    effect from the start: there is no ``gamma`` that starts at 0. In the paper a task reads the
    context alone; here it reads the context and the shared vector.

    Parameters
    ----------
    n_experts : int, default=8
        Number of experts.
    d_model : int, default=64
        Width of an expert and of a context.

    References
    ----------
    Ma et al. (2018). Modeling Task Relationships in Multi-task Learning with Multi-gate
    Mixture-of-Experts. KDD.

    Examples
    --------
    >>> import torch
    >>> attention = MMoEAttention(d_model=8).build(n_tasks=3, grid=(7, 7), d_memory=16)
    >>> contexts, attention_weights = attention(torch.zeros(5, 49, 16))
    >>> contexts.shape, attention_weights.shape
    (torch.Size([5, 3, 8]), torch.Size([5, 3, 1, 49]))
    """

    n_experts: int = 8
    d_model: int = 64

    def build(self, n_tasks: int, grid: Shape, d_memory: int) -> Attention:
        """Build the module for a number of tasks and the grid and width of a memory."""
        self.check_counts("n_experts", "d_model")
        return MMoEAttentionModule(n_tasks, d_memory, self.n_experts, self.d_model)


class MMoEAttentionModule(Attention):
    """One layer per expert and one layer per gate, over the mean of the tokens."""

    def __init__(self, n_tasks: int, d_memory: int, n_experts: int, d_model: int) -> None:
        super().__init__()
        self.n_tasks = n_tasks
        self.n_experts = n_experts
        self.norm = nn.LayerNorm(d_memory)
        self.experts = ParallelLinear(n_experts, d_memory, d_model)
        self.gates = ParallelLinear(n_tasks, d_memory, n_experts)
        self.d_context = d_model

    def forward(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        mean = self.norm(memory).mean(1).unsqueeze(1)  # (batch, 1, d_memory)
        read = self.experts(mean.expand(-1, self.n_experts, -1)).relu()
        gates = self.gates(mean.expand(-1, self.n_tasks, -1)).softmax(dim=2)
        contexts = torch.einsum("bte,bed->btd", gates, read)  # (batch, n_tasks, d_model)
        return contexts, equal_weights(memory, self.n_tasks)
