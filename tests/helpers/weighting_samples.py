"""Objectives of three tasks with a gradient of their shared parameters."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from contracts import random_tensor
from torch import Tensor

from sklearn_abmtl.losses import LOSS_WEIGHTINGS, LossWeighting

TASKS = ["a", "b", "c"]
GRADIENT_METHODS = {"upgrad", "pcgrad", "mgda"}
LOSSES_OF_STEPS = [[1.0, 1.0, 1.0], [0.8, 0.9, 0.5], [0.7, 0.2, 0.4], [0.1, 0.2, 0.3]]


def new_weighting(name: str, n_tasks: int = 3) -> LossWeighting:
    """Build a loss weighting in float64."""
    return LOSS_WEIGHTINGS[name]().build(TASKS[:n_tasks]).double()


def encoded_values(seed: int = 0) -> tuple[Tensor, ...]:
    """Return tokens (4, 2, 3) and a shared vector (4, 5)."""
    return tuple(random_tensor(*shape, seed=seed).requires_grad_() for shape in [(4, 2, 3), (4, 5)])


def directions(n_tasks: int = 3) -> Tensor:
    """Return the gradients of tasks of loss 1, of shape (n_tasks, 44)."""
    return random_tensor(3, 44, seed=1)[:n_tasks]


def objectives_of(values: Tensor, encoded: tuple[Tensor, ...], gradients: Tensor) -> Tensor:
    """Return objectives of given values and, where they are not 0, gradients."""
    slopes = gradients @ torch.cat([tensor.flatten() for tensor in encoded])
    return values * (1 + slopes - slopes.detach())


def take_steps(weighting: LossWeighting, order: Sequence[int] = (0, 1, 2)) -> LossWeighting:
    """Train on losses that fall, tasks in some order; each step is an epoch."""
    optimizer = torch.optim.SGD([*weighting.parameters(), torch.zeros(1)], lr=0.1)
    encoded = encoded_values()
    steps = torch.tensor(LOSSES_OF_STEPS, dtype=torch.float64)[:, list(order)]
    for losses, later in zip(steps, torch.cat([steps[1:], steps[-1:]]), strict=True):
        optimizer.zero_grad()
        weighting(objectives_of(losses, encoded, directions()[list(order)]), encoded).backward()
        optimizer.step()
        weighting.after_step(lambda later=later: later)
        weighting.after_epoch(losses)
    return weighting


def weights_at(weighting: LossWeighting, losses: list[float]) -> Tensor:
    """Return the weights of a step with these losses."""
    encoded = encoded_values()
    values = torch.tensor(losses, dtype=torch.float64)
    weighting(objectives_of(values, encoded, directions(len(losses))), encoded)
    return weighting.loss_weights
