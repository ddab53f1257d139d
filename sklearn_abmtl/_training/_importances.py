"""How far each feature of a table moves what a network predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import gen_batches
from sklearn.utils.random import sample_without_replacement
from torch import Tensor

from ..losses import MultiTaskLoss
from ..nn import Network
from ._data import TaskData

MAX_PAIRS = 1024  # of a row and a task
MAX_ROWS = 16384  # that the means are taken over
BATCH_SIZE = 256
BLOCK_VALUES = 2**20  # of X that are read at a time
TINY = 1e-300  # below any probability that float64 tells from 0 in a sum


def feature_importances(
    network: Network, loss: MultiTaskLoss, data: TaskData, seed: int
) -> NDArray[np.float64]:
    """Return importances of shape (n_features,) that sum to 1, or are all 0.

    The mean, over pairs of a row and a task, of ``|d m / d x_j (x_j - mean)|``: to first order, how
    far the log-odds m of the predicted class move when the scaled feature x_j becomes its mean;
    summed over the columns of a feature that the network reads as several.

    Parameters
    ----------
    network : Network
        In evaluation mode, for samples of shape (n_features,).
    loss : MultiTaskLoss
        Maps logits to probabilities.
    data : TaskData
        Rows of the training.
    seed : int
        Of the draw of pairs, where there are more than ``MAX_PAIRS``.
    """
    tasks = torch.nonzero(network.class_mask.sum(1) > 1).flatten()  # others have but one answer
    n_grid = len(data.features) * len(tasks)
    pairs = sample_without_replacement(n_grid, min(n_grid, MAX_PAIRS), random_state=seed)
    pairs = torch.from_numpy(pairs).to(tasks.device)
    moves = torch.zeros(data.features.shape[1], dtype=torch.float64, device=tasks.device)
    means = _column_means(network, data)
    n_block = max(1, BLOCK_VALUES // data.features.shape[1])
    for batch in gen_batches(len(pairs), min(BATCH_SIZE, n_block)):
        rows = data.take(pairs[batch] // len(tasks))
        moves += _moves(network, loss, rows, tasks[pairs[batch] % len(tasks)], means)
    total = float(moves.sum())
    return (moves / total if total > 0 else moves).cpu().numpy()


def _column_means(network: Network, data: TaskData) -> Tensor:
    """Return the means of the columns that encoders read, over the first rows."""
    weights = data.row_weights[:MAX_ROWS]
    sums: Any = 0.0  # a list of them would lie between the blocks and keep the heap large
    with torch.no_grad():
        for rows in gen_batches(len(weights), max(1, BLOCK_VALUES // data.features.shape[1])):
            sums = sums + weights[rows] @ network.scaler(data.features[rows])  # (d_input,)
    return sums / weights.sum()


def _moves(
    network: Network, loss: MultiTaskLoss, rows: TaskData, tasks: Tensor, means: Tensor
) -> Tensor:
    """Return the weighted sum over rows, each with one task, of the moves (n_features,)."""
    features = rows.features.to(means.dtype).requires_grad_()
    with torch.backends.cudnn.flags(enabled=False):  # it has no gradient of an LSTM in evaluation
        output = network(features)
        probabilities = loss.probabilities(output.task_logits.double())
        of_task = probabilities[torch.arange(len(tasks)), tasks]  # (batch, max_classes)
        (gradients,) = torch.autograd.grad(
            _log_odds(of_task).sum(), output.scaled, materialize_grads=True
        )  # (batch, n_features)
    moves = network.scaler.sum_to_features(gradients * (output.scaled.detach() - means))
    return rows.row_weights.double() @ moves.double().abs()


def _log_odds(probabilities: Tensor) -> Tensor:
    """Return the log-odds (batch,) of the likeliest class of (batch, max_classes)."""
    ordered = probabilities.sort(dim=1, descending=True).values
    others = ordered[:, 1:].sum(1)  # and not 1 - p, of which rounding leaves nothing
    return ordered[:, 0].log() - others.clamp_min(TINY).log()
