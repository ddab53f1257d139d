"""Learns the aggregator's task matrix from rows that the network did not learn from."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral

import numpy as np
import torch
from torch import Tensor

from ..._data.rows import LabelledRows
from ..._data.spread import equal_sizes, spread
from ..._data.statistics import Rows
from ..data.batches import TaskData
from ..execution.random import reproducible_torch
from ..inference import forward_in_batches
from ..loop.net import MultiTaskNet
from ..trainer import Trained
from .pseudo_likelihood import learn_task_matrix

TrainFold = Callable[[LabelledRows], MultiTaskNet]


def learn_task_weights(
    trained: Trained,
    train: LabelledRows,
    valid: LabelledRows | None,
    *,
    seed: int,
    train_fold: TrainFold,
) -> None:
    """Learn temperatures, biases and task weights from held-out rows, if there are any.

    The held-out rows are the validation rows. If the aggregator has ``cv``, they are the training
    rows, and the logits of each row come from a network that was trained without this row. After an
    interrupt no folds are trained. If an interrupt happens here, the net may be kept without task
    weights.

    Parameters
    ----------
    trained : Trained
        The net that gets the task weights.
    train, valid : LabelledRows
        The rows of its training.
    seed : int
    train_fold : callable
        Trains a new net on some of the training rows.
    """
    net = trained.net
    n_folds = net.module_.aggregator.cv
    try:
        if n_folds is None and valid is not None and trained.split.valid is not None:
            logits = task_logits_of(net, valid.features)
            _learn(net, logits, trained.split.valid, seed)
        elif n_folds is not None and not net.is_interrupted:
            logits, is_learned = out_of_fold_logits(train, n_folds, seed, train_fold)
            _learn(net, logits, trained.split.train.only_where(is_learned.to(net.device)), seed)
    except KeyboardInterrupt:
        if not net.keeps_interrupted:
            raise
        net.is_interrupted = True
        net.module_.aggregator.task_matrix.reset()


def _learn(net: MultiTaskNet, task_logits: Tensor, held_out: TaskData, seed: int) -> None:
    with reproducible_torch(seed, torch.device(net.device)):  # many classes need random numbers
        learn_task_matrix(
            net.module_.aggregator.task_matrix,
            task_logits.to(net.device),
            held_out.codes,
            held_out.label_weights,
            net.criterion_.probabilities,
        )


def out_of_fold_logits(
    train: LabelledRows, n_folds: int, seed: int, train_fold: TrainFold
) -> tuple[Tensor, Tensor]:
    """Return logits (n_samples, n_tasks, max_classes) of networks that did not see the rows.

    Also return whether the network of each label (n_samples, n_tasks) could learn its class. It
    could not if the class has a single row, as this row is in no other fold.

    Raises
    ------
    ValueError
        If there are fewer rows than folds.
    """
    check_n_folds(n_folds, train)
    logits: list[Tensor] = []
    rows: list[np.ndarray] = []
    is_learned = np.zeros(train.codes.shape, dtype=bool)
    folds = draw_folds(train.codes, n_folds, seed)
    for number in range(n_folds):
        fold, others = np.flatnonzero(folds == number), train.take(folds != number)
        logits.append(task_logits_of(train_fold(others), train.features[fold]))
        rows.append(fold)
        is_learned[fold] = are_learned(train.codes[fold], others.codes)
    return torch.cat(logits)[np.argsort(np.concatenate(rows))], torch.from_numpy(is_learned)


def check_n_folds(n_folds: object, train: LabelledRows) -> None:
    """Raise a ValueError if there are fewer rows than folds; the aggregator checks the rest."""
    if isinstance(n_folds, Integral) and int(n_folds) > len(train.codes):
        raise ValueError(
            f"aggregator__cv={n_folds} needs at least {n_folds} training rows; "
            f"found {len(train.codes)}."
        )


def draw_folds(codes: np.ndarray, n_folds: int, seed: int) -> np.ndarray:
    """Return the fold of each row. Every fold has its share of each class of each task."""
    order = np.random.RandomState(seed).permutation(len(codes))
    folds = np.empty(len(codes), dtype=np.int64)
    sizes = equal_sizes(len(codes), n_folds)
    folds[order] = spread(codes[order], None, np.ones_like(sizes), sizes)
    return folds


def are_learned(codes: np.ndarray, of_training: np.ndarray) -> np.ndarray:
    """Return whether each label's class is among those of the training rows of its task."""
    columns = zip(codes.T, of_training.T, strict=True)
    return np.stack([np.isin(column, learned) for column, learned in columns], axis=1)


def task_logits_of(net: MultiTaskNet, features: Rows) -> Tensor:
    """Return the logits of a trained net for all rows."""
    network = net.module_.eval()
    return torch.from_numpy(
        forward_in_batches(network, features, lambda output: output.task_logits)
    )
