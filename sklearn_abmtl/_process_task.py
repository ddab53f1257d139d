"""What a fit hands to the processes that it starts, and what comes back."""

from __future__ import annotations

import mmap
import os
import pickle
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle  # takes what scripts and notebooks define, too
import joblib
import numpy as np
import torch
from threadpoolctl import threadpool_limits  # a requirement of scikit-learn

from ._files import write_whole

CHILD = """
import pickle, sys
with open(sys.argv[1] + "/path", "rb") as file:
    sys.path[:] = pickle.load(file)
from sklearn_abmtl._process_task import work
work(sys.argv[1])
"""
ALIGNMENT = 64  # bytes


class Outcome(NamedTuple):
    """What came of a fit in one process.

    Attributes
    ----------
    fitted : ABMTLClassifier or None
    error : BaseException or None
    trace : str
        Where the error was raised.
    warnings : list of Warning
        For the caller.
    """

    fitted: Any
    error: BaseException | None
    trace: str
    warnings: list[Any]


class TaskPickler(cloudpickle.Pickler):
    """Pickles a memory-mapped array as the place of its file."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, np.memmap) and isinstance(value.base, mmap.mmap) and value.mode != "c":
            order = "C" if value.flags.c_contiguous else "F"
            place = (value.filename, value.dtype, "r", value.offset, value.shape, order)
            return np.memmap, place
        return super().reducer_override(value)


def write_task(folder: Path, estimator: Any, arguments: dict[str, Any]) -> None:
    """Write what each process is to do; arrays once, in a file that all of them map."""
    arrays: list[pickle.PickleBuffer] = []
    n_threads = max(1, joblib.cpu_count() // estimator.n_procs)
    (folder / "path").write_bytes(pickle.dumps(sys.path))
    with open(folder / "task", "wb") as file:
        pickler = TaskPickler(file, protocol=5, buffer_callback=arrays.append)
        pickler.dump((estimator, arguments, n_threads, os.getpid()))
    bounds = []
    with open(folder / "arrays", "wb") as file:
        file.write(bytes(ALIGNMENT))  # an empty file cannot be mapped
        for array in arrays:
            start = file.tell()
            stop = start + file.write(array.raw())
            file.write(bytes(-stop % ALIGNMENT))
            bounds.append((start, stop))
    (folder / "bounds").write_bytes(pickle.dumps(bounds))


def read_task(folder: Path) -> Any:
    """Return the estimator, the arguments of fit, the number of threads and who started it."""
    with open(folder / "arrays", "rb") as file:
        mapping = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    arrays = [mapping[slice(*bounds)] for bounds in pickle.loads((folder / "bounds").read_bytes())]
    return pickle.loads((folder / "task").read_bytes(), buffers=arrays)


def work(name: str) -> None:
    """Do the task of a folder, in one of the processes."""
    folder, rank = Path(name), int(os.environ["RANK"])
    estimator, arguments, n_threads, parent = read_task(folder)
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    torch.set_num_threads(min(n_threads, torch.get_num_threads()))
    if rank:  # the first alone prints
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    fitted, error, trace = None, None, ""
    with threadpool_limits(n_threads), warnings.catch_warnings(record=True) as caught:
        try:
            fitted = estimator.fit(**arguments)
        except BaseException as raised:  # the caller hears of it
            error, trace = raised, traceback.format_exc()
    if rank == 0 or error is not None:
        told = [each.message for each in caught if issubclass(each.category, UserWarning)]
        outcome = Outcome(fitted, error, trace, told)
        write_whole(folder / f"outcome{rank}", to_pickle(outcome))
    sys.exit(error is not None)


def to_pickle(outcome: Outcome) -> bytes:
    """Return an outcome as bytes; an error that cannot be pickled becomes a RuntimeError."""
    try:
        return cloudpickle.dumps(outcome)
    except Exception:  # whatever a class of the caller's own may raise
        error = RuntimeError(f"{type(outcome.error).__name__}: {outcome.error}")
        return cloudpickle.dumps(outcome._replace(error=error))


def end_with(parent: int) -> None:
    """End this process if the one that started it was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
