"""Training data as tensors on the device, and batches as slices of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..._data.stored_rows import StoredRows, in_turn
from ..inference import as_tensor
from ..processes.ranks import ALONE, OneProcess
from .transfer import in_turn_on


class StoredTensor:
    """Stored rows as a tensor. Only indexed rows are read and moved to the device.

    Parameters
    ----------
    rows : StoredRows
    numbers : Tensor of shape (n_samples,)
        Numbers of the rows, on the device.
    """

    def __init__(self, rows: StoredRows, numbers: Tensor) -> None:
        self.rows = rows
        self.numbers = numbers
        self.shape = rows.shape

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Tensor | slice) -> Tensor:
        values = np.asarray(self.rows[self.numbers[rows].cpu().numpy()])
        return torch.from_numpy(values).to(self.numbers.device)

    def in_turn(self, batches: Sequence[Tensor | slice]) -> Iterator[Tensor]:
        """Read one batch of rows after the other."""
        numbers = [self.numbers[rows].cpu().numpy() for rows in batches]
        read = map(torch.from_numpy, self.rows.in_turn(numbers))
        return in_turn_on(self.numbers.device, read)

    def to(self, device: Any) -> StoredTensor:
        """Return the same rows for another device."""
        return StoredTensor(self.rows, self.numbers.to(device))


@singledispatch
def indexed_tensor(features: Any) -> Tensor | StoredTensor:
    """Return the tensor of an array; stored rows are read when the tensor is indexed."""
    return as_tensor(features)


@indexed_tensor.register
def _(features: StoredRows) -> StoredTensor:
    return StoredTensor(features, torch.arange(len(features)))


@in_turn.register
def _(features: StoredTensor, batches: Sequence[Tensor | slice]) -> Iterator[Tensor]:
    return features.in_turn(batches)


class TaskData(NamedTuple):
    """Rows of training or validation data, all on one device.

    Attributes
    ----------
    features : Tensor or StoredTensor of shape (n_samples, *sample_shape)
    codes : Tensor of shape (n_samples, n_tasks)
        Class numbers; -1 where the label is missing.
    label_weights : Tensor of shape (n_samples, n_tasks)
        0 where the label is missing.
    row_weights : Tensor of shape (n_samples,)
        Weights of the rows in the reconstruction loss.
    share : float
        If several processes share a batch: the number of rows in this process divided by the mean
        number per process. All weights are multiplied by it, so that the means of the losses and
        gradients over the processes are those of the whole batch.
    """

    features: Any
    codes: Tensor
    label_weights: Tensor
    row_weights: Tensor
    share: float = 1.0

    def take(self, rows: Tensor | slice) -> TaskData:
        """Return some of the rows."""
        features, codes, label_weights, row_weights = (tensor[rows] for tensor in self[:4])
        return TaskData(features, codes, label_weights, row_weights)

    def in_turn(self, batches: Sequence[Tensor | slice]) -> Iterator[TaskData]:
        """Yield one batch of rows after the other."""
        for rows, features in zip(batches, in_turn(self.features, batches), strict=True):
            codes, label_weights, row_weights = (tensor[rows] for tensor in self[1:4])
            yield TaskData(features, codes, label_weights, row_weights)

    def only_where(self, is_known: Tensor) -> TaskData:
        """Return the rows with only these labels (n_samples, n_tasks); others become missing."""
        return self._replace(
            codes=self.codes.where(is_known, -1), label_weights=self.label_weights * is_known
        )

    def as_share(self, share: float) -> TaskData:
        """Return the rows as a share of a batch."""
        if share == 1:
            return self
        label_weights, row_weights = share * self.label_weights, share * self.row_weights
        return TaskData(self.features, self.codes, label_weights, row_weights, share)


class DataSplit(NamedTuple):
    """Training rows and, if there are any, validation rows."""

    train: TaskData
    valid: TaskData | None


def count_batches(n_samples: int, batch_size: int) -> int:
    """Return the number of batches in one pass over the rows."""
    return -(-n_samples // batch_size)


class Batches:
    """Batches of nearly equal size. If shuffled, each pass has a new random order.

    A single batch is never shuffled, because its order does not matter.

    Parameters
    ----------
    data : TaskData
    batch_size : int
        Largest number of rows in a batch.
    generator : torch.Generator or None
        Source of the order; None keeps the order of the rows.
    ranks : OneProcess, default=ALONE
        The processes that share each batch. A share without rows is left out.
    """

    def __init__(
        self,
        data: TaskData,
        batch_size: int,
        generator: torch.Generator | None,
        ranks: OneProcess = ALONE,
    ) -> None:
        self.data = data
        self.generator = generator
        self.ranks = ranks
        n_samples = len(data.features)
        n_batches = count_batches(n_samples, batch_size)
        self.bounds = [n_samples * batch // n_batches for batch in range(n_batches + 1)]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __iter__(self) -> Iterator[TaskData]:
        pieces = [self.ranks.share(slice(*bounds)) for bounds in pairwise(self.bounds)]
        n_rows = [piece.stop - piece.start for piece in pieces]
        shares = [
            self.ranks.n_ranks * n_own / (stop - start)
            for n_own, (start, stop) in zip(n_rows, pairwise(self.bounds), strict=True)
        ]
        known: list[Tensor | slice] = [piece for piece in pieces if piece.stop > piece.start]
        if self.generator is not None and len(self) > 1:
            order = self._draw_order().to(self.data.codes.device)
            known = [order[piece] for piece in known]
        return map(TaskData.as_share, self.data.in_turn(known), filter(None, shares))

    def skip(self, n_passes: int) -> None:
        """Draw and drop the random orders of some passes."""
        for _ in range(n_passes):
            self._draw_order()

    def _draw_order(self) -> Tensor:
        return torch.randperm(self.bounds[-1], generator=self.generator)
