"""Categorical cross-entropy."""

from __future__ import annotations

import torch
from torch import Tensor

from ._base import TaskLoss


class CrossEntropy(TaskLoss):
    """``-log softmax(z)_y``, with label smoothing over the real classes."""

    def losses(
        self, logits: Tensor, codes: Tensor, class_mask: Tensor, label_smoothing: float
    ) -> Tensor:
        log_probabilities = logits.log_softmax(dim=-1)
        picked = log_probabilities.gather(-1, codes.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        if not label_smoothing:
            return -picked
        mean = (log_probabilities * class_mask).sum(-1) / class_mask.sum(-1)
        return -(1 - label_smoothing) * picked - label_smoothing * mean

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.softmax(dim=-1)

    def constant_losses(self, class_weights: Tensor, class_mask: Tensor) -> Tensor:
        total = class_weights.sum(1, keepdim=True)
        return -torch.xlogy(class_weights, class_weights / total).sum(1)
