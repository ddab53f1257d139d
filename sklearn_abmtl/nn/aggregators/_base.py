"""What every aggregator is: several logits per task to one."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Aggregator(nn.Module, ABC):
    """Base class of the modules that aggregators build."""

    @property
    @abstractmethod
    def branch_weights(self) -> Tensor:
        """Weights of shape (n_tasks, n_branches); each row sums to 1."""

    @abstractmethod
    def forward(self, branch_logits: Tensor) -> Tensor:
        """Mix (n_branches, batch, n_tasks, max_classes) to (batch, n_tasks, max_classes)."""
