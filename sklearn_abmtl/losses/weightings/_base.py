"""Base class of loss weightings, which combine the losses of the tasks into one number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

MIN_LOSS = 1e-8  # losses are raised to it before their logarithm is taken


class LossWeighting(nn.Module, ABC):
    """Base class of the modules that loss weightings build.

    In evaluation mode fixed weights are used, so that losses of validation rows can be compared
    between epochs and between weightings.

    Parameters
    ----------
    fixed_weights : Tensor of shape (n_tasks,)
        Positive weights; they are divided by their sum.

    Attributes
    ----------
    fixed_weights : Tensor of shape (n_tasks,)
        Weights of the mean loss that is reported; they sum to 1.
    loss_weights : Tensor of shape (n_tasks,)
        Weights of the last step.
    moves : bool
        Whether the weights change during training.
    needs_one_process : bool
        True if the weights cannot be computed from a share of each batch, so training needs one
        process.
    """

    moves: ClassVar[bool] = True
    needs_one_process: ClassVar[bool] = False
    fixed_weights: Tensor
    loss_weights: Tensor

    def __init__(self, fixed_weights: Tensor) -> None:
        super().__init__()
        fixed_weights = fixed_weights / fixed_weights.sum()
        # not saved: a resumed training may have other options
        self.register_buffer("fixed_weights", fixed_weights, persistent=False)
        self.register_buffer("loss_weights", fixed_weights.clone(), persistent=False)

    def forward(self, objectives: Tensor, encoded: tuple[Tensor, ...] = ()) -> Tensor:
        """Return the value that is minimised.

        Parameters
        ----------
        objectives : Tensor of shape (n_tasks,)
            Losses of the tasks, including those of their branches; 0 for a task without a label in
            the batch.
        encoded : tuple of Tensor of shape (batch, ...)
            Output of the encoder that all tasks read; empty if the tasks share nothing.
        """
        if not self.training:
            return self.fixed_weights @ objectives
        return self.combine(objectives, encoded)

    def combine(self, objectives: Tensor, encoded: tuple[Tensor, ...]) -> Tensor:
        """Return the value that is minimised in a training step."""
        weights = self.weigh(objectives)
        self.loss_weights = weights.detach()
        return weights @ objectives

    @abstractmethod
    def weigh(self, objectives: Tensor) -> Tensor:
        """Return the weights of one step, of shape (n_tasks,)."""

    def optimizers(self) -> list[Optimizer]:
        """Return the weighting's own optimizers."""
        return []

    def after_step(self, objectives: Callable[[], Tensor]) -> None:
        """Use the objectives of the same batch again, after the step."""

    def after_epoch(self, task_losses: Tensor) -> None:
        """Use the mean losses (n_tasks,) of an epoch; NaN for a task without a label."""


def equal_weights(task_names: list[str]) -> Tensor:
    """Return equal weights, of shape (n_tasks,)."""
    return torch.ones(len(task_names))
