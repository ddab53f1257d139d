"""What a trained net answers to rows: probabilities of each task, and labels of all together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .._data.stored_rows import StoredRows
from ..nn import NetworkOutput, conditional_probabilities, most_probable_codes
from ..nn.aggregators import N_BEAMS
from .inference import batches_in_turn, forward_in_batches
from .loop.net import MultiTaskNet

Rows = NDArray[Any] | StoredRows
Codes = NDArray[np.int64]
ALL_TASKS = slice(None)


def probabilities_in_turn(
    net: MultiTaskNet, features: Rows, known: Codes | None = None, tasks: slice = ALL_TASKS
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield the probabilities of all or some tasks, one batch of rows after the other.

    Parameters
    ----------
    net : MultiTaskNet
        Trained.
    features : ndarray or StoredRows of shape (n_samples, *sample_shape)
    known : ndarray of shape (n_samples, n_tasks), default=None
        Class numbers of the labels that are known, -1 elsewhere; for all tasks.
    tasks : slice
        Of the tasks, where no label is known.

    Yields
    ------
    rows : slice
    probabilities : ndarray of float64 of shape (batch, n_tasks, max_classes)
        0 for padded classes.
    """
    matrix, to_probabilities = net.module_.aggregator.task_matrix, net.criterion_.probabilities

    def of_rows(output: NetworkOutput) -> Tensor:
        logits = output.task_logits[:, tasks].double()
        return to_probabilities(matrix(logits, tasks), tasks)

    def given_labels(output: NetworkOutput, codes: Tensor) -> Tensor:
        calibrated = matrix(output.task_logits.double())
        return conditional_probabilities(matrix, calibrated, codes, to_probabilities)

    if known is None:
        return batches_in_turn(net.module_, features, of_rows)
    return batches_in_turn(net.module_, features, given_labels, known)


def probabilities_per_task(
    net: MultiTaskNet, features: Rows, known: Codes | None = None, tasks: slice = ALL_TASKS
) -> list[NDArray[np.float64]]:
    """Return an array of its own for each of the tasks, of shape (n_samples, n_classes).

    The parameters are those of :func:`probabilities_in_turn`.
    """
    n_classes = net.module_.class_mask.sum(1).tolist()[tasks]
    per_task = [np.empty((len(features), n)) for n in n_classes]
    for rows, probabilities in probabilities_in_turn(net, features, known, tasks):
        for task, own in enumerate(per_task):
            own[rows] = probabilities[:, task, : own.shape[1]]
    return per_task


def probable_codes(net: MultiTaskNet, features: Rows, known: Codes | None = None) -> Codes:
    """Return the class number of each task's most probable class, (n_samples, n_tasks)."""
    codes = np.empty((len(features), len(net.module_.class_mask)), dtype=np.int64)
    for rows, probabilities in probabilities_in_turn(net, features, known):
        codes[rows] = probabilities.argmax(axis=2)
    return codes


def joint_codes(net: MultiTaskNet, features: Rows, known: Codes) -> Codes:
    """Return the class numbers that are most probable together, (n_samples, n_tasks)."""
    matrix, to_probabilities = net.module_.aggregator.task_matrix, net.criterion_.probabilities

    def of_rows(output: NetworkOutput, codes: Tensor) -> Tensor:
        calibrated = matrix(output.task_logits.double())
        return most_probable_codes(matrix, calibrated, codes, to_probabilities)

    max_classes = net.module_.class_mask.shape[1]
    return forward_in_batches(
        net.module_, features, of_rows, known, row_values=N_BEAMS * max_classes
    )
