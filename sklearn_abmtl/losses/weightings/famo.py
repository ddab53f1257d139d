"""Fast adaptive multi-task optimisation: all losses fall at the same rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._options import Spec
from ._base import MIN_LOSS, LossWeighting, equal_weights


@dataclass(kw_only=True)
class FAMO(Spec):
    """Fast adaptive multi-task optimisation: ``w_t = c z_t / L_t``, ``z = softmax(scores)``.

    Parameters
    ----------
    lr : float, default=0.025
        Learning rate of the scores, positive.
    weight_decay : float, default=0.001
        Weight decay of the scores, in [0, 1).

    Notes
    -----
    ``c`` makes the weights sum to 1. After each step of the network, a step of Adam lowers
    ``sum_t z_t d_t``. There ``d_t = log L_t - log L_t'`` is the fall of the loss of the same batch
    through the step of the network; to compute it takes one more forward pass. A task without a
    label in the batch has weight 0 and ``d_t = 0``.

    References
    ----------
    Liu, Feng, Stone and Liu (2023). FAMO: Fast Adaptive Multitask Optimization. NeurIPS.

    Examples
    --------
    >>> import torch
    >>> FAMO().build(["digit", "parity"]).weigh(torch.tensor([3.0, 1.0]))
    tensor([0.2500, 0.7500])
    """

    lr: float = 0.025
    weight_decay: float = 1e-3

    def build(self, task_names: list[str]) -> LossWeighting:
        """Build the module for some tasks."""
        self.check_positive("lr")
        self.check_shares("weight_decay")
        return FAMOModule(equal_weights(task_names), self.lr, self.weight_decay)


class FAMOModule(LossWeighting):
    """One score per task, and the optimiser of the scores."""

    before: Tensor

    def __init__(self, fixed_weights: Tensor, lr: float, weight_decay: float) -> None:
        super().__init__(fixed_weights)
        self.scores = nn.Parameter(torch.zeros_like(fixed_weights))
        self.optimizer = torch.optim.Adam([self.scores], lr=lr, weight_decay=weight_decay)
        self.register_buffer("before", torch.zeros_like(fixed_weights), persistent=False)

    def weigh(self, objectives: Tensor) -> Tensor:
        self.before = objectives.detach()
        shares = self.scores.detach().softmax(dim=0)
        weights = torch.where(self.before > 0, shares / self.before.clamp(min=MIN_LOSS), 0)
        return weights / weights.sum().clamp(min=MIN_LOSS)

    def optimizers(self) -> list[torch.optim.Optimizer]:
        return [self.optimizer]

    def after_step(self, objectives: Callable[[], Tensor]) -> None:
        with torch.no_grad():
            after = objectives().clamp(min=MIN_LOSS)
        falls = self.before.clamp(min=MIN_LOSS).log() - after.log()
        falls = torch.where(self.before > 0, falls, 0)
        (self.scores.softmax(dim=0) @ falls).backward()
        self.optimizer.step()
        self.scores.grad = None  # the optimiser of the network also has the scores
