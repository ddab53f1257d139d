"""Fixed weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import torch
from torch import Tensor

from ..._options import Spec, per_task
from ._base import LossWeighting


@dataclass(kw_only=True)
class FixedWeights(Spec):
    """Fixed weights: ``sum_t w_t L_t / sum_t w_t``; all equal by default.

    Parameters
    ----------
    weights : float, array-like of shape (n_tasks,) or dict, default=1.0
        Positive weights of the tasks; 1 for tasks left out of a dict.

    References
    ----------
    Kurin, De Palma, Kostrikov, Whiteson and Kumar (2022). In Defense of the Unitary
    Scalarization for Deep Multi-Task Learning. NeurIPS.

    Examples
    --------
    >>> FixedWeights(weights={"digit": 3.0}).build(["digit", "parity"]).fixed_weights
    tensor([0.7500, 0.2500])
    """

    weights: float | Sequence[float] | Mapping[str, float] = 1.0

    def build(self, task_names: list[str]) -> LossWeighting:
        """Build the module for some tasks."""
        weights = per_task(self.weights, task_names, "loss_weights", 1.0)
        for task, weight in zip(task_names, weights, strict=True):
            if not isinstance(weight, Real) or not 0 < float(weight) < float("inf"):
                raise ValueError(f"loss_weights of task {task!r} must be > 0; found {weight!r}.")
        return FixedWeightsModule(torch.tensor([float(weight) for weight in weights]))


class FixedWeightsModule(LossWeighting):
    """The same weights in every step."""

    moves = False

    def weigh(self, objectives: Tensor) -> Tensor:
        return self.fixed_weights
