"""The jointly most probable labels of a sample, by beam search along the tasks."""

from __future__ import annotations

import torch
from torch import Tensor

from .task_matrix import TaskMatrix, ToProbabilities, label_residuals

N_BEAMS = 16


def most_probable_codes(
    matrix: TaskMatrix, calibrated: Tensor, codes: Tensor, to_probabilities: ToProbabilities
) -> Tensor:
    """Return the class numbers (batch, n_tasks) that are most probable together.

    ``p(y) = prod_t p(y_t | y_1 .. y_{t-1}, known labels)``, searched with 16 beams.

    Parameters
    ----------
    matrix : TaskMatrix
    calibrated : Tensor of shape (batch, n_tasks, max_classes)
        Logits as the matrix calibrates them.
    codes : Tensor of shape (batch, n_tasks)
        Class numbers of the labels that are known; -1 elsewhere.
    to_probabilities : callable
        Logits (..., n_tasks, max_classes) to probabilities; its argument ``tasks``, a slice, tells
        which tasks they are of.

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
    beams = codes.unsqueeze(1)  # (batch, n_beams, n_tasks)
    for task, reading in enumerate(matrix.reading):
        logits = calibrated[:, None, task] + read @ matrix.writing[task]
        conditional = to_probabilities(logits.unsqueeze(2), slice(task, task + 1)).squeeze(2)
        known = codes[:, task, None]  # (batch, 1)
        is_choice = known.unsqueeze(2) == torch.arange(n_classes, device=codes.device)
        log_choice = torch.where(known.unsqueeze(2) < 0, conditional, is_choice).log()
        totals = (scores.unsqueeze(2) + log_choice).flatten(1)  # (batch, n_beams * max_classes)
        scores, best = totals.topk(min(N_BEAMS, totals.shape[1]))
        parents, chosen = best // n_classes, best % n_classes
        beams = beams.take_along_dim(parents.unsqueeze(2), dim=1)
        beams[:, :, task] = chosen
        news = reading[chosen] - (probabilities[:, task] @ reading).unsqueeze(1)
        read = read.take_along_dim(parents.unsqueeze(2), dim=1) + news * (known < 0).unsqueeze(2)
    return beams[:, 0]
