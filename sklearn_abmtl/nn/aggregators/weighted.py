"""The weighted aggregator: fuses the branches' logits by learned weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._spec import Spec
from ._base import Aggregator


@dataclass(kw_only=True)
class WeightedAggregator(Spec):
    """Mix each task's branches: ``z_t = sum_b softmax(v_t)_b z_t^b``.

    The weight matrix ``v (n_tasks, n_branches)`` starts at 0, equal weights, and is learned with
    the network.

    Examples
    --------
    >>> import torch
    >>> aggregator = WeightedAggregator().build(n_tasks=3, n_branches=2)
    >>> aggregator(torch.stack([torch.zeros(5, 3, 4), torch.ones(5, 3, 4)])).unique().item()
    0.5
    """

    def build(self, n_tasks: int, n_branches: int) -> Aggregator:
        """Build the module for a number of tasks and branches."""
        return WeightedAggregatorModule(n_tasks, n_branches)


class WeightedAggregatorModule(Aggregator):
    """A softmax over branches, one a task."""

    def __init__(self, n_tasks: int, n_branches: int) -> None:
        super().__init__()
        self.branch_scores = nn.Parameter(torch.zeros(n_tasks, n_branches))

    @property
    def branch_weights(self) -> Tensor:
        return self.branch_scores.softmax(dim=1)

    def forward(self, branch_logits: Tensor) -> Tensor:
        return torch.einsum("rbtk,tr->btk", branch_logits, self.branch_weights)
