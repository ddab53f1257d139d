"""What task classifiers are: the representation of every task to its logits."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class TaskClassifiers(nn.Module, ABC):
    """Base class of the modules that task classifiers build: those of all tasks together."""

    @abstractmethod
    def forward(self, task_representations: Tensor) -> Tensor:
        """Map (batch, n_tasks, d_representation) to logits (batch, n_tasks, max_classes)."""
