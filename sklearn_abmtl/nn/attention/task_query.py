"""Attention with one learned query per task."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._options import Spec
from .._shapes import Shape
from ._base import Attention


@dataclass(kw_only=True)
class TaskAttention(Spec):
    """One learned query per task reads the memory (encoder tokens or decoder states).

    The memory is normalised to ``M``. Its keys are ``K = M W_K + P`` with learned positions ``P``,
    and its values are ``V = M W_V + b_V``. The context is ``c_t = gamma_t * (W_O concat_h
    softmax(q_th K_h' / sqrt(d_h)) V_h +
    b_O)``; the task reads it together with the shared vector. ``gamma`` starts at 0, so the network
    starts as plain hard parameter sharing. Tasks do not attend to each other. A memory of one token
    needs no queries and keys: it gets all the attention.

    Parameters
    ----------
    d_model : int, default=64
        Width of queries, keys, values and contexts.
    n_heads : int, default=4
        Number of heads; a divisor of ``d_model``.

    References
    ----------
    Vaswani et al. (2017). Attention Is All You Need. NeurIPS 30.

    Xu et al. (2023). Multi-Task Learning with Multi-Query Transformer for Dense Prediction.
    IEEE TCSVT.

    Examples
    --------
    >>> import torch
    >>> attention = TaskAttention(d_model=8, n_heads=2).build(n_tasks=3, grid=(7, 7), d_memory=16)
    >>> contexts, attention_weights = attention(torch.zeros(5, 49, 16))
    >>> contexts.shape, attention_weights.shape
    (torch.Size([5, 3, 8]), torch.Size([5, 3, 2, 49]))
    """

    d_model: int = 64
    n_heads: int = 4

    def build(self, n_tasks: int, grid: Shape, d_memory: int) -> Attention:
        """Build the module for a number of tasks and the grid and width of a memory."""
        self.check_counts("d_model", "n_heads")
        if self.d_model % self.n_heads:
            raise ValueError(
                f"TaskAttention: n_heads must divide d_model; found n_heads={self.n_heads}, "
                f"d_model={self.d_model}."
            )
        n_tokens = math.prod(grid)
        if n_tokens == 1:
            return OneTokenModule(n_tasks, d_memory, self.d_model, self.n_heads)
        return TaskAttentionModule(n_tasks, n_tokens, d_memory, self.d_model, self.n_heads)


class TaskAttentionModule(Attention):
    """Multi-head attention whose queries are parameters."""

    def __init__(
        self, n_tasks: int, n_tokens: int, d_memory: int, d_model: int, n_heads: int
    ) -> None:
        super().__init__()
        self.heads = (n_heads, d_model // n_heads)
        self.queries = nn.Parameter(torch.randn(n_tasks, *self.heads))
        self.positions = nn.Parameter(0.1 * torch.randn(n_tokens, d_model))
        self.norm = nn.LayerNorm(d_memory)
        self.to_keys = nn.Linear(d_memory, d_model, bias=False)  # softmax cancels a bias
        self.to_values = nn.Linear(d_memory, d_model)
        self.mix_heads = nn.Linear(d_model, d_model)
        self.gamma = nn.Parameter(torch.zeros(n_tasks, d_model))
        self.d_context = d_model

    def forward(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        memory = self.norm(memory)
        keys = (self.to_keys(memory) + self.positions).unflatten(2, self.heads)
        values = self.to_values(memory).unflatten(2, self.heads)
        # (batch, n_tokens, n_heads, d_head)
        scores = torch.einsum("thd,bnhd->bthn", self.queries, keys)
        attention_weights = (scores / math.sqrt(self.heads[1])).softmax(dim=-1)
        read = torch.einsum("bthn,bnhd->bthd", attention_weights, values).flatten(2)
        # (batch, n_tasks, d_model)
        return self.gamma * self.mix_heads(read), attention_weights


class OneTokenModule(Attention):
    """The same attention over one token: each softmax is 1, so the context comes from its value."""

    def __init__(self, n_tasks: int, d_memory: int, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = nn.LayerNorm(d_memory)
        self.to_values = nn.Linear(d_memory, d_model)
        self.mix_heads = nn.Linear(d_model, d_model)
        self.gamma = nn.Parameter(torch.zeros(n_tasks, d_model))
        self.d_context = d_model

    def forward(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        read = self.mix_heads(self.to_values(self.norm(memory)))  # (batch, 1, d_model)
        return self.gamma * read, memory.new_ones(memory.shape[0], len(self.gamma), self.n_heads, 1)
