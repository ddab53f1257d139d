"""Labels, some missing, and logits of tasks with 2, 5 and 3 classes."""

from __future__ import annotations

import torch
from contracts import random_tensor
from torch import Tensor

from sklearn_abmtl.losses import FixedWeights, MultiTaskLoss, TaskLoss

N_CLASSES = [2, 5, 3]
CLASS_MASK = torch.arange(5) < torch.tensor(N_CLASSES).unsqueeze(1)
PADDING_LOGIT = -1e30


def padded(logits: Tensor) -> Tensor:
    """Give padded classes the logit that the network gives them."""
    return logits.masked_fill(~CLASS_MASK, PADDING_LOGIT)


def random_logits(*batch: int, seed: int = 0) -> Tensor:
    """Return logits of shape (*batch, 3, 5)."""
    return padded(2 * random_tensor(*batch, 3, 5, seed=seed))


def random_codes(n_samples: int, missing: float = 0.0) -> Tensor:
    """Return codes of shape (n_samples, 3); -1 for a share of the labels."""
    generator = torch.Generator().manual_seed(1)
    columns = [torch.randint(k, (n_samples,), generator=generator) for k in N_CLASSES]
    is_missing = torch.rand(n_samples, 3, generator=generator) < missing
    return torch.stack(columns, dim=1).masked_fill(is_missing, -1)


def label_weights(codes: Tensor) -> Tensor:
    """Return uneven weights, 0 where the label is missing."""
    return random_tensor(*codes.shape, seed=2).exp() * (codes >= 0)


def multi_task_loss(task_losses: TaskLoss | list[TaskLoss], **options: object) -> MultiTaskLoss:
    """Return a loss of the three tasks in float64."""
    kinds = task_losses if isinstance(task_losses, list) else [task_losses] * len(N_CLASSES)
    defaults = {"label_smoothing": 0.0, "branch_loss_weight": 0.5, "reconstruction_weight": 0.1}
    weighting = FixedWeights(weights=options.pop("loss_weights", 1.0)).build(["a", "b", "c"])
    return MultiTaskLoss(kinds, weighting, CLASS_MASK, **(defaults | options)).double()
