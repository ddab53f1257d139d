"""Rows of X that are read from their storage only when they are needed."""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import singledispatch
from itertools import islice, pairwise
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Shape = tuple[int, ...]

READ_BYTES = 2**28  # a mapped array up to this size is read as a whole
MAPPED_BYTES = 2**26  # of a file, in memory at once
PAGE_BYTES = 2**21  # that Linux may map at once when a byte is read
DATA_SET_MODULES = ("torch.utils.data.", "skorch.helper")
NO_DATA_SET = (  # attributes of arrays, frames, sequences and dicts, but not of data sets
    "shape",
    "__array__",
    "__array_interface__",
    "__dlpack__",
    "__buffer__",
    "columns",
    "count",
    "keys",
)
N_AHEAD = 2  # reads of a file that are started in advance


@runtime_checkable
class Source(Protocol):
    """Storage of rows.

    Attributes
    ----------
    shape : tuple of int
        (n_samples, ...)
    dtype : dtype
    """

    shape: Shape
    dtype: np.dtype[Any]

    def read(self, numbers: NDArray[np.int64]) -> Array:
        """Return a copy of the rows of some numbers, which are in ascending order."""

    def read_in_turn(self, batches: Iterator[NDArray[np.int64]]) -> Iterator[Array]:
        """Return an iterator over ``read`` of each batch of numbers."""


