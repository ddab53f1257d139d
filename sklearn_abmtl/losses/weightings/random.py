"""Random weights, a baseline for every other weighting."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..._options import Spec
from ._base import LossWeighting, equal_weights


@dataclass(kw_only=True)
class RandomWeights(Spec):
    """Random weights: ``w = softmax(g)`` with new normal numbers ``g`` in every step.

    Notes
    -----
    The numbers come from torch's generator of the device, which ``random_state`` seeds in ``fit``.

    References
    ----------
    Lin, Ye, Zhang and Tsang (2022). Reasonable Effectiveness of Random Weighting: A Litmus Test
    for Multi-Task Learning. TMLR.

    Examples
    --------
    >>> import torch
    >>> bool((RandomWeights().build(["digit", "parity"]).weigh(torch.ones(2)) > 0).all())
    True
    """

    def build(self, task_names: list[str]) -> LossWeighting:
        """Build the module for some tasks."""
        return RandomWeightsModule(equal_weights(task_names))


class RandomWeightsModule(LossWeighting):
    """Weights drawn from torch's generator."""

    needs_one_process = True  # each process would draw its own weights

    def weigh(self, objectives: Tensor) -> Tensor:
        return torch.randn_like(self.fixed_weights).softmax(dim=0)
