"""Weights learned from the uncertainty of each task."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..._options import Spec
from ._base import LossWeighting, equal_weights


@dataclass(kw_only=True)
class Uncertainty(Spec):
    """Learned uncertainties: ``1/T sum_t (exp(-s_t) L_t + s_t / 2)``.

    Notes
    -----
    ``s_t`` is the logarithm of a variance. It starts at 0 (equal weights) and is trained with the
    network, without weight decay. A batch without a label of task t does not change ``s_t``. The
    weights ``exp(-s_t) / T`` need not sum to 1.

    References
    ----------
    Kendall, Gal and Cipolla (2018). Multi-Task Learning Using Uncertainty to Weigh Losses for
    Scene Geometry and Semantics. CVPR.

    Examples
    --------
    >>> import torch
    >>> weighting = Uncertainty().build(["digit", "parity"])
    >>> weighting(torch.tensor([3.0, 1.0])).item()
    2.0
    """

    def build(self, task_names: list[str]) -> LossWeighting:
        """Build the module for some tasks."""
        return UncertaintyModule(equal_weights(task_names))


class UncertaintyModule(LossWeighting):
    """The logarithm of a variance, one per task."""

    def __init__(self, fixed_weights: Tensor) -> None:
        super().__init__(fixed_weights)
        self.log_variances = nn.Parameter(torch.zeros_like(fixed_weights))

    def combine(self, objectives: Tensor, encoded: tuple[Tensor, ...]) -> Tensor:
        penalties = torch.where(objectives > 0, self.log_variances / 2, 0)
        return super().combine(objectives, encoded) + self.fixed_weights @ penalties

    def weigh(self, objectives: Tensor) -> Tensor:
        return self.fixed_weights * (-self.log_variances).exp()
