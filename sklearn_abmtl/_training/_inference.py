"""Forward passes over rows, without gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .._stored_rows import StoredRows, in_turn
from ._workers import explained_workers

BATCH_VALUES = 2**20  # values of X in one batch
MAX_BATCH = 4096


def forward_in_batches(
    network: nn.Module,
    features: NDArray[Any] | StoredRows,
    read: Callable[..., Tensor],
    *aligned: NDArray[Any],
) -> NDArray[Any]:
    """Return what ``read`` takes from the network's output, for all rows.

    Parameters
    ----------
    network : Module
        In evaluation mode.
    features : ndarray or StoredRows of shape (n_samples, *sample_shape)
    read : callable
        Maps the output of a batch, and the batch of each aligned array as a tensor, to a tensor of
        shape (batch, ...).
    *aligned : ndarray of shape (n_samples, ...)
        What else is known of the rows.

    Returns
    -------
    values : ndarray of shape (n_samples, ...)

    Raises
    ------
    OutOfMemoryError
        If a GPU has too little memory for a single row; with more rows, batches become smaller.
    """
    batch_size = min(max(1, BATCH_VALUES // math.prod(features.shape[1:])), MAX_BATCH)
    batch_size = min(batch_size, len(features))
    while True:
        try:
            with explained_workers():
                return _forward(network, features, read, aligned, batch_size)
        except torch.OutOfMemoryError as error:
            if batch_size <= 1:
                error.add_note(
                    "This was for one row: save the model, and load it with device='cpu'."
                )
                raise
        batch_size //= 2


def _forward(
    network: nn.Module,
    features: NDArray[Any] | StoredRows,
    read: Callable[..., Tensor],
    aligned: Sequence[NDArray[Any]],
    batch_size: int,
) -> NDArray[Any]:
    device = next(network.parameters()).device
    batches = [slice(start, start + batch_size) for start in range(0, len(features), batch_size)]
    values: Any = None
    with torch.inference_mode():
        for rows, inputs in zip(batches, in_turn(features, batches), strict=True):
            batch = (inputs, *(array[rows] for array in aligned))
            tensors = [as_tensor(np.asarray(array)).to(device) for array in batch]
            found = read(network(tensors[0]), *tensors[1:]).cpu().numpy()
            if len(batches) == 1:
                return found
            if values is None:
                values = np.empty((len(features), *found.shape[1:]), found.dtype)
            values[rows] = found
    return values


def as_tensor(array: NDArray[Any]) -> Tensor:
    """Return a tensor of the same values, sharing memory where torch can."""
    shareable = array.flags.writeable and all(stride >= 0 for stride in array.strides)
    return torch.from_numpy(array if shareable else array.copy())
