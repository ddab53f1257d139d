"""Reads items of a data set ahead in separate processes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import singledispatch
from traceback import clear_frames
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from ..._data.stored_rows import DatasetItems, StoredRows

Array = NDArray[Any]


class ItemBatches(Dataset):
    """Items of a data set in the form that a DataLoader reads.

    Parameters
    ----------
    items : DatasetItems
    """

    def __init__(self, items: DatasetItems) -> None:
        self.items = items

    def __getitems__(self, numbers: NDArray[np.int64]) -> Array:
        """Return items as one array."""
        return self.items.read(numbers)


class WorkerItems:
    """A source whose batches are read ahead by processes. The next pass uses them again.

    The processes end with the source, or if a pass stops before its end.

    Parameters
    ----------
    items : DatasetItems
    n_workers : int
        Number of processes, at least 1.
    """

    def __init__(self, items: DatasetItems, n_workers: int) -> None:
        self.items = items
        self.n_workers = n_workers
        self.shape = items.shape
        self.dtype = items.dtype
        self.idle: list[DataLoader] = []

    def read(self, numbers: NDArray[np.int64]) -> Array:
        """Return items as one array, read in this process."""
        return self.items.read(numbers)

    def read_in_turn(self, batches: Iterator[NDArray[np.int64]]) -> Iterator[Array]:
        """Yield one batch after the other, while the processes read the next ones."""
        loader: Any = self.idle.pop() if self.idle else self._start()
        try:
            loader.batch_sampler[:] = batches
            yield from loader
        except BaseException as error:
            clear_frames(error.__traceback__)  # torch's frames and the error refer to each other
            del loader  # ends the processes
            raise
        self.idle.append(loader)

    def _start(self) -> DataLoader:
        return DataLoader(
            ItemBatches(self.items),
            batch_sampler=[],
            num_workers=self.n_workers,
            collate_fn=_as_they_are,
            worker_init_fn=_ignore_interrupts,
            generator=torch.Generator().manual_seed(torch.initial_seed()),  # not the global one
            persistent_workers=True,
        )


def _as_they_are(values: Any) -> Any:
    return values  # not tensors: torch sends these by shared memory, and containers have little


def _ignore_interrupts(worker: int) -> None:
    """Ignore Ctrl-C: the process that fits handles it, and may read more items afterwards."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@singledispatch
def with_workers(rows: Any, n_workers: int) -> Any:
    """Return items of a data set as rows that processes read ahead; other rows are not changed.

    Parameters
    ----------
    rows : ndarray or StoredRows of shape (n_samples, ...), or a source
    n_workers : int
        Number of processes. With 0 this process reads the items.
    """
    return rows


@with_workers.register
def _(rows: StoredRows, n_workers: int) -> StoredRows:
    source = with_workers(rows.source, n_workers)
    return StoredRows(source, rows.check, rows.numbers, rows.sample_shape)


@with_workers.register
def _(source: DatasetItems, n_workers: int) -> DatasetItems | WorkerItems:
    return WorkerItems(source, n_workers) if n_workers else source


@contextmanager
def explained_workers() -> Iterator[None]:
    """Raise a readable error if a process that reads items has died.

    torch raises its error at any place, whatever this process is doing at that moment.
    """
    try:
        yield
    except RuntimeError as error:
        texts = [str(each) for each in (error, error.__cause__)]  # the cause has the exit code
        told = [text for text in texts if text.startswith("DataLoader worker (pid")]
        if not told:
            raise
        what, _, _ = told[-1].partition(" Details are lost")
        raise RuntimeError(
            f"A process that reads X has died: {what.strip().rstrip('.')}. With n_workers=0 this "
            "process reads the data set, and its errors are shown. If there was not enough memory, "
            "use fewer workers or a smaller batch_size."
        ) from error
