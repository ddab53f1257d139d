"""The weighted aggregator: it combines branches and tasks by learned weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._options import Spec
from ._base import Aggregator
from .task_matrix import TaskMatrix


@dataclass(kw_only=True)
class WeightedAggregator(Spec):
    """Mix the branches of each task, and use the known labels of a sample for its other tasks.

    Branches: ``z_t = sum_b softmax(v_t)_b z_t^b``. The weight matrix ``v (n_tasks, n_branches)``
    starts at 0 (equal weights) and is learned with the network.

    Tasks: ``z'_t = b_t + z_t / tau_t + sum_{u != t} S_tu M_tu a_u``, with ``a_u = onehot(y_u) -
    p_u`` where the label of task u is known and 0 elsewhere. This matrix is learned after the
    network, on rows that the network was not trained on, by penalised pseudo-likelihood with random
    sets of known labels. A change is kept only if it lowers the held-out loss of a task by more
    than two standard errors. The matrix is used by ``predict_proba(X, given=y)`` and
    ``predict_joint(X)``. Without known labels it only calibrates the probabilities.

    Parameters
    ----------
    cv : int, default=None
        Number of folds. For each fold, a network is trained on the other folds and computes the
        logits of its rows; the task weights are learned from the logits of all rows. This takes
        ``cv`` times the time of training. With None, the task weights are learned from the
        validation rows, if there are any.

    References
    ----------
    Godbole and Sarawagi (2004). Discriminative Methods for Multi-labeled Classification. PAKDD.

    Examples
    --------
    >>> import torch
    >>> aggregator = WeightedAggregator().build(n_tasks=3, n_branches=2, max_classes=4)
    >>> aggregator(torch.stack([torch.zeros(5, 3, 4), torch.ones(5, 3, 4)])).unique().item()
    0.5
    """

    cv: int | None = None

    def build(self, n_tasks: int, n_branches: int, max_classes: int) -> Aggregator:
        """Build the module for numbers of tasks and branches and the largest number of classes."""
        if self.cv is not None:
            self.check_counts("cv", minimum=2)
        return WeightedAggregatorModule(n_tasks, n_branches, max_classes, self.cv)


class WeightedAggregatorModule(Aggregator):
    """One softmax over branches per task, and a task matrix."""

    def __init__(self, n_tasks: int, n_branches: int, max_classes: int, cv: int | None) -> None:
        super().__init__()
        self.branch_scores = nn.Parameter(torch.zeros(n_tasks, n_branches))
        self.task_matrix = TaskMatrix(n_tasks, max_classes)
        self.cv = cv

    @property
    def branch_weights(self) -> Tensor:
        return self.branch_scores.softmax(dim=1)

    def forward(self, branch_logits: Tensor) -> Tensor:
        by_branch = self.branch_weights.T[:, None, :, None]  # (n_branches, 1, n_tasks, 1)
        return (branch_logits * by_branch).sum(0)
