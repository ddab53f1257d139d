"""The last step of fit: the aggregator's task matrix, from rows the network did not learn from."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import torch
from sklearn.base import BaseEstimator
from torch import Tensor

from .._data.rows import LabelledRows
from .._data.spread import equal_sizes, spread
from .._data.statistics import Rows
from .._training import (
    DataSplit,
    MultiTaskNet,
    forward_in_batches,
    learn_task_matrix,
    reproducible_torch,
)
from ..nn.parts import read_part
from .fitting import train_net


def learn_task_weights(
    estimator: BaseEstimator,
    net: MultiTaskNet,
    split: DataSplit,
    rows: tuple[LabelledRows, LabelledRows | None],
    seed: int,
) -> None:
    """Learn temperatures, biases and task weights from held-out rows, if there are any.

    They are the validation rows or, with the aggregator's ``cv``, the training rows, each seen by a
    network that was trained without it. ``rows`` are the rows of ``split``. After an interrupt no
    folds are trained; one that comes here leaves what the net has learned, if that is to be kept.
    """
    if net.module_.aggregator.cv is not None and net.is_interrupted:
        return
    try:
        _learn(estimator, net, split, rows, seed)
    except KeyboardInterrupt:
        if not net.keeps_interrupted:
            raise
        net.is_interrupted = True
        net.module_.aggregator.task_matrix.reset()


def _learn(
    estimator: BaseEstimator,
    net: MultiTaskNet,
    split: DataSplit,
    rows: tuple[LabelledRows, LabelledRows | None],
    seed: int,
) -> None:
    aggregator = net.module_.aggregator
    train, valid = rows
    if aggregator.cv is not None:
        task_logits, is_learned = out_of_fold_logits(estimator, train, valid, aggregator.cv, seed)
        held_out = split.train.only_where(is_learned.to(net.device))
    elif valid is not None and split.valid is not None:
        held_out = split.valid
        task_logits = task_logits_of(net, valid.features)
    else:
        return
    with reproducible_torch(seed, torch.device(net.device)):  # with many classes it draws numbers
        learn_task_matrix(
            aggregator.task_matrix,
            task_logits.to(net.device),
            held_out.codes,
            held_out.label_weights,
            net.criterion_.probabilities,
        )


def out_of_fold_logits(
    estimator: BaseEstimator,
    train: LabelledRows,
    valid: LabelledRows | None,
    n_folds: int,
    seed: int,
) -> tuple[Tensor, Tensor]:
    """Return logits (n_samples, n_tasks, max_classes) of networks that did not see the rows.

    Also return of each label (n_samples, n_tasks) whether its network could learn its class. A
    class of one row is in no other fold.

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
        net, _ = train_net(estimator, others, valid, seed=seed, previous=None)
        logits.append(task_logits_of(net, train.features[fold]))
        rows.append(fold)
        is_learned[fold] = are_learned(train.codes[fold], others.codes)
    return torch.cat(logits)[np.argsort(np.concatenate(rows))], torch.from_numpy(is_learned)


def check_folds(
    estimator: BaseEstimator, train: LabelledRows, previous: MultiTaskNet | None
) -> None:
    """Raise a ValueError, before any training, if there will be fewer rows than folds."""
    aggregator = (
        previous.module_.aggregator if previous else read_part("aggregator", estimator.aggregator)
    )
    check_n_folds(getattr(aggregator, "cv", None), train)


def check_n_folds(n_folds: object, train: LabelledRows) -> None:
    """Raise a ValueError if there are fewer rows than folds; the aggregator checks the rest."""
    if isinstance(n_folds, Integral) and int(n_folds) > len(train.codes):
        raise ValueError(
            f"aggregator__cv={n_folds} needs at least {n_folds} training rows; "
            f"found {len(train.codes)}."
        )


def draw_folds(codes: np.ndarray, n_folds: int, seed: int) -> np.ndarray:
    """Return the fold of each row; each has its share of every class of every task."""
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
    """Return the trained net's logits of all rows."""
    network = net.module_.eval()
    return torch.from_numpy(
        forward_in_batches(network, features, lambda output: output.task_logits)
    )
