"""Binary cross-entropy, one class against the rest."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from ._base import TaskLoss


class BinaryCrossEntropy(TaskLoss):
    """One sigmoid per class, summed over classes; probabilities are the sigmoids, normalised.

    With two classes one sigmoid is enough, and it equals the softmax of two logits. For them
    :class:`CrossEntropy` is used.
    """

    def losses(
        self, logits: Tensor, codes: Tensor, class_mask: Tensor, label_smoothing: float
    ) -> Tensor:
        class_ids = torch.arange(logits.shape[-1], device=logits.device)
        targets = (codes.unsqueeze(-1) == class_ids).to(logits.dtype)
        targets = (1 - label_smoothing) * targets + label_smoothing / class_mask.sum(-1)[:, None]
        per_class = softplus(logits) - logits * targets  # (..., n_tasks, max_classes)
        return (per_class * class_mask).sum(-1)

    def probabilities(self, logits: Tensor) -> Tensor:
        return logsigmoid(logits).softmax(dim=-1)

    def constant_losses(self, class_weights: Tensor, class_mask: Tensor) -> Tensor:
        total = class_weights.sum(1, keepdim=True)
        share = class_weights / total
        own = torch.xlogy(class_weights, share)
        rest = torch.xlogy(total - class_weights, 1 - share)
        return -((own + rest) * class_mask).sum(1)
