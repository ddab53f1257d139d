"""Linear layers side by side, in one matrix product."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class ParallelLinear(nn.Module):
    """Linear layers of one shape, one per task or expert, initialised as in ``nn.Linear``."""

    def __init__(self, n_layers: int, d_in: int, d_out: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(d_in)
        self.weight = nn.Parameter(torch.empty(n_layers, d_in, d_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_layers, d_out).uniform_(-bound, bound))

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (batch, ..., n_layers, d_in) to (batch, ..., n_layers, d_out)."""
        by_layer = inputs.flatten(0, -3).transpose(0, 1)  # (n_layers, batch * ..., d_in)
        outputs = torch.baddbmm(self.bias.unsqueeze(1), by_layer, self.weight)
        return outputs.transpose(0, 1).unflatten(0, inputs.shape[:-2])
