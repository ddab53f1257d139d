"""The loss of all tasks: the weighted sum of the losses of the tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ._base import TaskLoss
from .weightings import LossWeighting


class LossTerms(NamedTuple):
    """The loss of one batch.

    Attributes
    ----------
    total : Tensor of shape ()
        The value that is minimised.
    task_losses : Tensor of shape (n_tasks,)
        Normalised, so that the best constant classifier has the loss 1.
    """

    total: Tensor
    task_losses: Tensor


def unchanged(objectives: Tensor) -> Tensor:
    """Return the objectives unchanged, for a batch that one process computes alone."""
    return objectives


class MultiTaskLoss(nn.Module):
    """Task losses on the aggregated and on each branch's logits, plus reconstruction.

    ``L = sum_t w_t (L_t + beta sum_b L_t^b) + lambda L_rec`` with
    ``L_t = 1/B sum_i u_it l(z_it, y_it)``; the label weights ``u`` combine the mask of missing
    labels, the sample and class weights and the normalisation. The loss weighting determines ``w``.

    Parameters
    ----------
    task_losses : list of TaskLoss
        One per task.
    weighting : LossWeighting
        Combines the objectives of the tasks.
    class_mask : Tensor of shape (n_tasks, max_classes)
        True for real classes.
    label_smoothing : float in [0, 1)
        Share of each label that is spread evenly over the classes.
    branch_loss_weight : float
        ``beta``; used only if there is more than one branch.
    reconstruction_weight : float
        ``lambda``; may be changed between epochs.

    Attributes
    ----------
    of_whole_batch : callable
        Maps the objectives (n_tasks,) of this process's share of a training batch to the objectives
        of the whole batch.
    """

    of_whole_batch: Callable[[Tensor], Tensor]
    class_mask: Tensor
    has_kind: Tensor

    def __init__(
        self,
        task_losses: list[TaskLoss],
        weighting: LossWeighting,
        class_mask: Tensor,
        *,
        label_smoothing: float,
        branch_loss_weight: float,
        reconstruction_weight: float,
    ) -> None:
        super().__init__()
        self.kinds = list(dict.fromkeys(task_losses))
        self.label_smoothing = label_smoothing
        self.branch_loss_weight = branch_loss_weight
        self.reconstruction_weight = reconstruction_weight
        self.weighting = weighting
        self.of_whole_batch = unchanged
        self.register_buffer("class_mask", class_mask)
        has_kind = [[loss is kind for loss in task_losses] for kind in self.kinds]
        self.register_buffer("has_kind", torch.tensor(has_kind))  # (n_kinds, n_tasks)

    def forward(
        self,
        member_logits: Tensor,
        branch_logits: Tensor,
        codes: Tensor,
        label_weights: Tensor,
        encoded: tuple[Tensor, ...] = (),
    ) -> LossTerms:
        """Compute the classification loss of one batch.

        Parameters
        ----------
        member_logits : Tensor of shape (n_members, batch, n_tasks, max_classes)
        branch_logits : Tensor of shape (n_members, n_branches, batch, n_tasks, max_classes)
        codes : Tensor of shape (batch, n_tasks)
            Class numbers; -1 where the label is missing.
        label_weights : Tensor of shape (batch, n_tasks)
            0 where the label is missing.
        encoded : tuple of Tensor of shape (batch, ...)
            Output of the encoder that all tasks read; empty if the tasks share nothing.
        """
        task_losses, objectives = self.task_losses(
            member_logits, branch_logits, codes, label_weights
        )
        return LossTerms(self.weighting(objectives, encoded), task_losses.detach())

    def task_losses(
        self, member_logits: Tensor, branch_logits: Tensor, codes: Tensor, label_weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the loss of each task and its objective, ``L_t + beta sum_b L_t^b``.

        Both have shape (n_tasks,); the arguments are those of ``forward``. In training they are
        means over members. In evaluation they are computed from the averaged logits, as predictions
        are.
        """
        if not self.training:
            member_logits = member_logits.mean(0, keepdim=True)
            branch_logits = branch_logits.mean(0, keepdim=True)
        logits = member_logits.unsqueeze(1)
        if branch_logits.shape[1] > 1:
            logits = torch.cat([logits, branch_logits], dim=1)
        codes = codes.expand(*logits.shape[:2], -1, -1)
        per_label = self._by_kind(
            [
                kind.losses(logits, codes, self.class_mask, self.label_smoothing)
                for kind in self.kinds
            ],
            self.has_kind,
        )  # (n_members, 1 or 1 + n_branches, batch, n_tasks)
        per_task = (per_label * label_weights).mean(dim=(0, 2))  # (1 or 1 + n_branches, n_tasks)
        objectives = per_task[0] + self.branch_loss_weight * per_task[1:].sum(0)
        return per_task[0], self.of_whole_batch(objectives) if self.training else objectives

    def reconstruction_loss(
        self, scaled: Tensor, reconstructions: Tensor, row_weights: Tensor
    ) -> Tensor:
        """Return ``lambda`` times the mean squared error of (batch, n_trunks, *sample_shape)."""
        known = scaled.detach()  # else learned columns would shrink
        squared = (reconstructions - known.unsqueeze(1)).square().flatten(1).mean(1)  # (batch,)
        return self.reconstruction_weight * (squared * row_weights).mean()

    def probabilities(self, task_logits: Tensor, tasks: slice = slice(None)) -> Tensor:
        """Map logits of all or some tasks to probabilities of the same shape.

        Padded classes get 0, whatever their logits.
        """
        logits = task_logits.masked_fill(~self.class_mask[tasks], -torch.inf)
        return self._by_kind(
            [kind.probabilities(logits) for kind in self.kinds],
            self.has_kind[:, tasks].unsqueeze(2),
        )

    def constant_losses(self, class_weights: Tensor) -> Tensor:
        """Return each task's loss of the best constant classifier, of shape (n_tasks,).

        ``class_weights (n_tasks, max_classes)`` is the total weight of each class; label smoothing
        spreads a share of it over the classes.
        """
        n_classes = self.class_mask.sum(1, keepdim=True)
        spread = class_weights.sum(1, keepdim=True) * self.class_mask / n_classes
        class_weights = torch.lerp(class_weights, spread, self.label_smoothing)
        return self._by_kind(
            [kind.constant_losses(class_weights, self.class_mask) for kind in self.kinds],
            self.has_kind,
        )

    @staticmethod
    def _by_kind(per_kind: list[Tensor], has_kind: Tensor) -> Tensor:
        """Return the values of each task, computed by its own kind of loss."""
        if len(per_kind) == 1:
            return per_kind[0]
        return torch.stack([x * has for x, has in zip(per_kind, has_kind, strict=True)]).sum(0)
