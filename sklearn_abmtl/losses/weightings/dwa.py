"""Dynamic weight average: weights by the speed at which the losses fall."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..._options import Spec
from ._base import LossWeighting, equal_weights


@dataclass(kw_only=True)
class DWA(Spec):
    """Dynamic weight average: ``w = softmax(r / temperature)``, ``r_t = L_t(e-1) / L_t(e-2)``.

    Parameters
    ----------
    temperature : float, default=2.0
        Positive; with a higher temperature the weights are more equal.

    Notes
    -----
    ``L_t(e)`` is the mean training loss of task t in epoch e. The first two epochs have equal
    weights. ``r_t`` is 1 for a task that had no label in one of the epochs.

    References
    ----------
    Liu, Johns and Davison (2019). End-to-End Multi-Task Learning with Attention. CVPR.

    Examples
    --------
    >>> import torch
    >>> weighting = DWA().build(["digit", "parity"])
    >>> weighting.after_epoch(torch.tensor([1.0, 1.0]))
    >>> weighting.after_epoch(torch.tensor([0.2, 0.8]))  # the second task falls more slowly
    >>> weighting.weigh(torch.ones(2))
    tensor([0.4256, 0.5744])
    """

    temperature: float = 2.0

    def build(self, task_names: list[str]) -> LossWeighting:
        """Build the module for some tasks."""
        self.check_positive("temperature")
        return DWAModule(equal_weights(task_names), self.temperature)


class DWAModule(LossWeighting):
    """The losses of the last two epochs; NaN if there is none."""

    earlier: Tensor
    latest: Tensor

    def __init__(self, fixed_weights: Tensor, temperature: float) -> None:
        super().__init__(fixed_weights)
        self.temperature = temperature
        self.register_buffer("earlier", torch.full_like(fixed_weights, torch.nan))
        self.register_buffer("latest", torch.full_like(fixed_weights, torch.nan))

    def weigh(self, objectives: Tensor) -> Tensor:
        ratios = (self.latest / self.earlier).nan_to_num(nan=1.0, posinf=1.0)
        return (ratios / self.temperature).softmax(dim=0)

    def after_epoch(self, task_losses: Tensor) -> None:
        self.earlier, self.latest = self.latest, task_losses
