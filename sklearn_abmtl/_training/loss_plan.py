"""The options from which the loss of a network is built."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

from .._data.label_encoder import TaskLabelEncoder
from ..losses import MultiTaskLoss
from ..losses.assembly import build_loss

LOSS_OPTIONS = (
    "losses",
    "loss_weights",
    "label_smoothing",
    "branch_loss_weight",
    "reconstruction_weight",
)


@dataclass(frozen=True, kw_only=True)
class LossPlan:
    """The options from which a loss is built, and the weights of the classes.

    Parameters
    ----------
    labels : TaskLabelEncoder
    losses, loss_weights, label_smoothing, branch_loss_weight, reconstruction_weight : object
        Parameters of the estimator.
    class_weight : 'balanced', dict, list or None, default=None
        Not used by the loss itself, but for the weights of the labels.
    """

    labels: TaskLabelEncoder
    losses: Any
    loss_weights: Any
    label_smoothing: float
    branch_loss_weight: float
    reconstruction_weight: float
    class_weight: Any = None

    @classmethod
    def choose(cls, parameters: Mapping[str, Any], labels: TaskLabelEncoder) -> Self:
        """Return a plan with copies of the estimator's parameters, since these may change later."""
        names = (*LOSS_OPTIONS, "class_weight")
        return cls(labels=labels, **{name: copy.copy(parameters[name]) for name in names})

    @property
    def options(self) -> dict[str, Any]:
        """The options from which the same loss is built again."""
        return {name: getattr(self, name) for name in LOSS_OPTIONS}

    def build(self, class_mask: Tensor, dtype: str) -> MultiTaskLoss:
        """Build the loss for the network's classes (n_tasks, max_classes)."""
        task_names = self.labels.task_names_
        loss = build_loss(task_names=task_names, class_mask=class_mask, **self.options)
        return loss.to(getattr(torch, dtype))