class MappedArray:
    """A memory-mapped array; only a small part of its file is in memory.

    Parameters
    ----------
    array : ndarray of shape (n_samples, ...)
        A view of the mapping.
    mapping : mmap
    """

    def __init__(self, array: Array, mapping: mmap.mmap) -> None:
        self.array = array.view(np.ndarray)
        self.mapping = mapping
        self.shape = array.shape
        self.dtype = array.dtype
        self.n_mapped = 0

    def read(self, numbers: NDArray[np.int64]) -> Array:
        """Return a copy of rows, read in pieces that map little of the file."""
        values = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        row_bytes = abs(self.array.strides[0])
        pages = numbers * row_bytes // PAGE_BYTES  # pages in which the rows begin
        firsts = np.flatnonzero(np.diff(pages, prepend=-1))  # first rows of each page
        page_bytes = max(PAGE_BYTES, row_bytes)
        n_pages = max(1, MAPPED_BYTES // page_bytes)
        for start, stop in pairwise([*firsts[::n_pages], len(numbers)]):
            values[start:stop] = self.array[numbers[start:stop]]
            self._count(page_bytes * min(n_pages, len(firsts)))
        return values

    def read_in_turn(self, batches: Iterator[NDArray[np.int64]]) -> Iterator[Array]:
        """Read batches ahead, in a thread, while the caller works on an earlier one."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read_rows") as thread:
            reads = deque(thread.submit(self.read, numbers) for numbers in islice(batches, N_AHEAD))
            while reads:
                values = reads.popleft().result()
                reads.extend(thread.submit(self.read, numbers) for numbers in islice(batches, 1))
                yield values

    def _count(self, n_bytes: int) -> None:
        """Release the memory of pages that were read, once there are many."""
        self.n_mapped += n_bytes
        if self.n_mapped > MAPPED_BYTES and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
            self.mapping.madvise(mmap.MADV_DONTNEED)
            self.n_mapped = 0


class DatasetItems:
    """The items of a data set of torch; each item holds the features of a sample.

    Parameters
    ----------
    dataset : torch.utils.data.Dataset
        Must have a length. If it has torch's ``__getitems__``, many items are read at once.

    Raises
    ------
    ValueError
        If it has no items, or an item is not an array or has another shape than the first.
    """

    def __init__(self, dataset: Any) -> None:
        n_samples = len(dataset) if hasattr(dataset, "__len__") else 0
        if not n_samples:
            raise ValueError(
                "A data set as X must have a length and at least one item; found "
                f"{type(dataset).__name__} without."
            )
        self.dataset = dataset
        first = self._item(0)
        self.shape = (n_samples, *first.shape)
        self.dtype = first.dtype

    def read(self, numbers: NDArray[np.int64]) -> Array:
        """Return items as one array."""
        items = self._items(numbers.tolist())
        for number, item in zip(numbers, items, strict=True):
            if item.shape != self.shape[1:]:
                raise ValueError(
                    "The items of a data set as X must have the same shape; found "
                    f"{self.shape[1:]} of item 0 and {item.shape} of item {number}."
                )
        return np.stack(items)

    def read_in_turn(self, batches: Iterator[NDArray[np.int64]]) -> Iterator[Array]:
        """Read each batch only when it is needed: items may use torch's random generators."""
        return map(self.read, batches)

    def _items(self, numbers: list[int]) -> list[Array]:
        if not hasattr(self.dataset, "__getitems__"):
            return [self._item(number) for number in numbers]
        items = self.dataset.__getitems__(numbers)
        return [self._to_array(*pair) for pair in zip(numbers, items, strict=True)]

    def _item(self, number: int) -> Array:
        try:
            item = self.dataset[number]
        except Exception as error:
            error.add_note(f"The error is in item {number} of the data set.")
            raise
        return self._to_array(number, item)

    @staticmethod
    def _to_array(number: int, item: Any) -> Array:
        if not hasattr(item, "dtype"):
            raise ValueError(
                "The items of a data set as X must be tensors or arrays, each the features of a "
                f"sample; item {number} is a {type(item).__name__}."
            )
        return np.asarray(item)


class StoredRows:
    """Rows that are read later: indexing selects rows, ``np.asarray`` reads and checks them.

    Parameters
    ----------
    source : Source
    check : callable
        Maps stored rows to rows of shape (n_samples, *sample_shape), or raises a ValueError.
    numbers : ndarray of int64 of shape (n_samples,), default=None
        Numbers of the rows of the source, in order; with None, all rows.
    sample_shape : tuple of int, default=None
        Shape of each row returned by ``check``; with None, that of the source.
    """

    def __init__(
        self,
        source: Source,
        check: Callable[[Array], Array],
        numbers: NDArray[np.int64] | None = None,
        sample_shape: Shape | None = None,
    ) -> None:
        self.source = source
        self.check = check
        self.numbers = np.arange(source.shape[0]) if numbers is None else numbers
        self.sample_shape = source.shape[1:] if sample_shape is None else sample_shape

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def shape(self) -> Shape:
        return (len(self), *self.sample_shape)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the rows that are read."""
        return self.check(np.zeros((1, *self.source.shape[1:]), self.source.dtype)).dtype

    def then(self, change: Callable[[Array], Array], sample_shape: Shape) -> StoredRows:
        """Return the same rows, which ``change`` maps to a new shape after they are read."""
        check = self.check
        return StoredRows(
            self.source, lambda values: change(check(values)), self.numbers, sample_shape
        )

    def watched(self, see: Callable[[Array], None]) -> StoredRows:
        """Return the same rows; ``see`` is called with the stored values whenever they are read."""
        check = self.check

        def seen(values: Array) -> Array:
            see(values)
            return check(values)

        return StoredRows(self.source, seen, self.numbers, self.sample_shape)

    def __getitem__(self, rows: Any) -> StoredRows:
        return StoredRows(self.source, self.check, self.numbers[rows], self.sample_shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self._checked(self.numbers, self.source.read(np.sort(self.numbers)))

    def in_turn(self, batches: Sequence[Any]) -> Iterator[Array]:
        """Read and check rows batch by batch.

        Parameters
        ----------
        batches : sequence of slice or array
            Indices of the first axis of an array.

        Returns
        -------
        values : iterator of ndarray of shape (n_rows, *sample_shape)
        """
        selected = [self.numbers[rows] for rows in batches]
        read = self.source.read_in_turn(map(np.sort, selected))  # fastest for a file
        for numbers, values in zip(selected, read, strict=True):
            yield self._checked(numbers, values)

    def _checked(self, numbers: NDArray[np.int64], values: Array) -> Array:
        """Check values that were read in ascending order; return them in that of ``numbers``."""
        order = np.argsort(numbers, kind="stable")
        return self._check(numbers[order], values)[np.argsort(order)]

    def _check(self, numbers: NDArray[np.int64], values: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):  # scikit-learn refuses them
            try:
                return self.check(values)
            except ValueError as error:
                place = next(n for n, row in enumerate(values) if self._refuses(row[None]))
                error.add_note(f"The first such row of X is {numbers[place]}.")
                raise

    def _refuses(self, values: Array) -> bool:
        try:
            self.check(values)
        except ValueError:
            return True
        return False


@singledispatch
def in_turn(features: Any, batches: Sequence[Any]) -> Iterator[Any]:
    """Return an iterator over batches of rows; rows of a file are read ahead."""
    return map(features.__getitem__, batches)


@in_turn.register
def _(features: StoredRows, batches: Sequence[Any]) -> Iterator[Array]:
    return features.in_turn(batches)


def find_source(X: Any) -> Source | None:
    """Return the source of stored rows of numbers; None if X is in memory or holds no numbers.

    The result is also None for a small mapped array, which is faster to read as a whole. joblib
    maps arrays into its workers from 1 MB on.

    Raises
    ------
    ValueError
        If X is a data set that cannot be read by number.
    """
    if type(X) is not np.ndarray and isinstance(X, Source):
        return X
    if is_data_set(X):
        return DatasetItems(X)
    if not isinstance(X, np.ndarray) or X.dtype.kind not in "buif" or X.ndim < 2:
        return None
    if X.nbytes <= READ_BYTES:
        return None
    mapping = _mapping_of(X)
    return None if mapping is None else MappedArray(X, mapping)


def is_data_set(X: Any) -> bool:
    """Return whether X is a data set of torch or skorch, or an object with items by number."""
    if type(X) in (np.ndarray, list, tuple):
        return False
    modules = [base.__module__ for base in type(X).__mro__]
    if any(module.startswith(DATA_SET_MODULES) for module in modules):
        return True
    has_items = hasattr(X, "__len__") and hasattr(X, "__getitem__")
    return has_items and not any(hasattr(X, name) for name in NO_DATA_SET)


def _mapping_of(X: Array) -> mmap.mmap | None:
    """Return the mapping of a file, if an array is a view of it."""
    owner = X
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    is_shared = getattr(owner, "mode", "c") != "c"  # a copy-on-write page would lose its changes
    return owner.base if is_shared and isinstance(owner.base, mmap.mmap) else None
