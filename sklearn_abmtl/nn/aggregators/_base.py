"""Base class of aggregators, which combine the branches of each task and relate the tasks."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from .task_matrix import TaskMatrix


class Aggregator(nn.Module, ABC):
    """Base class of the modules that aggregators build.

    Attributes
    ----------
    task_matrix : TaskMatrix
        Changes the logits of a task by the known labels of other tasks; the identity until it is
        learned.
    cv : int or None
        Number of folds; the task matrix is learned from their held-out rows. With None it is
        learned from the validation rows.
    """

    task_matrix: TaskMatrix
    cv: int | None

    @property
    @abstractmethod
    def branch_weights(self) -> Tensor:
        """Weights of shape (n_tasks, n_branches); each row sums to 1."""

    @abstractmethod
    def forward(self, branch_logits: Tensor) -> Tensor:
        """Mix (n_branches, batch, n_tasks, max_classes) to (batch, n_tasks, max_classes)."""
