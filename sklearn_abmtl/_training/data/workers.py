"""Items of a data set that processes of their own read ahead."""

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
    """Batches of items as a DataLoader asks for them.

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
    """A source whose batches are read ahead by processes, which stay for the next pass.

    Processes end with the source, or if a pass is left before its end.

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
        """Return one batch after the other; the processes read the next ones meanwhile."""
        loader: Any = self.idle.pop() if self.idle else self._start()
        try:
            loader.batch_sampler[:] = batches
            yield from loader
        except BaseException as error:
            clear_frames(error.__traceback__)  # torch's are in a cycle with the error
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
            generator=torch.Generator().manual_seed(torch.initial_seed()),  # spares the global one
            persistent_workers=True,
        )


def _as_they_are(values: Any) -> Any:
    return values  # torch would pass tensors on in shared memory, of which containers have little


def _ignore_interrupts(worker: int) -> None:
    """Leave Ctrl-C to the process that fits, which goes on reading after it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@singledispatch
def with_workers(rows: Any, n_workers: int) -> Any:
    """Return rows that so many processes read, if they are items of a data set; else as they are.

    Parameters
    ----------
    rows : ndarray or StoredRows of shape (n_samples, ...), or a source
    n_workers : int
        0 reads in this process.
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
    """Tell, where a process that reads has died, which one, how, and what to try.

    torch raises the error wherever the reading process is at that moment.
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
            f"A process that reads X has died: {what.strip().rstrip('.')}. With n_workers=0 the "
            "data set is read in this process, which shows its errors; where memory was short, "
            "fewer workers or a smaller batch_size need less."
        ) from error
