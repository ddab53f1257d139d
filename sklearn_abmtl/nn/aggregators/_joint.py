"""The jointly most probable labels of a sample, by beam search along the tasks."""

from __future__ import annotations

import torch
from torch import Tensor

from .task_matrix import TaskMatrix, ToProbabilities, label_residuals

N_BEAMS = 16


def most_probable_codes(
    matrix: TaskMatrix, calibrated: Tensor, codes: Tensor, to_probabilities: ToProbabilities
) -> Tensor:
    """Return the class numbers (batch, n_tasks) that are jointly most probable.

    ``p(y) = prod_t p(y_t | y_1 .. y_{t-1}, known labels)``, searched with 16 beams.

    Parameters
    ----------
    matrix : TaskMatrix
    calibrated : Tensor of shape (batch, n_tasks, max_classes)
        Logits calibrated by the matrix.
    codes : Tensor of shape (batch, n_tasks)
        Class numbers of the known labels; -1 elsewhere.
    to_probabilities : callable
        Maps logits (..., n_tasks, max_classes) to probabilities. Its argument ``tasks`` is the
        slice of the tasks to which the logits belong.

    References
    ----------
    Kumar, Vembu, Menon and Elkan (2013). Beam Search Algorithms for Multilabel Learning. Machine
    Learning 92.
    """
    n_classes = calibrated.shape[2]
    probabilities = to_probabilities(calibrated)
    residuals = label_residuals(probabilities, codes)
    read = torch.einsum("btk,tkr->br", residuals, matrix.reading).unsqueeze(1)
    scores = read.new_zeros(len(codes), 1)
    open_tasks = (codes < 0).any(0).nonzero().flatten()  # in other tasks all labels are known
    steps: list[tuple[Tensor, Tensor]] = []  # parents and class numbers, (batch, n_beams) each
    for task in open_tasks.tolist():
        reading = matrix.reading[task]
        logits = calibrated[:, None, task] + read @ matrix.writing[task]
        conditional = to_probabilities(logits.unsqueeze(2), slice(task, task + 1)).squeeze(2)
        known = codes[:, task, None]  # (batch, 1)
        is_choice = known.unsqueeze(2) == torch.arange(n_classes, device=codes.device)
        log_choice = torch.where(known.unsqueeze(2) < 0, conditional, is_choice).log()
        totals = (scores.unsqueeze(2) + log_choice).flatten(1)  # (batch, n_beams * max_classes)
        scores, best = totals.topk(min(N_BEAMS, totals.shape[1]))
        parents, chosen = best // n_classes, best % n_classes
        steps.append((parents, chosen))
        news = reading[chosen] - (probabilities[:, task] @ reading).unsqueeze(1)
        read = read.take_along_dim(parents.unsqueeze(2), dim=1) + news * (known < 0).unsqueeze(2)
    return codes.index_copy(1, open_tasks, _trace_back(steps)) if steps else codes


def _trace_back(steps: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Return the class numbers (batch, n_steps) that led to the first beam."""
    beam = torch.zeros_like(steps[0][0][:, :1])
    found = []
    for parents, chosen in reversed(steps):
        found.append(chosen.take_along_dim(beam, dim=1))
        beam = parents.take_along_dim(beam, dim=1)
    return torch.cat(found[::-1], dim=1)
