"""Data that fit passes to the processes that it starts, and their results."""

from __future__ import annotations

import mmap
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle  # also pickles classes and functions defined in scripts and notebooks
import joblib
import numpy as np

ALIGNMENT = 64  # bytes


class Outcome(NamedTuple):
    """The result of a fit in one process.

    Attributes
    ----------
    fitted : ABMTLClassifier or None
    error : BaseException or None
    trace : str
        Traceback of the error.
    warnings : list of Warning
        Warnings for the caller.
    """

    fitted: Any
    error: BaseException | None
    trace: str
    warnings: list[Any]


class JobPickler(cloudpickle.Pickler):
    """Pickles a memory-mapped array as a reference to its file."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, np.memmap) and isinstance(value.base, mmap.mmap) and value.mode != "c":
            order = "C" if value.flags.c_contiguous else "F"
            place = (value.filename, value.dtype, "r", value.offset, value.shape, order)
            return np.memmap, place
        return super().reducer_override(value)


class Job(NamedTuple):
    """The job of each process.

    Attributes
    ----------
    fit : callable
        Returns the fitted estimator.
    arguments : dict
        Arguments of ``fit``, by name.
    device : str or torch.device
    """

    fit: Callable[..., Any]
    arguments: dict[str, Any]
    device: Any


def write_job(folder: Path, job: Job, n_procs: int) -> None:
    """Write the job of the processes; arrays are written once, to a file that all of them map."""
    arrays: list[pickle.PickleBuffer] = []
    n_threads = max(1, joblib.cpu_count() // n_procs)
    (folder / "path").write_bytes(pickle.dumps(sys.path))
    with open(folder / "job", "wb") as file:
        pickler = JobPickler(file, protocol=5, buffer_callback=arrays.append)
        pickler.dump((job, n_threads, os.getpid()))
    bounds = []
    with open(folder / "arrays", "wb") as file:
        file.write(bytes(ALIGNMENT))  # an empty file cannot be mapped
        for array in arrays:
            start = file.tell()
            stop = start + file.write(array.raw())
            file.write(bytes(-stop % ALIGNMENT))
            bounds.append((start, stop))
    (folder / "bounds").write_bytes(pickle.dumps(bounds))


def read_job(folder: Path) -> tuple[Job, int, int]:
    """Return the job, the number of threads and the number of the process that started it."""
    with open(folder / "arrays", "rb") as file:
        mapping = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    arrays = [mapping[slice(*bounds)] for bounds in pickle.loads((folder / "bounds").read_bytes())]
    job, n_threads, parent = pickle.loads((folder / "job").read_bytes(), buffers=arrays)
    return job, n_threads, parent


def to_pickle(outcome: Outcome) -> bytes:
    """Return an outcome as bytes; an error that cannot be sent becomes a RuntimeError."""
    try:
        pickle.loads(cloudpickle.dumps((outcome.error, outcome.warnings)))
        return cloudpickle.dumps(outcome)
    except Exception:  # a class of the caller may raise anything
        error = outcome.error and RuntimeError(f"{type(outcome.error).__name__}: {outcome.error}")
        texts = [UserWarning(str(warning)) for warning in outcome.warnings]
        return cloudpickle.dumps(outcome._replace(error=error, warnings=texts))
