"""Reading of X in any container, as an array, a frame or a source of stored rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .stored_rows import Source, find_source, is_data_set
from .task_columns import check_has_values, column_names, from_tensor

Array = NDArray[Any]

ARRAY_PROTOCOLS = ("__array__", "__array_interface__", "__dlpack__", "detach")
SPARSE_TEXT = (
    "X is sparse data of the type {name}, and ABMTLClassifier needs dense data. Use X.toarray(); "
    "set sparse_output=False in OneHotEncoder and similar steps, sparse_threshold=0 in "
    "ColumnTransformer; after TfidfVectorizer or CountVectorizer, add TruncatedSVD or a step that "
    "calls .toarray()."
)


_ROWS = "an array or a frame of shape (n_samples, n_features) or (n_samples, ...)"


def open_rows(X: Any, *, keep_types: bool = False) -> Any:
    """Return X as an array, a frame or a Source; no value is converted to another type.

    Parameters
    ----------
    X : object
        Arrays, tensors, frames, data sets of torch, memory-mapped arrays, nested lists, lists of
        arrays, tensors or pictures, and other objects that NumPy can read.
    keep_types : bool, default=False
        Whether the cells of a nested list may be of several types, as categories are.

    Returns
    -------
    rows : ndarray, frame or Source of shape (n_samples, ...)

    Raises
    ------
    TypeError
        If X is sparse.
    ValueError
        If X holds no rows, or could be read only in part or with another meaning.
    """
    if type(X) is not np.ndarray:
        check_holds_rows(X)
    X = to_dense_array(X) if hasattr(X, "detach") else X
    if is_table(X):
        return X
    source = find_source(X)
    if source is not None:
        return source
    if isinstance(X, np.ndarray):
        return _read_array(X)
    if isinstance(X, Sequence) and not isinstance(X, memoryview | bytearray):
        return _read_sequence(X, keep_types)
    array = to_dense_array(X)
    if array.ndim == 0:
        raise ValueError(f"X must be {_ROWS}; found the type {_name(X)}.")
    return array


def is_table(X: Any) -> bool:
    """Return whether X is a frame of pandas, polars or pyarrow, with columns."""
    return hasattr(X, "column_names") or (hasattr(X, "columns") and hasattr(X, "to_numpy"))


def _is_series(X: Any) -> bool:
    has_values = hasattr(X, "to_numpy") or hasattr(X, "to_pylist")
    return has_values and not is_table(X) and len(getattr(X, "shape", (0,))) == 1


def check_holds_rows(X: Any) -> None:
    """Raise an error if X holds no rows; the text says which value to pass instead."""
    if isinstance(X, Source):
        return
    check_has_values(X, "X")
    if hasattr(X, "toarray") or hasattr(X, "todense"):
        raise TypeError(SPARSE_TEXT.format(name=_name(X)))
    for is_such, advice in NO_ROWS:
        if is_such(X):
            found = repr(X)[:40] if _is_scalar(X) else f"the type {_name(X)}"
            raise ValueError(f"X must be {_ROWS}; found {found}. {advice}")
    names = column_names(X)
    if len(set(names)) < len(names):
        raise ValueError(f"X must have a different name for each column; found {names}.")
    if np.ma.is_masked(X):
        raise ValueError("X is a masked array, whose mask would be lost; use X.filled(np.nan).")


def _is_scalar(X: Any) -> bool:
    return X is None or isinstance(X, str | bytes | int | float | complex)


def _is_read_once(X: Any) -> bool:
    is_endless = hasattr(X, "__iter__") and not _has_number_of_rows(X) and not is_data_set(X)
    return isinstance(X, Iterator) or is_endless


def _has_number_of_rows(X: Any) -> bool:
    return hasattr(X, "__len__") or _is_array_like(X)


def _is_array_like(X: Any) -> bool:
    return any(hasattr(X, name) for name in ARRAY_PROTOCOLS) and not isinstance(X, np.generic)


def _holds_arrays(X: Array) -> bool:
    """Return whether X is an array of objects that are arrays, one per sample."""
    return X.dtype == object and X.ndim == 1 and len(X) > 0 and _is_array_like(X[0])


def to_dense_array(X: Any) -> Array:
    """Return one container as an array of its own type, read by NumPy or DLPack."""
    if hasattr(X, "detach"):
        is_short = str(X.dtype) == "torch.bfloat16"  # which NumPy does not have
        return from_tensor(X.float() if is_short else X, "X")
    if hasattr(X, "__dlpack__") and not hasattr(X, "__array__"):
        return _from_dlpack(X)
    if hasattr(X, "shape") and not _is_array_like(X):
        X = X[:]  # reads an array of a file
    try:
        return np.asarray(X)
    except (TypeError, ValueError) as error:
        error.add_note("The error is in X.")
        raise


def _from_dlpack(X: Any) -> Array:
    try:
        return np.from_dlpack(X)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"X, a {_name(X)}, could not be read by NumPy; copy it to the memory of the CPU, as "
            f"an array: {error}"
        ) from error


def _read_array(X: Array) -> Array:
    """Return an array; an array of arrays is stacked into one."""
    if X.dtype.names is not None:
        raise ValueError(
            f"X must be {_ROWS}; found a structured array. Use "
            "numpy.lib.recfunctions.structured_to_unstructured(X), or pandas.DataFrame(X)."
        )
    return _stack(X.tolist()) if _holds_arrays(X) else X


def _read_sequence(X: Sequence[Any], keep_types: bool) -> Array:
    """Return a list or tuple of rows as an array."""
    if len(X) and _is_array_like(X[0]):
        return _stack(X)
    if len(X) and isinstance(X[0], Mapping):
        raise ValueError(
            f"X must be {_ROWS}; found a {_name(X)} of dicts. Pass pandas.DataFrame(X)."
        )
    is_text = str | bytes
    lengths = {
        len(row)
        for row in X
        if isinstance(row, Sequence | np.ndarray) and not isinstance(row, is_text)
    }
    try:
        array = np.array(X, dtype=object if keep_types else None)
        is_ragged = array.ndim == 1 and bool(lengths)
    except ValueError:
        is_ragged = True
    if is_ragged:
        raise ValueError(
            f"X must be {_ROWS}; found rows or samples of several lengths, {sorted(lengths)[:5]}. "
            "Pad or cut them to one length."
        )
    return array


def _stack(samples: Sequence[Any]) -> Array:
    """Stack arrays, tensors or pictures, one per sample, into one array."""
    arrays = [to_dense_array(sample) for sample in samples]
    for number, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            raise ValueError(
                f"The samples of X must have equal shapes; found {arrays[0].shape} of sample 0 and "
                f"{array.shape} of sample {number}. Resize or pad them, and convert pictures to "
                "the same mode."
            )
    return np.stack(arrays)


def _name(X: Any) -> str:
    return type(X).__name__


NO_ROWS: list[tuple[Callable[[Any], bool], str]] = [  # with advice on what to pass instead
    (_is_scalar, "Pass numbers."),
    (lambda X: isinstance(X, set | frozenset), "A set has no order: use an array or a list."),
    (
        lambda X: isinstance(X, Mapping) and not is_table(X) and not hasattr(X, "data_vars"),
        "Pass pandas.DataFrame(X), or one array.",
    ),
    (lambda X: hasattr(X, "collect"), "This is a lazy frame: use X.collect()."),
    (
        lambda X: hasattr(X, "compute") and bool(column_names(X)),
        "This is a lazy frame: use X.compute().",
    ),
    (
        lambda X: hasattr(X, "batch_sampler") and hasattr(X, "dataset"),
        "Pass its data set, X.dataset, whose items must be only the features of a sample.",
    ),
    (
        lambda X: hasattr(X, "data_vars"),
        "Pass one of its arrays, or X.to_dataframe().",
    ),
    (_is_read_once, "It can be read only once: use list(X)."),
    (
        _is_series,
        "One row of a frame is X.to_frame().T, or frame.iloc[[number]]; one column is "
        "X.to_frame(); a column of arrays is X.tolist().",
    ),
]
