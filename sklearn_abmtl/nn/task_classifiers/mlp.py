"""Task classifiers of the same structure, one per task, computed in one matrix product."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..._options import Spec
from .._parallel_linear import ParallelLinear
from ._base import TaskClassifiers


@dataclass(kw_only=True)
class TaskClassifier(Spec):
    """One hidden layer per task: ``z_t = W2_t dropout(gelu(W1_t r_t + b1_t)) + b2_t``.

    Every task has the same structure and its own parameters. All tasks are computed in one
    batched matrix product; tasks with fewer classes than the largest are padded.

    Parameters
    ----------
    d_hidden : int, default=64
        Units of the hidden layer.
    dropout : float in [0, 1), default=0.1
        Share of hidden units dropped.

    Examples
    --------
    >>> import torch
    >>> classifiers = TaskClassifier(d_hidden=8).build(d_representation=16, n_classes=[3, 2])
    >>> classifiers(torch.zeros(5, 2, 16)).shape
    torch.Size([5, 2, 3])
    """

    d_hidden: int = 64
    dropout: float = 0.1

    def build(self, d_representation: int, n_classes: list[int]) -> TaskClassifiers:
        """Build the module for the tasks' numbers of classes."""
        self.check_counts("d_hidden")
        self.check_shares("dropout")
        return TaskClassifierModule(d_representation, n_classes, self.d_hidden, self.dropout)


class TaskClassifierModule(TaskClassifiers):
    """Two layers, each with one weight matrix per task."""

    def __init__(
        self, d_representation: int, n_classes: list[int], d_hidden: int, dropout: float
    ) -> None:
        super().__init__()
        n_tasks = len(n_classes)
        self.hidden = ParallelLinear(n_tasks, d_representation, d_hidden)
        self.dropout = nn.Dropout(dropout)
        self.logits = ParallelLinear(n_tasks, d_hidden, max(n_classes))

    def forward(self, task_representations: Tensor) -> Tensor:
        hidden = nn.functional.gelu(self.hidden(task_representations))
        return self.logits(self.dropout(hidden))
