"""Gradient methods: torchjd combines the gradients of the tasks for their shared encoder."""

from __future__ import annotations

import copy
import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..._options import Spec
from ._base import LossWeighting, equal_weights

Combine = Callable[[Tensor], Tensor]


@dataclass(kw_only=True)
class GradientMethod(Spec, ABC):
    """A subclass chooses an aggregator of torchjd; its options are those of the aggregator.

    Notes
    -----
    The gradients of the tasks with respect to the encoder's output are the rows of J, one row per
    task. The encoder learns from ``A(J)``, with the scale that torchjd gives it, and all other
    parameters learn from the mean of the losses. A task without a label in the batch has no row.
    The gradients are computed one after the other, and most aggregators wait for the device.

    References
    ----------
    Quinton and Rey (2024). Jacobian Descent for Multi-Objective Optimization. arXiv:2406.16232.
    """

    def build(self, task_names: list[str]) -> LossWeighting:
        """Build the module for some tasks."""
        return GradientMethodModule(equal_weights(task_names), self.new_aggregator())

    @abstractmethod
    def new_aggregator(self) -> Combine:
        """Return a function from gradients (n_tasks, n_values) to one gradient (n_values,)."""


@dataclass(kw_only=True)
class TorchJD(GradientMethod):
    """Any aggregator of torchjd, such as ``torchjd.aggregation.CAGrad(c=0.5)``.

    Parameters
    ----------
    aggregator : torchjd.aggregation.Aggregator
        Training uses a copy of it.
    """

    aggregator: Any

    def new_aggregator(self) -> Combine:
        """Return a copy of the aggregator."""
        return copy.deepcopy(self.aggregator)


class GradientMethodModule(LossWeighting):
    """Equal weights, and a combined gradient for the encoder that the tasks share."""

    moves = False
    needs_one_process = True

    def __init__(self, fixed_weights: Tensor, aggregator: Combine) -> None:
        super().__init__(fixed_weights)
        self.aggregator = aggregator

    def weigh(self, objectives: Tensor) -> Tensor:
        return self.fixed_weights

    def combine(self, objectives: Tensor, encoded: tuple[Tensor, ...]) -> Tensor:
        if not encoded:
            raise ValueError(
                "loss_weights that combine gradients need an encoder that the tasks share; "
                "found sharing='soft'."
            )
        gradients = _gradients(objectives, encoded)  # (n_tasks, n_values)
        combined = self._aggregate(gradients[objectives > 0])  # (n_values,)
        # a term of value 0: it replaces the mean gradient of the output by the combined one
        values = torch.cat([tensor.flatten() for tensor in encoded])
        term = values @ (combined - gradients.mean(dim=0))
        return super().combine(objectives, encoded) + term - term.detach()

    def _aggregate(self, gradients: Tensor) -> Tensor:
        if not len(gradients):  # a batch without a label
            return gradients.sum(dim=0)
        scale = gradients.norm().clamp(min=torch.finfo(gradients.dtype).tiny)
        combined = self.aggregator(gradients / scale)  # torchjd treats small gradients as 0
        if getattr(combined, "shape", None) != gradients.shape[1:]:
            raise ValueError(
                "loss_weights must map gradients of shape (n_tasks, n_values), here "
                f"{tuple(gradients.shape)}, to one of shape (n_values,); found {combined!r}."
            )
        return scale * combined


def _gradients(objectives: Tensor, encoded: tuple[Tensor, ...]) -> Tensor:
    """Return the gradients of the tasks for the encoder's output, of shape (n_tasks, n_values)."""
    # in chunks of 1, as torch.vmap does not support recurrent layers
    jacobians = torchjd_module("autojac").jac(
        objectives, encoded, retain_graph=True, parallel_chunk_size=1
    )
    return torch.cat([jacobian.flatten(1) for jacobian in jacobians], dim=1)


def torchjd_module(name: str) -> Any:
    """Import a module of torchjd.

    Raises
    ------
    ImportError
        If torchjd is missing.
    """
    try:
        return importlib.import_module(f"torchjd.{name}")
    except ImportError as error:
        raise ImportError(
            "loss_weights that combine gradients need torchjd; "
            "install it with: pip install 'sklearn-abmtl[gradients]'"
        ) from error
