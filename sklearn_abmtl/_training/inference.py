"""Forward passes over rows, without gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .._data.stored_rows import StoredRows, in_turn
from ..nn import Network
from .data.workers import explained_workers
from .execution.torch_state import own_torch_state

BATCH_VALUES = 2**20  # values of X in one batch
ANSWER_VALUES = 2**21  # logits in one batch; several copies of them exist at a time
MAX_BATCH = 4096


def forward_in_batches(
    network: Network,
    features: NDArray[Any] | StoredRows,
    read: Callable[..., Tensor],
    *aligned: NDArray[Any],
    row_values: int = 1,
) -> NDArray[Any]:
    """Apply the network and then ``read`` to all rows, and return the results.

    Parameters
    ----------
    network : Network
        In evaluation mode.
    features : ndarray or StoredRows of shape (n_samples, *sample_shape)
    read : callable
        As in :func:`batches_in_turn`.
    *aligned : ndarray of shape (n_samples, ...)
        Further values of the rows, such as their known labels.
    row_values : int
        As in :func:`batches_in_turn`.

    Returns
    -------
    values : ndarray of shape (n_samples, ...)

    Raises
    ------
    OutOfMemoryError, ValueError
        As :func:`batches_in_turn`.
    """
    values: Any = None
    for rows, found in batches_in_turn(network, features, read, *aligned, row_values=row_values):
        if values is None:
            values = np.empty((len(features), *found.shape[1:]), found.dtype)
        values[rows] = found
    return values


def batches_in_turn(
    network: Network,
    features: NDArray[Any] | StoredRows,
    read: Callable[..., Tensor],
    *aligned: NDArray[Any],
    row_values: int = 1,
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Apply the network and then ``read`` to one batch of rows after the other.

    Parameters
    ----------
    network : Network
        In evaluation mode.
    features : ndarray or StoredRows of shape (n_samples, *sample_shape)
    read : callable
        Maps the output of a batch, and the batch of each aligned array as a tensor, to a tensor of
        shape (batch, ...).
    *aligned : ndarray of shape (n_samples, ...)
        Further values of the rows, such as their known labels.
    row_values : int
        Number of values per row that ``read`` computes, if these are more than the logits.

    Yields
    ------
    rows : slice
    values : ndarray of shape (batch, ...)

    Raises
    ------
    OutOfMemoryError
        If a GPU has too little memory for a single row. Before that, batches are made smaller.
    ValueError
        If a value is not finite.
    """
    most = ANSWER_VALUES // max(row_values, network.class_mask.numel())
    most = min(most, BATCH_VALUES // math.prod(features.shape[1:]), MAX_BATCH, len(features))
    batch_size, start = max(1, most), 0
    while start < len(features):
        batches = [slice(i, i + batch_size) for i in range(start, len(features), batch_size)]
        try:
            with explained_workers():
                for rows, inputs in zip(batches, in_turn(features, batches), strict=True):
                    batch = (inputs, *(array[rows] for array in aligned))
                    values = _forward(network, read, batch, rows.start)
                    start = rows.stop
                    yield rows, values
        except torch.OutOfMemoryError as error:
            if batch_size <= 1:
                error.add_note(
                    "Even one row is too large: save the model, and load it with device='cpu'."
                )
                raise
        batch_size //= 2


@own_torch_state()
@torch.inference_mode()
def _forward(
    network: nn.Module, read: Callable[..., Tensor], batch: Sequence[NDArray[Any]], first_row: int
) -> NDArray[Any]:
    device = next(network.parameters()).device
    features, *aligned = (as_tensor(np.asarray(array)).to(device) for array in batch)
    output = network(features)
    values = read(output, *aligned)
    answers = (output.task_logits.flatten(1), values.flatten(1))
    is_finite = torch.stack([answer.isfinite().all(dim=1) for answer in answers]).all(dim=0)
    if not is_finite.all():
        raise ValueError(
            f"The network's output for row {first_row + int(is_finite.int().argmin())} of X is not "
            "finite. A parameter, or a value in a part of your own, exceeds the range of its dtype."
        )
    return values.cpu().numpy()


def as_tensor(array: NDArray[Any]) -> Tensor:
    """Return a tensor of the same values, which shares memory if torch supports it."""
    shareable = array.flags.writeable and all(stride >= 0 for stride in array.strides)
    return torch.from_numpy(array if shareable else array.copy())
