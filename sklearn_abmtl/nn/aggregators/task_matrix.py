"""The task matrix: how the known labels of a sample change the logits of its other tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

ToProbabilities = Callable[..., Tensor]


class TaskMatrix(nn.Module):
    """Logits given some of the labels: ``z'_t = b_t + z_t / tau_t + sum_u W_tu a_u``.

    ``a_u = onehot(y_u) - p_u`` where the label of task u is known, and 0 elsewhere; ``W_tu (K_u,
    K_t)`` is the weight ``S_tu`` of the pair of tasks times the compatibilities ``M_tu`` of their
    classes. It is stored as ``W = reading @ writing``, of full or low rank. The matrix starts as
    the identity: ``z' = z``, whichever labels are known.

    Parameters
    ----------
    n_tasks : int
    max_classes : int
    """

    inverse_temperature: Tensor
    bias: Tensor
    reading: Tensor
    writing: Tensor

    def __init__(self, n_tasks: int, max_classes: int) -> None:
        super().__init__()
        self.register_buffer("inverse_temperature", torch.ones(n_tasks, 1))
        self.register_buffer("bias", torch.zeros(n_tasks, max_classes))
        self.register_buffer("reading", torch.zeros(n_tasks, max_classes, 0))
        self.register_buffer("writing", torch.zeros(n_tasks, 0, max_classes))

    @property
    def is_learned(self) -> bool:
        """Whether the matrix was learned from held-out rows."""
        return self.writing.shape[1] > 0

    @property
    def couples_tasks(self) -> bool:
        """Whether a known label changes other tasks, that is, whether a task weight is not 0."""
        return bool(self.writing.any())

    @property
    def task_weights(self) -> Tensor:
        """Weights ``S`` of shape (n_tasks, n_tasks): the norm of ``W_tu``; zero diagonal."""
        # |R W|^2 = tr(W' R'R W), the product of R'R and W W' cell by cell
        of_reading = torch.einsum("ukr,uks->urs", self.reading, self.reading).flatten(1)
        of_writing = torch.einsum("trk,tsk->trs", self.writing, self.writing).flatten(1)
        return (of_writing @ of_reading.T).clamp(min=0).sqrt().fill_diagonal_(0.0)

    def reset(self) -> None:
        """Set the matrix back to the identity."""
        n_tasks, max_classes = self.bias.shape
        for name, start in TaskMatrix(n_tasks, max_classes).named_buffers():
            setattr(self, name, start.to(self.bias.device))

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Resize the buffers to the saved rank and dtype, then load them."""
        saved = state_dict.get(prefix + "reading", self.reading)
        n_tasks, max_classes = self.bias.shape
        *sides, rank = saved.shape or (0,)
        if saved.dtype in (self.bias.dtype, torch.float64) and sides == [n_tasks, max_classes]:
            self.reading = self.reading.new_empty(n_tasks, max_classes, rank)
            self.writing = self.writing.new_empty(n_tasks, rank, max_classes)
            self.to(saved.dtype)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def forward(self, task_logits: Tensor, tasks: slice = slice(None)) -> Tensor:
        """Return the calibrated logits (batch, n_tasks, max_classes), without any known labels.

        The logits are those of all tasks, or of the tasks in the slice ``tasks``.
        """
        return task_logits * self.inverse_temperature[tasks] + self.bias[tasks]

    def condition(self, calibrated: Tensor, residuals: Tensor) -> Tensor:
        """Return the logits (batch, n_tasks, max_classes), changed by the known labels.

        Parameters
        ----------
        calibrated : Tensor of shape (batch, n_tasks, max_classes)
            As returned by ``forward``.
        residuals : Tensor of shape (batch, n_tasks, max_classes)
            ``a``: label minus probability where the label is known, 0 elsewhere.
        """
        read = torch.einsum("btk,tkr->br", residuals, self.reading)
        return calibrated + torch.einsum("br,trk->btk", read, self.writing)


def conditional_probabilities(
    matrix: TaskMatrix, calibrated: Tensor, codes: Tensor, to_probabilities: ToProbabilities
) -> Tensor:
    """Return the probabilities (batch, n_tasks, max_classes) given some labels.

    Parameters
    ----------
    matrix : TaskMatrix
    calibrated : Tensor of shape (batch, n_tasks, max_classes)
        Logits calibrated by the matrix.
    codes : Tensor of shape (batch, n_tasks)
        Class numbers of the known labels, which get probability 1; -1 elsewhere.
    to_probabilities : callable
        Maps logits to probabilities of the same shape.
    """
    residuals = label_residuals(to_probabilities(calibrated), codes)
    probabilities = to_probabilities(matrix.condition(calibrated, residuals))
    labels = one_hot(codes.clamp(min=0), probabilities.shape[2]).to(probabilities)
    return torch.where((codes >= 0).unsqueeze(2), labels, probabilities)


def label_residuals(probabilities: Tensor, codes: Tensor) -> Tensor:
    """Return ``onehot(y) - p`` of shape (..., n_tasks, max_classes), 0 where a code is -1."""
    labels = one_hot(codes.clamp(min=0), probabilities.shape[-1])
    return (labels - probabilities) * (codes >= 0).unsqueeze(-1)
