"""Learning the task matrix from held-out rows by penalised pseudo-likelihood."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ...nn import TaskMatrix, label_residuals

N_FOLDS = 3
CALIBRATION_PENALTIES = (30.0,)
COUPLING_PENALTIES = (2.0, 10.0, 50.0)
MAX_COPIES = 8
MAX_MASKED_VALUES = 2**19
MAX_FULL_RANK = 128
LOW_RANK = 32
MAX_STEPS = 20
MIN_STANDARD_ERRORS = 2.0
MIN_RARER_LABELS = 30

Parameters = tuple[Tensor, ...]
ToProbabilities = Callable[[Tensor], Tensor]


class HeldOut(NamedTuple):
    """Rows that the network did not learn from.

    Attributes
    ----------
    logits : Tensor of shape (n_samples, n_tasks, max_classes)
    residuals : Tensor of shape (n_samples, n_tasks, max_classes)
        Residuals of the labels that are taken as known, 0 elsewhere.
    codes : Tensor of shape (n_samples, n_tasks)
        Class numbers; -1 where the label is missing.
    label_weights : Tensor of shape (n_samples, n_tasks)
        0 where the label is missing. The other weights of a task have the mean 1.
    """

    logits: Tensor
    residuals: Tensor
    codes: Tensor
    label_weights: Tensor

    def take(self, rows: Tensor | slice) -> HeldOut:
        """Return some of the rows."""
        return HeldOut(*(tensor[rows] for tensor in self))


class Step(ABC):
    """One of the two learning steps. The first axis of its parameters is the tasks."""

    penalties: tuple[float, ...]
    min_rarer_labels: int  # least number of labels outside the task's most frequent class

    @abstractmethod
    def initial(self, rows: HeldOut) -> Parameters:
        """Return the parameters that leave the logits unchanged."""

    @abstractmethod
    def logits(self, parameters: Parameters, rows: HeldOut) -> Tensor:
        """Return the changed logits (n_samples, n_tasks, max_classes)."""


class Calibration(Step):
    """A temperature and a bias per task: ``z / tau + b``.

    If almost all labels are of one class, more confident logits lower the loss of these labels. The
    cost for labels of other classes can be measured only if there are enough of them. Therefore a
    minimum number of such labels is required.
    """

    penalties = CALIBRATION_PENALTIES
    min_rarer_labels = MIN_RARER_LABELS

    def initial(self, rows: HeldOut) -> Parameters:
        _, n_tasks, n_classes = rows.logits.shape
        return rows.logits.new_zeros(n_tasks, 1), rows.logits.new_zeros(n_tasks, n_classes)

    def logits(self, parameters: Parameters, rows: HeldOut) -> Tensor:
        log_scale, bias = parameters
        return rows.logits * log_scale.exp() + bias


class Coupling(Step):
    """The weights of the labels of other tasks. The label of the task itself is left out."""

    penalties = COUPLING_PENALTIES
    min_rarer_labels = 0

    def __init__(self, reading: Tensor) -> None:
        self.reading = reading  # (n_tasks, max_classes, rank)

    def initial(self, rows: HeldOut) -> Parameters:
        _, n_tasks, n_classes = rows.logits.shape
        return (rows.logits.new_zeros(n_tasks, self.reading.shape[2], n_classes),)

    def logits(self, parameters: Parameters, rows: HeldOut) -> Tensor:
        (writing,) = parameters
        read = torch.einsum("ntk,tkr->nr", rows.residuals, self.reading)
        own = torch.einsum("tkr,trj->tkj", self.reading, writing)
        of_own_label = torch.einsum("ntk,tkj->ntj", rows.residuals, own)
        return rows.logits + torch.einsum("nr,trk->ntk", read, writing) - of_own_label


def learn_task_matrix(
    matrix: TaskMatrix,
    task_logits: Tensor,
    codes: Tensor,
    label_weights: Tensor,
    to_probabilities: ToProbabilities,
) -> None:
    """Learn the task matrix from held-out logits, as far as it lowers the held-out losses.

    First the temperature and the bias of each task are learned separately. Then these are fixed,
    and the weights of the other tasks' labels are learned. For this, each row is copied several
    times, and in each copy a random share of its labels is taken as known. So one matrix can be
    used with any set of known labels. The penalty of each task is chosen by cross-validation. One
    of the candidates is no change. It is chosen unless another candidate is better by more than two
    standard errors. A temperature and a bias are learned only for tasks with at least 30 labels
    outside their most frequent class.

    Parameters
    ----------
    matrix : TaskMatrix
    task_logits : Tensor of shape (n_samples, n_tasks, max_classes)
    codes : Tensor of shape (n_samples, n_tasks)
        Class numbers; -1 where the label is missing.
    label_weights : Tensor of shape (n_samples, n_tasks)
        0 where the label is missing.
    to_probabilities : callable
        Maps logits to probabilities of the same shape.

    References
    ----------
    Besag (1975). Statistical Analysis of Non-Lattice Data. The Statistician 24.

    Godbole and Sarawagi (2004). Discriminative Methods for Multi-labeled Classification. PAKDD.

    Uria, Murray and Larochelle (2014). A Deep and Tractable Density Estimator. ICML.
    """
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(codes), generator=generator).to(codes.device)
    logits, codes, weights = task_logits.double()[order], codes[order], label_weights[order]
    weights = weights.double() / weights.double().sum(0).clamp(min=1e-12) * (weights > 0).sum(0)
    rows = HeldOut(logits, torch.zeros_like(logits), codes, weights)

    calibration = Calibration()
    log_scale, bias = learn(calibration, rows, to_probabilities, 1)
    matrix.inverse_temperature, matrix.bias = log_scale.exp(), bias

    calibrated = calibration.logits((log_scale, bias), rows)
    residuals = label_residuals(to_probabilities(calibrated), codes)
    n_copies = max(1, min(MAX_COPIES, MAX_MASKED_VALUES // logits.numel()))
    drawn = torch.rand(n_copies * len(codes), 1 + codes.shape[1], generator=generator)
    is_known = (drawn[:, 1:] < drawn[:, :1]).to(codes.device)  # each row has another share
    masked = HeldOut(
        calibrated.repeat(n_copies, 1, 1),
        residuals.repeat(n_copies, 1, 1) * is_known.unsqueeze(2),
        codes.repeat(n_copies, 1),
        weights.repeat(n_copies, 1) / n_copies,
    )
    matrix.reading = read_from(residuals)
    (matrix.writing,) = learn(Coupling(matrix.reading), masked, to_probabilities, n_copies)


def read_from(residuals: Tensor) -> Tensor:
    """Return an orthonormal basis (n_tasks, max_classes, rank) of the residuals.

    It is the identity if the tasks have few classes in total. If not, it consists of the principal
    axes of the held-out residuals; there are at most as many axes as rows.
    """
    _, n_tasks, n_classes = residuals.shape
    n_read = n_tasks * n_classes
    if n_read <= MAX_FULL_RANK:
        basis = torch.eye(n_read).to(residuals)
    else:
        rank = min(LOW_RANK, len(residuals))
        _, _, basis = torch.pca_lowrank(residuals.flatten(1), q=rank, center=False)
    return basis.reshape(n_tasks, n_classes, -1)


def learn(
    step: Step, rows: HeldOut, to_probabilities: ToProbabilities, n_copies: int
) -> Parameters:
    """Return the parameters of the best candidate of each task, which may be no change."""
    best = choose(step, rows, to_probabilities, n_copies)  # (n_tasks,)
    parameters = step.initial(rows)
    for candidate, penalty in enumerate(step.penalties, start=1):
        if (best == candidate).any():
            fitted = fit(step, rows, penalty, to_probabilities)
            parameters = tuple(
                torch.where((best == candidate).reshape(-1, *[1] * (new.ndim - 1)), new, old)
                for new, old in zip(fitted, parameters, strict=True)
            )
    return parameters


def choose(step: Step, rows: HeldOut, to_probabilities: ToProbabilities, n_copies: int) -> Tensor:
    """Return the number of the best penalty of each task by cross-validation; 0 is no change."""
    n_samples = len(rows.codes) // n_copies
    fold = torch.arange(n_samples, device=rows.codes.device).repeat(n_copies) % N_FOLDS
    unchanged = label_losses(rows.logits, rows, to_probabilities)
    losses = unchanged.repeat(1 + len(step.penalties), 1, 1)
    for candidate, penalty in enumerate(step.penalties, start=1):
        for number in range(min(N_FOLDS, n_samples)):
            held_out = rows.take(fold == number)
            fitted = fit(step, rows.take(fold != number), penalty, to_probabilities)
            logits = step.logits(fitted, held_out)
            losses[candidate, fold == number] = label_losses(logits, held_out, to_probabilities)
    per_row = losses.unflatten(1, (n_copies, n_samples)).sum(1)
    # (n_candidates, n_samples, n_tasks)
    gains = per_row[0] - per_row
    best = gains.sum(1).argmax(0)  # (n_tasks,)
    gain = gains.gather(0, best.expand(1, n_samples, -1))[0]
    is_better = gain.sum(0) > MIN_STANDARD_ERRORS * gain.square().sum(0).sqrt()
    has_labels = count_rarer_labels(rows.take(slice(n_samples))) >= step.min_rarer_labels
    return torch.where(is_better & has_labels, best, 0)


def count_rarer_labels(rows: HeldOut) -> Tensor:
    """Return the number of labels outside the most frequent class of each task, (n_tasks,)."""
    is_class = one_hot(rows.codes.clamp(min=0), rows.logits.shape[2])
    per_class = (is_class * (rows.label_weights > 0).unsqueeze(2)).sum(0)  # (n_tasks, max_classes)
    return per_class.sum(1) - per_class.amax(1)


def fit(step: Step, rows: HeldOut, penalty: float, to_probabilities: ToProbabilities) -> Parameters:
    """Minimise the loss of all labels plus half the penalty times the squared parameters."""
    parameters = [tensor.requires_grad_() for tensor in step.initial(rows)]
    optimizer = torch.optim.LBFGS(parameters, max_iter=MAX_STEPS, line_search_fn="strong_wolfe")

    def objective() -> Tensor:
        optimizer.zero_grad()
        loss = label_losses(step.logits(tuple(parameters), rows), rows, to_probabilities).sum()
        loss = loss + penalty / 2 * sum(tensor.square().sum() for tensor in parameters)
        loss.backward()
        return loss

    optimizer.step(objective)
    return tuple(tensor.detach() for tensor in parameters)


def label_losses(logits: Tensor, rows: HeldOut, to_probabilities: ToProbabilities) -> Tensor:
    """Return the weighted loss of each label, of shape (n_samples, n_tasks)."""
    probabilities = to_probabilities(logits)
    own = probabilities.gather(2, rows.codes.clamp(min=0).unsqueeze(2)).squeeze(2)
    return -own.clamp(min=1e-12).log() * rows.label_weights
