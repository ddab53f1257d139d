"""How much each feature of a table changes the predictions of a network."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import gen_batches
from sklearn.utils.random import sample_without_replacement
from torch import Tensor

from ...losses import MultiTaskLoss
from ...nn import Network
from ..data.batches import TaskData
from ..execution.torch_state import own_torch_state

FloatArray = NDArray[np.float64]

MAX_PAIRS = 1024  # pairs of a row and a task
MAX_VALUES = 2**24  # values of X that are kept
BATCH_SIZE = 256
BLOCK_VALUES = 2**20  # values of X in one computation of gradients
TINY = 1e-300  # smaller than any probability that matters in a sum of float64


class Importances:
    """The importances of features. They are computed at the first access.

    Parameters
    ----------
    compute : callable
        Returns them, of shape (n_features,).
    """

    def __init__(self, compute: Callable[[], FloatArray]) -> None:
        self._compute = compute

    @cached_property
    def values(self) -> FloatArray:
        """The importances. After the first access, the rows are no longer kept."""
        values = self._compute()
        self._compute = values.copy  # another thread may call it at the same time
        return values


class TaskRows(NamedTuple):
    """Rows of a training, each with one of its tasks.

    Attributes
    ----------
    rows : TaskData
    tasks : Tensor of shape (n_rows,)
    """

    rows: TaskData
    tasks: Tensor


@own_torch_state()
def draw_task_rows(network: Network, data: TaskData, seed: int) -> TaskRows:
    """Draw pairs of a row and a task: all pairs, or at most the limits above.

    Parameters
    ----------
    network : Network
        For samples of shape (n_features,).
    data : TaskData
        Rows of the training.
    seed : int
        Seed of the draw.
    """
    tasks = torch.nonzero(network.class_mask.sum(1) > 1).flatten()  # others have a single class
    n_grid = len(data.features) * len(tasks)
    n_pairs = min(n_grid, MAX_PAIRS, max(1, MAX_VALUES // data.features.shape[1]))
    pairs = sample_without_replacement(n_grid, n_pairs, random_state=seed)
    pairs = torch.from_numpy(pairs).to(tasks.device)
    n_tasks = max(1, len(tasks))
    return TaskRows(data.take(pairs // n_tasks), tasks[pairs % n_tasks])


@own_torch_state()
def feature_importances(network: Network, loss: MultiTaskLoss, drawn: TaskRows) -> FloatArray:
    """Return importances of shape (n_features,) that sum to 1, or are all 0.

    They are proportional to the mean of ``|d m / d x_j (x_j - mean)|`` over the pairs of a row and
    a task. This is, to first order, the change of the log-odds m of the predicted class if the
    scaled feature x_j is replaced by its mean. If the network reads a feature as several columns,
    their changes are added before the absolute value is taken.

    Parameters
    ----------
    network : Network
        In evaluation mode.
    loss : MultiTaskLoss
        Maps logits to probabilities.
    drawn : TaskRows
    """
    n_rows, n_features = drawn.rows.features.shape
    size = min(BATCH_SIZE, max(1, BLOCK_VALUES // n_features))
    batches = [*gen_batches(n_rows, size)] if n_rows else []
    moves = torch.zeros(n_features, dtype=torch.float64, device=drawn.tasks.device)
    means = _column_means(network, drawn.rows, batches)
    for batch in batches:
        moves += _moves(network, loss, drawn.rows.take(batch), drawn.tasks[batch], means)
    total = float(moves.sum())
    return (moves / total if total > 0 else moves).cpu().numpy()


def _column_means(network: Network, rows: TaskData, batches: list[slice]) -> Tensor:
    """Return the weighted means of the encoder's inputs."""
    with torch.no_grad():
        sums = [rows.row_weights[b] @ network.input_layer(rows.features[b]) for b in batches]
    return sum(sums) / rows.row_weights.sum()  # (d_input,)


def _moves(
    network: Network, loss: MultiTaskLoss, rows: TaskData, tasks: Tensor, means: Tensor
) -> Tensor:
    """Return the weighted sum of the moves (n_features,) over rows, each with one task."""
    features = rows.features.to(means.dtype).requires_grad_()
    with torch.backends.cudnn.flags(enabled=False):  # no gradient of an LSTM in evaluation mode
        output = network(features)
        probabilities = loss.probabilities(output.task_logits.double())
        of_task = probabilities[torch.arange(len(tasks)), tasks]  # (batch, max_classes)
        (gradients,) = torch.autograd.grad(
            _log_odds(of_task).sum(), output.scaled, materialize_grads=True
        )  # (batch, n_features)
    moves = network.input_layer.sum_to_features(gradients * (output.scaled.detach() - means))
    return rows.row_weights.double() @ moves.double().abs()


def _log_odds(probabilities: Tensor) -> Tensor:
    """Return the log-odds (batch,) of the likeliest class of (batch, max_classes)."""
    ordered = probabilities.sort(dim=1, descending=True).values
    others = ordered[:, 1:].sum(1)  # not 1 - p, which rounding may turn into 0
    return ordered[:, 0].log() - others.clamp_min(TINY).log()
