"""Linear layers side by side, in one matrix product."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class ParallelLinear(nn.Module):
    """Linear layers of one shape (a task or an expert each), started as ``nn.Linear`` starts."""

    def __init__(self, n_layers: int, d_in: int, d_out: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(d_in)
        self.weight = nn.Parameter(torch.empty(n_layers, d_in, d_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_layers, d_out).uniform_(-bound, bound))

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (batch, ..., n_layers, d_in) to (batch, ..., n_layers, d_out)."""
        return torch.einsum("...ti,tio->...to", inputs, self.weight) + self.bias
