"""The geometric mean of the losses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..._options import Spec
from ._base import MIN_LOSS, LossWeighting, equal_weights


@dataclass(kw_only=True)
class GeometricMean(Spec):
    """Geometric mean of the losses: ``G = (prod_t L_t)^(1/T)``, as weights ``w_t = G / (T L_t)``.

    Notes
    -----
    With these weights, taken as constants, the weighted sum has the value and the gradient of the
    geometric mean. Tasks without a label in the batch are left out of the mean and have weight 0.

    References
    ----------
    Chennupati, Sistu, Yogamani and Rawashdeh (2019). MultiNet++: Multi-Stream Feature Aggregation
    and Geometric Loss Strategy for Multi-Task Learning. CVPR Workshops.

    Examples
    --------
    >>> import torch
    >>> weighting = GeometricMean().build(["digit", "parity"])
    >>> weighting(torch.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def build(self, task_names: list[str]) -> LossWeighting:
        """Build the module for some tasks."""
        return GeometricMeanModule(equal_weights(task_names))


class GeometricMeanModule(LossWeighting):
    """Weights computed from the losses alone."""

    def weigh(self, objectives: Tensor) -> Tensor:
        is_known = objectives.detach() > 0
        losses = objectives.detach().clamp(min=MIN_LOSS)
        n_known = is_known.sum().clamp(min=1)
        mean = (torch.where(is_known, losses.log(), 0).sum() / n_known).exp()
        return torch.where(is_known, mean / (n_known * losses), 0)
