"""Base class of task classifiers, which compute logits from task representations."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class TaskClassifiers(nn.Module, ABC):
    """Base class of the modules that task classifiers build, one module for all tasks."""

    @abstractmethod
    def forward(self, task_representations: Tensor) -> Tensor:
        """Map (batch, n_tasks, d_representation) to logits (batch, n_tasks, max_classes)."""
