"""The weighted aggregator: fuses branches and tasks by learned weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._options import Spec
from ._base import Aggregator
from .task_matrix import TaskMatrix


@dataclass(kw_only=True)
class WeightedAggregator(Spec):
    """Mix each task's branches, and let known labels of a sample speak for its other tasks.

    Branches: ``z_t = sum_b softmax(v_t)_b z_t^b``. The weight matrix ``v (n_tasks, n_branches)``
    starts at 0, equal weights, and is learned with the network.

    Tasks: ``z'_t = b_t + z_t / tau_t + sum_{u != t} S_tu M_tu a_u``, with ``a_u = onehot(y_u) -
    p_u`` where the label of task u is known and 0 elsewhere. It is learned after the network,
    on rows that the network did not learn from, by penalised pseudo-likelihood with random sets of
    known labels. What does not lower a task's held-out loss by more than two standard errors
    stays as it was. It serves ``predict_proba(X, given=y)`` and ``predict_joint(X)``; from X alone
    it can only calibrate.

    Parameters
    ----------
    cv : int, default=None
        Number of folds: networks trained without a fold give its rows' logits, and the task weights
        are learned from all rows, at ``cv`` times the time of training. None learns them from the
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
        """Build the module for a number of tasks, of branches and of classes of any task."""
        if self.cv is not None:
            self.check_counts("cv", minimum=2)
        return WeightedAggregatorModule(n_tasks, n_branches, max_classes, self.cv)


class WeightedAggregatorModule(Aggregator):
    """A softmax over branches, one a task, and a task matrix."""

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
